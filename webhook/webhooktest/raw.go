package webhooktest

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// ResetBeforeHeader resets the connection after the request, when it was read.
func ResetBeforeHeader() Step {
	return Step{"reset_before_header", func(x *exchange) { x.raw(0, "", reset) }}
}

// ResetAfterHeader sends the header of an answer that announces a body, then
// resets the connection.
func ResetAfterHeader(code int) Step {
	return Step{"reset_after_header", func(x *exchange) { x.raw(code, head(code, 1000)+"partial", reset) }}
}

// StatusLine answers with a status line of the caller's own, such as
// "HTTP/1.1 000 Nothing", and nothing more than the end of the header. It leaves
// the connection open until the client does. The line is not looked at: what it
// says counts as no answer in Request.Status.
func StatusLine(line string) Step {
	return Step{"status_line", func(x *exchange) {
		x.raw(0, line+"\r\n\r\n", func(conn net.Conn) error { return hold(x, conn) })
	}}
}

// CloseOnReuse behaves well and keeps the connection, until the next request on
// it has been read in part: then it closes, as servers do whose keep-alive has
// run out. That request is not among Requests.
func CloseOnReuse() Step { return onReuse("close_on_reuse", net.Conn.Close) }

// ResetOnReuse is CloseOnReuse with a reset.
func ResetOnReuse() Step { return onReuse("reset_on_reuse", reset) }

func onReuse(name string, end func(net.Conn) error) Step {
	return Step{name, func(x *exchange) {
		status, text := http.StatusNoContent, "HTTP/1.1 204 No Content\r\n\r\n"
		if v := x.challenge(); v != "" {
			status, text = http.StatusOK, head(http.StatusOK, len(v))+v
		}
		x.raw(status, text, func(conn net.Conn) error {
			_, _ = conn.Read(make([]byte, 64<<10)) // the next request, or the client's end
			return end(conn)
		})
	}}
}

// CloseBeforeHeader closes the connection in good order, without an answer.
func CloseBeforeHeader() Step {
	return Step{"close_before_header", func(x *exchange) { x.raw(0, "", net.Conn.Close) }}
}

// CutHeader closes the connection in the middle of the header.
func CutHeader() Step {
	return Step{"cut_header", func(x *exchange) { x.raw(0, "HTTP/1.1 200 OK\r\nContent-Le", net.Conn.Close) }}
}

// CutBody announces a longer body than it sends.
func CutBody(code int) Step {
	return Step{"cut_body", func(x *exchange) { x.raw(code, head(code, 1000)+"partial", net.Conn.Close) }}
}

// HalfClose closes its sending side without an answer and leaves the other open,
// until the client leaves. In memory there is only all or nothing: it closes.
func HalfClose() Step {
	return Step{"half_close", func(x *exchange) {
		x.raw(0, "", func(conn net.Conn) error {
			half, ok := conn.(interface{ CloseWrite() error })
			if !ok {
				return conn.Close()
			}
			if err := half.CloseWrite(); err != nil {
				return err
			}
			x.drain(conn)
			return conn.Close()
		})
	}}
}

// DripHeader sends an answer's header one byte at a time and never comes to its
// end.
func DripHeader(every time.Duration) Step {
	return Step{"drip_header", func(x *exchange) {
		x.raw(0, "HTTP/1.1 200 OK\r\nX-Slow: ", func(conn net.Conn) error {
			for x.sleep(every) {
				if _, err := conn.Write([]byte("x")); err != nil {
					break
				}
			}
			return conn.Close()
		})
	}}
}

// Garbage answers with something that is not HTTP.
func Garbage() Step {
	return Step{"garbage", func(x *exchange) { x.raw(0, "\x16\x03\x01\x00\x02SSH-2.0-nonsense\r\n\r\n", net.Conn.Close) }}
}

// Hints sends n informational answers before a 204.
func Hints(n int) Step {
	return Step{"hints", func(x *exchange) {
		const hint = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
		x.raw(http.StatusNoContent, strings.Repeat(hint, n)+"HTTP/1.1 204 No Content\r\n\r\n", net.Conn.Close)
	}}
}

func head(code, length int) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: %d\r\n\r\n", code, http.StatusText(code), length)
}

// raw takes the connection over, sends the text as it is and ends as told. The
// status is what the text answers; 0 if that is nothing.
func (x *exchange) raw(status int, text string, end func(net.Conn) error) {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		return
	}
	x.w.wrote(status)
	stop := make(chan struct{})
	defer close(stop)
	go func() { // a hijacked connection is not the server's to close
		select {
		case <-x.endpoint.closed:
			_ = conn.Close()
		case <-stop:
		}
	}()
	_, _ = conn.Write([]byte(text)) // the client may have gone
	_ = end(conn)
}

// reset closes a TCP connection with RST.
func reset(conn net.Conn) error {
	under := conn
	if t, ok := under.(*tls.Conn); ok {
		under = t.NetConn()
	}
	if t, ok := under.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // then Close sends RST
	}
	return under.Close()
}

// drain reads until the client leaves.
func (x *exchange) drain(conn net.Conn) {
	var room [512]byte
	for {
		if _, err := conn.Read(room[:]); err != nil {
			return
		}
	}
}
