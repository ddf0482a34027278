// Package sqlstore keeps conversations in a database: SQLite on one machine, PostgreSQL for any number of them.
// Nothing that was accepted is lost when a process, or the database itself, dies at any moment.
//
//	db, err := sql.Open("pgx", dsn) // the host chooses and imports the driver
//	…
//	store, err := sqlstore.New(db, sqlstore.PostgreSQL)
//	…
//	if err := store.Migrate(ctx); err != nil { … }
//	hub, err := channel.NewHub(channel.HubConfig{Store: store, Notify: notify})
//
// # Concepts
//
// A [Store] is a [channel.Store] over database/sql. It imports no driver and opens no database. It is tested with the
// drivers modernc.org/sqlite and github.com/jackc/pgx/v5/stdlib. Others work if they take the parameters of their
// database as it writes them (?1, $1) and pass texts as texts.
//
// Changes that are made at the same time share a transaction. A caller that finds no batch at work takes all changes
// that wait as its batch; their callers wait for the outcome. So a batch is larger the busier the process is, and a
// caller that is alone never waits for company. On PostgreSQL a batch is a single statement, unless a new enquiry is
// numbered or enquiries of staff are counted in it. On SQLite one writer at a time writes the batch row by row.
//
// Conversations in use are kept in memory ([Config].Cache), so that work on them reads nothing. A change is recorded only
// if the row still is what the change began with. If another process was faster, the Store reads the conversation and
// makes the change again.
//
// # Lifecycle
//
// [Store.Migrate] makes the tables and brings them up to date: call it at every start. [Store.Prune] removes
// enquiries that were closed long ago. A Store has nothing to close; the host closes its sql.DB after Hub.Run has
// returned.
//
// # SQLite
//
// One file, one machine, several processes if need be. Migrate switches the file to WAL. The data source name sets
// these for every connection:
//
//	pragma              value   why
//	busy_timeout        5000    milliseconds to wait for another process instead of failing
//	synchronous         FULL    commits survive a power cut; with NORMAL the last ones may be lost, though not in a crash of
//	                            the process
//	cache_size          -16000  16 MB of the file in memory: less costs reading once very many conversations are stored,
//	                            more costs time, because SQLite looks through all of it at most commits
//	wal_autocheckpoint  16000   pages, 64 MB: among 100 000 conversations a fifth less time than the default of 4 MB
//
// With modernc.org/sqlite for example:
//
//	file:usher.db?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16000)
//
// The changes of a process take turns, so that one connection makes them all and keeps its pages of the file in memory.
// One connection is enough. With a few more, a program that reads transcripts or the overview does not wait for changes.
//
// # PostgreSQL
//
// Eight connections for each process are plenty: at most three write at the same time. Statements are prepared, so
// a pooler between the process and the database has to keep them (PgBouncer since 1.21, or its session mode). The
// Store needs the default isolation level, read committed.
//
// # Errors
//
// Errors of fn and of the contract come back as they are ([channel.ErrCapacity], context errors); all others are the
// driver's. After an error nothing was recorded, with one exception: if the connection breaks during the commit, the
// change may have been recorded. A caller that repeats the message under its id then learns that it is a repeat. A
// transaction that writes is given up after 30 seconds.
//
// # Concurrency
//
// All methods may be called concurrently, by any number of processes over the same tables. The Store starts no
// goroutine that outlives the call which needs it.
//
// # Tables
//
// Their names begin with [Config].Prefix, by default "usher_". Hosts may read them for reports of their own, and never
// write. Times are Unix nanoseconds, in columns that end in _at and in those named next_…. Columns may be added; what is
// documented here stays.
//
// enquiries, one row for each:
//
//	id              EnquiryID
//	conversation    of the enquiry
//	channel         id of the channel
//	number          within the channel, from 1
//	visitor         VisitorID; empty after Forget
//	status          opened, handling, missed, closed
//	staff           id of the staff member that handles or handled it; empty = none yet
//	opened_at       when it was first opened
//	accepted_at     when its present or last handler took it; null = not yet, like those that follow
//	first_reply_at  first reply by staff
//	missed_at       when it was last missed
//	closed_at       when it was closed; null while it is not
//	follow_up       accepted after it had been missed
//	first_seq       its records begin there
//	doc             the whole channel.Enquiry as JSON. While it is the latest of its conversation, messages and
//	                last_message_at are up to date only in conversations.head, within enquiry
//
// records, the log of the conversations:
//
//	conversation, seq   primary key; seq grows within the conversation
//	once                the key that makes a message once-only: a hash of its id; null for other records
//	enquiry             EnquiryID; null after Forget
//	notify              an event that the host is told
//	deliver             a post to the source
//	doc                 the record as JSON, with names that may change; null after Forget
//
// conversations, one row for each visitor of each channel, and one for each channel itself:
//
//	id              of the conversation: a hash of channel and visitor
//	version         changes so far in the lower 32 bits, above them a number drawn when the row was made
//	channel         id of the channel
//	enquiry         EnquiryID of the latest one
//	next_route      when its enquiry has to be looked at next; null = never, like those that follow
//	next_wait       since when its enquiry has been waiting to be offered
//	next_notify     when events are due to be told, or the lease of the process that tells them runs out
//	next_deliver    the same for posts to the source
//	next_channel    of a channel: when its state last changed
//	head            the Head as JSON, with names that may change
//
// channels:
//
//	id              of the channel
//	last_number     the number of its latest enquiry
//
// staff:
//
//	id              of the staff member
//	load            enquiries that are counted to it at the moment
//
// meta:
//
//	version         of the schema; a single row
//
// Documents are JSON objects whose member form is the version of their form. Times in them are RFC 3339.
//
// Texts that a text column cannot hold, because they are not UTF-8 or contain NUL, are written as \x and their
// bytes in hexadecimal.
package sqlstore
