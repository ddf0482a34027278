// The webhook's address, and the challenge while one watches.
import { el, field, select, show } from "../lib/dom.js";
import { request } from "../lib/api.js";

export function webhookForm(box, settings, { presets }, changed) {
	settings.webhook ??= {};
	const url = el("input", {
		type: "url", value: settings.webhook.url ?? "", maxlength: "2000", spellcheck: "false",
		oninput: () => { settings.webhook.url = url.value; changed(); },
	});
	const outcome = el("div", { role: "status", id: "challenge" });
	const tries = select([["", "Choose one…"], ...presets.map((p) => [p.url, p.name])], "", {
		onchange: () => {
			if (!tries.value) return;
			url.value = settings.webhook.url = tries.value;
			tries.value = "";
			show(outcome);
			changed();
		},
	});
	const verify = el("button", { type: "button", onclick: challenge }, "Verify");

	async function challenge() {
		verify.disabled = true;
		show(outcome, el("p", { class: "note" }, "Sending the challenge… (it is tried up to three times when the endpoint is out of order)"));
		try {
			const a = await request("POST", "/admin/verify", { url: url.value });
			show(outcome, a.verified
				? el("p", { class: "note" }, el("span", { class: "badge healthy" }, "verified"), ` The endpoint sent the challenge back within ${a.took_ms} ms.`)
				: el("p", { class: "note bad" }, a.error));
		} catch (err) {
			show(outcome, el("p", { class: "note bad" }, err.message));
		}
		verify.disabled = false;
	}

	show(box, el("div", { class: "grid" }, field("Address", url), field("Or try", tries)), el("div", { class: "row" }, verify), outcome);
}
