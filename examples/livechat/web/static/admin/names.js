// How much of a staff member's name visitors see.
import { el, show } from "../lib/dom.js";

const formats = [["none", "None"], ["first", "First name"], ["full", "First and last name"]];

export function nameForm(box, settings, changed) {
	const m = settings.messages;
	const table = el("div", {});
	const radio = ([value, text]) => el("label", { class: "line" }, el("input", {
		type: "radio", name: "display", value, checked: (m.display_name ?? "none") === value,
		onchange: () => { m.display_name = value; changed(); },
	}), text);
	show(box, el("div", { class: "row", role: "radiogroup", "aria-labelledby": "h-names" }, formats.map(radio)),
		el("label", { class: "line" }, el("input", {
			type: "checkbox", checked: m.name_in_text, onchange: (e) => { m.name_in_text = e.target.checked || undefined; changed(); },
		}), "Also before the text, for a source that shows no author"), table);

	return {
		show({ names }) {
			if (!names) return;
			show(table, el("table", { class: "names" },
				el("thead", {}, el("tr", {}, ["Staff", "Name shown", "A reply"].map((t) => el("th", { scope: "col" }, t)))),
				el("tbody", {}, names.map((n) => el("tr", {}, el("td", {}, n.staff), el("td", {}, n.shown || el("span", { class: "soft" }, "no name")), el("td", {}, n.reply))))));
		},
	};
}
