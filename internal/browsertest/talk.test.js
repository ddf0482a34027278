// A visitor writes, is welcomed, and is answered by a person.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accept, panel, reply, seen, sees, world, write } from "./harness.js";

test("a visitor writes, is welcomed, staff accept and reply, the visitor sees it", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Where is my parcel?");
	await sees(zoe, "Hello Zoe");
	await zoe.locator(".said.own .mark", { hasText: "Sent" }).waitFor();

	const offer = ann.locator("#offered li.card");
	await offer.getByText("s left").waitFor(); // the countdown
	await offer.locator("summary", { hasText: "Ann Archer is next in front-desk" }).waitFor(); // why, in plain words
	assert.match(await ann.title(), /^\(1\)/);
	await accept(ann, "Zoe");
	assert.equal(await ann.locator("#offered li.card").count(), 0);
	await zoe.getByText("is here for you").waitFor();

	await reply(ann, "Zoe", "It arrives tomorrow.");
	await sees(zoe, "It arrives tomorrow.");
	await zoe.locator(".said", { hasText: "It arrives tomorrow." }).locator(".who", { hasText: /^Ann$/ }).waitFor();
	assert.deepEqual(await seen(zoe), [
		["me", "Where is my parcel?"], ["auto", "Hello Zoe! Thank you for contacting us. How can we help you?"], ["them", "It arrives tomorrow."],
	]);
	// Delivered and read: the visitor's page is open, so the message is both.
	await panel(ann, "Zoe").locator(".said.own", { hasText: "It arrives tomorrow." }).locator(".mark", { hasText: "Read" }).waitFor();

	await write(zoe, "Thank you!");
	await panel(ann, "Zoe").locator(".text", { hasText: "Thank you!" }).waitFor();
	await panel(ann, "Zoe").getByRole("button", { name: "Close" }).click();
	await panel(ann, "Zoe").waitFor({ state: "detached" });
	await zoe.getByText("This conversation was closed").waitFor();
	w.sound();
});

test("typing is shown on both sides", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await accept(ann, "Zoe");
	await zoe.getByLabel("Message", { exact: true }).pressSequentially("I wonder");
	await panel(ann, "Zoe").getByText("Zoe is typing…").waitFor();
	await panel(ann, "Zoe").getByLabel("Reply", { exact: true }).pressSequentially("Yes");
	await zoe.getByText("Ann is typing…").waitFor();
	w.sound();
});

test("quick replies are buttons, pictures are shown, files are links", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await accept(ann, "Zoe");
	await panel(ann, "Zoe").getByLabel("Quick replies").fill("Monday | Tuesday");
	await reply(ann, "Zoe", "Which day?");
	await zoe.getByRole("button", { name: "Tuesday" }).click();
	await panel(ann, "Zoe").locator(".said:not(.own) .text", { hasText: "Tuesday" }).waitFor();

	await zoe.getByRole("button", { name: /picture or file/ }).click();
	await zoe.getByRole("button", { name: "Send the link" }).click();
	for (const page of [zoe, ann]) { // also on the desk, which is another origin
		const picture = page.getByRole("img", { name: "sample.svg" });
		await picture.waitFor();
		await page.waitForFunction((i) => i.naturalWidth > 0, await picture.elementHandle());
	}
	await zoe.getByRole("button", { name: /picture or file/ }).click();
	await zoe.getByLabel("What is it?").selectOption("file");
	await zoe.getByLabel("Its address").fill("https://files.example.com/receipt.pdf");
	await zoe.getByRole("button", { name: "Send the link" }).click();
	const link = panel(ann, "Zoe").getByRole("link", { name: "receipt.pdf" });
	await link.waitFor();
	assert.equal(await link.getAttribute("href"), "https://files.example.com/receipt.pdf");
	assert.match(await link.getAttribute("rel"), /noopener/);
	w.sound();
});

test("two tabs of one browser are two visitors, and a tab that is reloaded is the same one", async (t) => {
	const w = await world(t);
	const zoe = await w.visitor("Zoe");
	const yan = await zoe.context().newPage();
	w.watch(yan);
	await yan.goto(w.program.source);
	await yan.getByLabel("Your name").fill("Yan");
	await yan.getByRole("button", { name: "Start the chat" }).click();
	await write(zoe, "I am Zoe");
	await write(yan, "I am Yan");
	await sees(zoe, "not available");
	await sees(yan, "not available");
	await zoe.reload();
	await sees(zoe, "not available");
	assert.deepEqual((await seen(zoe)).map(([, text]) => text.slice(0, 9)), ["I am Zoe", "Hello Zoe", "Thank you"]);
	w.sound();
});

test("an offer that nobody takes, or that is declined, goes to others", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const bob = await w.staff("Bob");
	const chloe = await w.staff("Chloe");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await ann.getByRole("button", { name: /^Decline/ }).click();
	await bob.getByRole("button", { name: /^Decline/ }).click();
	// Then the support team: Bob and Chloe. It is Chloe who answers.
	await chloe.getByText("For the Support team").waitFor();
	await accept(chloe, "Zoe");
	await reply(chloe, "Zoe", "Chloe here");
	await sees(zoe, "Chloe here");
	assert.equal(await ann.locator("#offered li.card").count() + await bob.locator("#offered li.card").count(), 0);
	w.sound();
});

test("an enquiry is handed on; its handler goes on until it is accepted", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const chloe = await w.staff("Chloe");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await accept(ann, "Zoe");
	const talk = panel(ann, "Zoe");
	await talk.getByLabel("Hand the enquiry to").selectOption("staff:chloe");
	await talk.getByRole("button", { name: "Transfer" }).click();
	await talk.getByText("Being handed to Chloe Chen").waitFor();
	await reply(ann, "Zoe", "I fetch Chloe.");
	await chloe.getByText("Handed on by Ann Archer").waitFor();
	await accept(chloe, "Zoe");
	await panel(ann, "Zoe").waitFor({ state: "detached" });
	await panel(chloe, "Zoe").locator(".text", { hasText: "I fetch Chloe." }).waitFor();
	await reply(chloe, "Zoe", "Hello from Chloe.");
	await sees(zoe, "Hello from Chloe.");
	w.sound();
});

test("a bot asks first and hands over to a person", async (t) => {
	const w = await world(t);
	await w.settings((s) => { s.routing = { type: "bot", id: "guide" }; });
	const bob = await w.staff("Bob");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await zoe.getByRole("button", { name: "Opening hours" }).click();
	await sees(zoe, "Monday to Friday");
	await zoe.getByRole("button", { name: "Talk to a person" }).last().click();
	await accept(bob, "Zoe");
	await reply(bob, "Zoe", "A person!");
	await sees(zoe, "A person!");
	w.sound();
});
