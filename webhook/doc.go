// Package webhook sends and receives webhooks signed as in Standard Webhooks.
//
// # Concepts
//
// A [Client] posts an [Event] to an [Endpoint]. Before the first event,
// [Client.Challenge] makes the endpoint prove that it wants events. [Client.Post]
// makes one attempt and returns an [*Error] that says what to do next. [Retry] is
// the schedule of further attempts. [Client.Deliver] posts by that schedule until
// the event is delivered or given up.
//
// The handler of [NewReceiver] is the other side: it echoes challenges, verifies
// signatures, and hands each event to the application once, as far as [Seen]
// remembers. A program that needs only signatures uses [Sign], [Verify] and
// [Verifier].
//
// A [Secret] prints redacted. A client signs with all secrets of an endpoint, and
// a receiver accepts a signature by any of its secrets. To rotate a secret, add the
// new one to the receiver, then to the endpoint, and later remove the old one.
//
// # Defaults
//
// The zero [Config] is for production:
//
//	whole exchange, dial, TLS, headers   15 s, 5 s, 5 s, 10 s, in real time
//	attempts                             11 over 27:42:36, ±20 %, at most 72 h
//	rate, per origin                     none
//	in flight, per origin and in all     16, 256
//	breaker, per origin                  5 failures in a row or half of 20 in 60 s; 1 s doubling to 10 min
//	request, answer, its headers         256 KiB, 64 KiB (4 KiB kept), 32 KiB
//	Retry-After                          at most 1 h
//
// A client connects to addresses of the public internet only. It checks the
// resolved address of every connection, whatever the name. Config.AllowNetworks
// opens further networks. A client follows no redirects, uses no proxy of the
// environment, and decompresses no answers.
//
// # Lifecycle
//
// Nothing here starts a goroutine or needs closing. A client keeps idle
// connections for 90 s; [Client.CloseIdleConnections] closes them at once. Rates,
// pauses and breakers of endpoints ([Client.States]) are in memory and bounded; a
// new process begins without them.
//
// # Errors
//
// Methods of Client return an [*Error]: Permanent says that another attempt is
// useless, RetryAfter how long to wait before it, Status what the endpoint
// answered. [ErrOpen] is not a failure: the client has not posted, because rate,
// breaker or a pause did not allow it yet; that costs no attempt. Texts of errors
// hold no secrets, no queries and no resolved addresses. What they quote from
// outside is short and printable, and no part of the endpoint's query, of its
// headers or of an event that it sent back as it came.
//
// # Concurrency
//
// Everything is safe for concurrent use. Rates, limits of posts in flight and
// breakers count for each Client, so a process should have one. Post does not
// order events: for order, post an event when the one before it has been settled.
package webhook
