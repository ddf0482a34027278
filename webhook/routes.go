package webhook

import (
	"container/list"
	"sync"
)

// routes keeps what was compiled of endpoints, one for each URL, the latest used.
type routes struct {
	most int

	mu     sync.Mutex
	byURL  map[string]*list.Element
	recent *list.List // of *route, the latest used first
}

func newRoutes(most int) *routes {
	return &routes{most: most, byURL: make(map[string]*list.Element), recent: list.New()}
}

// get returns what was compiled of this endpoint before, or nil.
func (rs *routes) get(e Endpoint) *route {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	place := rs.byURL[e.URL]
	if place == nil || !place.Value.(*route).made(e) {
		return nil
	}
	rs.recent.MoveToFront(place)
	return place.Value.(*route)
}

// put keeps a route in place of the one with its URL, or of the one that was not
// used for longest.
func (rs *routes) put(r *route) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	url := r.endpoint.URL
	if place := rs.byURL[url]; place != nil {
		place.Value = r
		rs.recent.MoveToFront(place)
		return
	}
	if rs.recent.Len() >= rs.most {
		oldest := rs.recent.Back()
		delete(rs.byURL, rs.recent.Remove(oldest).(*route).endpoint.URL)
	}
	rs.byURL[url] = rs.recent.PushFront(r)
}
