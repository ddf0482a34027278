// Tells the source how far the staff's messages have come: delivered when they are drawn, read when they are seen.
import { request } from "../lib/api.js";

/** Watches a log; drawn(item, id) is called for each message of staff. */
export function receipts(chat, log) {
	const told = new Map(JSON.parse(sessionStorage.getItem("told") ?? "[]")); // message id → "delivered" or "read"
	const ids = new WeakMap();
	const pending = { delivered: new Set(), read: new Set() };
	let timer = 0;

	const watcher = new IntersectionObserver((entries) => {
		for (const e of entries) {
			if (!e.isIntersecting || document.hidden) continue;
			watcher.unobserve(e.target);
			tell(ids.get(e.target), "read");
		}
	}, { root: log, threshold: 0.1 });

	document.addEventListener("visibilitychange", () => {
		if (document.hidden) return; // what became visible now is looked at once more
		for (const item of log.querySelectorAll("[data-unread]")) {
			watcher.unobserve(item);
			watcher.observe(item);
		}
	});

	function tell(id, status) {
		pending[status].add(id);
		timer ||= setTimeout(flush, 200);
	}

	async function flush() {
		timer = 0;
		for (const status of ["delivered", "read"]) {
			const messages = [...pending[status]];
			pending[status].clear();
			if (messages.length === 0) continue;
			try {
				await request("POST", `/chats/${chat}/receipts`, { messages, status });
				for (const id of messages) told.set(id, status);
				sessionStorage.setItem("told", JSON.stringify([...told].slice(-500)));
			} catch {
				// not told; it is when the page is opened again
			}
		}
	}

	return {
		drawn(item, id) {
			if (told.get(id) === "read") return;
			ids.set(item, id);
			item.dataset.unread = "";
			if (!told.has(id)) tell(id, "delivered");
			watcher.observe(item);
		},
	};
}
