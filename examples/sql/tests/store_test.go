package tests_test

import (
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/storetest"
)

// TestStore holds the stores to the contract, with several processes' stores over one database.
func TestStore(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			storetest.Run(t, func(tb testing.TB) channel.Store {
				p := e.fresh(tb)
				return &shared{p.store(tb), p}
			})
		})
	}
}
