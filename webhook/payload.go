package webhook

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// maxPooled is the largest buffer that is kept for the next request.
const maxPooled = 32 << 10

// A payload is a request body in pooled memory. The transport may read a body
// after RoundTrip has returned, until it closes it; the memory goes back when all
// readers are closed and the sender is done. The payload itself is never used
// again, so that a late reader finds it over and not in another's hands.
type payload struct {
	buf   *[]byte
	refs  atomic.Int32
	first payloadReader
}

var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 1<<10)) }}

func getBuffer() *[]byte {
	b := buffers.Get().(*[]byte) //nolint:errcheck // the pool holds nothing else
	*b = (*b)[:0]
	return b
}

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// newPayload takes the buffer over.
func newPayload(b *[]byte) *payload {
	p := &payload{buf: b}
	p.refs.Store(2)
	p.first.payload = p
	return p
}

func (p *payload) release() {
	if p.refs.Add(-1) == 0 {
		putBuffer(p.buf)
	}
}

// attach puts the payload into a request. GetBody is there for the one repeat
// that net/http makes: a connection from the pool that was gone before a byte
// was written.
func (p *payload) attach(r *http.Request) {
	r.ContentLength = int64(len(*p.buf))
	r.Body = &p.first
	r.GetBody = p.reader
}

var errReleased = errors.New("webhook: the request is over")

func (p *payload) reader() (io.ReadCloser, error) {
	for {
		n := p.refs.Load()
		if n == 0 {
			return nil, errReleased
		}
		if p.refs.CompareAndSwap(n, n+1) {
			return &payloadReader{payload: p}, nil
		}
	}
}

// A payloadReader is one pass over a payload. The mutex keeps a Close in one
// goroutine from releasing what a Read in another is copying.
type payloadReader struct {
	mu      sync.Mutex
	payload *payload // nil: closed
	at      int
}

func (r *payloadReader) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.payload == nil {
		return 0, errReleased
	}
	if r.at == len(*r.payload.buf) {
		return 0, io.EOF
	}
	n := copy(b, (*r.payload.buf)[r.at:])
	r.at += n
	return n, nil
}

func (r *payloadReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.payload != nil {
		r.payload.release()
		r.payload = nil
	}
	return nil
}
