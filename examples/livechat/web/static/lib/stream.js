// Server-sent events: what the server tells the page as it happens.

/**
 * Follows a stream. url() is asked each time that it is opened, handlers are called by the event's name with its
 * data; "up" and "down" hear of the connection, and "gone" that there is no such stream any more.
 *
 * A browser opens at most six HTTP/1.1 connections to a host, over all its tabs, and each stream keeps one. A page
 * that shows nothing while it is hidden gives its stream back (over HTTPS with HTTP/2 that is not necessary).
 */
export function follow(url, handlers, { whileHidden = false } = {}) {
	let source = null;
	let retry = 0;

	function open() {
		clearTimeout(retry);
		if (source || (document.hidden && !whileHidden)) return;
		source = new EventSource(url());
		for (const [name, handle] of Object.entries(handlers)) {
			if (["up", "down", "gone"].includes(name)) continue;
			source.addEventListener(name, (e) => handle(JSON.parse(e.data), e.lastEventId));
		}
		source.addEventListener("open", () => handlers.up?.());
		source.addEventListener("error", () => {
			handlers.down?.();
			if (source?.readyState === EventSource.CLOSED) refused(); // else the browser tries again by itself
		});
	}

	function close() {
		source?.close();
		source = null;
	}

	// refused: the server answered with something that is no stream. Was it a stranger's, or is the server ill?
	async function refused() {
		close();
		const stop = new AbortController();
		try {
			const answer = await fetch(url(), { signal: stop.signal });
			stop.abort();
			if (answer.status === 401 || answer.status === 404) {
				handlers.gone?.();
				return;
			}
		} catch {
			// not there; once more
		}
		retry = setTimeout(open, 2000);
	}

	document.addEventListener("visibilitychange", () => {
		if (whileHidden) return;
		if (document.hidden) close();
		else open();
	});
	addEventListener("pagehide", close);
	open();
	return close;
}
