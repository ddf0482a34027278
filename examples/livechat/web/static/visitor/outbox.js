// What the visitor writes. Messages leave one after the other, so that they arrive in the order in which they were
// written; each keeps its id, so that one that is sent again is said once. What is written while the server cannot be
// reached waits, also for a page that is loaded again, and leaves as soon as it can.
import { at } from "../lib/dom.js";
import { newID, request } from "../lib/api.js";
import { sends } from "../lib/keys.js";

const typingEvery = 2000; // ms
const patience = 30_000; // ms, of one attempt
const firstPause = 1000; // ms, before the next attempt, doubling
const longestPause = 15_000;

/** Returns what sends a message, and what goes on with those that wait; the handlers hear how it goes. */
export function outbox(chat, { waiting, held, failed, sent }) {
	const text = at("text");
	const link = at("link");
	const queue = JSON.parse(sessionStorage.getItem("unsent") ?? "[]"); // what has still to leave, in order
	let busy = false;
	let pause = firstPause;
	let retry = 0;
	let told = 0; // when typing was told last

	function send(message) {
		const m = { ...message, id: message.id ?? newID() };
		waiting(m);
		if (!queue.some((q) => q.id === m.id)) queue.push(m);
		keep();
		flush();
	}

	const keep = () => sessionStorage.setItem("unsent", JSON.stringify(queue));

	async function flush() {
		if (busy) return;
		busy = true;
		clearTimeout(retry);
		while (queue.length > 0) {
			const { id } = queue[0];
			try {
				await request("POST", `/chats/${chat}/messages`, queue[0], patience);
				sent(id);
			} catch (err) {
				if (err.status === 0) { // nobody has answered: whether it was taken or not, its id makes it one message
					for (const m of queue) held(m.id);
					retry = setTimeout(flush, pause);
					pause = Math.min(2 * pause, longestPause);
					break;
				}
				failed(id);
			}
			pause = firstPause;
			queue.shift();
			keep();
		}
		busy = false;
	}

	// resume goes on at once: the server can be reached again, or the page was loaded again.
	function resume() {
		for (const m of queue) waiting(m);
		flush();
	}
	addEventListener("online", resume);

	at("compose").addEventListener("submit", (e) => {
		e.preventDefault();
		if (text.value.trim() === "") return;
		send({ text: text.value });
		text.value = "";
		told = 0;
		text.focus();
	});

	text.addEventListener("keydown", (e) => {
		if (sends(e)) {
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

	return { send, resume };
}
