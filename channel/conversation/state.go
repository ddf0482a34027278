package conversation

import "time"

// ChannelState is what all processes have to know of a channel.
type ChannelState struct {
	Proofs    []Proof   `json:"proofs,omitempty"`
	Suspended bool      `json:"suspended,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Epoch     int64     `json:"epoch,omitempty"` // grows with each Resume
	ResumedAt time.Time `json:"resumed_at,omitzero"`
	Reroute   bool      `json:"reroute,omitempty"` // open enquiries are still to be routed afresh after a Resume
}

// Proof says that an endpoint has answered a challenge. It reveals neither the URL's query nor a secret.
type Proof struct {
	URL     string    `json:"url"`     // a hash
	Secrets []string  `json:"secrets"` // fingerprints
	At      time.Time `json:"at"`
}

// Interrupted reports whether the channel was suspended since that routing began. What a process began just after
// Resume, and before it knew, was not.
func (s *ChannelState) Interrupted(r *Routing) bool {
	return r.Epoch < s.Epoch && !r.Since.After(s.ResumedAt)
}
