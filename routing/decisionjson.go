package routing

import (
	"encoding/json"
	"time"
)

// decisionJSON is the stored form of a Decision.
type decisionJSON struct {
	Outcome      Outcome       `json:"outcome"`
	Destinations []Destination `json:"destinations,omitempty"`
	Wait         string        `json:"wait,omitempty"`
	NextOpening  time.Time     `json:"next_opening,omitzero"`
	Reasons      []Reason      `json:"reasons,omitempty"`
}

// MarshalJSON writes the decision with its reasons, for records and for people:
// {"outcome":"offer","destinations":[…],"wait":"20s","reasons":[…]}.
func (d Decision) MarshalJSON() ([]byte, error) {
	return json.Marshal(decisionJSON{
		Outcome: d.Outcome, Destinations: d.Destinations, Wait: waitText(d.Wait), NextOpening: d.NextOpening, Reasons: d.Reasons(),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Decision) UnmarshalJSON(data []byte) error {
	var j decisionJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	read := Decision{Outcome: j.Outcome, Destinations: j.Destinations, NextOpening: j.NextOpening}
	if j.Wait != "" {
		wait, err := time.ParseDuration(j.Wait)
		if err != nil {
			return err
		}
		read.Wait = wait
	}
	*d = read.Because(j.Reasons...)
	return nil
}
