// Package routing decides who should answer an enquiry: it turns what an administrator sets in a form into exact,
// explained decisions.
//
// # Concepts
//
// A [Rule] is data. Rules nest, and can be stored as JSON ([ParseRule], [MarshalRule]):
//
//   - [Destination]: offer to one staff member, team or bot, made by [Staff], [Team] and [Bot].
//   - [Alternative]: the first in order who can be offered to.
//   - [Percentage]: split the enquiries, exactly.
//   - [Time]: by the wall clock of a time zone, with holidays and special hours.
//   - [Sticky]: whoever served the visitor last, while they are remembered.
//   - [Group]: distribute among members, in fixed order, by turns, to the most idle, or to all at once.
//   - [Custom]: a Router of the host.
//
// A [Router] is behaviour: given an [Enquiry] and a [Presence] it returns a [Decision]. [New] makes a [Plan] of a
// rule, which is a Router. A host can write its own; [RouterFunc] makes one of a function.
//
// A [Presence] tells who can take an enquiry now. [Roster] is one in memory; [Everyone], which a nil Presence means,
// has everybody there.
//
// # Deciding
//
// A decision is an [Outcome] and, if that is [Offer], the destinations to offer to together. Nothing is remembered
// about an enquiry: when an offer is declined or not answered in time, Route is asked again with that destination
// added to [Enquiry.Tried], until somebody accepts or nobody is left. Who is there is looked at afresh each time.
//
// Destinations that are not available or were tried are passed over at once, without waiting for them. The first
// offer that any branch of the plan yields wins. Without one the outcome is [NoneAvailable] if an open branch holds
// somebody who was not tried yet: wait until presence changes, and route again. It is [Exhausted] if all in open
// branches were tried, and [Closed] if every branch is outside its hours; then [Decision.NextOpening] says when
// that ends.
//
// Every decision explains itself: [Decision.Reasons] lists the steps that led to it, each with the path of its rule
// and a stable code, and [Decision.String] puts them into one line.
//
// # Looking ahead
//
// [Plan.Peek] is Route without consequences. [Plan.NextOpening], [Plan.InForce] and [Plan.NextChange] answer for any
// moment. [Plan.Findings] tells what in a rule is allowed but probably not meant, like a window to 23:59. [Diff] tells
// what a new rule changes in a week, and [github.com/usherchat/usher/routing/simulation] how it would have fared with
// last month's enquiries.
//
// # Lifecycle
//
// A rule is checked once, by New. When the administrator saves another one, [Plan.With] makes its plan and keeps the
// counters of percentages that stayed equal and the turns of groups with the same ID. The host swaps plans as it
// likes; nothing needs to be closed. Counters live in memory: each process and each start begins anew, so with several
// processes each one keeps the percentages by itself.
//
// # Errors
//
// New and ParseRule report everything that is wrong, joined, each as a *[RuleError] with the path of the part:
//
//	then.conditions[0].then.shares: percentages add up to 99, not 100
//
// Route returns the error of a context that ended, and the error of a [Custom] that failed if nobody else could be
// offered to. It never panics, whatever the plan, the presence or the enquiry.
//
// # Concurrency
//
// Rules are immutable. Plans, rosters and decisions are safe for concurrent use. Routing takes no lock and, but for
// sticky hits and partial simultaneous offers, allocates nothing; it costs about as much as reading the clock twice.
package routing
