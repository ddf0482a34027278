// Package storetest checks that a [conversation.Store] keeps its contract.
//
// # Concepts
//
// The comments on [conversation.Store], [conversation.Look], [conversation.Want] and [conversation.Conversation] are the
// contract of a store. [Run] has a sub-test for each sentence of it, which quotes the sentence when it fails. The sub-tests
// change conversations as a hub does, but only a few fields, a record and a lane.
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
// If several processes may share the data of a store, it implements [Opener] in its test. Sub-tests about contention then
// use several stores over the same data, and a store that is opened later has to find what was recorded. Without Opener
// they use the one store from several goroutines.
//
// # What a store may do
//
// A store may run a change several times, on any goroutine, if two runs of one call never overlap. Of a [time.Time] it
// may lose the monotonic clock, the location and the part below a microsecond, in all places alike, so that equal
// instants stay equal. It may return nil for an empty slice or map. Texts are valid UTF-8 without NUL, and it returns
// them to the byte. It compares and orders identifiers byte by byte.
//
// # Lifecycle
//
// Run asks for a new, empty store for every sub-test; the store ends with the sub-test.
//
// # Errors
//
// A failure names the rule and quotes the sentence of the contract that was broken.
//
// # Concurrency
//
// Sub-tests run one after the other. Many of them call the store from several goroutines.
package storetest
