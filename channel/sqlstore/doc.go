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
// A [Store] is a [channel.Store] over database/sql. It imports no driver and opens no database. Drivers that are
// tested are modernc.org/sqlite and github.com/jackc/pgx/v5/stdlib; others work if they take the parameters of
// their database as it writes them (?1, $1) and pass texts as texts.
//
// Changes that are made at the same time share transactions: whoever comes first takes all that have gathered, the
// others wait for the outcome. So a transaction holds more the busier the process is, and a caller that is alone
// never waits for company. On PostgreSQL a batch is a single statement unless a new enquiry is numbered or staff
// are counted in it; on SQLite one writer at a time works the batch off row by row.
//
// Conversations in use are kept in memory ([Config].Cache), so that work on them needs no reading. Every change is
// recorded only if the row still is what the change began with; if another process was faster, it is made anew.
//
// # Lifecycle
//
// [Store.Migrate] makes the tables and brings them up to date: call it at every start. [Store.Prune] removes
// enquiries that were closed long ago. A Store has nothing to close; the host closes its sql.DB after Hub.Run has
// returned.
//
// # SQLite
//
// One file, one machine, several processes if need be. The data source name should say for every connection how
// long to wait for another process, that commits survive a power cut, that 16 MB of the file may be kept in memory
// (less costs reading once very many conversations are stored, more costs too: SQLite looks through all that it
// keeps at most commits), and that the write-ahead file is copied back every 64 MB and not every 4 (a fifth less time
// among 100 000 conversations), with modernc.org/sqlite for example:
//
//	file:usher.db?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16000)
//
// With synchronous(NORMAL) what was accepted last can be lost in a power cut, though not in a crash of the process.
// Migrate switches the file to WAL. The changes of a process take turns, so that one connection makes them and keeps
// its pages of the file. sql.DB may be limited to that one, but with a few more nobody who reads transcripts or the
// overview waits for a change, and no change for them.
//
// # PostgreSQL
//
// Eight connections for each process are plenty: at most three write at the same time. Statements are prepared, so
// a pooler in between has to keep them (PgBouncer since 1.21, or its session mode). The default isolation level,
// read committed, is right.
//
// # Errors
//
// What fn and the contract bring comes back as it is ([channel.ErrCapacity], context errors); everything else is
// the driver's error. After an error nothing was recorded, except when the connection broke in the very moment of
// the commit: then it may have been, and who tries again under the same message id learns it. A transaction that
// writes is given up after 30 seconds.
//
// # Concurrency
//
// All methods may be called concurrently, by any number of processes over the same tables. The Store starts no
// goroutine that outlives the call which needs it.
//
// # Tables
//
// Their names begin with [Config].Prefix, "usher_" unless it says otherwise. Hosts may read them for reports of
// their own, and never write. Times are Unix nanoseconds, in columns that end in _at and in those named next_….
// Columns may be added; what is documented here stays.
//
// enquiries, one row for each:
//
//	id              EnquiryID
//	conversation    of the enquiry
//	channel         id of the channel
//	number          within the channel, from 1
//	visitor         VisitorID; empty after Forget
//	status          opened, handling, missed, closed
//	staff           id of who handles or handled it; empty = nobody yet
//	opened_at       when it was first opened
//	accepted_at     when its present or last handler took it; null = not yet, like those that follow
//	first_reply_at  first reply by staff
//	missed_at       when it was last missed
//	closed_at       when it was closed; null while it is not
//	follow_up       accepted after it had been missed
//	first_seq       its records begin there
//	doc             the whole channel.Enquiry as JSON. While it is the latest of its conversation, messages and
//	                last_message_at are up to date only in conversations.head, under q, as m and l
//
// records, the log of the conversations:
//
//	conversation, seq   primary key; seq grows within the conversation
//	once                what makes a message once-only: a hash of its id; null for other records
//	enquiry             EnquiryID; null after Forget
//	notify              an event that the host is told
//	deliver             a post to the source
//	doc                 the rest as JSON, with short names that may change; null after Forget
//
// conversations, one row for each visitor of each channel, and one for each channel itself:
//
//	id              of the conversation: a hash of channel and visitor
//	version         changes so far in the lower 32 bits, above them a number drawn when the row was made
//	channel         id of the channel
//	enquiry         EnquiryID of the latest one
//	next_route      when its enquiry has to be looked at next; null = never, like those that follow
//	next_wait       since when its enquiry has been waiting for somebody
//	next_notify     when events are due to be told, or the lease of who tells them runs out
//	next_deliver    the same for posts to the source
//	next_channel    of a channel: when its state last changed
//	head            the rest as JSON, with short names that may change
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
// Times in head and in the doc of records are Unix nanoseconds as well. A document with something that this form has no
// place for, a time before 1678 or after 2262 for example, has other names and RFC 3339 times.
//
// Texts that a text column cannot hold, because they are not UTF-8 or contain NUL, are written as \x and their
// bytes in hexadecimal.
package sqlstore
