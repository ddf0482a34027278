// Nobody there: the visitor is told, staff find the enquiry later.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accept, panel, reply, seen, sees, world, write } from "./harness.js";

test("nobody is available: welcome, then away, and a follow-up later", async (t) => {
	const w = await world(t);
	await w.settings((s) => { s.max_wait = "1s"; });
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Is anybody there?");
	await sees(zoe, "not available at the moment");
	assert.deepEqual((await seen(zoe)).map(([side, text]) => [side, text.slice(0, 9)]), [
		["me", "Is anybod"], ["auto", "Hello Zoe"], ["auto", "Thank you"],
	]);

	const overview = await w.overview();
	await overview.locator("#rows .badge.missed").waitFor(); // after max_wait
	const bob = await w.staff("Bob");
	await bob.locator("#missed li.card").waitFor();
	await bob.getByRole("button", { name: /^Follow up/ }).click();
	await bob.getByText("You follow up a missed enquiry.").waitFor();
	await reply(bob, "Zoe", "Now there is.");
	await sees(zoe, "Now there is.");

	await overview.locator("#rows td", { hasText: "follow-up" }).waitFor();
	await overview.locator("#figures div", { hasText: "Followed up" }).getByText("1", { exact: true }).waitFor();
	w.sound();
});

test("the language of the automatic texts follows the visitor's choice", async (t) => {
	const w = await world(t);
	await w.settings((s) => { s.max_wait = "1s"; });
	const zoe = await w.visitor("Zoe", { locale: "de-DE" });
	assert.equal(await zoe.locator("#locale").inputValue(), "de"); // the browser's language is known
	await write(zoe, "Guten Tag");
	await sees(zoe, "vielen Dank für Ihre Nachricht");

	const akira = await w.visitor("Akira");
	await akira.locator("#locale").selectOption("ja");
	await write(akira, "こんにちは");
	await sees(akira, "Akira様");
	w.sound();
});

test("who is busy is offered nothing; who becomes active again is", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	await ann.locator("#status").getByText("Busy").click();
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await sees(zoe, "Hello Zoe");
	assert.equal(await ann.locator("#offered li.card").count(), 0);
	await ann.locator("#status").getByText("Active").click();
	await accept(ann, "Zoe");
	w.sound();
});

test("a staff member whose browser is gone is offered nothing after a moment", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	await ann.context().close();
	await new Promise((r) => setTimeout(r, 5000)); // the lease of a page that was closed is 4 s
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await sees(zoe, "not available at the moment");
	w.sound();
});

test("offers wait for whoever comes", async (t) => {
	const w = await world(t);
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await sees(zoe, "Hello Zoe");
	const bob = await w.staff("Bob");
	await accept(bob, "Zoe");
	await panel(bob, "Zoe").locator(".text", { hasText: "Hello" }).first().waitFor();
	w.sound();
});
