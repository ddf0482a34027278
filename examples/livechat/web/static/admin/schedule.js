// Times of the week, and single dates.
import { el, field, select } from "../lib/dom.js";
import { add, tools } from "./parts.js";
import { destination } from "./rule.js";

const week = [["mon", "Mon"], ["tue", "Tue"], ["wed", "Wed"], ["thu", "Thu"], ["fri", "Fri"], ["sat", "Sat"], ["sun", "Sun"]];

const clock = (value, label, key, write) => field(label, el("input", {
	class: "short", value, placeholder: "09:00", maxlength: "5", inputmode: "numeric", "data-key": key, "aria-label": `${label}, as 09:00; 24:00 is the end of the day`,
	oninput: (e) => write(e.target.value),
}));

export function time(rule, path, ctx) {
	rule.conditions ??= [];
	rule.dates ??= [];
	const zones = el("datalist", { id: `zones${path}` }, Intl.supportedValuesOf("timeZone").map((z) => el("option", { value: z })));
	const zone = el("input", {
		value: rule.zone ?? "", list: zones.id, placeholder: "UTC", spellcheck: "false", "data-key": `${path} zone`,
		oninput: () => { rule.zone = zone.value || undefined; ctx.changed(); },
	});
	return el("div", { class: "rise" }, field("Time zone", zone), zones, conditions(rule, path, ctx), dates(rule, path, ctx), otherwise(rule, path, ctx));
}

function conditions(rule, path, ctx) {
	return [
		el("ol", { class: "parts" }, rule.conditions.map((c, i) => {
			const p = `${path}.conditions[${i}]`;
			return el("li", { class: "part" },
				el("div", { class: "row" },
					el("div", { class: "days", role: "group", "aria-label": `Days of window ${i + 1}` }, week.map(([day, name]) => el("label", { class: "line" },
						el("input", {
							type: "checkbox", checked: c.days.includes(day), "data-key": `${p} ${day}`,
							onchange: (e) => {
								c.days = week.map(([d]) => d).filter((d) => (d === day ? e.target.checked : c.days.includes(d)));
								ctx.changed();
							},
						}), name))),
					tools(rule.conditions, i, `${path}.conditions`, ctx, `window ${i + 1}`)),
				el("div", { class: "row" },
					clock(c.from, "From", `${p} from`, (v) => { c.from = v; ctx.changed(); }),
					clock(c.to, "To", `${p} to`, (v) => { c.to = v; ctx.changed(); })),
				ctx.node(c.then, `${p}.then`, (n) => { c.then = n; }, `In window ${i + 1}`));
		})),
		add("Add a window", `${path}.conditions`, () => {
			rule.conditions.push({ days: ["sat", "sun"], from: "10:00", to: "16:00", then: destination(ctx.people[0][0]) });
			ctx.redraw(`${path}.conditions add`);
		}),
	];
}

function dates(rule, path, ctx) {
	return [
		rule.dates.length ? el("ol", { class: "parts" }, rule.dates.map((d, i) => {
			const p = `${path}.dates[${i}]`;
			const part = d.from !== undefined;
			return el("li", { class: "part" },
				el("div", { class: "row" },
					field("On", el("input", { type: "date", value: d.date, "data-key": `${p} date`, oninput: (e) => { d.date = e.target.value; ctx.changed(); } })),
					el("label", { class: "line" }, el("input", {
						type: "checkbox", checked: !part, "data-key": `${p} all`,
						onchange: (e) => {
							if (e.target.checked) { delete d.from; delete d.to; } else { d.from = "09:00"; d.to = "12:00"; }
							ctx.redraw();
						},
					}), "all day"),
					part ? clock(d.from, "From", `${p} from`, (v) => { d.from = v; ctx.changed(); }) : null,
					part ? clock(d.to, "To", `${p} to`, (v) => { d.to = v; ctx.changed(); }) : null,
					tools(rule.dates, i, `${path}.dates`, ctx, `date ${i + 1}`)),
				optional(d, "then", p, ctx, `On date ${i + 1}`));
		})) : null,
		add("Add a date (holiday, special hours)", `${path}.dates`, () => {
			rule.dates.push({ date: new Date().toISOString().slice(0, 10) });
			ctx.redraw(`${path}.dates[${rule.dates.length - 1}] date`);
		}),
	];
}

const otherwise = (rule, path, ctx) => el("div", { class: "part" }, el("span", { class: "soft" }, "At all other times"), optional(rule, "otherwise", path, ctx, "Otherwise"));

// optional is a rule that may be missing, which means closed.
function optional(owner, name, path, ctx, title) {
	const open = select([["closed", "Closed"], ["rule", "Somebody answers"]], owner[name] ? "rule" : "closed", {
		"aria-label": title, "data-key": `${path} ${name}`,
		onchange: () => {
			if (open.value === "rule") owner[name] = destination(ctx.people[0][0]);
			else delete owner[name];
			ctx.redraw();
		},
	});
	return el("div", { class: "rise" }, open, owner[name] ? ctx.node(owner[name], `${path}.${name}`, (n) => { owner[name] = n; }, title) : null);
}
