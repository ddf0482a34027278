// What the visitor writes. Messages leave one after the other, so that they arrive in the order in which they were
// written; each keeps its id, so that one that is sent again is said once.
import { at } from "../lib/dom.js";
import { newID, request } from "../lib/api.js";

const typingEvery = 2000; // ms

/** Returns the function that sends a message; the handlers hear how it goes. */
export function outbox(chat, { waiting, failed, sent }) {
	const text = at("text");
	const link = at("link");
	let before = Promise.resolve();
	let told = 0; // when typing was told last

	function send(message) {
		const m = { ...message, id: message.id ?? newID() };
		waiting(m);
		before = before.then(async () => {
			try {
				await request("POST", `/chats/${chat}/messages`, m);
				sent(m.id);
			} catch {
				failed(m.id);
			}
		});
	}

	at("compose").addEventListener("submit", (e) => {
		e.preventDefault();
		if (text.value.trim() === "") return;
		send({ text: text.value });
		text.value = "";
		told = 0;
		text.focus();
	});

	text.addEventListener("keydown", (e) => {
		if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
			e.preventDefault();
			at("compose").requestSubmit();
		}
	});

	text.addEventListener("input", () => {
		if (Date.now() - told < typingEvery || text.value === "") return;
		told = Date.now();
		request("POST", `/chats/${chat}/typing`).catch(() => {}); // the next stroke comes soon
	});

	function attach(open) {
		link.hidden = !open;
		at("attach").setAttribute("aria-expanded", String(open));
		if (open) {
			at("link-url").value = `${location.origin}/static/sample.svg`; // something to try
			at("link-kind").focus();
		} else {
			text.focus();
		}
	}
	at("attach").addEventListener("click", () => attach(link.hidden));
	at("link-cancel").addEventListener("click", () => attach(false));
	link.addEventListener("submit", (e) => {
		e.preventDefault();
		const url = at("link-url").value;
		const name = new URL(url).pathname.split("/").pop().slice(0, 80);
		send({ attachments: [{ kind: at("link-kind").value, url, name }] });
		attach(false);
	});

	return send;
}
