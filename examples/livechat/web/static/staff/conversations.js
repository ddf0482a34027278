// The conversations that I handle, side by side.
import { at, el, show } from "../lib/dom.js";
import { conversation } from "./conversation.js";

/** Returns what the page does with enquiries that are mine. */
export function conversations(base, me, { staff, teams }) {
	const box = at("conversations");
	const open = new Map(); // panels by enquiry
	let people = staff;
	let wanted = null; // the enquiry that was just accepted here: its panel gets the keyboard

	function empty() {
		show(box, el("p", { class: "empty" }, "Accept an enquiry, and the conversation opens here."));
	}

	function put(e) {
		const panel = open.get(e.id);
		if (e.place !== "mine") {
			if (!panel) return;
			panel.close();
			open.delete(e.id);
			if (open.size === 0) empty();
			return;
		}
		if (panel) {
			panel.put(e);
			return;
		}
		if (open.size === 0) box.replaceChildren();
		const made = conversation(base, e, { others: others() });
		open.set(e.id, made);
		box.append(made.node);
		if (wanted === e.id) take();
	}

	function take() {
		open.get(wanted)?.focus();
		wanted = null;
	}

	// others are those to whom an enquiry can be handed.
	function others() {
		return [
			...people.filter((s) => s.id !== me).map((s) => [`staff:${s.id}`, `${s.name} (${s.status})`]),
			...teams.map((t) => [`team:${t.id}`, `${t.name} team`]),
		];
	}

	addEventListener("accepted", (e) => {
		wanted = e.detail;
		if (open.has(wanted)) take();
	});

	empty();
	return {
		put,
		typing: (id) => open.get(id)?.typing(),
		people(all) {
			people = all;
			for (const panel of open.values()) panel.others(others());
		},
	};
}
