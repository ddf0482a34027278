// A bar chart as a drawing in the page: stacked, with a scale, and with the same numbers as a table for those who do
// not see it.
import { el, svg } from "../lib/dom.js";

const width = 420;
const height = 190;
const left = 30;
const bottom = 24;
const top = 8;

/**
 * Makes the figure. Each row has a label and a number for each of the series; names are what the series are called if
 * not by their keys.
 */
export function bars(title, series, rows, { names = {} } = {}) {
	const name = (s) => names[s] ?? s;
	const sum = (row) => series.reduce((n, s) => n + (row[s] || 0), 0);
	const highest = scale(Math.max(1, ...rows.map(sum)));
	const y = (n) => top + (height - top - bottom) * (1 - n / highest);
	const step = (width - left) / rows.length;
	const bar = Math.min(step * 0.7, 44);
	const every = Math.ceil(rows.length / 8); // labels that do not run into each other

	const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", "aria-hidden": "true" });
	for (const n of [0, highest / 2, highest]) {
		drawing.append(svg("line", { class: "axis", x1: left, x2: width, y1: y(n), y2: y(n) }));
		if (Number.isInteger(n)) drawing.append(svg("text", { x: left - 5, y: y(n) + 4, "text-anchor": "end" }, String(n)));
	}
	rows.forEach((row, i) => {
		let below = 0;
		for (const s of series) {
			const n = row[s] || 0;
			if (n === 0) continue;
			drawing.append(svg("rect", {
				class: `${s}-s`, x: left + (i + 0.5) * step - bar / 2, width: bar, y: y(below + n), height: y(below) - y(below + n), rx: 2,
			}, svg("title", {}, `${row.label}: ${n} ${name(s)}`)));
			below += n;
		}
		if (i % every === 0) drawing.append(svg("text", { x: left + (i + 0.5) * step, y: height - 7, "text-anchor": "middle" }, row.label));
	});

	const key = series.length > 1 ? el("ul", { class: "key" }, series.map((s) => el("li", {}, el("i", { class: `${s}-s` }), name(s)))) : null;
	const table = el("details", {}, el("summary", {}, "As a table"), el("table", { class: "lines" },
		el("thead", {}, el("tr", {}, el("th", { scope: "col" }, ""), series.map((s) => el("th", { scope: "col" }, name(s))))),
		el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.label, row.note ? el("small", {}, ` ${row.note}`) : null), series.map((s) => el("td", {}, String(row[s] || 0))))))));
	return el("figure", {}, el("figcaption", {}, title), drawing, key, table);
}

// scale is the next round number that can be halved.
function scale(n) {
	for (let unit = 1; ; unit *= 10) {
		for (const s of [2, 4, 6, 10]) if (n <= s * unit) return s * unit;
	}
}
