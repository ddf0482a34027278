package conversation

import "time"

// ChannelState is the state of a channel that all processes share. The zero value is a channel that is neither proved nor
// suspended.
type ChannelState struct {
	Proofs    []Proof   `json:"proofs,omitempty"` // endpoints that have answered a challenge, at most 8
	Suspended bool      `json:"suspended,omitempty"`
	Reason    string    `json:"reason,omitempty"` // of the suspension
	Epoch     int64     `json:"epoch,omitempty"`  // grows with each Resume
	ResumedAt time.Time `json:"resumed_at,omitzero"`
	Reroute   bool      `json:"reroute,omitempty"` // open enquiries are still to be routed afresh after a Resume
}

// Proof says that an endpoint has answered a challenge. It reveals neither the URL's query nor a secret.
type Proof struct {
	URL     string    `json:"url"`     // a hash
	Secrets []string  `json:"secrets"` // fingerprints
	At      time.Time `json:"at"`
}

// Interrupted reports whether the channel was suspended since that routing began. A routing that a process began after
// Resume, before it knew the new epoch, was not interrupted.
func (s *ChannelState) Interrupted(r *Routing) bool {
	return r.Epoch < s.Epoch && !r.Since.After(s.ResumedAt)
}
