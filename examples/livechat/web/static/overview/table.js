// The enquiry overview: a table that can be filtered, and what was said behind each line.
import { at, calm, el, show } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { said, time } from "../lib/talk.js";

export function table() {
	let older = []; // pages after the first, as they were when they were fetched
	let next = "";
	let changed = () => {};

	function filter() {
		const q = new URLSearchParams();
		if (at("search").value.trim()) q.set("search", at("search").value);
		if (at("staff").value) q.set("staff", at("staff").value);
		for (const box of document.querySelectorAll("[name=status]:checked")) q.append("status", box.value);
		return q;
	}

	async function read() {
		const page = await request("GET", `/overview/enquiries?${filter()}`);
		const fresh = new Set(page.enquiries.map((e) => e.id));
		older = older.filter((e) => !fresh.has(e.id));
		if (older.length === 0) next = page.next;
		draw([...page.enquiries, ...older]);
	}

	async function more() {
		const q = filter();
		q.set("before", next);
		const page = await request("GET", `/overview/enquiries?${q}`);
		older.push(...page.enquiries);
		next = page.next;
		await read();
	}

	function draw(lines) {
		const held = document.activeElement?.dataset?.enquiry;
		show(at("rows"), lines.length ? lines.map(line) : el("tr", {}, el("td", { colspan: "8", class: "empty" }, "No enquiry matches.")));
		if (held) at("rows").querySelector(`[data-enquiry="${CSS.escape(held)}"]`)?.focus();
		at("more").hidden = !next;
	}

	function line(e) {
		const waited = e.first_reply ? (new Date(e.first_reply) - new Date(e.opened)) / 1000 : null;
		const m = e.messages;
		return el("tr", {},
			el("td", { class: "tight" }, `#${e.number}`),
			el("td", {}, el("button", { type: "button", class: "plain", "data-enquiry": e.id, onclick: () => open(e.id) }, el("bdi", { class: "name" }, e.visitor))),
			el("td", { class: "tight" }, el("span", { class: `badge ${e.status}` }, e.status), e.follow ? " follow-up" : ""),
			el("td", {}, e.handler || (e.offered ? `offered to ${e.offered.join(", ")}` : "")),
			el("td", { class: "tight" }, time(e.opened)),
			el("td", { class: "tight" }, waited === null ? "" : duration(waited)),
			el("td", { class: "tight", title: `${m.in ?? 0} in, ${m.out ?? 0} out, ${m.auto ?? 0} automatic` }, `${m.in ?? 0} / ${m.out ?? 0}`, m.failed ? el("span", { class: "badge open" }, `${m.failed} failed`) : null),
			el("td", { class: "wide" }, e.why ?? ""));
	}

	async function open(id) {
		const { enquiry, entries } = await request("GET", `/overview/enquiries/${id}`);
		show(at("detail-title"), `#${enquiry.number} `, el("bdi", {}, enquiry.visitor));
		show(at("detail-why"), el("p", { class: "soft" }, enquiry.why ?? ""));
		show(at("detail-log"), entries.map((e) => said(e.message, {
			own: e.from !== "visitor", auto: e.from === "auto", at: e.at,
			who: { visitor: enquiry.visitor, auto: `Automatic ${e.auto ?? ""} text` }[e.from] ?? (e.name || "Bot"),
			mark: e.delivery ? el("span", { class: e.delivery === "failed" ? "mark bad" : "" }, e.delivery) : null,
		})));
		at("detail").showModal();
	}

	const again = calm(() => { older = []; changed(); }, 200);
	at("filter").addEventListener("input", again);
	at("filter").addEventListener("submit", (e) => e.preventDefault());
	at("more").addEventListener("click", more);
	request("GET", "/desk/staff").then(({ staff }) => at("staff").append(...staff.map((s) => el("option", { value: s.id }, s.name))));
	return { read, onfilter: (fn) => { changed = fn; } };
}

/** Seconds in the words of a dashboard. */
export function duration(s) {
	if (s < 10) return `${s.toFixed(1)} s`;
	if (s < 90) return `${Math.round(s)} s`;
	if (s < 5400) return `${Math.round(s / 60)} min`;
	return `${(s / 3600).toFixed(1)} h`;
}
