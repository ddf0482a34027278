// The routing rule as a form. A rule is a tree of plain data; each node of it is a fieldset that knows its path, so
// that what the library says about "then.rules[1].members" can be shown where it belongs.
import { el, select, show } from "../lib/dom.js";
import { parts } from "./parts.js";

const kinds = [
	["to", "One person, team or bot"],
	["group", "A group, one or all at once"],
	["alternative", "Alternatives, in order"],
	["percentage", "A split by percentage"],
	["time", "Times of the week"],
	["sticky", "Who served the visitor last"],
];

const destinations = new Set(["staff", "team", "bot"]);

/** What a node is in the form: all destinations are one kind. */
export const kindOf = (rule) => (destinations.has(rule.type) ? "to" : rule.type);

/** Shows settings.routing; returns what other parts of the page need of it. */
export function ruleForm(box, settings, known, changed) {
	const people = [
		...known.staff.map((s) => [`staff:${s.id}`, s.name]),
		...known.teams.map((t) => [`team:${t.id}`, `${t.name} team`]),
		...(known.bots ?? []).map((b) => [`bot:${b.id}`, `${b.name} (bot)`]),
	];
	let wrong = [];
	let hits = [];
	let begun = null; // the rule as it was when the keyboard came to its kind: whoever passes kinds with the arrow keys wraps it once

	// draw makes the form anew after its structure has changed, and gives the keyboard back to where it was.
	function draw(focus) {
		const key = focus ?? document.activeElement?.dataset?.key;
		show(box, node(settings.routing, "routing", (r) => { settings.routing = r; }, "Rule"));
		if (key) box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
		mark();
	}

	const context = {
		people,
		node,
		changed,
		redraw(focus) {
			draw(focus);
			changed();
		},
	};

	// node is the fieldset of one rule; put replaces the rule in what holds it.
	function node(rule, path, put, title) {
		const kind = kindOf(rule);
		const choice = select(kinds, kind, {
			class: "kind", "aria-label": `Kind of rule: ${title}`, "data-key": `${path} kind`,
			onfocus: () => { if (begun?.path !== path) begun = { path, rule: structuredClone(rule) }; },
			onchange: () => {
				const from = begun?.path === path ? structuredClone(begun.rule) : rule;
				put(choice.value === kindOf(from) ? from : become(choice.value, from, people));
				context.redraw();
			},
		});
		return el("fieldset", { class: kind === "to" ? "node plain" : "node", "data-path": path }, el("legend", {}, title), choice,
			parts[kind](rule, path, context, put), el("div", { class: "faults", role: "alert" }));
	}

	// mark shows faults at the innermost node that their path leads into, and which nodes the last answer came through.
	function mark() {
		const nodes = [...box.querySelectorAll(".node")];
		for (const n of nodes) {
			const path = n.dataset.path;
			const inner = nodes.filter((m) => m !== n && n.contains(m)).map((m) => m.dataset.path);
			const mine = wrong.filter((f) => within(f.path, path) && !inner.some((p) => within(f.path, p)));
			n.classList.toggle("faulty", mine.length > 0);
			n.classList.toggle("hit", hits.includes(path));
			show(n.querySelector(":scope > .faults"), mine.map((f) => el("p", { class: "fault" }, f.text)));
		}
	}

	box.addEventListener("focusin", (e) => { if (e.target.dataset.key !== `${begun?.path} kind`) begun = null; }, true);
	draw();
	return {
		faults(list) {
			wrong = list;
			mark();
		},
		hits(paths) {
			hits = paths.map((p) => (p ? `routing.${p}` : "routing"));
			mark();
		},
	};
}

const within = (path, outer) => path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

// become makes another kind of rule, which keeps the present one inside if it has room for it.
function become(kind, rule, people) {
	const someone = () => destination(people[0][0]);
	const members = rule.members ?? (kindOf(rule) === "to" ? [rule] : [someone()]);
	switch (kind) {
	case "to": return members[0];
	case "group": return { type: "group", id: `group-${Math.floor(Math.random() * 1e4)}`, method: "round_robin", members };
	case "alternative": return { type: "alternative", rules: [rule] };
	case "percentage": return { type: "percentage", shares: [{ percent: 100, to: rule }] };
	case "sticky": return { type: "sticky", for: "720h", then: rule };
	case "time": return {
		type: "time", zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
		conditions: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "18:00", then: rule }],
	};
	}
	return rule;
}

/** The destination that an option of the lists stands for. */
export function destination(value) {
	const at = value.indexOf(":");
	return { type: value.slice(0, at), id: value.slice(at + 1) };
}
