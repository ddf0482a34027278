// Package visits simulates visits: visitors who write and repeat themselves, staff who come and go, sources and
// hosts that fail, processes that stop, die, lose touch with the store and start again over one [channel.Store].
// Afterwards it compares what everybody saw with what must always hold (section 7 of the design).
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
// clock, for stores that do real I/O and so cannot live in a bubble; examples/sql/tests does so on SQLite and
// PostgreSQL.
//
// # What it finds
//
// A failure tells the seed, what did not hold, and the last 40 lines of what happened to that conversation. Ten
// thousand visits, of 100 histories, are made by
//
//	go test ./internal/visits -run 'TestVisits$' -args -histories 100
//
// With one rule of the library broken at a time, it said:
//
//	the visitor is greeted with every message   seed 0: plain/v9: 3 welcomes, want 1, first of all
//	a second away text in one opening           seed 6: shop/v28: a second away text at 9 in one opening
//	away although somebody took over            seed 0: plain/v19: the away text m22 was posted after eve took over
//	a settlement without its token              seed 20: shop/v32: event 21 enquiry.transferred was told twice by processes that lived
//	events told after the lease ran out         seed 7: forum/v15: event 19 enquiry.waiting was told twice by processes that lived
//	an acceptance that leaves other offers      seed 0: plain/v20: event 6 enquiry.accepted: others who were offered were not told
//	one record told settles all                 seed 0: plain/v9: enquiry.offered at 4 was recorded and never told
//	one enquiry more than Capacity              seed 0: ann handles 2 enquiries, at most 1
//	a status that moves down                    seed 1: plain/v17: event 17 message.delivered: after message.read
//	a reply by another than the handler         seed 0: plain/v11: bob spoke at 14, handled by "cat"
//	Forget that blanks no records               seed 1: record 2 of enquiry 15 is left of a visitor who was forgotten
//
// What happens at the same moment in a bubble may happen in another order another time: a seed finds such a fault
// often, not always. Steps with Sequential are the same each time.
package visits
