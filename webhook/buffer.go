package webhook

import "sync"

// maxPooled is the largest buffer that is kept for the next use.
const maxPooled = 32 << 10

// buffers hold what is read and no longer needed when its reader returns. Bodies
// that are sent are not among them: a transport may read one after RoundTrip has
// returned.
var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 4<<10)) }}

func getBuffer() *[]byte {
	b := buffers.Get().(*[]byte)
	*b = (*b)[:0]
	return b
}

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}
