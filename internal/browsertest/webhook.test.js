// The endpoint is verified, fails, and recovers.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accept, panel, reply, seen, sees, world, write } from "./harness.js";

test("verify: the good endpoint, and four kinds of bad ones", async (t) => {
	const w = await world(t);
	const admin = await w.admin();
	const challenge = admin.locator("#challenge");
	await admin.getByRole("button", { name: "Verify" }).click();
	await challenge.locator(".badge.healthy").waitFor();
	for (const [preset, words] of [
		["One that answers something else", /challenge not answered/],
		["One that has moved", /308/],
		["One that is out of order", /500/],
		["One inside a private network", /refused/],
	]) {
		await admin.getByLabel("Or try").selectOption({ label: preset });
		await admin.getByRole("button", { name: "Verify" }).click();
		await challenge.locator(".note.bad").waitFor({ timeout: 20_000 });
		assert.match(await challenge.textContent(), words);
	}
	w.sound();
});

test("a new endpoint that does not answer is kept, and what is to be posted waits for it", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await accept(ann, "Zoe");
	const admin = await w.admin();
	await admin.getByLabel("Or try").selectOption({ label: "One that answers something else" });
	await admin.getByRole("button", { name: "Save" }).click();
	await admin.getByText("Saved, but nothing is sent yet").waitFor();
	await admin.getByText("not verified").waitFor();
	await reply(ann, "Zoe", "Do you hear me?");
	await panel(ann, "Zoe").locator(".mark", { hasText: "Waiting to be sent" }).waitFor();

	await admin.getByLabel("Or try").selectOption({ label: "The Acme app" });
	await admin.getByRole("button", { name: "Save" }).click();
	await admin.getByText("Saved. New enquiries").waitFor();
	await sees(zoe, "Do you hear me?");
	w.sound();
});

test("the endpoint fails and recovers: the breaker opens and closes, nothing is lost, order is kept", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const visitors = [];
	for (const name of ["Zoe", "Yan", "Xia"]) {
		const page = await w.visitor(name);
		await write(page, "Hello");
		await accept(ann, name);
		visitors.push([name, page]);
	}
	const overview = await w.overview();
	await overview.getByLabel("The endpoint of the Acme app").selectOption("500");
	for (let i = 1; i <= 4; i++) {
		for (const [name] of visitors) await reply(ann, name, `${name}, part ${i}`);
	}
	await panel(ann, "Zoe").locator(".mark", { hasText: "Waiting to be sent" }).first().waitFor();
	await overview.locator("#breaker-state", { hasText: /open|probing/ }).waitFor({ timeout: 20_000 });
	await overview.locator("#counts div", { hasText: "Failed attempts" }).getByText(/[1-9]/).waitFor();
	for (const [, page] of visitors) assert.equal(await page.locator("#log .text", { hasText: "part" }).count(), 0);

	await overview.getByLabel("The endpoint of the Acme app").selectOption("");
	for (const [name, page] of visitors) {
		await page.locator("#log .text", { hasText: `${name}, part 4` }).waitFor({ timeout: 30_000 });
		const parts = (await seen(page)).map(([, text]) => text).filter((text) => text.includes("part"));
		assert.deepEqual(parts, [1, 2, 3, 4].map((i) => `${name}, part ${i}`));
	}
	await overview.locator("#breaker-state", { hasText: "healthy" }).waitFor();
	await panel(ann, "Zoe").locator(".said.own", { hasText: "part 4" }).locator(".mark", { hasText: "Read" }).waitFor();
	w.sound();
});

test("a suspended channel takes nothing; the visitor can send again when it goes on", async (t) => {
	const w = await world(t);
	w.expect("502");
	const zoe = await w.visitor("Zoe");
	const admin = await w.admin();
	await admin.getByRole("button", { name: "Suspend" }).click();
	await admin.getByText("suspended", { exact: true }).waitFor();
	await write(zoe, "Hello");
	await zoe.getByRole("button", { name: "Send again" }).waitFor({ timeout: 30_000 });
	await admin.getByRole("button", { name: "Resume" }).click();
	await admin.getByText("suspended", { exact: true }).waitFor({ state: "detached" });
	await zoe.getByRole("button", { name: "Send again" }).click();
	await sees(zoe, "Hello Zoe");
	assert.equal((await seen(zoe)).filter(([side]) => side === "me").length, 1);
	w.sound();
});
