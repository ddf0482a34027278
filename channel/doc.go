// Package channel takes in visitors from outside messaging channels, shows each enquiry to the right staff, and
// carries their replies back.
//
// # Concepts
//
// A [Channel] is one connected source with its [Settings]. A visitor has one conversation on a channel, for ever and in
// strict order. An [Enquiry] is one matter in that conversation. A visitor's message opens it (Opened); the hub routes
// it and offers it to destinations; it is Handling once a staff member has accepted it, and Closed in the end. If nobody
// could be offered it in time it is Missed, and a staff member may still follow it up.
//
// The host is the application that embeds this package. The hub tells it of everything by [HubConfig.Notify]; the host
// acts with Accept, Reply, Transfer and Close.
//
// What is kept is defined in package conversation. Names of it that hosts use are aliases here.
//
// # Lifecycle
//
// [NewHub] starts nothing. [Hub.Connect] proves an endpoint by a challenge and returns a Channel. [Hub.Handler] is the
// incoming API; the host mounts it. [Hub.Run] does all work until its context ends. Methods such as [Channel.Receive]
// and [Channel.Reply] only record, in one transaction of the [Store], and return. A crash between any two steps loses
// nothing, because the work that is left is recorded with the message that needs it.
//
// The hub does each piece of work at least once, under an id that does not change: an [Event] that Notify gets again has
// the same ID, and a message that is posted again has the same webhook-id. Messages of one visitor arrive in order, both
// ways. A visitor never waits for another visitor.
//
// Without HubConfig.Store everything is in memory (package memstore). Package sqlstore keeps it in PostgreSQL or SQLite,
// and lets several processes share the work.
//
// # Testing a host
//
// Give HubConfig a clock.Mock and a webhook client with a Transport of your own. Do something, move the clock, and call
// [Hub.RunDue]: it does all work that is due, in the caller's goroutine, and returns. Such a test needs neither Run nor
// a sleep.
//
// # Errors
//
// Methods return an [*Error] that wraps one of the package's sentinels where a caller may want to branch:
// [ErrNotFound], [ErrTaken], [ErrClosed], [ErrCapacity], [ErrSuspended], [ErrConflict], [ErrInvalid]. Other errors come
// from the Store or the context. No error holds a secret, a token or the text of a message.
//
// # Concurrency
//
// Hub and Channel are safe for concurrent use. The hub calls Notify, Presence, Routers and Observe from several
// goroutines and holds no lock meanwhile, so that they may call any method of the hub.
package channel
