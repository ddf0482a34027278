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
// Rules of the library were broken one at a time, in histories of TestSteps from seed 0 on. The first seed that found
// it, each time, and what was said (another choice in the simulation makes other histories of the same seeds):
//
//	every message is greeted                0   shop/v20: 4 welcomes, want 1, first of all
//	away is said again in one opening      20   shop/v16: a second away text at 16 in one opening
//	away is said after somebody took over    2   shop/v6: the away text m8 was posted after cat took over
//	an acceptance leaves the other offers   0   shop/v0: event 7 enquiry.accepted: others who were offered were not told
//	one event that was told settles all     0   plain/v24: enquiry.offered at 4 was recorded and never told
//	one enquiry more than Capacity          0   ann handles 2 enquiries, at most 1
//	a receipt moves a status down           0   plain/v0: event 17 message.delivered: after message.read
//	anybody replies, not the handler alone  0   plain/v24: eve spoke at 8, handled by "ann"
//	Forget leaves what was said             1   plain/: record 2 of enquiry 3 is left of a visitor who was forgotten
//
// Two need the concurrency of TestVisits, where what happens in one moment may happen in another order next time, so
// that a seed finds them often but not always; 60 histories found each of them nine times:
//
//	a settlement does not ask for its token 22   shop/v6: event 17 enquiry.offered was told twice by processes that lived
//	events are told after the lease ran out  0   shop/v26: event 2 message.received was told twice by processes that lived
package visits
