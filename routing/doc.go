// Package routing decides who should answer an enquiry: it turns what an administrator sets in a form into exact,
// explained decisions.
//
// # Concepts
//
// A [Rule] is data. Rules nest, and can be stored as JSON ([ParseRule], [MarshalRule]):
//
//   - [Destination]: offer to one staff member, team or bot, made by [Staff], [Team] and [Bot].
//   - [Alternative]: the first in order that can be offered.
//   - [Percentage]: split the enquiries, exactly.
//   - [Time]: by the wall clock of a time zone, with holidays and special hours.
//   - [Sticky]: the staff member who served the visitor last, for some time.
//   - [Group]: distribute among members, in fixed order, by turns, to the most idle, or to all at once.
//   - [Custom]: a Router of the host.
//
// A [Router] is behaviour: given an [Enquiry] and a [Presence] it returns a [Decision]. [New] makes a [Plan] of a
// rule, which is a Router. A host can write its own; [RouterFunc] makes one of a function.
//
// A [Presence] says whether a destination can take an enquiry now. [Roster] is one in memory. A nil Presence means
// [Everyone]: all destinations are available.
//
// # Deciding
//
// A decision is an [Outcome] and, if that is [Offer], the destinations to offer the enquiry to together. A Router keeps
// nothing about an enquiry. When an offer is declined or not answered in time, the caller adds its destinations to
// [Enquiry.Tried] and calls Route again, until a destination accepts or none is left. Route asks the presence afresh each
// time.
//
// Route passes over destinations that are not available or were tried, without waiting for them. The first branch of the
// plan that yields an offer wins. If no branch does, the outcome is
//
//   - [NoneAvailable] if an open branch holds a destination that was not tried: wait until presence changes, and route
//     again;
//   - [Exhausted] if all destinations of open branches were tried;
//   - [Closed] if every branch is outside its hours. [Decision.NextOpening] says when that ends.
//
// Every decision explains itself: [Decision.Reasons] lists the steps that led to it, each with the path of its rule and a
// stable code. [Decision.String] puts them into one line.
//
// # Looking ahead
//
// [Plan.Peek] decides as Route does and moves no counter. [Plan.NextOpening], [Plan.InForce] and [Plan.NextChange] answer
// for any moment. [Plan.Findings] lists what is allowed in a rule but probably a mistake, such as a window to 23:59.
// [Diff] lists what a new rule changes in a week. [github.com/usherchat/usher/routing/simulation] shows how a rule would
// have fared with last month's enquiries.
//
// # Lifecycle
//
// New checks a rule once. When the administrator saves another rule, [Plan.With] makes its plan and keeps the counters of
// percentages that stayed equal and the turns of groups with the same ID. The host may replace a plan at any time;
// nothing needs to be closed. Counters are in memory: they begin anew with each process, and each of several processes
// keeps the percentages by itself.
//
// # Errors
//
// New and ParseRule return all faults joined, each as a *[RuleError] with the path of the part:
//
//	then.conditions[0].then.shares: percentages add up to 99, not 100
//
// Route returns the error of a context that ended. It returns the error of a [Custom] that failed only if no other
// destination could be offered. It never panics, whatever the plan, the presence or the enquiry.
//
// # Concurrency
//
// Rules are immutable. Plans, rosters and decisions are safe for concurrent use. Routing takes no lock. It allocates
// nothing, except for sticky hits and simultaneous offers to a part of a group. It takes about as long as reading the
// clock twice.
package routing
