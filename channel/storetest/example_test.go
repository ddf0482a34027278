package storetest_test

import (
	"fmt"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/storetest"
)

// myStore is a store of your own. Here another one does its work.
type myStore struct{ channel.Store }

// Open implements storetest.Opener: several stores can work on the same data, as several processes do.
func (s myStore) Open(testing.TB) channel.Store { return myStore{s.Store} }

// Beside your store, a test calls Run. It makes a new store for every sentence of the contract:
//
//	go test -run TestStore -v            # all of them, each by its name
//	go test -run TestStore/Due -short    # those about one method, with smaller crowds
func Example() {
	testStore := func(t *testing.T) { //nolint:thelper // in your package: func TestStore(t *testing.T)
		storetest.Run(t, func(tb testing.TB) channel.Store {
			tb.Helper()
			s := myStore{channel.NewMemStore()} // empty: a database of its own, or tables with another prefix
			tb.Cleanup(func() {})               // and gone when the test is over
			return s
		})
	}
	fmt.Printf("TestStore is a %T\n", testStore)
	// Output:
	// TestStore is a func(*testing.T)
}
