// Names and times of the channel.
import { el, field, show } from "../lib/dom.js";

/** Reads a duration as the library writes it ("90s", "1h", "1m30s") into seconds. */
export function seconds(text) {
	if (!text) return 0;
	let sum = 0;
	for (const [, n, unit] of text.matchAll(/(-?\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
		sum += Number(n) * { h: 3600, m: 60, s: 1, ms: 0.001 }[unit];
	}
	return sum;
}

/** A field for a duration, in the unit that suits it. */
export function duration(label, hint, { unit = 1, read, write }) {
	const input = el("input", {
		type: "number", step: "any", inputmode: "decimal", value: read() ? String(seconds(read()) / unit) : "",
		oninput: () => write(input.value === "" ? undefined : `${Math.round(Number(input.value) * unit)}s`),
	});
	return field(label, input, hint);
}

export function channelForm(box, settings, changed) {
	const text = (name, label, hint) => field(label, el("input", {
		value: settings[name], maxlength: "200", required: true,
		oninput: (e) => { settings[name] = e.target.value; changed(); },
	}), hint);
	const time = (name, label, unit, hint) => duration(label, hint, {
		unit, read: () => settings[name], write: (v) => { settings[name] = v; changed(); },
	});
	show(box,
		text("source", "Source name", "What staff see as the visitor's origin"),
		text("name", "Channel name", "{channel} in the texts below"),
		time("offer_wait", "An offer stands for (s)", 1, "Then others are asked; empty: 60"),
		time("max_wait", "Missed after (s)", 1, "If nobody can be asked; −1: at once; empty: 60"),
		time("away_every", "No second away text within (min)", 60, "Empty: 60"),
		time("reopen_within", "A message reopens a closed enquiry within (min)", 60, "Empty: never"),
		time("auto_close", "Closed after silence of (min)", 60, "Empty: never"));
}
