// Welcome, away and closing texts by language, with a preview for a visitor of one's choice.
import { el, field, select, show } from "../lib/dom.js";

const kinds = [
	["welcome", "Welcome", "answers the visitor's first message"],
	["away", "Away", "says that nobody can answer now"],
	["closing", "Closing", "ends an enquiry; without a text it is off"],
];

export function textForm(box, settings, { defaults }, changed) {
	const m = settings.messages;
	const tags = ["", ...Object.keys(defaults.welcome).sort()];
	const language = new Intl.DisplayNames("en", { type: "language" });
	const nameOf = (tag) => (tag === "" ? "All other languages" : language.of(tag));
	const visitor = el("input", { value: "Zoe", maxlength: "100", oninput: changed });
	const locale = select(tags.filter(Boolean).map((t) => [t, nameOf(t)]), "en", { onchange: changed });
	const previews = new Map();

	function draw(focus) {
		show(box, el("div", { class: "grid" }, field("Preview for the visitor", visitor), field("whose language is", locale)), kinds.map(section));
		if (focus) box.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
	}

	function section([kind, title, hint]) {
		const reply = (m[kind] ??= {});
		const texts = reply.texts ?? {};
		const preview = el("div", { class: "note preview", dir: "auto", role: "status" });
		previews.set(kind, preview);
		const free = tags.filter((t) => !(t in texts));
		const more = select([["?", "Add a language…"], ...free.map((t) => [t, nameOf(t)])], "?", {
			"aria-label": `Add a language to the ${title.toLowerCase()} text`, "data-key": `${kind} add`,
			onchange: () => {
				reply.texts = { ...texts, [more.value]: defaults[kind]?.[more.value || "en"] ?? "" };
				if (more.value) locale.value = more.value;
				draw(`${kind} ${more.value}`);
				changed();
			},
		});
		const off = el("label", { class: "line" }, el("input", {
			type: "checkbox", checked: !reply.off, onchange: (e) => { reply.off = !e.target.checked || undefined; changed(); },
		}), "Send it");
		const rows = Object.entries(texts).map(([tag, text]) => el("div", { class: "lang" }, el("span", {}, nameOf(tag)),
			el("textarea", {
				rows: "2", dir: "auto", maxlength: "4000", value: text, "aria-label": `${title} text: ${nameOf(tag)}`, "data-key": `${kind} ${tag}`,
				oninput: (e) => { reply.texts[tag] = e.target.value; changed(); },
			}),
			el("button", {
				type: "button", class: "small icon", "aria-label": `Remove the ${title.toLowerCase()} text: ${nameOf(tag)}`,
				onclick: () => {
					delete reply.texts[tag];
					if (Object.keys(reply.texts).length === 0) delete reply.texts;
					draw(`${kind} add`);
					changed();
				},
			}, "×")));
		return el("fieldset", {}, el("legend", {}, title), el("div", { class: "texts" },
			el("div", { class: "rise" }, el("p", { class: "soft" }, `It ${hint}.`), off,
				rows.length ? rows : el("p", { class: "soft" }, kind === "closing" ? "No text yet." : `The library's own texts, in ${tags.length - 1} languages.`), more),
			preview));
	}

	draw();
	return {
		sample: () => ({ visitor: visitor.value, locale: locale.value }),
		show(p) {
			for (const [kind, preview] of previews) {
				const wrong = (p.faults ?? []).filter((f) => f.path.startsWith(`messages.${kind}`));
				if (wrong.length) show(preview, wrong.map((f) => el("p", { class: "fault" }, f.text)));
				else if (!p.faults) show(preview, p[kind] ?? el("span", { class: "soft" }, "Nothing is sent."));
			}
		},
	};
}
