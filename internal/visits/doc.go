// Package visits simulates visits: visitors who write and repeat themselves, staff who come and go, sources and
// hosts that fail, processes that stop, die and start again over one [channel.Store]. Afterwards it compares what
// everybody saw with what must always hold (section 7 of the design).
//
// # Concepts
//
// A history is made of a seed: the same seed makes the same choices. What is done, told and posted goes into a
// journal, and after a quiet end in which everything that is still due has been done, the checks read the journal
// and the store. They know the rules of a conversation, not the library's code: they replay the events of each
// conversation through a small machine of their own and count messages, texts and numbers themselves.
//
// # Time
//
// [Live] lets Run work in a testing/synctest bubble, with all its concurrency. [Stepped] drives RunDue with a fake
// clock, for stores that do real I/O and so cannot live in a bubble.
package visits
