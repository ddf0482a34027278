// What every test needs: the program as anybody runs it, a real browser, and the few things that a person does on the
// pages. A page that logs an error, throws, or breaks its own Content-Security-Policy fails the test that opened it.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const binary = process.env.LIVECHAT;
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
assert.ok(binary, "LIVECHAT must name the program under test; use run.sh");

/** Starts the program on free ports and returns its two addresses. */
export async function startProgram(flags = []) {
	const child = spawn(binary, ["-addr", "127.0.0.1:0", "-visitors", "127.0.0.1:0", "-v", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
	let log = "";
	child.stderr.on("data", (d) => { log += d; });
	const urls = await new Promise((resolve, reject) => {
		let out = "";
		const timer = setTimeout(() => reject(new Error(`the program did not start: ${out}${log}`)), 20_000);
		child.on("exit", (code) => reject(new Error(`the program ended with ${code}: ${log}`)));
		child.stdout.on("data", (d) => {
			out += d;
			const found = out.match(/http:\/\/127\.0\.0\.1:\d+/g);
			if (found?.length >= 2) {
				clearTimeout(timer);
				resolve(found);
			}
		});
	});
	child.removeAllListeners("exit");
	return {
		desk: urls[0],
		source: urls[1],
		pid: child.pid,
		log: () => log,
		/** Ends the program as Ctrl-C does; it has to end by itself. */
		async stop() {
			const code = await new Promise((resolve) => {
				const timer = setTimeout(() => { child.kill("SIGKILL"); resolve("killed after 15 s"); }, 15_000);
				child.on("exit", (c) => { clearTimeout(timer); resolve(c); });
				child.kill("SIGINT");
			});
			assert.equal(code, 0, `the program ended with ${code}: ${log}`);
		},
	};
}

/** Starts the browser with a profile of its own. */
export async function startBrowser() {
	const profile = await mkdtemp(join(tmpdir(), "usher-browser-"));
	const browser = await chromium.launch({
		executablePath,
		headless: true,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage", `--disk-cache-dir=${profile}`],
	});
	return {
		browser,
		async stop() {
			await browser.close();
			await rm(profile, { recursive: true, force: true });
		},
	};
}

/** One test's world: the program, the browser, and what went wrong on its pages. */
export async function world(t, options = {}, flags = []) {
	const program = await startProgram(flags);
	const { browser, stop } = await startBrowser();
	const faults = [];
	t.after(async () => {
		await stop();
		await program.stop();
	});

	// open is a page in a profile of its own, as another person's browser would be.
	async function open(url, how = {}) {
		const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB", timezoneId: "UTC", ...options, ...how });
		context.setDefaultTimeout(30_000); // of a machine that may be busy
		const page = await context.newPage();
		watch(page);
		await page.goto(url);
		return page;
	}

	function watch(page) {
		page.on("pageerror", (e) => faults.push(`${page.url()}: ${e}`));
		page.on("console", (m) => {
			if (m.type() === "error" && !expected.some((e) => m.text().includes(e))) faults.push(`${page.url()}: ${m.text()}`);
		});
		page.on("dialog", (d) => {
			faults.push(`${page.url()}: a dialog opened: ${d.message()}`);
			d.dismiss();
		});
		page.on("request", (r) => {
			const { protocol, hostname } = new URL(r.url());
			if (protocol.startsWith("http") && hostname !== "127.0.0.1") faults.push(`${page.url()} asked for ${r.url()}`);
		});
	}
	const expected = [];

	return {
		program,
		open,
		watch,
		/** Says that the browser will log something with these words. */
		expect: (words) => expected.push(words),
		/** Fails if a page had a fault. */
		sound() {
			assert.deepEqual(faults, []);
		},

		async visitor(name, how) {
			const page = await open(program.source, how);
			await page.getByLabel("Your name").fill(name);
			await page.getByRole("button", { name: "Start the chat" }).click();
			await page.getByLabel("Message", { exact: true }).waitFor();
			return page;
		},
		async staff(name, how) {
			const page = await open(`${program.desk}/staff`, how);
			await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
			await page.locator("#desk").waitFor();
			await page.locator('#status input[value="active"]:checked').waitFor({ state: "attached" });
			return page;
		},
		admin: (how) => open(`${program.desk}/admin`, how),
		overview: (how) => open(`${program.desk}/overview`, how),

		/** The settings, changed past the form: for what a test needs but is not about. */
		async settings(change) {
			const { settings } = await (await fetch(`${program.desk}/admin/settings`)).json();
			change(settings);
			const answer = await fetch(`${program.desk}/admin/settings`, {
				method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(settings),
			});
			assert.equal(answer.status, 200, await answer.text());
		},
	};
}

/** Writes a message on the visitor's page. */
export async function write(page, text) {
	await page.getByLabel("Message", { exact: true }).fill(text);
	await page.getByRole("button", { name: "Send", exact: true }).click();
}

/** What the visitor sees, as [side, text] pairs. */
export const seen = (page) => page.locator("#log > .said").evaluateAll((items) => items.map((i) => [
	i.classList.contains("own") ? "me" : i.classList.contains("auto") ? "auto" : "them",
	i.querySelector(".text")?.textContent ?? "",
]));

/** Waits until the visitor sees a text. */
export const sees = (page, text) => page.locator("#log .text", { hasText: text }).first().waitFor();

/** The conversation panel of a visitor on the staff page. */
export const panel = (page, visitor) => page.locator("article.talk").filter({ has: page.getByRole("heading", { name: visitor, exact: true }) });

/** Accepts the offer of a visitor's enquiry. */
export async function accept(page, visitor) {
	await page.getByRole("button", { name: new RegExp(`^Accept enquiry \\d+ from ${visitor}$`) }).click();
	await panel(page, visitor).waitFor();
}

/** Replies in a visitor's conversation. */
export async function reply(page, visitor, text) {
	const talk = panel(page, visitor);
	const box = talk.getByLabel("Reply", { exact: true });
	await box.fill(text);
	await talk.getByRole("button", { name: "Send" }).click();
	await talk.locator(".log .text", { hasText: text }).last().waitFor();
}
