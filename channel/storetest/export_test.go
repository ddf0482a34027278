package storetest

import (
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// Patience is how long Run waits for what must not block.
const Patience = patience

// Rules returns every rule, as "chapter/name", and the words that it quotes.
func Rules() (names []string, says map[string]string) {
	says = map[string]string{}
	for _, ch := range contract() {
		for _, r := range ch.rules {
			name := ch.name + "/" + r.name
			names = append(names, name)
			says[name] = r.says
		}
	}
	return names, says
}

// Check holds a store to one rule, with a smaller crowd than Run.
func Check(tb testing.TB, name string, s conversation.Store, patience time.Duration) {
	tb.Helper()
	for _, ch := range contract() {
		for _, r := range ch.rules {
			if name == ch.name+"/"+r.name {
				r.run(tb, s, limits{patience: patience, crowd: 500})
				return
			}
		}
	}
	tb.Fatalf("there is no rule %q", name)
}

// The samples of the sub-tests about fidelity.
var (
	FullHead    = fullHead
	FullEnquiry = fullEnquiry
	FullRecord  = fullRecord
	Kinds       = kinds
)
