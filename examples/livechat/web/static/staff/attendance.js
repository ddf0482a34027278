// Am I there? Active, busy and offline are chosen; idle comes by itself when nobody has touched the page for a while,
// and goes when somebody does.
import { at } from "../lib/dom.js";
import { request } from "../lib/api.js";

const idleAfter = 10 * 60 * 1000; // ms, as the field's products have it

/** Returns set(person), which shows what the server knows. */
export function attendance(base) {
	const form = at("status");
	const radios = [...form.querySelectorAll("input")];
	let current = "active";

	async function tell(status) {
		current = status;
		await request("PUT", `${base}/status`, { status }).catch(() => {});
	}

	for (const r of radios) r.addEventListener("change", () => tell(r.value));

	let timer = 0;
	function touched() {
		clearTimeout(timer);
		timer = setTimeout(() => { if (current === "active") tell("idle"); }, idleAfter);
		if (current === "idle") tell("active");
	}
	for (const name of ["pointerdown", "keydown", "focus"]) addEventListener(name, touched, { passive: true });
	touched();

	return {
		set(person) {
			if (!person) return;
			current = person.status;
			const shown = current === "idle" ? "active" : current;
			for (const r of radios) r.checked = r.value === shown;
		},
	};
}
