// How the webhook is: attempts, failures, the breaker; and the switch that makes the endpoint fail.
import { at, el, show } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { time } from "../lib/talk.js";

const words = {
	healthy: "Posts go out.", paused: "The endpoint asked to wait.", open: "The breaker is open: the endpoint is left alone for a while.", probing: "The breaker lets one post through to see whether the endpoint is back.",
};

export function health() {
	async function read() {
		const h = await request("GET", "/overview/health");
		const figure = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)));
		show(at("counts"), figure("Delivered", h.delivered), figure("Failed attempts", h.failed), figure("Put off", h.deferred),
			figure("Refused", h.refused), figure("Failures in a row", h.failures));
		show(at("breaker"), el("span", { class: `badge ${h.state}`, id: "breaker-state" }, h.state), ` ${words[h.state] ?? ""}`, h.until ? [" Until ", time(h.until)] : null);
		at("fault").value = h.fault;
		show(at("attempts"), el("thead", {}, el("tr", {}, ["At", "What", "Result", "Status", "Took", ""].map((t) => el("th", { scope: "col" }, t)))),
			el("tbody", {}, h.latest.map((a) => el("tr", {},
				el("td", { class: "tight" }, time(a.at)), el("td", {}, a.type), el("td", {}, a.result), el("td", {}, a.status ? String(a.status) : ""),
				el("td", { class: "tight" }, `${a.took_ms} ms`), el("td", { class: "wide" }, [a.note, a.err].filter(Boolean).join("; "))))));
	}

	at("fault").addEventListener("change", () => {
		request("PUT", "/overview/fault", { mode: at("fault").value }).catch(() => {});
	});
	return { read };
}
