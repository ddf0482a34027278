// How a message looks, wherever it is shown.
import { el } from "./dom.js";

const long = 1200; // characters; more is shown on demand

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** A time as it stands under a message: the clock, and the day unless it is today's. */
export function time(text) {
	const t = new Date(text);
	const today = new Date().toDateString() === t.toDateString();
	const shown = today ? clock.format(t) : `${day.format(t)}, ${clock.format(t)}`;
	return el("time", { datetime: t.toISOString(), title: t.toLocaleString() }, shown);
}

/**
 * A message as a part of a log.
 *   own: stands on the side of whoever looks; auto: an automatic text; who: the name above it, or null
 *   onchoose(choice): called when a quick reply is tapped; without it they are only shown
 */
export function said(message, { own, auto, who, at, mark, onchoose }) {
	const bubble = el("div", { class: "bubble" });
	if (message.text) bubble.append(...words(message.text));
	else if (message.choice) bubble.append(...words(message.choice));
	for (const a of message.attachments ?? []) bubble.append(attachment(a));
	if (message.choices?.length) {
		bubble.append(el("div", { class: "choices" }, message.choices.map((c) => onchoose
			? el("button", { type: "button", dir: "auto", onclick: () => onchoose(c) }, c.text || c.value)
			: el("span", { dir: "auto" }, c.text || c.value))));
	}
	const foot = el("div", { class: "mark" }, at ? time(at) : null, mark);
	return el("div", { class: `said${own ? " own" : ""}${auto ? " auto" : ""}` },
		who ? el("div", { class: "who" }, el("bdi", {}, who)) : null, bubble, foot);
}

function words(text) {
	const p = el("div", { class: "text", dir: "auto" }, text);
	if (text.length <= long && text.split("\n").length <= 20) return [p];
	p.classList.add("cut");
	const more = el("button", {
		type: "button", class: "small", "aria-expanded": "false",
		onclick: () => {
			const cut = p.classList.toggle("cut");
			more.textContent = cut ? `Show all ${text.length} characters` : "Show less";
			more.setAttribute("aria-expanded", String(!cut));
		},
	}, `Show all ${text.length} characters`);
	return [p, more];
}

// attachment shows a picture if the page's policy lets it load, and else a link. Only http and https are links.
function attachment(a) {
	let url;
	try {
		url = new URL(a.url);
	} catch {
		return el("span", {}, a.name || "file");
	}
	if (!["http:", "https:"].includes(url.protocol)) return el("span", {}, a.name || "file");
	const name = a.name || url.pathname.split("/").pop() || url.host;
	const link = el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", dir: "auto" }, name);
	const box = el("div", {}, link, " ", el("small", {}, url.host));
	if (a.kind === "image") {
		const picture = el("img", { alt: name, src: url.href, referrerpolicy: "no-referrer" });
		picture.addEventListener("error", () => picture.remove());
		box.prepend(picture);
	}
	return box;
}

/** Keeps a log at its end, unless somebody has scrolled up to read. */
export function stick(log, change) {
	const near = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
	change();
	if (near) log.scrollTop = log.scrollHeight;
}
