// What keeps other sites, other visitors and other scripts out.
import { test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { request as httpRequest } from "node:http";
import { sees, world, write } from "./harness.js";

const pages = (w) => [w.program.desk, `${w.program.desk}/staff`, `${w.program.desk}/admin`, `${w.program.desk}/overview`, w.program.source];

test("every page has a strict policy, and it holds", async (t) => {
	const w = await world(t);
	for (const url of pages(w)) {
		const answer = await fetch(url);
		const policy = answer.headers.get("content-security-policy");
		assert.match(policy, /default-src 'none'/, url);
		assert.match(policy, /require-trusted-types-for 'script'/, url);
		assert.doesNotMatch(policy, /unsafe|\*|data:/, url);
		assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
		const html = await answer.text();
		assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/, `${url} holds inline script or style`);
	}
	const zoe = await w.open(w.program.source);
	w.expect("Trusted");
	w.expect("Content Security Policy");
	const tried = await zoe.evaluate(() => {
		const got = {};
		try { document.body.innerHTML = "<b>no</b>"; got.html = true; } catch { got.html = false; }
		const script = document.createElement("script");
		try { script.textContent = "window.ran = true"; document.body.append(script); } catch { /* refused, as it should be */ }
		got.script = window.ran === true;
		const style = document.createElement("div");
		style.setAttribute("style", "color: rgb(1, 2, 3)");
		document.body.append(style);
		got.style = getComputedStyle(style).color === "rgb(1, 2, 3)";
		return got;
	});
	assert.deepEqual(tried, { html: false, script: false, style: false });
});

test("another site that is open in the same browser changes nothing", async (t) => {
	const w = await world(t);
	const other = createServer((_, res) => res.setHeader("Content-Type", "text/html").end("<!doctype html><title>Evil</title>")).listen(0, "127.0.0.1");
	t.after(() => other.close());
	await new Promise((r) => other.once("listening", r));
	const ann = await w.staff("Ann");
	const evil = await ann.context().newPage();
	await evil.goto(`http://127.0.0.1:${other.address().port}/`);
	const statuses = await evil.evaluate(async (desk) => {
		const all = [];
		for (const [path, method] of [["/desk/staff/ann/status", "PUT"], ["/admin/suspend", "POST"], ["/desk/sessions", "POST"], ["/overview/fault", "PUT"]]) {
			try { // what a browser lets a page send without asking first
				const answer = await fetch(desk + path, { method: method === "PUT" ? "POST" : method, mode: "no-cors", credentials: "include", headers: { "Content-Type": "text/plain" }, body: "{}" });
				all.push(answer.type);
			} catch { all.push("refused"); }
			try { // what it asks for first
				await fetch(desk + path, { method, credentials: "include", headers: { "Content-Type": "application/json" }, body: "{}" });
				all.push("went through");
			} catch { all.push("refused"); }
		}
		return all;
	}, w.program.desk);
	assert.ok(!statuses.includes("went through"), statuses.join(", "));
	const { suspended } = await (await fetch(`${w.program.desk}/admin/settings`)).json();
	assert.equal(suspended, false);

	// The check itself: the headers that a browser adds are what is looked at.
	const answer = await fetch(`${w.program.desk}/admin/suspend`, { method: "POST", headers: { "Sec-Fetch-Site": "cross-site", "Content-Type": "application/json" }, body: "{}" });
	assert.equal(answer.status, 403);
});

test("a name that was made to lead here is refused", async (t) => {
	const w = await world(t);
	for (const base of [w.program.desk, w.program.source]) {
		const status = await new Promise((resolve, reject) => {
			httpRequest(base, { headers: { Host: "evil.example" } }, (res) => { res.resume(); resolve(res.statusCode); }).on("error", reject).end();
		});
		assert.equal(status, 421);
	}
});

test("a visitor sees only the own chat, staff only with a session, and the incoming API wants its token", async (t) => {
	const w = await world(t);
	const zoe = await w.visitor("Zoe");
	await write(zoe, "My secret");
	await sees(zoe, "Hello Zoe");
	const chat = await zoe.evaluate(() => sessionStorage.getItem("chat"));
	assert.equal(await zoe.evaluate(() => document.cookie), ""); // no script can read the key
	const yan = await w.visitor("Yan");
	w.expect("404");
	assert.equal(await yan.evaluate(async (id) => (await fetch(`/chats/${id}/stream`)).status, chat), 404);
	for (const path of ["stream", "enquiries/x"]) {
		assert.equal((await fetch(`${w.program.desk}/desk/staff/ann/${path}`)).status, 401);
	}
	for (const resource of ["messages", "receipts", "typing"]) {
		const answer = await fetch(`${w.program.desk}/usher/acme/${resource}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
		assert.equal(answer.status, 401);
	}
	const forged = await fetch(`${w.program.source}/webhook`, {
		method: "POST", headers: { "Content-Type": "application/json", "webhook-id": "x", "webhook-timestamp": String(Math.floor(Date.now() / 1000)), "webhook-signature": "v1,AAAA" },
		body: JSON.stringify({ type: "message", timestamp: new Date().toISOString(), data: { visitor: chat, message: { id: "f", text: "forged" }, author: { kind: "staff" } } }),
	});
	assert.equal(forged.status, 401);
	const all = JSON.stringify(await (await fetch(`${w.program.desk}/admin/settings`)).json());
	assert.doesNotMatch(all, /whsec_|token/i); // what the administrator's page is given holds no secret
	w.sound();
});
