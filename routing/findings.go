package routing

// Finding is something in a rule that is allowed but probably not meant.
type Finding struct {
	Path string `json:"path,omitempty"`
	Code string `json:"code"`
	Text string `json:"text"`
}

// Findings tells what in the plan is allowed but probably wrong.
func (p *Plan) Findings() []Finding {
	return nil
}
