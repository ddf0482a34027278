// Many visitors at once, with the requests that their pages would make, and three staff who answer them all.
import { Agent, request as send } from "node:http";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const agent = new Agent({ keepAlive: true, maxSockets: 1000, maxFreeSockets: 50 });

// call makes a request and returns its status, cookie and JSON.
function call(method, url, body, cookie) {
	return new Promise((resolve, reject) => {
		const req = send(url, { method, agent, headers: { "Content-Type": "application/json", ...(cookie ? { Cookie: cookie } : {}) } }, (res) => {
			let text = "";
			res.setEncoding("utf8");
			res.on("data", (d) => { text += d; });
			res.on("end", () => resolve({
				status: res.statusCode, cookie: res.headers["set-cookie"]?.[0].split(";")[0], json: text ? JSON.parse(text) : null,
			}));
		});
		req.on("error", reject);
		req.end(method === "GET" ? undefined : JSON.stringify(body ?? {}));
	});
}

// follow reads a stream of server-sent events until it is closed.
function follow(url, cookie, handle) {
	const req = send(url, { headers: { Cookie: cookie } }, (res) => {
		let rest = "";
		res.setEncoding("utf8");
		res.on("data", (d) => {
			const parts = (rest + d).split("\n\n");
			rest = parts.pop();
			for (const part of parts) {
				const event = part.match(/^event: (.*)$/m)?.[1];
				if (event) handle(event, JSON.parse(part.match(/^data: (.*)$/m)[1]));
			}
		});
	});
	req.on("error", () => {}); // closed by us
	req.end();
	return () => req.destroy();
}

/** The program's resident memory in MB. */
export async function memory(pid) {
	const status = await readFile(`/proc/${pid}/status`, "utf8");
	return Number(status.match(/^VmRSS:\s+(\d+)/m)[1]) / 1024;
}

/** How many files and connections the program has open. */
export const connections = async (pid) => (await readdir(`/proc/${pid}/fd`)).length;

/** Staff member who accepts what is offered, answers once, and closes. Returns how to stop. */
export async function clerk(desk, id) {
	const { cookie } = await call("POST", `${desk}/desk/sessions`, { staff: id });
	const base = `${desk}/desk/staff/${id}`;
	const waiting = new Map(); // offered or missed, by id
	let free = 8; // as many at once as the example lets a person handle
	let stopped = false;

	async function serve(e) {
		const url = `${base}/enquiries/${e.id}`;
		const { status } = await call("POST", `${url}/accept`, {}, cookie);
		if (status !== 204) return; // somebody else was faster
		await call("POST", `${url}/reply`, { id: `r-${e.id}-${e.messages.in}`, text: `Answer to ${e.visitor}` }, cookie);
		await sleep(100);
		await call("POST", `${url}/close`, {}, cookie);
	}
	async function next() {
		const e = waiting.values().next().value;
		if (!e || free === 0 || stopped) return;
		waiting.delete(e.id);
		free--;
		await serve(e).catch(() => {});
		free++;
		next();
	}
	function put(e) {
		if (e.place === "offered" || e.place === "missed") waiting.set(e.id, e);
		else waiting.delete(e.id);
		next();
	}
	const close = follow(`${base}/stream`, cookie, (event, data) => {
		if (event === "all") data.enquiries.forEach(put);
		if (event === "enquiry") put(data);
	});
	return () => { stopped = true; close(); };
}

/** One visitor: writes some messages, a moment apart, and reads what comes. Returns what happened. */
export async function visit(source, name, messages, pause) {
	const begun = await call("POST", `${source}/chats`, { name, locale: "en" });
	const base = `${source}/chats/${begun.json.chat}`;
	const lines = [];
	const times = [];
	const close = follow(`${base}/stream`, begun.cookie, (event, line) => {
		if (event !== "line") return;
		lines.push(line);
		if (line.kind === "message" && line.from !== "visitor") {
			call("POST", `${base}/receipts`, { messages: [line.message.id], status: "read" }, begun.cookie).catch(() => {});
		}
	});
	const said = () => lines.filter((l) => l.kind === "message" && l.from !== "visitor");
	for (let i = 1; i <= messages; i++) {
		const from = performance.now();
		const { status } = await call("POST", `${base}/messages`, { id: `m${i}`, text: `${name} says ${i}` }, begun.cookie);
		times.push(performance.now() - from);
		if (status !== 204) throw new Error(`${name}: message ${i} was answered ${status}`);
		await sleep(pause);
	}
	const until = performance.now() + 60_000;
	const own = () => lines.filter((l) => l.kind === "message" && l.from === "visitor").map((l) => l.message.id);
	while ((own().length < messages || !said().some((l) => l.from === "staff")) && performance.now() < until) await sleep(50);
	close();
	return { name, times, own: own(), said: said() };
}
