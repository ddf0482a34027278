// Overview and reports. The stream only says what has become old; what is shown of it is read again.
import { at } from "../lib/dom.js";
import { follow } from "../lib/stream.js";
import { table } from "./table.js";
import { reports } from "./reports.js";
import { health } from "./health.js";

const enquiries = table();
const report = reports();
const webhook = health();

// once runs fn, and once more afterwards if it was asked for meanwhile: a page never has two answers in a race.
function once(fn) {
	let running = false;
	let again = false;
	return async function run() {
		if (running) {
			again = true;
			return;
		}
		running = true;
		do {
			again = false;
			await fn().catch(() => {}); // the next change, or the stream's return, brings it
		} while (again);
		running = false;
	};
}

const readEnquiries = once(enquiries.read);
const readReport = once(report.read);
const readHealth = once(webhook.read);

enquiries.onfilter(readEnquiries);
report.onrange(readReport);

function state(text, kind) {
	at("live").textContent = text;
	at("live").className = `badge ${kind}`;
}

follow(() => "/overview/stream", {
	changed(parts) {
		if (parts.includes("enquiries")) {
			readEnquiries();
			readReport();
		}
		if (parts.includes("health")) readHealth();
	},
	up: () => state("live", "healthy"),
	down: () => state("interrupted", "busy"),
});
