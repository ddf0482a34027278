// The column at the side: what is offered, with its countdown, and what was missed.
import { at, el, show } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { time } from "../lib/talk.js";

/** Why an enquiry is here, in plain words; the steps are there for those who want to know, and stay open if they were. */
export function why(e, open) {
	if (!e.because) return null;
	if ((e.reasons?.length ?? 0) < 2) return el("p", { class: "why" }, e.because);
	return el("details", { class: "why", open }, el("summary", {}, e.because), el("ol", {}, e.reasons.map((r) => el("li", {}, r))));
}

/** Returns put(enquiry), which shows it in its list or takes it out. */
export function cards(base) {
	const lists = { offered: new Map(), missed: new Map() };
	const nothing = { offered: "Nothing at the moment.", missed: "Nobody is waiting for a follow-up." };

	function put(e) {
		for (const [place, list] of Object.entries(lists)) {
			if (e.place !== place) {
				if (list.delete(e.id)) draw(place);
				continue;
			}
			list.set(e.id, { e, item: place === "offered" ? offer(e) : miss(e) });
			draw(place);
		}
	}

	function draw(place) {
		const items = [...lists[place].values()];
		at(`${place}-count`).textContent = items.length ? `(${items.length})` : "";
		if (items.length === 0) show(at(place), el("li", { class: "empty" }, nothing[place]));
		else keepFocus(at(place), () => show(at(place), items.map((i) => i.item)));
	}

	// keepFocus: a list that is drawn again must not take the keyboard from whoever is in it.
	function keepFocus(list, change) {
		const held = document.activeElement;
		const key = list.contains(held) ? held.dataset.key : null;
		change();
		if (key) list.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
	}

	async function act(e, what, box) {
		try {
			await request("POST", `${base}/enquiries/${e.id}/${what}`);
			if (what === "accept") dispatchEvent(new CustomEvent("accepted", { detail: e.id }));
		} catch (err) {
			box.textContent = err.message;
			box.hidden = false;
		}
	}

	function head(e) {
		return el("div", { class: "row" }, el("strong", {}, el("bdi", {}, e.visitor)),
			el("small", { class: "push" }, `#${e.number}`));
	}

	function button(e, what, text, kind, fault) {
		return el("button", {
			type: "button", class: kind, "data-key": `${e.id} ${what}`, "aria-label": `${text} enquiry ${e.number} from ${e.visitor}`,
			onclick: () => act(e, what, fault),
		}, text);
	}

	function offer(e) {
		const fault = el("p", { class: "note bad", role: "alert", hidden: true });
		const item = el("li", { class: "card rise", "data-enquiry": e.id }, head(e),
			e.via ? el("small", {}, `For the ${e.via}`) : null,
			e.transfer ? el("small", {}, `Handed on by ${e.handler}`) : null,
			why(e));
		if (e.until) item.append(countdown(e));
		item.append(el("div", { class: "row" },
			button(e, "accept", "Accept", "main", fault), button(e, "decline", "Decline", "", fault)), fault);
		return item;
	}

	function miss(e) {
		const fault = el("p", { class: "note bad", role: "alert", hidden: true });
		return el("li", { class: "card rise", "data-enquiry": e.id }, head(e),
			el("small", {}, "Missed at ", time(e.missed)), why(e),
			el("div", { class: "row" }, button(e, "accept", "Follow up", "main", fault)), fault);
	}

	// countdown: how long the offer stands. It is the server's clock that counts; this one only shows it.
	function countdown(e) {
		const end = new Date(e.until).getTime();
		const total = Math.max(end - Date.now(), 1000);
		const bar = el("progress", { max: total, "aria-label": "Time left" });
		const text = el("small", {});
		function tick() {
			const left = Math.max(end - Date.now(), 0);
			bar.value = left;
			text.textContent = `${Math.ceil(left / 1000)} s left`;
			if (left > 0 && (bar.isConnected || left === total)) setTimeout(tick, 500);
		}
		setTimeout(tick, 0);
		return el("div", {}, bar, text);
	}

	draw("offered");
	draw("missed");
	return { put };
}
