package source

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/usherchat/usher/examples/livechat/live"
)

// Bounds of what a chat keeps.
const (
	maxLines = 500 // the oldest go first
	maxKept  = 400
)

// line is one line of a chat's log: something said, or news about something said before. The page draws the chat by
// reading the lines in order, so one that comes back after a pause only asks for those after the last it has seen.
type line struct {
	N    int64     `json:"n"` // grows within the chat
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`           // "message", "mark" or "state"
	From string    `json:"from,omitempty"` // of a message: visitor, staff, bot or auto
	Name string    `json:"name,omitempty"` // the staff's, as the channel's settings let it be seen
	Ref  string    `json:"ref,omitempty"`  // of a mark: the message
	Mark string    `json:"mark,omitempty"` // of a mark: sent or failed; of a state: accepted or closed

	Message *message `json:"message,omitempty"`
}

// chat is one visitor's chat as the source keeps it.
type chat struct {
	id   string // the visitor's id too
	key  [sha256.Size]byte
	feed live.Feed
	// turn is held while a message travels to the incoming API, so that a visitor's messages arrive in the order
	// in which they were written. Capacity 1.
	turn chan struct{}

	mu     sync.Mutex
	name   string
	locale string
	lines  []line
	last   int64
	used   time.Time
	typist string // who of the staff typed last
}

// What a page can be told of.
var (
	logKey    = live.Key{Kind: "log"}
	typingKey = live.Key{Kind: "typing"}
)

// say puts a message at the end, unless one of the same side has its id.
func (c *chat) say(from, name string, m message) {
	c.mu.Lock()
	known := slices.ContainsFunc(c.lines, func(l line) bool {
		return l.Kind == "message" && l.Message.ID == m.ID && (l.From == "visitor") == (from == "visitor")
	})
	if !known {
		c.add(line{Kind: "message", From: from, Name: name, Message: &m})
	}
	c.mu.Unlock()
	c.feed.Changed(logKey)
}

// mark adds news about a message of the visitor.
func (c *chat) mark(ref, mark string) {
	c.mu.Lock()
	c.add(line{Kind: "mark", Ref: ref, Mark: mark})
	c.mu.Unlock()
	c.feed.Changed(logKey)
}

// state adds news about the conversation.
func (c *chat) state(state, name string) {
	c.mu.Lock()
	c.add(line{Kind: "state", Mark: state, Name: name})
	c.mu.Unlock()
	c.feed.Changed(logKey)
}

// types tells the page that staff is typing.
func (c *chat) types(name string) {
	c.mu.Lock()
	c.typist = name
	c.mu.Unlock()
	c.feed.Changed(typingKey)
}

// add is called with mu locked.
func (c *chat) add(l line) {
	c.last++
	l.N, l.At = c.last, time.Now()
	c.used = l.At
	if len(c.lines) >= maxLines {
		c.lines = slices.Delete(c.lines, 0, len(c.lines)-maxKept)
	}
	c.lines = append(c.lines, l)
}

// after returns the lines after n.
func (c *chat) after(n int64) []line {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, _ := slices.BinarySearchFunc(c.lines, n, func(l line, n int64) int { return int(l.N - n - 1) })
	return slices.Clone(c.lines[i:])
}

// person is the visitor as the incoming API wants to know them.
func (c *chat) person() visitor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return visitor{ID: c.id, Name: c.name, Locale: c.locale}
}

func (c *chat) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = time.Now()
}
