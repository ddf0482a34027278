// The chat itself: lines come from the source, in order, and are drawn as they come.
import { announce, at, el } from "../lib/dom.js";
import { follow } from "../lib/stream.js";
import { said, stick } from "../lib/talk.js";
import { outbox } from "./outbox.js";
import { receipts } from "./receipts.js";

/** Shows the chat of this id; gone is called when the source does not know it. */
export function openChat(chat, gone) {
	const log = at("log");
	const items = new Map(); // the visitor's own messages by id
	const seen = receipts(chat, log);
	const { send, resume } = outbox(chat, { waiting, failed, held: (id) => mark(id, "Waiting for the connection"), sent: (id) => mark(id, "Sent") });
	let last = 0; // the line that was drawn last
	let news = false; // what is drawn now has just happened

	follow(() => `/chats/${chat}/stream?after=${last}`, {
		line(line) {
			if (line.n <= last) return;
			last = line.n;
			draw(line);
		},
		ready() {
			news = true;
			log.scrollTop = log.scrollHeight;
			resume();
		},
		typing: ({ name }) => typing(name),
		up: () => { at("offline").hidden = true; },
		down: () => { at("offline").hidden = false; },
		gone,
	});

	function draw(line) {
		switch (line.kind) {
		case "message":
			if (line.from === "visitor") own(line.message, line.at, "Sent");
			else theirs(line);
			break;
		case "mark":
			if (line.mark === "failed") failed(line.ref);
			else mark(line.ref, "Sent");
			break;
		case "state":
			state(line);
		}
	}

	// own draws a message of the visitor, once: it is drawn when it is written, and comes back from the source.
	function own(message, time, text) {
		if (items.has(message.id)) return;
		const box = el("span", {}, text);
		const item = said(message, { own: true, at: time, mark: box });
		items.set(message.id, { item, box, message });
		stick(log, () => log.append(item));
	}

	function waiting(message) {
		own(message, new Date().toISOString(), "Sending…");
		mark(message.id, "Sending…");
	}

	function mark(id, text) {
		const known = items.get(id);
		if (!known) return;
		known.box.className = "";
		known.box.replaceChildren(text);
	}

	function failed(id) {
		const known = items.get(id);
		if (!known) return;
		known.box.className = "mark bad";
		known.box.replaceChildren("Not sent", el("button", {
			type: "button", class: "small", onclick: () => send(known.message),
		}, "Send again"));
	}

	function theirs({ message, from, name, at: time }) {
		typing(null);
		const item = said(message, {
			auto: from === "auto", who: name || (from === "auto" ? "Acme" : "Support"), at: time,
			onchoose: (choice) => send({ text: choice.text || choice.value, choice: choice.value || choice.text }),
		});
		stick(log, () => log.append(item));
		seen.drawn(item, message.id);
		if (news && message.text) announce(`${name || "Support"}: ${message.text.slice(0, 200)}`);
	}

	function state({ mark: what, name }) {
		const text = what === "accepted" ? `${name || "Somebody"} is here for you` : "This conversation was closed";
		stick(log, () => log.append(el("div", { class: "news" }, el("bdi", {}, text))));
	}

	let forget;
	function typing(name) {
		clearTimeout(forget);
		const box = at("typing");
		if (name === null) {
			box.replaceChildren();
			return;
		}
		box.replaceChildren(el("bdi", {}, name || "Support"), " is typing…");
		forget = setTimeout(() => box.replaceChildren(), 4000);
	}
}
