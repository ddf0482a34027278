package channel

import (
	"sync"

	"github.com/usherchat/usher/routing"
)

// planCache holds the plans of transfers, so that repeated transfers by the same rule share their counters.
type planCache struct {
	mu sync.Mutex
	by map[string]*routing.Plan
}

// maxPlans bounds the cache; beyond it, it begins anew.
const maxPlans = 256

func (p *planCache) get(rule []byte) (*routing.Plan, error) {
	p.mu.Lock()
	plan := p.by[string(rule)]
	p.mu.Unlock()
	if plan != nil {
		return plan, nil
	}
	r, err := routing.ParseRule(rule)
	if err != nil {
		return nil, err
	}
	if plan, err = routing.New(r); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.by) >= maxPlans || p.by == nil {
		p.by = map[string]*routing.Plan{}
	}
	p.by[string(rule)] = plan
	return plan, nil
}
