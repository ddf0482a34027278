// The visitor's page: say who you are, and talk. What makes a tab one visitor is the chat's id in sessionStorage,
// which each tab has for itself, and a cookie that is sent for that chat only.
import { at } from "../lib/dom.js";
import { request } from "../lib/api.js";
import { openChat } from "./chat.js";

const locale = at("locale");

function begin(chat) {
	at("hello").hidden = true;
	at("chat").hidden = false;
	openChat(chat, () => {
		sessionStorage.clear(); // the source does not know this chat any more
		location.reload();
	});
	at("text").focus();
}

at("hello").addEventListener("submit", async (e) => {
	e.preventDefault();
	const fault = at("hello-fault");
	fault.hidden = true;
	try {
		const { chat } = await request("POST", "/chats", { name: at("name").value, locale: locale.value });
		sessionStorage.setItem("chat", chat);
		begin(chat);
	} catch (err) {
		fault.textContent = err.message;
		fault.hidden = false;
	}
});

locale.addEventListener("change", () => {
	sessionStorage.setItem("locale", locale.value);
	const chat = sessionStorage.getItem("chat");
	if (chat) request("PUT", `/chats/${chat}/locale`, { locale: locale.value }).catch(() => {});
});

at("leave").addEventListener("click", () => {
	sessionStorage.clear();
	location.reload();
});

const spoken = sessionStorage.getItem("locale") ?? navigator.language;
const offered = [...locale.options].map((o) => o.value);
locale.value = offered.find((o) => o === spoken) ?? offered.find((o) => o.split("-")[0] === spoken.split("-")[0]) ?? "en";
if (sessionStorage.getItem("chat")) begin(sessionStorage.getItem("chat"));
