// One conversation: what was said, and what I can do.
import { el, show } from "../lib/dom.js";
import { newID, request } from "../lib/api.js";
import { sends } from "../lib/keys.js";
import { said, stick } from "../lib/talk.js";
import { why } from "./cards.js";

const marks = { queued: "Waiting to be sent", sent: "Sent", delivered: "Delivered", read: "Read", failed: "Not delivered" };
const typingEvery = 2000; // ms

/** Makes the panel of an enquiry. */
export function conversation(base, enquiry, { others }) {
	const url = `${base}/enquiries/${enquiry.id}`;
	const id = `e${enquiry.number}`;
	const head = el("header", {});
	const log = el("div", { class: "log", role: "log", "aria-label": "Messages", tabindex: "0" });
	const typing = el("div", { class: "typing", role: "status" });
	const fault = el("p", { class: "note bad fault", role: "alert", hidden: true });
	const text = el("textarea", { id: `${id}-text`, rows: "1", placeholder: "Reply", maxlength: "10000", dir: "auto" });
	const quick = el("input", { id: `${id}-quick`, placeholder: "Quick replies: Yes | No", maxlength: "500" });
	const target = el("select", { id: `${id}-to`, "aria-label": "Hand the enquiry to" });
	const node = el("article", { class: "card talk", "aria-labelledby": `${id}-title`, "data-enquiry": enquiry.id },
		head, log, typing, fault,
		el("div", { class: "tools" }, target,
			el("button", { type: "button", class: "small", onclick: transfer }, "Transfer"),
			el("button", { type: "button", class: "small", onclick: () => act("close") }, "Close")),
		el("form", { class: "reply", onsubmit: reply },
			el("div", { class: "quick" }, el("label", { class: "unseen", for: quick.id }, "Quick replies, separated by |"), quick),
			el("div", {}, el("label", { class: "unseen", for: text.id }, "Reply"), text),
			el("button", { class: "main" }, "Send")));

	let shown = enquiry;
	let told = 0; // when typing was told last

	function put(e) {
		shown = e;
		const open = head.querySelector("details")?.open;
		const held = head.contains(document.activeElement);
		show(head, el("div", { class: "row" },
			el("h2", { id: `${id}-title` }, el("bdi", {}, e.visitor)), el("small", { class: "push" }, `#${e.number}${e.locale ? ` · ${e.locale}` : ""}`)),
		e.transfer ? el("small", { role: "status" }, `Being handed to ${(e.offered ?? []).join(", ")}. You can go on until they accept.`) : null,
		e.follow ? el("small", {}, "You follow up a missed enquiry.") : null,
		why(e, open));
		if (held) head.querySelector("summary")?.focus();
		read();
	}

	// read fetches the transcript. Changes that come while it is on its way are fetched once more afterwards.
	let reading = false;
	let again = false;
	async function read() {
		if (reading) {
			again = true;
			return;
		}
		reading = true;
		try {
			const { entries } = await request("GET", url);
			stick(log, () => draw(entries));
		} catch {
			// the next change brings it
		}
		reading = false;
		if (again) {
			again = false;
			read();
		}
	}

	// draw changes only what has changed, so that whoever listens to the page hears the new messages alone.
	let drawn = new Map(); // by message id: what was drawn, and the node
	function draw(entries) {
		const now = new Map();
		for (const e of entries) {
			const text = JSON.stringify(e);
			let d = drawn.get(e.id);
			if (!d) {
				d = { text, node: entry(e) };
				log.append(d.node);
				if (e.from === "visitor") show(typing);
			} else if (d.text !== text) {
				const node = entry(e);
				d.node.replaceWith(node);
				d = { text, node };
			}
			now.set(e.id, d);
		}
		for (const [id, d] of drawn) if (!now.has(id)) d.node.remove();
		drawn = now;
	}

	function entry(e) {
		const staff = e.from !== "visitor";
		const who = { visitor: shown.visitor, auto: `Automatic ${e.auto ?? ""} text`, staff: e.name, bot: e.name || "Bot" }[e.from];
		const mark = staff ? el("span", { class: e.delivery === "failed" ? "mark bad" : "", title: e.err }, marks[e.delivery] ?? "") : null;
		return said(e.message, { own: staff, auto: e.from === "auto", who, at: e.at, mark });
	}

	async function act(what, body) {
		fault.hidden = true;
		try {
			await request("POST", `${url}/${what}`, body);
			return true;
		} catch (err) {
			fault.textContent = [err.message, ...err.faults.map((f) => f.text)].join(" ");
			fault.hidden = false;
			return false;
		}
	}

	let unsent = null; // what could not be sent keeps its id, so that it is not said twice
	async function reply(e) {
		e.preventDefault();
		if (text.value.trim() === "") return;
		const choices = quick.value.split("|").map((c) => c.trim()).filter(Boolean).map((c) => ({ text: c, value: c }));
		const said = JSON.stringify([text.value, choices]);
		if (unsent?.said !== said) unsent = { said, message: { id: newID(), text: text.value, choices } };
		if (await act("reply", unsent.message)) {
			unsent = null;
			text.value = quick.value = "";
			told = 0;
			log.scrollTop = log.scrollHeight;
		}
		text.focus();
	}

	function transfer() {
		const [type, who] = target.value.split(":");
		act("transfer", { to: { type, id: who } });
	}

	text.addEventListener("keydown", (e) => {
		if (sends(e)) {
			e.preventDefault();
			text.form.requestSubmit();
		}
	});
	text.addEventListener("input", () => {
		if (Date.now() - told < typingEvery || text.value === "") return;
		told = Date.now();
		request("POST", `${url}/typing`).catch(() => {}); // the next stroke comes soon
	});

	function setOthers(list) {
		const chosen = target.value;
		show(target, list.map(([value, name]) => el("option", { value }, name)));
		if (list.some(([value]) => value === chosen)) target.value = chosen;
	}

	let forget;
	setOthers(others);
	put(enquiry);
	return {
		node,
		put,
		others: setOthers,
		focus: () => text.focus(),
		close: () => node.remove(),
		typing() {
			clearTimeout(forget);
			show(typing, el("bdi", {}, shown.visitor), " is typing…");
			forget = setTimeout(() => show(typing), 4000);
		},
	};
}
