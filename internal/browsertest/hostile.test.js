// What strangers write is text, whatever it looks like.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accept, panel, sees, world, write } from "./harness.js";

const markup = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
const rtl = "\u202E"; // turns the text that follows around

test("markup in a name and a message is shown as it was typed", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const eve = await w.visitor(markup);
	await write(eve, `Hello ${markup}`);
	await sees(eve, `Hello ${markup}`);
	await ann.locator("#offered li.card").waitFor();
	await ann.getByRole("button", { name: /^Accept enquiry 1/ }).click();
	const talk = ann.locator("article.talk");
	await talk.locator(".said:not(.own) .text", { hasText: `Hello ${markup}` }).waitFor();
	assert.match(await talk.getByRole("heading").textContent(), /^<img src=x onerror=/);
	const overview = await w.overview();
	await overview.locator("#rows button").click();
	await overview.locator("#detail-log .said:not(.own) .text", { hasText: `Hello ${markup}` }).waitFor();
	assert.match(await overview.locator("#detail-title").textContent(), /<img src=x/);
	for (const page of [eve, ann, overview]) {
		assert.equal(await page.locator('img[src="x"]').count(), 0);
		assert.equal(await page.locator("body script").count(), 0);
	}
	w.sound(); // no dialog opened either
});

test("a name that turns text around turns nothing around", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const eve = await w.visitor(`${rtl}gnihton${rtl}`);
	await write(eve, `before ${rtl}after`);
	await ann.getByRole("button", { name: /^Accept/ }).click();
	const title = await ann.locator("article.talk h2").textContent();
	assert.equal(title, "gnihton"); // the library takes the control out of names
	const text = ann.locator("article.talk .text", { hasText: "before" });
	await text.waitFor();
	assert.equal(await text.evaluate((n) => getComputedStyle(n).unicodeBidi), "isolate"); // of a message it stays, and turns its own line only
	w.sound();
});

test("10 000 characters fit, 10 001 are refused and say so", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const eve = await w.visitor("Eve");
	await write(eve, "W".repeat(10_000));
	await accept(ann, "Eve");
	const text = panel(ann, "Eve").locator(".said:not(.own) .text");
	await text.waitFor();
	assert.equal((await text.textContent()).length, 10_000);
	for (const page of [eve, ann]) {
		const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		assert.ok(wide <= 0, `the page is ${wide} px too wide`);
	}
	await panel(ann, "Eve").getByRole("button", { name: "Show all 10000 characters" }).click();
	assert.ok(await text.evaluate((n) => n.scrollHeight <= n.clientHeight + 1));

	// The form's own limit is no protection: somebody can post what they like.
	w.expect("502"); // the browser logs the refusal
	const status = await eve.evaluate(async () => {
		const chat = sessionStorage.getItem("chat");
		const answer = await fetch(`/chats/${chat}/messages`, {
			method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: "long", text: "W".repeat(10_001) }),
		});
		return answer.status;
	});
	assert.equal(status, 502);
	await eve.getByText("Not sent").waitFor();
	w.sound();
});

test("an address that is no web address is no link", async (t) => {
	const w = await world(t);
	w.expect("502");
	const eve = await w.visitor("Eve");
	await write(eve, "Hello");
	const statuses = await eve.evaluate(async () => {
		const chat = sessionStorage.getItem("chat");
		const all = [];
		for (const url of ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "file:///etc/passwd"]) {
			const answer = await fetch(`/chats/${chat}/messages`, {
				method: "POST", headers: { "Content-Type": "application/json" },
				body: JSON.stringify({ id: url.slice(0, 8), attachments: [{ kind: "image", url, name: "x" }] }),
			});
			all.push(answer.status);
		}
		return all;
	});
	assert.deepEqual(statuses, [502, 502, 502]); // the library refuses them
	await eve.getByText("Not sent").first().waitFor();
	assert.equal(await eve.locator("#log a").count(), 0);
	w.sound();
});
