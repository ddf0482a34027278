// Elements without HTML: everything that is shown goes through textContent or an attribute, never through a parser,
// so that nothing that somebody has typed can become a tag.

/**
 * Makes an element. Attributes that are functions become listeners ("onclick"), true is an empty attribute, and
 * null, undefined and false are left out. Children are elements or texts.
 */
export function el(tag, attrs = {}, ...children) {
	return fill(document.createElement(tag), attrs, children);
}

/** Makes an element of a drawing. */
export function svg(tag, attrs = {}, ...children) {
	return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attrs, children);
}

function fill(node, attrs, children) {
	for (const [name, value] of Object.entries(attrs)) {
		if (value === null || value === undefined || value === false) continue;
		if (typeof value === "function") node.addEventListener(name.slice(2), value);
		else if (name === "value") node.value = value;
		else if (name === "checked") node.checked = value;
		else node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
	return node;
}

/** The element with that id. */
export const at = (id) => document.getElementById(id);

/** Shows instead of what the element holds. */
export function show(node, ...children) {
	node.replaceChildren(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
}

let count = 0;
/** A control with its label. */
export function field(label, control, hint) {
	control.id ||= `f${++count}`;
	const parts = [el("label", { for: control.id }, label), control];
	if (hint) {
		const id = `${control.id}-hint`;
		control.setAttribute("aria-describedby", id);
		parts.push(el("small", { id }, hint));
	}
	return el("div", { class: "field" }, parts);
}

/** A select with options: [value, text] pairs. */
export function select(options, value, attrs = {}) {
	const node = el("select", attrs, options.map(([v, text]) => el("option", { value: v }, text)));
	node.value = value;
	return node;
}

/** Says something to people who listen to the page instead of looking at it. */
export function announce(text) {
	const box = at("announcer");
	if (box) box.textContent = text;
}

/** Runs fn after there have been no further calls for ms. */
export function calm(fn, ms) {
	let timer;
	return (...args) => {
		clearTimeout(timer);
		timer = setTimeout(() => fn(...args), ms);
	};
}
