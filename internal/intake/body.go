package intake

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// Why a body was not read.
var (
	ErrTooLarge = errors.New("intake: the body is too large")
	ErrTooSlow  = errors.New("intake: the body came too slowly")
	ErrNoRoom   = errors.New("intake: too many senders that are not known yet send at once")
	ErrBroken   = errors.New("intake: the body could not be read")
)

// A Body is what was read of a request. It is one goroutine's.
type Body struct {
	budget *Budget // nil = not counted
	memory *[]byte // what bytes lies in
	bytes  []byte
	stop   func() error // ends reading

	// budget.mu guards these.
	held int64
	cut  bool // it has to give up its place
}

// Read reads the whole body, of at most limit bytes, into memory that grows with what has come, whatever its
// Content-Length says. The error is one of this package's; what was read until then is given back. A nil Budget counts
// nothing: for senders that are known.
func (b *Budget) Read(w http.ResponseWriter, r *http.Request, limit int64) (*Body, error) {
	if r.ContentLength > limit {
		return nil, ErrTooLarge
	}
	memory := lend(free)
	body := &Body{budget: b, memory: memory, bytes: (*memory)[:0]}
	body.stop = func() error { return http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) }
	err := body.fill(r.Body, limit)
	if b != nil && !b.whole(body) {
		err = ErrNoRoom
	}
	if err != nil {
		body.Close()
		return nil, err
	}
	return body, nil
}

// Bytes is what was read, until Close.
func (b *Body) Bytes() []byte { return b.bytes }

// Known says that the sender is known now: the body is no longer counted.
func (b *Body) Known() {
	if b.budget != nil {
		b.budget.release(b)
	}
}

// Close gives the memory back. The bytes are not to be used afterwards.
func (b *Body) Close() {
	b.Known()
	takeBack(b.memory)
	b.memory, b.bytes = nil, nil
}

func (b *Body) fill(from io.Reader, limit int64) error {
	for {
		if len(b.bytes) == cap(b.bytes) && !b.grow(limit) {
			return ErrNoRoom
		}
		n, err := from.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case int64(len(b.bytes)) > limit:
			return ErrTooLarge
		case err == io.EOF:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return ErrTooSlow
		case err != nil:
			return ErrBroken
		case int64(len(b.bytes)) == limit:
			return end(from)
		}
	}
}

// end finds whether there is more.
func end(from io.Reader) error {
	n, err := io.ReadFull(from, new([1]byte)[:])
	switch {
	case n > 0:
		return ErrTooLarge
	case err == io.EOF:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrTooSlow
	default:
		return ErrBroken
	}
}

// grow doubles the memory, up to the limit.
func (b *Body) grow(limit int64) bool {
	size := min(2*int64(len(*b.memory)), limit)
	if b.budget != nil && !b.budget.take(b, size-b.held) {
		return false
	}
	larger := lend(int(size))
	b.bytes = (*larger)[:copy(*larger, b.bytes)]
	takeBack(b.memory)
	b.memory = larger
	return true
}
