// The fields of each kind of rule.
import { el, field, select } from "../lib/dom.js";
import { duration, seconds } from "./channel.js";
import { time } from "./schedule.js";
import { destination } from "./rule.js";

const methods = [
	["round_robin", "In turns"],
	["most_idle", "Whoever has the least to do"],
	["fixed_order", "In this order, from the top"],
	["simultaneous", "All at once; the first to accept"],
];

/** Small buttons at the end of a row of a list: up, and away. */
export function tools(list, i, path, ctx, what) {
	const move = (key) => ctx.redraw(key);
	return el("span", { class: "row push" },
		i > 0 ? el("button", {
			type: "button", class: "small icon", "aria-label": `Move ${what} up`, "data-key": `${path}[${i}] up`,
			onclick: () => { list.splice(i - 1, 0, ...list.splice(i, 1)); move(`${path}[${i - 1}] up`); },
		}, "↑") : null,
		el("button", {
			type: "button", class: "small icon", "aria-label": `Remove ${what}`, "data-key": `${path}[${i}] remove`,
			onclick: () => { list.splice(i, 1); move(`${path} add`); },
		}, "×"));
}

export const add = (text, path, onclick) => el("div", {}, el("button", { type: "button", class: "small", "data-key": `${path} add`, onclick }, text));

// list is an ordered list of rules.
function list(items, path, ctx, { head, inner, title, what, text, make }) {
	return [
		el("ol", { class: "parts" }, items.map((item, i) => el("li", { class: "part" },
			el("div", { class: "row" }, head(item, i), tools(items, i, path, ctx, `${what} ${i + 1}`)),
			inner(item, i, `${path}[${i}]`, title(i))))),
		add(text, path, () => { items.push(make()); ctx.redraw(`${path} add`); }),
	];
}

const first = (ctx) => destination(ctx.people[0][0]);

const wait = (rule, ctx, label) => duration(label, "Empty: as long as the channel says", {
	read: () => rule.wait, write: (v) => { rule.wait = v; ctx.changed(); },
});

export const parts = {
	to(rule, path, ctx, put) {
		const value = `${rule.type}:${rule.id}`;
		const known = ctx.people.some(([v]) => v === value) ? ctx.people : [...ctx.people, [value, `${rule.type} ${rule.id}`]];
		const who = select(known, value, {
			"aria-label": "Who", "data-key": `${path} who`,
			onchange: () => { put(destination(who.value)); ctx.redraw(); },
		});
		return who;
	},

	group(rule, path, ctx) {
		const method = select(methods, rule.method, { onchange: () => { rule.method = method.value; ctx.changed(); } });
		return el("div", { class: "rise" }, el("div", { class: "grid" },
			field("How", method), wait(rule, ctx, "An offer stands for (s)")),
		el("ol", { class: "members", "aria-label": "Members" }, rule.members.map((m, i) => {
			const who = select(ctx.people, `${m.type}:${m.id}`, {
				"aria-label": `Member ${i + 1}`, "data-key": `${path}.members[${i}]`,
				onchange: () => { rule.members[i] = destination(who.value); ctx.changed(); },
			});
			return el("li", {}, who, tools(rule.members, i, `${path}.members`, ctx, `member ${i + 1}`));
		})),
		add("Add a member", `${path}.members`, () => {
			const taken = new Set(rule.members.map((m) => `${m.type}:${m.id}`));
			rule.members.push(destination((ctx.people.find(([v]) => !taken.has(v)) ?? ctx.people[0])[0]));
			ctx.redraw(`${path}.members[${rule.members.length - 1}]`);
		}));
	},

	alternative(rule, path, ctx) {
		return el("div", { class: "rise" }, list(rule.rules, `${path}.rules`, ctx, {
			head: (_, i) => el("span", { class: "soft" }, i === 0 ? "First ask" : "Else"),
			inner: (r, i, p, t) => ctx.node(r, p, (n) => { rule.rules[i] = n; }, t),
			title: (i) => `Alternative ${i + 1}`, what: "alternative", text: "Add an alternative", make: () => first(ctx),
		}));
	},

	percentage(rule, path, ctx) {
		const sum = el("span", { class: "soft", role: "status" });
		const count = () => {
			const all = rule.shares.reduce((n, s) => n + (s.percent || 0), 0);
			sum.textContent = all === 100 ? "The shares add up to 100 %." : `The shares add up to ${+all.toFixed(2)} %.`;
		};
		count();
		return el("div", { class: "rise" }, list(rule.shares, `${path}.shares`, ctx, {
			head(share, i) {
				const input = el("input", {
					type: "number", min: "0", max: "100", step: "0.01", value: String(share.percent), "data-key": `${path}.shares[${i}] percent`,
					oninput: () => { share.percent = Number(input.value); count(); ctx.changed(); },
				});
				return field(`Share ${i + 1} (%)`, input);
			},
			inner: (share, i, p, t) => ctx.node(share.to, `${p}.to`, (n) => { share.to = n; }, t),
			title: (i) => `Share ${i + 1}`, what: "share", text: "Add a share",
			make: () => ({ percent: Math.max(0, 100 - rule.shares.reduce((n, s) => n + s.percent, 0)), to: first(ctx) }),
		}), sum);
	},

	sticky(rule, path, ctx) {
		const days = el("input", {
			type: "number", min: "1", value: String((seconds(rule.for) || 30 * 86400) / 86400),
			oninput: () => { rule.for = days.value ? `${Math.round(Number(days.value) * 24)}h` : undefined; ctx.changed(); },
		});
		return el("div", { class: "rise" },
			el("div", { class: "grid" }, field("Remembered for (days)", days), wait(rule, ctx, "That offer stands for (s)")),
			ctx.node(rule.then, `${path}.then`, (n) => { rule.then = n; }, "Otherwise"));
	},

	time,
};
