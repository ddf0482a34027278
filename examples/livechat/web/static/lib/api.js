// Requests to our own server.

/** What the server refused: its words, its status and, field by field, what was wrong. */
export class Refusal extends Error {
	constructor(status, problem) {
		super(problem.error || `The server answered ${status}.`);
		this.status = status;
		this.faults = problem.faults || [];
	}
}

/** Sends a request with a JSON body and returns what the answer holds; patience is how many ms it may take, 0 = any. */
export async function request(method, url, body, patience = 0) {
	const options = { method, headers: {}, signal: patience ? AbortSignal.timeout(patience) : null };
	if (method !== "GET") {
		options.headers["Content-Type"] = "application/json";
		options.body = JSON.stringify(body ?? {});
	}
	let answer;
	try {
		answer = await fetch(url, options);
	} catch {
		throw new Refusal(0, { error: "The server cannot be reached." });
	}
	const text = await answer.text();
	let value = null;
	try {
		value = text ? JSON.parse(text) : null;
	} catch {
		value = { error: text.slice(0, 200) };
	}
	if (!answer.ok) throw new Refusal(answer.status, value || {});
	return value;
}

/** An id that has not been used: the key under which a message counts once, however often it is sent. */
export const newID = () => crypto.randomUUID();
