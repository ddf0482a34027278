// Package simulation shows how a rule would have fared: a plan routes a stream of enquiries, recorded or made up, in
// simulated time, and the simulation counts the outcomes.
//
// [Simulate] is the one function. A host gives it last month's enquiries and the presence of staff. Before the rule is
// saved, the administrator sees how many enquiries would have been accepted, missed and closed, how long they would have
// waited, and how many each destination would have got. [routing.Diff] lists what a new rule changes in a week; a
// simulation shows what that means for visitors.
//
// # Concurrency
//
// A simulation runs in its caller's goroutine. Several can run at once, of the same plan too.
package simulation
