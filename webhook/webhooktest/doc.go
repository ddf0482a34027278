// Package webhooktest is a webhook endpoint that misbehaves on request, for the
// tests of programs that send webhooks.
//
// # Concepts
//
// [Start] runs an [Endpoint] for the length of a test: on a socket of the
// loopback, with or without TLS, or in memory, where time may be that of a
// testing/synctest bubble. Without a script it behaves well: it echoes
// challenges and answers events with 204.
//
// A [Step] is how one request is treated. [Endpoint.Script] lines steps up for
// the requests to come, whatever they are; [Endpoint.On] lines them up for one
// event. When a script is used up the endpoint behaves well again, or as
// [Endpoint.Always] says.
//
// [HostileAnswers] is a table of answers that no server should give, each a Step:
// whoever posts webhooks has to survive all of them.
//
// Everything that arrives is kept as a [Request], with the verdict on its
// signature. [Endpoint.AssertOnce], [Endpoint.AssertAtLeastOnce] and
// [Endpoint.AssertInOrder] judge by what was answered with a 2xx, because that
// is what a sender may call delivered.
//
// # Lifecycle
//
// The endpoint ends with its test, or with [Endpoint.Close], which a test in a
// bubble calls before it returns. Steps that last for ever end then too.
//
// # Concurrency
//
// All methods may be called from several goroutines at once. Requests take steps
// in the order in which they have been read.
//
// # Errors
//
// What keeps an endpoint from starting ends the test; assertions report through
// testing.TB and let it go on.
package webhooktest
