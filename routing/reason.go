package routing

// Reason is one step of how a [Decision] came about.
type Reason struct {
	// Rule is the path of the rule, as in the errors of [New]: "then.conditions[0].then"; "" is the
	// outermost rule.
	Rule string `json:"rule,omitempty"`
	// Code is stable: one of the Code constants, or what a Router of the host chose.
	Code string `json:"code"`
	// Text says it in English, for staff. Its wording may change.
	Text string `json:"text,omitempty"`
}

// The codes of the library's own reasons.
const (
	CodeOffered     = "offered"     // this destination, or these members, are offered the enquiry
	CodeMatched     = "matched"     // this condition, sticky person or alternative holds
	CodeNoMatch     = "no_match"    // nothing in this rule holds or can be offered to
	CodeUnavailable = "unavailable" // offline, busy or not known
	CodeFull        = "full"        // at capacity
	CodeTried       = "tried"       // was offered the enquiry before
	CodeExpired     = "expired"     // sticky: the last time is too long ago
	CodeShare       = "share"       // percentage: the share whose turn it is
	CodeSameShare   = "same_share"  // percentage: a further offer stays in the share of the one before
	CodeNextShare   = "next_share"  // percentage: the share before had nobody, this one is next in order
	CodeDate        = "date"        // time: a rule for this date holds
	CodeOtherwise   = "otherwise"   // time: no condition holds, so Otherwise decides
	CodeClosed      = "closed"      // outside opening hours
	CodeAsked       = "asked"       // a Router of the host has decided
	CodeFailed      = "failed"      // a Router of the host failed or panicked and was passed over
	CodeNotAsked    = "not_asked"   // a Router of the host was only looked at, and cannot be without asking it
	CodeAbbreviated = "abbreviated" // more steps were taken than a decision keeps
)
