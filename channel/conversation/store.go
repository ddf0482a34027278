package conversation

import (
	"context"
	"iter"
	"time"
)

// Store keeps conversations. Its methods may be called concurrently, by several processes over one database.
// What a change is, is decided by the functions handed to it; a Store has to be atomic, to keep changes of one
// conversation apart, and to find what is due. [storetest.Run] checks each sentence here.
//
// A Store never retries an error of its own for the caller, except that of two changes that met; the error is
// returned as it is, and nothing of the change was recorded unless ctx ended while it was being written.
//
// [storetest.Run]: https://pkg.go.dev/github.com/usherchat/usher/channel/storetest#Run
type Store interface {
	// Update loads the conversation (empty but for ID if there is none) with what look asks for, runs fn, and
	// records what fn changed if it set Write. All of it is recorded or nothing; changes of one conversation
	// happen one after the other; what is recorded is durable on return.
	//
	// fn is pure: it may run several times, on any goroutine and together with others, each time on a fresh
	// Conversation. Runs of one call do not overlap. Slices and pointers in it are shared: fn replaces them, it does not write through them. An
	// error of fn records nothing and is returned as it is. The Conversation of the last run is complete on
	// return (Enquiry.Number, Version) and may be kept by the caller, who does not modify it.
	//
	// The Store enforces: Added and Changed records by Seq; Once unique in the conversation (two changes that
	// bring the same key are one after the other, and the second sees the first); the next number of the
	// channel, without a gap, through Numbered if NeedsNumber; Claims, all or none, or ErrCapacity; Forget; Gone.
	//
	// Update returns the error of ctx if ctx ends before the Store begins to write. After that the change is finished,
	// and Update returns what became of it, even if ctx has ended meanwhile.
	Update(ctx context.Context, id string, look Look, fn func(*Conversation) error) error

	// Due runs fn, as Update does, on conversations whose lane has After < Next ≤ Until, in that order, at most
	// Limit for each channel of a want, with the lane's next Ahead records. Conversations that another Due or
	// Update holds at the moment may be passed over. An error of fn leaves that conversation as it was and Due
	// goes on. next is the earliest Next above Until of the wanted lanes, zero if there is none; it may be
	// earlier than the truth, never later. The cost does not depend on conversations with nothing due.
	Due(ctx context.Context, wants []Want, fn func(*Conversation, Lane) error) (next time.Time, err error)

	// Enquiries yields what q selects, newest first by OpenedAt and then ID, in pages: no connection or lock is
	// held while it yields. Of the latest enquiry of a conversation, LastMessageAt and Messages are those of the
	// Head. It stops after an error, which it yields.
	Enquiries(ctx context.Context, q Query) iter.Seq2[Enquiry, error]

	// Records yields the records of an enquiry by Seq, in pages like Enquiries; none for an unknown one. A Store
	// may forget records without Message and Once that every lane has passed, and of others what
	// only telling them needs (State, StateSeq, Destinations), if it sets the Head's StateSeq to 0 then.
	Records(ctx context.Context, id EnquiryID) iter.Seq2[Record, error]
}

// Look asks for what a change needs beside the Head. What does not exist is left out.
type Look struct {
	Once    []string  // records by Once
	Records []int64   // records by Seq
	Enquiry EnquiryID // an enquiry of this conversation
	Lane    Lane      // with Ahead: of this lane,
	Ahead   int       // the first so many records after its Done
}

// Want asks Due for the work of a lane.
type Want struct {
	Lane     Lane
	Channels []string
	After    time.Time // zero = from the first
	Until    time.Time
	Limit    int // for each channel
	Ahead    int
}

// Wants reports whether the record belongs to the lane.
func (l Lane) Wants(r *Record) bool {
	switch l {
	case LaneNotify:
		return r.Notify
	case LaneDeliver:
		return r.Deliver
	default:
		return false
	}
}
