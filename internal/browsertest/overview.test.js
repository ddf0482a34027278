// The overview follows what happens, can be filtered, and its numbers can be taken away.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { accept, panel, reply, sees, world, write } from "./harness.js";

test("the table and the charts follow what happens; filter, search, transcript, CSV", async (t) => {
	const w = await world(t);
	const overview = await w.overview();
	await overview.getByText("No enquiry matches.").waitFor();
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "Where is my parcel?");
	await overview.locator("#rows .badge.opened").waitFor(); // without a reload
	await accept(ann, "Zoe");
	await overview.locator("#rows .badge.handling").waitFor();
	await reply(ann, "Zoe", "On its way.");
	await sees(zoe, "On its way.");
	await overview.locator("#figures div", { hasText: "First reply, median" }).locator("dd", { hasText: /\ds?/ }).waitFor();
	const yan = await w.visitor("Yan");
	await write(yan, "Hello");
	await overview.locator("#rows tr").nth(1).waitFor();

	await overview.getByLabel("Closed", { exact: true }).check();
	await overview.getByText("No enquiry matches.").waitFor();
	await panel(ann, "Zoe").getByRole("button", { name: "Close" }).click();
	await overview.locator("#rows .badge.closed").waitFor(); // the filter holds for what comes
	assert.equal(await overview.locator("#rows tr").count(), 1);
	await overview.getByLabel("Closed", { exact: true }).uncheck();
	await overview.getByLabel("Search").fill("yan");
	await overview.locator("#rows tr", { hasText: "Zoe" }).waitFor({ state: "detached" });
	await overview.getByLabel("Search").fill("");
	await overview.getByLabel("Staff", { exact: true }).selectOption("ann");
	await overview.locator("#rows tr", { hasText: "Yan" }).waitFor({ state: "detached" });

	await overview.locator("#rows button", { hasText: "Zoe" }).click();
	await overview.locator("#detail-log .text", { hasText: "On its way." }).waitFor();
	await overview.keyboard.press("Escape");

	// The charts have their numbers as tables too.
	const chart = overview.locator("figure", { hasText: "Enquiries per staff member" });
	await chart.getByText("As a table").click();
	assert.match(await chart.locator("tbody tr").first().textContent(), /Ann Archer.*01$/);

	await write(yan, "Are you there?"); // what has been opened stays open when the charts are drawn again
	await overview.locator("#rows td", { hasText: "1 / 1" }).waitFor();
	await overview.getByLabel("Staff", { exact: true }).selectOption("");
	await overview.locator("#rows td", { hasText: "2 / 0" }).waitFor();
	await overview.locator("#figures div", { hasText: "Enquiries" }).waitFor();
	assert.equal(await chart.locator("details").evaluate((d) => d.open), true);

	const [download] = await Promise.all([overview.waitForEvent("download"), overview.getByRole("link", { name: "CSV" }).click()]);
	assert.equal(download.suggestedFilename(), "enquiries.csv");
	const csv = await readFile(await download.path(), "utf8");
	assert.match(csv, /^group,name,opened/);
	assert.match(csv, /^staff,ann,1,/m);
	w.sound();
});
