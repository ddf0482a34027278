// What a rule means: what the library finds odd about it, who would answer at a moment, and how a week looks.
import { at, el, field, select, show } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { weekGrid } from "./week.js";

export function questions(settings, known, rule) {
	const when = el("input", { type: "datetime-local", oninput: ask });
	const last = select([["", "nobody yet"], ...known.staff.map((s) => [s.id, s.name])], "", { onchange: ask });
	const who = select([["now", "who is at work now"], ["all", "as if everybody were"]], "now", { onchange: ask });
	const answer = el("div", { class: "note rise", id: "answer", role: "status" });
	show(at("ask"), el("h3", {}, "Who answers?"), el("div", { class: "grid" },
		field("At (empty: now)", when), field("The visitor was last served by", last), field("Asked of", who)), answer);

	const grid = weekGrid(at("week"), (date, clock) => {
		when.value = `${date}T${clock}`;
		ask();
	});

	// zone is the one of the first rule about times: its clock is the one that administrators think in.
	function zone(r = settings.routing) {
		if (!r || typeof r !== "object") return "";
		if (r.type === "time") return r.zone || "UTC";
		for (const inner of [r.then, ...(r.rules ?? []), ...(r.shares ?? []).map((s) => s.to)]) {
			const found = zone(inner ?? null);
			if (found) return found;
		}
		return "";
	}

	let asked = 0;
	async function ask() {
		const turn = ++asked;
		let a;
		try {
			a = await request("POST", "/admin/ask", {
				rule: settings.routing, at: when.value, zone: zone(), everyone: who.value === "all", last: last.value,
			});
		} catch (err) {
			a = { error: err.message };
		}
		if (turn !== asked) return; // a later question has been asked
		if (a.error || a.faults) {
			show(answer, a.error ?? "The rule has to be put right first.");
			rule.hits([]);
			return;
		}
		const outcome = {
			offer: `Offered to ${(a.who ?? []).join(", ")}`, closed: "Closed", none_available: "Open, but nobody is available now", exhausted: "Nobody is left to ask",
		}[a.outcome];
		show(answer, el("small", {}, a.at), el("p", { class: "answer" }, outcome),
			a.next_opening ? el("p", {}, `Opens again ${a.next_opening}.`) : null,
			el("ol", { class: "steps" }, a.reasons.map((r) => el("li", {}, r.text))));
		rule.hits(a.reasons.map((r) => r.rule ?? ""));
	}

	let looked = 0;
	async function look() {
		const turn = ++looked;
		ask();
		try {
			const found = await request("POST", "/admin/rule", { rule: settings.routing, zone: zone() });
			if (turn !== looked) return;
			rule.faults(found.faults ?? []);
			findings(found);
			if (found.week) grid.show(found.week);
		} catch (err) {
			show(at("findings"), el("p", { class: "note bad" }, err.message));
		}
	}

	function findings({ faults, findings: list }) {
		if (faults) {
			show(at("findings"), el("p", { class: "note bad" }, faults.length === 1 ? "One thing is not right yet: " : `${faults.length} things are not right yet: `,
				faults.map((f) => f.text).join("; ")));
			return;
		}
		show(at("findings"), list.length
			? list.map((f) => el("p", { class: "note warn" }, f.path ? `${f.path}: ${f.text}` : f.text))
			: el("p", { class: "note" }, "The rule is sound."));
	}

	return { look };
}
