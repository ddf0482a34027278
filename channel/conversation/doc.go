// Package conversation is what is kept of a conversation between one visitor and one channel, and the [Store] that keeps
// it. It is data: what happens to a conversation is decided by package channel's rules, and done by its hub. Authors of
// a Store and programs that wrap one import this package; other hosts find the names that they need in package channel.
//
// # Concepts
//
// A [Conversation] is a [Head] with a log of [Record] values. The Head says how things stand: who the visitor is, which
// [Enquiry] is the latest, how far the search for somebody who answers has come ([Routing]). The log says what happened:
// each Record is a message, an event for the host, or both. Every Record has the next Seq of its conversation.
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
//   - superseded: an automatic text that was overtaken by events before it was sent: an away text after somebody took
//     the enquiry, a closing text after the visitor wrote again. It is not sent.
//   - claim: a change of how many enquiries a staff member handles ([Claim]). The Store enforces the capacity.
//   - epoch: how often a channel was resumed. Routing that began in an earlier epoch begins anew.
//   - generation: drawn at random when a conversation is first recorded, and part of every id in it. After a visitor was
//     forgotten no id is given a second time.
//   - once: a key that is unique in a conversation. It makes a repeated message a duplicate.
//
// # Concurrency
//
// Values are plain data. Slices and pointers in them are shared and never written through: a change replaces them.
package conversation
