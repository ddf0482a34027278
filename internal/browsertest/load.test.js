// 200 visitors at once: everybody is served, the pages stay live, memory stays flat.
import { test } from "node:test";
import assert from "node:assert/strict";
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { world, write, sees } from "./harness.js";
import { clerk, connections, memory, visit } from "./load.js";

const visitors = Number(process.env.VISITORS ?? 200);
const rounds = Number(process.env.ROUNDS ?? 4);
const messages = 5;

test(`${visitors} visitors at once`, { timeout: 600_000 }, async (t) => {
	const w = await world(t, {}, ["-forget", "5s"]);
	const { desk, source, pid } = w.program;
	const stop = await Promise.all(["ann", "bob", "chloe"].map((id) => clerk(desk, id)));
	t.after(() => stop.forEach((s) => s()));
	const overview = await w.overview();
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await sees(zoe, "Answer to Zoe");

	// The longest time for which the overview page could not draw.
	await overview.evaluate(() => {
		window.longest = 0;
		let last = performance.now();
		(function frame() {
			const now = performance.now();
			window.longest = Math.max(window.longest, now - last);
			last = now;
			requestAnimationFrame(frame);
		})();
	});

	const held = [];
	const all = [];
	const waits = [];
	const before = await connections(pid);
	for (let round = 1; round <= rounds; round++) {
		const crowd = Array.from({ length: visitors }, (_, i) => visit(source, `V${round}-${i}`, messages, 500));
		const during = (async () => { // somebody in a real browser, in the middle of it
			await sleep(1000);
			const from = performance.now();
			await write(zoe, `round ${round}`);
			await zoe.locator(".said.own", { hasText: `round ${round}` }).locator(".mark", { hasText: "Sent" }).waitFor({ timeout: 60_000 });
			return performance.now() - from;
		})();
		for (const v of await Promise.all(crowd)) {
			all.push(...v.times);
			assert.deepEqual(v.own, Array.from({ length: messages }, (_, i) => `m${i + 1}`), `${v.name}: the order`);
			assert.equal(v.said.filter((l) => l.from === "auto" && l.message.text.startsWith("Hello")).length, 1, `${v.name}: one welcome`);
			const answers = v.said.filter((l) => l.from === "staff");
			assert.ok(answers.length >= 1 && answers.every((l) => l.message.text === `Answer to ${v.name}`), `${v.name}: ${JSON.stringify(v.said)}`);
		}
		waits.push(await during);
		await sleep(8000); // what is open is closed, visitors are forgotten
		held.push(await memory(pid));
	}

	const { report } = await (await fetch(`${desk}/overview/report`)).json();
	const kept = report.messages.in + report.messages.out + report.messages.auto;
	const perMessage = ((held.at(-1) - held[0]) * 1024) / (kept * (1 - 1 / rounds));
	all.sort((a, b) => a - b);
	const at = (p) => all[Math.min(all.length - 1, Math.floor(all.length * p))].toFixed(0);
	const longest = await overview.evaluate(() => window.longest);
	const left = await connections(pid);
	t.diagnostic(`${all.length} messages of ${rounds * visitors} visitors, ${report.opened} enquiries, ${report.messages.out} answers`);
	t.diagnostic(`a message took ${at(0.5)} ms (median), ${at(0.99)} ms (99 %), ${at(1)} ms (longest); in the browser ${waits.map((n) => n.toFixed(0)).join(", ")} ms`);
	t.diagnostic(`memory after each round: ${held.map((m) => m.toFixed(0)).join(", ")} MB, ${perMessage.toFixed(1)} KB for each message kept; open files ${before} before, ${left} after`);
	t.diagnostic(`the overview's longest frame: ${longest.toFixed(0)} ms; the machine is ${slow().toFixed(1)} times too busy`);

	await overview.locator("#live", { hasText: "live" }).waitFor();
	await overview.locator("#rows tr").nth(49).waitFor();
	assert.ok(Math.max(...waits) < 3000 * slow(), `the visitor in the browser waited ${waits} ms`);
	assert.ok(longest < 1500 * slow(), `the overview stood still for ${longest} ms`);
	// The store is in memory and keeps what was said, so memory grows by that and by nothing else.
	assert.ok(perMessage < 16, `memory grew by ${perMessage} KB for each message`);
	assert.ok(left < before + 300, `${left} open files, ${before} before`); // the visitors' own kept connections are among them
	w.sound();
});

// slow is how many times more work the machine has than it can do: other people's work is not what is measured.
function slow() {
	return Math.max(1, loadavg()[0] / availableParallelism());
}
