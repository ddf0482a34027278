// Package conversation is what is kept of a conversation between one visitor and one channel, and the [Store] that keeps
// it. It is data: what happens to a conversation is decided by package channel's rules, and done by its hub. Authors of
// a Store and programs that wrap one import this package; other hosts find the names that they need in package channel.
//
// # Concepts
//
// A [Conversation] is a [Head] with a log of [Record] values. The Head is the present state: the visitor, the latest
// [Enquiry], and how far the search for a handler has come ([Routing]). The log is the past: each Record is a message, an
// event for the host, or both. Records are numbered by Seq, from 1.
//
// A [Store] hands a Conversation to a function, which changes it; then the Store records the change.
//
// # Glossary
//
//   - lane: one kind of work of a conversation ([Lane]). LaneRoute decides, LaneNotify tells the host, LaneDeliver posts
//     to the source. Each has a [Cursor]: its place in the log. Lanes do not wait for each other.
//   - due: when a lane has work to do. A Store finds due lanes by [Cursor.Next].
//   - lease: the right of one process to work on a lane, for ten seconds at a time. A process renews the leases of work
//     that takes longer. When a process dies its leases run out, and the lanes are due again.
//   - token, fence: each lease has a token that is higher than the one before it. A process settles its work only if the
//     token is still its own. This is the fence: a process that lost its lease can change nothing.
//   - settle: to record what came of a piece of work, and to give its lease back.
//   - offer: an enquiry was offered to destinations, and waits for one of them to accept it.
//   - superseded: an automatic text that became wrong before it was sent: an away text after a staff member took the
//     enquiry, a closing text after the visitor wrote again. It is not sent.
//   - claim: a change of how many enquiries a staff member handles ([Claim]). The Store enforces the capacity.
//   - epoch: how often a channel was resumed. Routing that began in an earlier epoch begins anew.
//   - generation: drawn at random when a conversation is first recorded, and part of every id in it. After a visitor was
//     forgotten no id is given a second time.
//   - once: a key that is unique in a conversation. It makes a repeated message a duplicate.
//
// # Lifecycle
//
// Nothing here starts a goroutine or needs closing.
//
// # Errors
//
// The errors of this package are sentinels, matched with errors.Is. Rules return all of them; a Store returns
// [ErrCapacity] and [ErrConflict].
//
// # Concurrency
//
// Values are plain data. Several goroutines may share the slices, maps and pointers in them: a change replaces such a
// value and never writes through it.
package conversation
