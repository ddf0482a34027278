// Draws the pictures of the README: node shots.js <folder>, by way of run.sh shots.
import { accept, panel, reply, sees, world, write } from "./harness.js";

const folder = process.argv[2];
const after = [];
const w = await world({ after: (f) => after.push(f) });
const small = { viewport: { width: 420, height: 700 } };

async function shot(page, name, clip) {
	await page.evaluate(() => document.activeElement?.blur());
	await page.waitForTimeout(400);
	await page.screenshot({ path: `${folder}/livechat-${name}.png`, clip, scale: "css" });
}

try {
	await w.settings((s) => { s.max_wait = "1s"; });
	const late = await w.visitor("Noor", small); // before anybody is at work
	await write(late, "Is the shop open on Saturday?");
	await sees(late, "not available");
	const overview = await w.overview({ viewport: { width: 1280, height: 1180 } });
	await overview.locator("#rows .badge.missed").waitFor();

	const bob = await w.staff("Bob");
	const ann = await w.staff("Ann", { viewport: { width: 1280, height: 760 } });
	await w.settings((s) => { s.routing = { type: "sticky", wait: "20s", then: { type: "group", id: "front-desk", method: "round_robin", members: [{ type: "staff", id: "ann" }], wait: "45s" } }; });
	const people = [["Zoe Zander", "My parcel has not arrived yet. Can you help me?", "Good morning! What is the number on your receipt?"],
		["Mateo", "¿Tienen la lámpara también en azul?", "Sí, en azul y en verde. ¿Le enviamos una foto?"]];
	const pages = new Map();
	for (const [name, first, answer] of people) {
		const page = await w.visitor(name, name === "Mateo" ? { ...small, locale: "es-ES" } : small);
		pages.set(name, page);
		await write(page, first);
		await accept(ann, name);
		await ann.waitForTimeout(700);
		await reply(ann, name, answer);
		await sees(page, answer);
	}
	const zoe = pages.get("Zoe Zander");
	await write(zoe, "A-1047, ordered last Tuesday");
	await panel(ann, "Zoe Zander").locator(".text", { hasText: "A-1047" }).waitFor();
	await panel(ann, "Zoe Zander").getByLabel("Quick replies").fill("Deliver again | Refund");
	await reply(ann, "Zoe Zander", "The courier brought it back to us. What would you like?");
	await sees(zoe, "What would you like?");
	await panel(ann, "Zoe Zander").locator(".said.own", { hasText: "What would you like?" }).locator(".mark", { hasText: "Read" }).waitFor();
	await zoe.locator("#log").evaluate((n) => { n.scrollTop = n.scrollHeight; });
	await shot(zoe, "visitor");

	const linh = await w.visitor("Linh", small);
	await write(linh, "Hello, I have a question about my invoice.");
	await ann.locator("#offered li.card").waitFor();
	await ann.locator("#offered details").evaluate((d) => { d.open = true; });
	for (const name of ["Zoe Zander", "Mateo"]) await panel(ann, name).locator(".log").evaluate((n) => { n.scrollTop = n.scrollHeight; });
	await shot(ann, "staff");
	await accept(ann, "Linh");
	await reply(ann, "Linh", "Of course. Which one is it?");
	await panel(ann, "Mateo").getByRole("button", { name: "Close" }).click();
	await bob.getByRole("button", { name: /^Follow up/ }).click();
	await reply(bob, "Noor", "Yes, from ten to four.");
	await sees(late, "from ten to four");
	await shot(overview, "overview");

	await w.settings((s) => {
		s.routing = {
			type: "time", zone: "Europe/Lisbon",
			conditions: [
				{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "18:00", then: { type: "percentage", shares: [{ percent: 70, to: { type: "team", id: "sales" } }, { percent: 30, to: { type: "team", id: "support" } }] } },
			],
		};
	});
	const admin = await w.admin({ viewport: { width: 1180, height: 1500 } });
	await admin.locator(".week").waitFor();
	await admin.locator('.week td[title^="Monday 09:30"]').click();
	await admin.getByLabel("Asked of").selectOption("all");
	await admin.locator("#answer", { hasText: "Offered to" }).waitFor();
	await admin.locator(".save").evaluate((n) => n.remove());
	const card = admin.locator("section", { has: admin.locator("#rule") });
	await card.evaluate((n) => n.scrollIntoView());
	const { x, y, width, height } = await card.boundingBox();
	await shot(admin, "admin", { x: x - 16, y: Math.max(0, y - 8), width: width + 32, height: height + 16 });
	w.sound();
} finally {
	for (const f of after) await f();
}
