// Package storetest checks that a [conversation.Store] keeps its contract.
//
// # Concepts
//
// [Run] holds the store to the comments on [conversation.Store], [conversation.Look], [conversation.Want] and
// [conversation.Conversation]: every sentence has a sub-test of its own, which quotes it when it fails. The sub-tests
// change conversations the way a hub does, but in the plainest form: a few fields, a record, a lane.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(tb testing.TB) conversation.Store {
//			db := openEmptyDatabase(tb)
//			return mystore.New(db)
//		})
//	}
//
// Package channel calls the same type channel.Store. A single rule is checked with go test -run 'TestStore/Due/…'.
//
// # Several users
//
// A store that several processes share implements [Opener] in its test: the sub-tests that are about contention
// then work through several stores over the same data, and what is recorded has to be there for a store that was
// opened afterwards. Without it they use the one store from several goroutines.
//
// # What a store may do
//
// It may run a change several times, on any goroutine, as long as two runs of one call never overlap. Of a
// [time.Time] it may lose the monotonic clock, the location and what is below a microsecond, everywhere alike:
// instants that were equal stay equal. Empty and nil slices and maps are the same. Texts are valid UTF-8 without
// NUL and come back to the byte; identifiers are told apart to the byte, and ordered by it.
package storetest
