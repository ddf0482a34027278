// For everybody: without a mouse, on a phone, in the dark, and by the rules that axe checks.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { accept, panel, reply, sees, world, write } from "./harness.js";

const axe = await readFile(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

// check runs axe: WCAG 2.2, levels A and AA.
async function check(page, where) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
	assert.deepEqual(found.violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`), []);
}

// tabTo presses Tab until the element that has the keyboard matches, as a person would.
async function tabTo(page, selector, most = 60) {
	for (let i = 0; i < most; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
	}
	assert.fail(`${selector} is not reached with ${most} Tabs`);
}

test("a whole conversation with the keyboard alone", async (t) => {
	const w = await world(t);
	const ann = await w.open(`${w.program.desk}/staff`);
	await ann.locator("#people button").first().waitFor();
	await tabTo(ann, "#people button");
	await ann.keyboard.press("Enter");
	await ann.locator("#desk").waitFor();

	const zoe = await w.open(w.program.source);
	await tabTo(zoe, "#name");
	await zoe.keyboard.type("Zoe");
	await zoe.keyboard.press("Enter");
	await zoe.locator("#text:focus").waitFor(); // the keyboard is where one writes
	await zoe.keyboard.type("Hello");
	await zoe.keyboard.press("Enter");
	await sees(zoe, "Hello Zoe");

	await ann.locator("#offered li.card").waitFor();
	await tabTo(ann, 'button[aria-label^="Accept"]');
	await ann.keyboard.press("Enter");
	await ann.locator("article.talk textarea:focus").waitFor(); // and again
	await ann.keyboard.type("Good day");
	await ann.keyboard.press("Shift+Enter");
	await ann.keyboard.type("Zoe");
	await ann.keyboard.press("Enter");
	await sees(zoe, "Good day\nZoe");

	await ann.locator("article.talk textarea:focus").waitFor();
	await ann.keyboard.press("Shift+Tab"); // quick replies
	await ann.keyboard.type("Yes | No");
	await ann.keyboard.press("Tab");
	await ann.locator("article.talk textarea:focus").waitFor();
	await ann.keyboard.type("Are you well?");
	await ann.keyboard.press("Enter");
	await sees(zoe, "Are you well?");
	await tabTo(zoe, ".choices button");
	await zoe.keyboard.press("Space");
	await panel(ann, "Zoe").locator(".said:not(.own) .text", { hasText: "Yes" }).waitFor();

	await ann.keyboard.press("Shift+Tab");
	await ann.keyboard.press("Shift+Tab"); // Close
	await ann.keyboard.press("Enter");
	await panel(ann, "Zoe").waitFor({ state: "detached" });
	await tabTo(ann, '#status input[value="active"]');
	await ann.keyboard.press("ArrowRight"); // Busy
	const overview = await w.overview();
	await overview.locator("#rows .badge.closed").waitFor();
	await tabTo(overview, "#rows button");
	await overview.keyboard.press("Enter");
	await overview.locator("#detail[open] .text", { hasText: "Are you well?" }).waitFor();
	await overview.keyboard.press("Escape");
	await overview.locator("#detail").waitFor({ state: "hidden" });
	const { staff } = await (await fetch(`${w.program.desk}/desk/staff`)).json();
	assert.equal(staff[0].status, "busy");
	w.sound();
});

test("a rule is changed with the keyboard alone, which stays where it was", async (t) => {
	const w = await world(t);
	const admin = await w.admin();
	await admin.locator("#rule .node").first().waitFor();
	await tabTo(admin, '[data-key="routing kind"]');
	for (const kind of ["conditions add", "shares add"]) { // from the last kind up, past times, to the split
		await admin.keyboard.press("ArrowUp");
		await admin.locator(`[data-key="routing.${kind}"]`).waitFor();
	}
	// The rule that was there is inside, and not inside of what was passed on the way.
	assert.equal(await admin.locator('[data-key="routing.shares[0].to kind"]').inputValue(), "sticky");
	assert.ok(await admin.evaluate(() => document.activeElement.dataset.key === "routing kind"));
	await tabTo(admin, '[data-key="routing.shares add"]');
	await admin.keyboard.press("Enter");
	await admin.locator('[data-key="routing.shares[1] percent"]').waitFor();
	assert.ok(await admin.evaluate(() => document.activeElement.dataset.key === "routing.shares add"));
	w.sound();
});

for (const colorScheme of ["light", "dark"]) {
	test(`axe finds nothing on any page (${colorScheme})`, async (t) => {
		const w = await world(t, { colorScheme });
		await check(await w.open(w.program.desk), "index");
		const hello = await w.open(w.program.source);
		await check(hello, "before the chat");
		const desk = await w.open(`${w.program.desk}/staff`);
		await desk.locator("#people button").first().waitFor();
		await check(desk, "sign in");

		const ann = await w.staff("Ann");
		const zoe = await w.visitor("Zoe");
		await write(zoe, "Hello");
		await ann.locator("#offered li.card").waitFor();
		await check(ann, "an offer");
		await accept(ann, "Zoe");
		await panel(ann, "Zoe").getByLabel("Quick replies").fill("Yes | No");
		await reply(ann, "Zoe", "Shall we?");
		await sees(zoe, "Shall we?");
		await zoe.getByRole("button", { name: /picture or file/ }).click();
		await check(zoe, "the chat");
		await panel(ann, "Zoe").locator(".mark", { hasText: "Read" }).last().waitFor();
		await check(ann, "a conversation");

		const admin = await w.admin();
		await admin.locator(".week").waitFor();
		await check(admin, "administrator");
		await admin.getByLabel("Kind of rule: Rule").selectOption("time");
		await admin.getByRole("button", { name: "Add a date" }).click();
		await admin.getByLabel(/^To, as/).first().fill("99:99");
		await admin.locator(".fault").first().waitFor();
		await check(admin, "administrator, times");
		const overview = await w.overview();
		await overview.locator("#rows button").waitFor();
		await check(overview, "overview");
		await overview.locator("#rows button").click();
		await overview.locator("#detail[open]").waitFor();
		await check(overview, "an enquiry");
		w.sound();
	});
}

for (const width of [360, 320]) {
	test(`nothing is wider than a phone of ${width} px`, async (t) => {
		const phone = { viewport: { width, height: 700 }, hasTouch: true, isMobile: true };
		const w = await world(t, phone);
		const ann = await w.staff("Ann");
		const name = "Zoealexandravonundzuhohensteinysenburgbuedingenwaechtersbac"; // no place to break it
		const zoe = await w.visitor(name);
		await write(zoe, `https://example.com/${"a".repeat(300)}`);
		await sees(zoe, "Hello Zoe");
		await ann.getByRole("button", { name: /^Accept/ }).tap();
		await reply(ann, name, "B".repeat(200));
		await sees(zoe, "BBB");
		const admin = await w.admin();
		await admin.locator(".week").waitFor();
		await admin.getByLabel("Kind of rule: Rule").selectOption("time");
		await admin.getByRole("button", { name: "Add a date" }).click();
		const overview = await w.overview();
		await overview.locator("#rows button").waitFor();
		const index = await w.open(w.program.desk);
		for (const [where, page] of Object.entries({ index, ann, zoe, admin, overview })) {
			const wide = await page.evaluate(() => {
				const over = [...document.querySelectorAll("body *")].filter((n) => n.getBoundingClientRect().right > innerWidth + 1
					&& !n.closest(".scroll, .weekbox, .unseen, datalist") && n.checkVisibility());
				return [document.documentElement.scrollWidth - innerWidth, over.map((n) => `${n.tagName}.${n.className}`).slice(0, 3)];
			});
			assert.deepEqual(wide, [0, []], where);
		}
		for (const page of [ann, zoe]) { // where one writes is on the screen, and can be hit
			const box = await page.locator("textarea").first().boundingBox();
			assert.ok(box.height >= 24 && box.width >= 120, JSON.stringify(box));
		}
		w.sound();
	});
}
