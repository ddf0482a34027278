// Package source is the third party: a company's own app, with a chat window for its visitors, that lets a chat
// backend answer. It knows nothing of the backend but an address, an access token and a secret, and it speaks with
// it in plain HTTP: visitors' messages go out to the incoming API (outbound.go), replies come in to the webhook
// (webhook.go). What its pages ask for is in pages.go.
package source

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/usherchat/usher/webhook"
)

// Config is what the operator of the source enters.
type Config struct {
	API     string           // the channel's incoming API, without a slash at the end
	Token   string           // one of its access tokens
	Secrets []webhook.Secret // with which the backend signs what it posts to us
	Client  *http.Client     // nil = one with a time-out of 10 s
	Logger  *slog.Logger     // nil = nothing is logged
}

// maxChats bounds the memory: beyond it, chats that nobody looks at are forgotten, the longest unused first.
const maxChats = 2000

// errFull: every chat is being looked at.
var errFull = errors.New("too many chats at once")

// Source is the third party. Its methods are safe for concurrent use.
type Source struct {
	config   Config
	receiver http.Handler
	fault    fault

	mu    sync.Mutex
	chats map[string]*chat
}

// New returns a source without any chat.
func New(c Config) (*Source, error) {
	if c.Client == nil {
		c.Client = client()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Source{config: c, chats: map[string]*chat{}}
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{Secrets: c.Secrets, Handle: s.receive, Logger: c.Logger})
	if err != nil {
		return nil, err
	}
	s.receiver = receiver
	return s, nil
}

// client keeps connections to the one server that it talks to; the default keeps two, and many visitors at once would
// open and close one for each message.
func client() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Client{Timeout: 10 * time.Second}
	}
	transport = transport.Clone()
	transport.Proxy = nil
	transport.MaxIdleConnsPerHost = 64
	return &http.Client{Timeout: 10 * time.Second, Transport: transport}
}

// Handler is the source's server: what its pages ask for, and the webhook. The pages themselves are files.
func (s *Source) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /chats", s.begin)
	mux.HandleFunc("GET /chats/{chat}/stream", s.mine(s.stream))
	mux.HandleFunc("POST /chats/{chat}/messages", s.mine(s.message))
	mux.HandleFunc("POST /chats/{chat}/typing", s.mine(s.typing))
	mux.HandleFunc("POST /chats/{chat}/receipts", s.mine(s.receipts))
	mux.HandleFunc("PUT /chats/{chat}/locale", s.mine(s.locale))
	mux.Handle("POST /webhook", s.fault.wrap(s.receiver))
	mux.HandleFunc("POST /broken/{how}", broken)
	return mux
}

// open makes a chat and the key that opens it.
func (s *Source) open(name, locale string) (*chat, string, error) {
	key := rand.Text()
	c := &chat{
		id: "v-" + rand.Text()[:16], key: sha256.Sum256([]byte(key)), name: name, locale: locale,
		turn: make(chan struct{}, 1), used: time.Now(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.chats) >= maxChats && !s.forgetOne() {
		return nil, "", errFull
	}
	s.chats[c.id] = c
	return c, key, nil
}

// forgetOne drops the chat that was unused longest; s.mu is locked.
func (s *Source) forgetOne() bool {
	var oldest *chat
	var since time.Time
	for _, c := range s.chats {
		if c.feed.Len() > 0 {
			continue
		}
		c.mu.Lock()
		if oldest == nil || c.used.Before(since) {
			oldest, since = c, c.used
		}
		c.mu.Unlock()
	}
	if oldest == nil {
		return false
	}
	delete(s.chats, oldest.id)
	return true
}

// find returns a chat.
func (s *Source) find(id string) (*chat, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.chats[id]
	return c, ok
}

// opens reports whether key opens the chat, in constant time.
func (c *chat) opens(key string) bool {
	got := sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(got[:], c.key[:]) == 1
}
