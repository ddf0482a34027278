// Package webhook sends and receives webhooks signed as in Standard Webhooks.
//
// # Concepts
//
// A [Client] posts an [Event] to an [Endpoint]. Before the first one,
// [Client.Challenge] has the endpoint prove that it wants them. [Client.Post]
// makes one attempt and says in an [*Error] what to do next; [Retry] is the
// schedule that reads it; [Client.Deliver] does both until the event is
// delivered or given up.
//
// On the other side stands the handler of [NewReceiver]: it echoes challenges,
// verifies signatures, and hands each event to the application once, as far as
// [Seen] remembers. [Sign], [Verify] and [Verifier] are there for whoever needs no
// more.
//
// A [Secret] keeps itself out of logs. All secrets of an endpoint sign, any of a
// receiver's verifies: a rotation adds the new one there, then here, and later
// removes the old one.
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
// Addresses outside the public internet are refused, on every connection and
// after all resolving, whatever the name; Config.AllowNetworks opens what a host
// needs. Redirects are not followed, proxies of the environment not used,
// answers not decompressed.
//
// # Lifecycle
//
// Nothing here starts a goroutine or needs closing. A client keeps idle
// connections for 90 s; [Client.CloseIdleConnections] closes them at once. What
// it knows of endpoints — rate, pauses, breakers, see [Client.States] — is in
// memory and bounded; a new process begins without it.
//
// # Errors
//
// Methods of Client return an [*Error]: Permanent says whether another attempt
// makes sense, RetryAfter when, Status what was answered. [ErrOpen] is no
// failure but a turn that has not come; it costs no attempt. Texts of errors
// hold no secrets, no queries and no addresses behind names, and what they quote
// of others is short and printable.
//
// # Concurrency
//
// Everything is safe for concurrent use. Rate, in-flight limits and breakers hold
// per Client: a process should have one. Post does not order events: whoever
// wants order posts the next one after the one before it.
package webhook
