// The reports: figures, and charts that can also be read as tables.
import { at, el, show } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { bars } from "./chart.js";
import { duration } from "./table.js";

const second = 1e9; // durations of the library's report are nanoseconds
const statuses = ["opened", "handling", "missed", "closed"];

export function reports() {
	let changed = () => {};

	function span() {
		const hours = Number(at("range").value);
		return hours ? `?from=${encodeURIComponent(new Date(Date.now() - hours * 3600e3).toISOString())}` : "";
	}

	async function read() {
		const a = await request("GET", `/overview/report${span()}`);
		at("csv").href = `/overview/report.csv${span()}`;
		const r = a.report;
		const figure = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
		show(at("figures"),
			figure("Enquiries", String(r.opened)), figure("Handling now", String(r.handling)), figure("Closed", String(r.closed)),
			figure("Missed", `${r.missed} (${Math.round(a.missed_rate * 100)} %)`), figure("Followed up", String(r.followed_up)),
			figure("First reply, median", r.first_reply.count ? duration(r.first_reply.p50 / second) : "–"),
			figure("First reply, 90 %", r.first_reply.count ? duration(r.first_reply.p90 / second) : "–"));
		const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
		keepOpen(at("charts"), () => show(at("charts"),
			bars("Enquiries per hour, by status", statuses, a.hours.map((h) => ({ label: hour.format(new Date(h.hour)), ...h }))),
			bars("Time to the first reply", ["opened"], a.first_reply.map((b, i) => ({
				label: b.below ? `< ${short(b.below)}` : `≥ ${short(a.first_reply[i - 1].below)}`, opened: b.count,
			})), { names: { opened: "replies" } }),
			bars("Enquiries per staff member", ["handling", "closed"], a.staff.map((s) => ({
				label: s.name, handling: s.handling, closed: s.closed, note: s.first_reply_p50 ? `first reply ${s.first_reply_p50}` : "",
			})))));
	}

	// keepOpen: tables that somebody has opened stay open when the charts are drawn again, and keep the keyboard.
	function keepOpen(box, change) {
		const state = [...box.querySelectorAll("details")].map((d) => [d.open, d.contains(document.activeElement)]);
		change();
		[...box.querySelectorAll("details")].forEach((d, i) => {
			d.open = state[i]?.[0] ?? false;
			if (state[i]?.[1]) d.querySelector("summary").focus();
		});
	}

	at("range").addEventListener("change", () => changed());
	return { read, onrange: (fn) => { changed = fn; } };
}

const short = (s) => (s < 60 ? `${s} s` : s < 3600 ? `${s / 60} min` : `${s / 3600} h`);
