// Package simulation tells how a rule would have fared: it lets a plan route a stream of enquiries, recorded or made
// up, in simulated time, and counts what becomes of them.
//
// [Simulate] is the one function. A host feeds it last month's enquiries and who was there, and shows the
// administrator how many would have been accepted, missed and closed, how long they would have waited, and what each
// destination would have got, before the rule is saved. [routing.Diff] tells what a new rule changes in a week;
// this tells what that does to visitors.
//
// # Concurrency
//
// A simulation runs in its caller's goroutine. Several can run at once, of the same plan too.
package simulation
