// The administrator's page. The settings are one object, in the form in which the library stores them as JSON; the
// parts of the page change it, and what depends on it is asked again.
import { announce, at, calm, el, show } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { channelForm } from "./channel.js";
import { webhookForm } from "./endpoint.js";
import { ruleForm } from "./rule.js";
import { questions } from "./ask.js";
import { nameForm } from "./names.js";
import { textForm } from "./texts.js";

const loaded = await request("GET", "/admin/settings");
const settings = loaded.settings;
settings.messages ??= {};

const rule = ruleForm(at("rule"), settings, loaded, changed);
const about = questions(settings, loaded, rule);
const names = nameForm(at("names"), settings, changed);
const texts = textForm(at("texts"), settings, loaded, changed);
channelForm(at("channel"), settings, changed);
webhookForm(at("webhook"), settings, loaded, changed);

// look asks what the settings mean, a moment after they have changed.
const look = calm(async () => {
	about.look();
	try {
		const preview = await request("POST", "/admin/preview", { settings, ...texts.sample() });
		names.show(preview);
		texts.show(preview);
	} catch {
		// a rule that cannot be read yet: the other parts say so
	}
}, 250);

function changed() {
	outcome("", "You have changes that are not saved.");
	look();
}

function outcome(kind, text, faults = []) {
	show(at("outcome"), text ? el("div", { class: kind ? `note ${kind}` : "soft" }, text,
		faults.length ? el("ul", {}, faults.map((f) => el("li", {}, f.path ? `${f.path}: ${f.text}` : f.text))) : null) : null);
}

at("settings").addEventListener("submit", async (e) => {
	e.preventDefault();
	outcome("", "Saving…");
	try {
		const answer = await request("PUT", "/admin/settings", settings);
		state({ ...loaded, verified: answer.verified });
		if (answer.warning) outcome("warn", answer.warning);
		else outcome("", "Saved. New enquiries follow these settings.");
	} catch (err) {
		outcome("bad", err.message, err.faults);
		rule.faults(err.faults);
	}
});

function state(now) {
	Object.assign(loaded, now);
	show(at("state"),
		el("span", { class: `badge ${loaded.verified ? "healthy" : "open"}` }, loaded.verified ? "verified" : "not verified"),
		loaded.suspended ? el("span", { class: "badge open" }, "suspended") : null);
	at("suspend").textContent = loaded.suspended ? "Resume" : "Suspend";
}

at("suspend").addEventListener("click", async () => {
	try {
		await request("POST", loaded.suspended ? "/admin/resume" : "/admin/suspend");
		state({ suspended: !loaded.suspended });
		announce(loaded.suspended ? "The channel is suspended" : "The channel goes on");
	} catch (err) {
		outcome("bad", err.message);
	}
});

state({});
look();
