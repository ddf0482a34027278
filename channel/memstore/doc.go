// Package memstore keeps conversations in the memory of one process: for development and for tests. Everything is lost
// with the process.
//
// # Concepts
//
// A [Store] holds conversations, enquiries and records as plain Go values, indexed by maps, sorted slices and heaps.
// It packs nothing and drops nothing, so that a debugger shows what is recorded. Package sqlstore keeps conversations in
// a database.
//
//	hub, err := channel.NewHub(channel.HubConfig{Store: memstore.New(), Notify: notify})
//
// # What it costs
//
// A conversation with nothing to do takes some 3.3 KB of heap after one message, 5.8 KB after four and 38 KB after
// forty: go test -run '^$' -bench Idle ./channel/memstore. An Update takes time that does not depend on how long the
// conversation is or how many there are. A page of Enquiries takes as long among 100 000 as among 1 000, if the query
// names no status, staff member or destination; for those the Store looks at each enquiry, the newest first.
//
// # Lifecycle
//
// A Store starts no goroutine and has nothing to close.
//
// # Errors
//
// A Store returns the error of the change, the error of the context, and [conversation.ErrCapacity] and
// [conversation.ErrConflict].
//
// # Concurrency
//
// Changes of one conversation wait for each other; changes of different conversations run together. One lock guards all
// that is recorded. The Store holds it while it reads or records, and never while a change runs or a list yields. A
// change runs once.
package memstore
