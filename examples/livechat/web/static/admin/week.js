// A week as a picture: who would answer in each half hour. Arrow keys move in it; Enter or a click asks about that
// moment.
import { el, show } from "../lib/dom.js";

const letter = (i) => String.fromCharCode(65 + i);
const colours = 7;

export function weekGrid(box, choose) {
	let place = [0, 18]; // Monday to Sunday, slots: where the keyboard is

	function draw({ zone, minutes, answers, days }) {
		const perDay = days[0].slots.length;
		const perHour = 60 / minutes;
		const clock = (slot) => `${String(Math.floor(slot / perHour)).padStart(2, "0")}:${String((slot % perHour) * minutes).padStart(2, "0")}`;
		const style = (id) => (answers[id] === "closed" ? "none" : `a${order.indexOf(id) % colours}`);
		const order = answers.map((_, i) => i).filter((i) => answers[i] !== "closed");
		const name = (id) => (answers[id] === "closed" ? "–" : letter(order.indexOf(id) % 26));

		const head = el("tr", {}, el("td", {}), Array.from({ length: 8 }, (_, i) => el("th", { scope: "col", colspan: String(3 * perHour) }, `${String(i * 3).padStart(2, "0")}:00`)));
		const rows = days.map((day, d) => el("tr", {}, el("th", { scope: "row" }, `${day.name.slice(0, 3)} ${day.date.slice(8)}.${day.date.slice(5, 7)}.`),
			day.slots.map((id, s) => {
				const begins = s === 0 || day.slots[s - 1] !== id;
				return el("td", {
					class: `${style(id)}${begins ? " mark" : ""}`, tabindex: d === place[0] && s === place[1] ? "0" : "-1",
					"data-at": `${d} ${s}`, title: `${day.name} ${clock(s)}: ${answers[id]}`, "aria-label": `${day.name} ${clock(s)}: ${answers[id]}`,
				}, begins ? el("span", { "aria-hidden": "true" }, name(id)) : null);
			})));
		const table = el("table", { class: "week", role: "grid" },
			el("caption", {}, `Who would answer in the next seven days, if everybody were at work (${zone}). Choose a half hour to ask about it.`),
			el("thead", {}, head), el("tbody", {}, rows));

		function pick(cell) {
			const [d, s] = cell.dataset.at.split(" ").map(Number);
			choose(days[d].date, clock(s));
		}
		table.addEventListener("click", (e) => { if (e.target.dataset.at) move(e.target, false), pick(e.target); });
		table.addEventListener("keydown", (e) => {
			const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[e.key];
			if (step) {
				const d = Math.min(Math.max(place[0] + step[0], 0), days.length - 1);
				const s = Math.min(Math.max(place[1] + step[1], 0), perDay - 1);
				e.preventDefault();
				move(table.querySelector(`[data-at="${d} ${s}"]`), true);
			} else if (e.key === "Enter" || e.key === " ") {
				e.preventDefault();
				pick(e.target);
			}
		});
		function move(cell, focus) {
			table.querySelector('td[tabindex="0"]')?.setAttribute("tabindex", "-1");
			cell.setAttribute("tabindex", "0");
			place = cell.dataset.at.split(" ").map(Number);
			if (focus) cell.focus();
		}

		const hours = answers.map((_, id) => days.reduce((n, d) => n + d.slots.filter((x) => x === id).length, 0) / perHour);
		const legend = el("ul", { class: "legend" }, answers.map((text, id) => el("li", {}, el("i", { class: style(id), "aria-hidden": "true" }, name(id)), `${text} (${hours[id]} h)`)));
		const held = box.contains(document.activeElement) && document.activeElement.matches(".week td");
		show(box, el("div", { class: "weekbox" }, table), legend);
		if (held) table.querySelector('td[tabindex="0"]')?.focus();
	}

	return { show: draw };
}
