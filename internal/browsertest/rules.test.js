// The administrator changes who answers, and sees what that means.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accept, panel, reply, sees, world, write } from "./harness.js";

const node = (page, path) => page.locator(`#rule fieldset[data-path="${path}"]`);
const save = async (page) => {
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByText("Saved. New enquiries follow these settings.").waitFor();
};

test("a split by percentage, made in the form, is seen over 10 visitors", async (t) => {
	const w = await world(t);
	const admin = await w.admin();
	await admin.getByLabel("Kind of rule: Rule").selectOption("percentage");
	await node(admin, "routing.shares[0].to").waitFor();
	// What was there stays inside the first share; now 70 % Ann, 30 % Bob.
	await node(admin, "routing.shares[0].to").getByLabel("Kind of rule: Share 1").selectOption("to");
	await node(admin, "routing.shares[0].to").getByLabel("Who").selectOption("staff:ann");
	await admin.getByLabel("Share 1 (%)").fill("70");
	await admin.getByText("percentages add up to 70, not 100").first().waitFor(); // said while one edits
	await admin.getByRole("button", { name: "Add a share" }).click();
	await admin.getByText("The shares add up to 100 %.").waitFor();
	await node(admin, "routing.shares[1].to").getByLabel("Who").selectOption("staff:bob");
	await admin.getByText("The rule is sound.").waitFor();
	await save(admin);

	const ann = await w.staff("Ann");
	const bob = await w.staff("Bob");
	for (let i = 1; i <= 10; i++) {
		const visitor = await w.visitor(`Visitor ${i}`, { viewport: { width: 400, height: 700 } });
		await write(visitor, `I am number ${i}`);
		await sees(visitor, `Hello Visitor ${i}`);
		await visitor.context().close();
	}
	await ann.locator("#offered-count", { hasText: "(7)" }).waitFor();
	await bob.locator("#offered-count", { hasText: "(3)" }).waitFor();
	w.sound();
});

test("a rule that is changed in the form takes effect for the next enquiry", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const chloe = await w.staff("Chloe");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Hello");
	await accept(ann, "Zoe");

	const admin = await w.admin();
	await admin.getByLabel("Kind of rule: Rule").selectOption("to");
	await node(admin, "routing").getByLabel("Who").selectOption("staff:chloe");
	await admin.locator("#answer", { hasText: "Offered to Chloe Chen" }).waitFor(); // who answers now?
	await save(admin);

	const yan = await w.visitor("Yan");
	await write(yan, "Hello");
	await accept(chloe, "Yan");
	await reply(chloe, "Yan", "The new rule.");
	await sees(yan, "The new rule.");
	await reply(ann, "Zoe", "Still yours."); // what was begun goes on
	await sees(zoe, "Still yours.");
	w.sound();
});

test("times of the week: the grid, the findings, and who would answer then", async (t) => {
	const w = await world(t);
	const admin = await w.admin();
	await admin.getByLabel("Kind of rule: Rule").selectOption("time");
	await admin.getByLabel("Time zone").fill("Asia/Hong_Kong");
	await admin.getByLabel(/^To, as/).fill("23:59");
	await admin.locator("#findings .note.warn", { hasText: "23:59" }).first().waitFor();
	await admin.getByLabel(/^To, as/).fill("18:00");
	await admin.locator(".legend", { hasText: "closed (123 h)" }).waitFor(); // 168 hours less 5 times 9
	await admin.locator("caption", { hasText: "Asia/Hong_Kong" }).waitFor();

	await admin.locator('.week td[title^="Monday 10:00"]').click();
	await admin.getByLabel("Asked of").selectOption("all");
	await admin.locator("#answer", { hasText: "Offered to Ann Archer" }).waitFor();
	await admin.locator('.week td[title^="Sunday 10:00"]').click();
	await admin.locator("#answer .answer", { hasText: "Closed" }).waitFor();
	await admin.locator("#answer", { hasText: "Opens again Mon" }).waitFor();

	// By keyboard: from Sunday, an hour to the right.
	await admin.locator('.week td[tabindex="0"]').focus();
	await admin.keyboard.press("ArrowRight");
	await admin.keyboard.press("ArrowRight");
	await admin.keyboard.press("Enter");
	await admin.locator("#answer small", { hasText: "11:00" }).waitFor();

	// A night window and a holiday.
	await admin.getByRole("button", { name: "Add a window" }).click();
	await admin.locator('[data-key="routing.conditions[1] from"]').fill("22:00");
	await admin.locator('[data-key="routing.conditions[1] to"]').fill("06:00");
	await admin.getByRole("button", { name: "Add a date" }).click();
	await admin.getByLabel("On", { exact: true }).fill("2026-12-25");
	await admin.getByLabel("At (empty: now)").fill("2026-12-25T11:00");
	await admin.locator("#answer", { hasText: "2026-12-25, which is closed" }).waitFor();
	await save(admin);
	w.sound();
});

test("a fault is shown where it is, and is not saved", async (t) => {
	const w = await world(t);
	w.expect("422");
	const admin = await w.admin();
	await admin.getByLabel("Source name").fill("");
	await admin.getByLabel("Kind of rule: Rule").selectOption("time");
	await admin.getByLabel(/^To, as/).fill("9:75");
	await node(admin, "routing").locator(":scope > .faults .fault").waitFor();
	await admin.getByRole("button", { name: "Save" }).click();
	await admin.locator("#outcome .note.bad").waitFor();
	const { settings } = await (await fetch(`${w.program.desk}/admin/settings`)).json();
	assert.equal(settings.source, "Acme app");
	assert.equal(settings.routing.type, "sticky");
	w.sound();
});

test("sticky: who served a visitor is offered the next enquiry too", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const bob = await w.staff("Bob");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "First");
	await accept(ann, "Zoe");
	await panel(ann, "Zoe").getByRole("button", { name: "Close" }).click();
	await zoe.getByText("This conversation was closed").waitFor();
	await write(zoe, "Second");
	await ann.getByText("Ann Archer served this visitor last").first().waitFor();
	assert.equal(await bob.locator("#offered li.card").count(), 0);
	w.sound();
});

test("names and texts: the preview follows, and visitors see what was chosen", async (t) => {
	const w = await world(t);
	const admin = await w.admin();
	await admin.getByLabel("First and last name").check();
	await admin.locator("#names td", { hasText: "Chloe Chen" }).nth(1).waitFor();
	const welcome = admin.getByRole("group", { name: "Welcome" });
	await welcome.getByLabel("Add a language to the welcome text").selectOption("de");
	await welcome.getByRole("textbox", { name: "Welcome text: German" }).fill("Hallo {visitor|Sie}, willkommen bei {channel}!");
	await welcome.getByText("Hallo Zoe, willkommen bei Acme support!").waitFor();
	await welcome.getByRole("textbox", { name: "Welcome text: German" }).fill("Hallo {nobody}");
	await welcome.locator(".fault", { hasText: "nobody" }).waitFor();
	await welcome.getByRole("textbox", { name: "Welcome text: German" }).fill("Hallo {visitor|Sie}, willkommen bei {channel}!");
	await welcome.getByText("Hallo Zoe, willkommen").waitFor();
	await save(admin);

	const ann = await w.staff("Ann");
	const uwe = await w.visitor("Uwe", { locale: "de-AT" });
	await write(uwe, "Guten Tag");
	await sees(uwe, "Hallo Uwe, willkommen bei Acme support!");
	await accept(ann, "Uwe");
	await reply(ann, "Uwe", "Grüß Gott!");
	await uwe.locator(".who", { hasText: /^Ann Archer$/ }).waitFor();
	w.sound();
});
