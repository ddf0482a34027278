// Package rules decides what happens to a conversation when a message, an acceptance, a time-out or a failure
// arrives. Its functions are pure: plain data in, plain data out; no I/O, no lock, and no clock but [Change.Now].
//
// A rule is a method of [Change]. The hub makes a Change within a Store's Update and calls one rule; the Store records
// what the rule changed. A rule may run several times for one request, each time on a fresh conversation.
//
// # Errors
//
// A rule returns an error of package conversation, such as ErrTaken, when it refuses a request. Then it has changed
// nothing that is recorded.
//
// # Concurrency
//
// A Change belongs to one goroutine. [Terms] are shared and never modified.
package rules
