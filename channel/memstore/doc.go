// Package memstore keeps conversations in the memory of one process: for development and for tests. Everything is lost
// with the process.
//
// # Concepts
//
// A [Store] holds conversations, enquiries and records as plain Go values, indexed by maps, sorted slices and heaps.
// Nothing is packed and nothing is dropped, so that a debugger shows what is recorded. A store that keeps what it is
// given in a database is in package sqlstore.
//
//	hub, err := channel.New(channel.HubConfig{Store: memstore.New(), Notify: notify})
//
// # What it costs
//
// A conversation with nothing to do takes some 3.3 KB of heap after one message, 5.8 KB after four and 38 KB after
// forty: go test -run '^$' -bench Idle ./channel/memstore. An Update takes time that does not depend on how long the
// conversation is or how many there are. A page of Enquiries takes as long among 100 000 as among 1 000, if the query
// names no status, staff member or destination: those are found by looking at each enquiry, the newest first.
//
// # Concurrency
//
// Changes of one conversation wait for each other; those of different ones run together. One lock guards all that is
// recorded; it is held while something is looked up or recorded, never while a change runs or a list yields. A change
// runs once.
package memstore
