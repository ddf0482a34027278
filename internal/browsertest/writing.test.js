// Writing with an input method, and without a connection.
import { test } from "node:test";
import assert from "node:assert/strict";
import { accept, panel, seen, sees, world, write } from "./harness.js";

const box = (page) => page.getByLabel("Message", { exact: true });

/** Presses Enter as an input method does: with the keyCode of a key that it has taken. */
async function enter(cdp, code) {
	const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: code };
	await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
	await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
}

/** Notes what the page is told of keys. */
const watchKeys = (input) => input.evaluate((n) => {
	n.addEventListener("keydown", (e) => { n.dataset.key = [e.key, e.keyCode, e.isComposing]; }, { capture: true });
});

// compose writes a word with an input method: an Enter that ends it says nothing, the next one says all.
async function compose(page, input, said) {
	const cdp = await page.context().newCDPSession(page);
	await input.focus();
	await watchKeys(input);
	const key = () => input.getAttribute("data-key");
	await cdp.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
	await enter(cdp, 229); // chooses a candidate
	assert.equal(await key(), "Enter,229,true");
	await cdp.send("Input.imeSetComposition", { text: "日本", selectionStart: 2, selectionEnd: 2 });
	await enter(cdp, 13); // some engines keep the code, and only isComposing tells
	assert.equal(await key(), "Enter,13,true");
	await cdp.send("Input.insertText", { text: "日本" });
	await enter(cdp, 229); // Safari: the key that ended the word comes after it
	assert.equal(await key(), "Enter,229,false");
	assert.equal(await input.inputValue(), "日本");
	await cdp.send("Input.imeSetComposition", { text: "ご", selectionStart: 1, selectionEnd: 1 });
	await cdp.send("Input.insertText", { text: "語" });
	await enter(cdp, 13);
	await said("日本語");
	assert.equal(await input.inputValue(), "");
}

test("the Enter of an input method sends no half word", async (t) => {
	const w = await world(t);
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await compose(zoe, box(zoe), (text) => sees(zoe, text));
	await accept(ann, "Zoe");
	const talk = panel(ann, "Zoe");
	await compose(ann, talk.getByLabel("Reply", { exact: true }), (text) => talk.locator(".said.own .text", { hasText: text }).waitFor());
	await sees(zoe, "日本語");
	const said = (await seen(zoe)).filter(([who]) => who !== "auto");
	assert.deepEqual(said, [["me", "日本語"], ["them", "日本語"]]);
	w.sound();
});

async function offline(page, is) {
	const cdp = await page.context().newCDPSession(page);
	await cdp.send("Network.enable");
	await cdp.send("Network.emulateNetworkConditions", { offline: is, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
	await page.waitForFunction((on) => navigator.onLine === on, !is);
	return cdp;
}

test("what is written offline goes out on reconnecting, once and in order", async (t) => {
	const w = await world(t);
	w.expect("ERR_INTERNET_DISCONNECTED");
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "before");
	await accept(ann, "Zoe");

	const net = await offline(zoe, true);
	await write(zoe, "one");
	await write(zoe, "two");
	await zoe.locator(".said.own .mark", { hasText: "Waiting for the connection" }).nth(1).waitFor();
	assert.equal(await zoe.getByRole("button", { name: "Send again" }).count(), 0);
	assert.equal(await panel(ann, "Zoe").locator(".text", { hasText: "one" }).count(), 0);
	await net.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });

	await panel(ann, "Zoe").locator(".text", { hasText: "two" }).waitFor();
	await write(zoe, "three");
	await panel(ann, "Zoe").locator(".text", { hasText: "three" }).waitFor();
	const mine = (all) => all.filter(([who]) => who === "me").map(([, text]) => text);
	assert.deepEqual(mine(await seen(zoe)), ["before", "one", "two", "three"]);
	assert.deepEqual(await panel(ann, "Zoe").locator(".said:not(.own) .text").allTextContents(), ["before", "one", "two", "three"]);
	assert.equal(await zoe.locator(".said.own .mark", { hasText: "Sent" }).count(), 4);
	w.sound();
});

test("an answer that is lost doubles nothing, and a page that is loaded again forgets nothing", async (t) => {
	const w = await world(t);
	w.expect("ERR_FAILED");
	w.expect("ERR_CONNECTION_RESET");
	const ann = await w.staff("Ann");
	const zoe = await w.visitor("Zoe");
	await write(zoe, "before");
	await accept(ann, "Zoe");

	let lost = 0;
	let reach = false;
	await zoe.route("**/messages", async (route) => {
		if (reach) return route.continue();
		if (lost++ === 0) await route.fetch(); // it arrives, and the answer does not
		return route.abort("connectionreset");
	});
	await write(zoe, "taken");
	await zoe.locator(".mark", { hasText: "Waiting for the connection" }).waitFor();
	await write(zoe, "not taken");
	await panel(ann, "Zoe").locator(".text", { hasText: /^taken$/ }).waitFor();
	await zoe.reload();
	await zoe.locator(".text", { hasText: "not taken" }).waitFor();
	reach = true;
	await panel(ann, "Zoe").locator(".text", { hasText: "not taken" }).waitFor({ timeout: 40_000 });
	await zoe.waitForFunction(() => document.querySelectorAll(".said.own").length === 3);
	assert.deepEqual(await panel(ann, "Zoe").locator(".said:not(.own) .text").allTextContents(), ["before", "taken", "not taken"]);
	assert.equal(await zoe.evaluate(() => sessionStorage.getItem("unsent")), "[]");
	w.sound();
});
