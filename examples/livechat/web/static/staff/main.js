// The staff page: sign in, and work. What comes from the server is put where it belongs: offered, mine, missed.
import { announce, at, el, show } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { follow } from "../lib/stream.js";
import { attendance } from "./attendance.js";
import { cards } from "./cards.js";
import { conversations } from "./conversations.js";

async function signIn() {
	at("sign-in").hidden = false;
	const { staff } = await request("GET", "/desk/staff");
	show(at("people"), staff.map((s) => el("button", {
		type: "button",
		onclick: async () => {
			await request("POST", "/desk/sessions", { staff: s.id });
			sessionStorage.setItem("staff", s.id);
			work(s.id);
		},
	}, s.name, el("span", { class: `badge ${s.status}` }, s.status))));
}

function signedOut() {
	sessionStorage.removeItem("staff");
	location.reload();
}

async function work(me) {
	const base = `/desk/staff/${me}`;
	const { staff, teams } = await request("GET", "/desk/staff");
	at("sign-in").hidden = true;
	at("me").hidden = at("desk").hidden = false;
	at("my-name").textContent = staff.find((s) => s.id === me).name;

	const known = new Map(); // enquiries on this page by id
	const side = cards(base);
	const main = conversations(base, me, { staff, teams });
	const here = attendance(base);

	function put(e) {
		const before = known.get(e.id);
		if (e.place) known.set(e.id, e);
		else known.delete(e.id);
		side.put(e);
		main.put(e);
		if (e.place === "offered" && before?.place !== "offered") {
			announce(`Enquiry ${e.number} from ${e.visitor} is offered to you`);
		}
		const waiting = [...known.values()].filter((k) => k.place === "offered").length;
		document.title = `${waiting ? `(${waiting}) ` : ""}Staff – live chat`;
	}

	follow(() => `${base}/stream`, {
		all({ enquiries, staff: people }) {
			const now = new Set(enquiries.map((e) => e.id));
			for (const e of known.values()) if (!now.has(e.id)) put({ ...e, place: "" });
			for (const e of enquiries.toReversed()) put(e); // oldest first
			here.set(people.find((s) => s.id === me));
			main.people(people);
		},
		enquiry: put,
		typing: ({ id }) => main.typing(id),
		staff(people) {
			here.set(people.find((s) => s.id === me));
			main.people(people);
		},
		up: () => { at("offline").hidden = true; },
		down: () => { at("offline").hidden = false; },
		gone: signedOut,
	}, { whileHidden: true }); // somebody who looks at another tab is at work all the same

	at("sign-out").addEventListener("click", async () => {
		await request("DELETE", `${base}/session`).catch(() => {});
		signedOut();
	});
}

const me = sessionStorage.getItem("staff");
if (me) work(me);
else signIn();
