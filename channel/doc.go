// Package channel takes in visitors from outside messaging channels, shows each enquiry to the right staff, and
// carries their replies back.
//
// # Concepts
//
// A [Channel] is one connected source with its [Settings]. A visitor on it has one conversation for ever, in
// strict order; an [Enquiry] is one matter in it. It is Opened by a visitor's message, routed and offered to
// destinations, Handling once somebody has accepted it, and Closed; or Missed, when nobody could be offered it in
// time, and perhaps followed up. The host, the application that embeds this package, is told of everything by
// [HubConfig.Notify], and acts with Accept, Reply, Transfer and Close.
//
// # Lifecycle
//
// [NewHub] starts nothing. [Hub.Connect] proves an endpoint by a challenge and returns a Channel; [Hub.Handler] is
// the incoming API to mount. [Hub.Run] does all work until its context ends. Methods like [Channel.Receive] and
// [Channel.Reply] only record, in one transaction of the [Store], and return: a crash between any two steps loses
// nothing, because what remains to be done is part of what is recorded.
//
// Work is at least once, and known by ids that do not change: an [Event] that is told again has the same ID, and
// what is posted again the same webhook-id. Messages of one visitor arrive in order, both ways, and different
// visitors never wait for each other.
//
// With [NewMemStore], everything is in memory. The stores of channel/sqlstore keep it in PostgreSQL or SQLite, and
// let several processes share the work.
//
// # Testing a host
//
// Give HubConfig a clock.Mock and a webhook client with a Transport of your own, do something, add to the clock,
// and call [Hub.RunDue]: it does all that is due in your goroutine and returns, so that a test needs neither Run
// nor a sleep.
//
// # Errors
//
// Methods return an [*Error] that wraps one of the package's sentinels where a caller may want to branch:
// [ErrNotFound], [ErrTaken], [ErrClosed], [ErrCapacity], [ErrSuspended], [ErrConflict], [ErrInvalid]. Everything
// else comes from the Store or the context. No error holds a secret, a token or the text of a message.
//
// # Concurrency
//
// Hub and Channel are safe for concurrent use. Notify, Presence, Routers and Observe are called from several
// goroutines, never while a lock is held, and may call back.
package channel
