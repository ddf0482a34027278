package webhooktest

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// A Hostile is an answer of an endpoint that is broken or means harm, with what
// a client has to make of it. Whatever the answer is, an exchange has to end by
// its time-out, without a panic, and to give back the goroutine, the connection
// and the place that it held.
type Hostile struct {
	Step Step // Step.String is the answer's name, which no other has
	// Status is the status that stands as an answer, by which the endpoint took the
	// event or did not; 0: what comes is no answer (RFC 9112), and the event has to
	// be sent again. A challenge is never proved by a hostile answer, but by those
	// of [CloseOnReuse] and [ResetOnReuse], which harm what comes after them.
	Status int
	// Endless: the endpoint never ends the exchange. The client has to.
	Endless bool
}

// pace is how fast the endless answers drip.
const pace = 20 * time.Millisecond

// HostileAnswers returns the table of hostile answers, for a test that runs each
// against a client, or against whatever posts through one:
//
//	for _, h := range webhooktest.HostileAnswers() {
//		t.Run(h.Step.String(), func(t *testing.T) {
//			endpoint := webhooktest.Start(t, webhooktest.Config{})
//			endpoint.Script(h.Step)
//			…
//
// They are for endpoints on sockets: in memory a reset is a close. Most come as
// raw bytes that no server of net/http would send. The table grows; a test should
// not count on its length or order.
func HostileAnswers() []Hostile {
	var all []Hostile
	for _, room := range [][]Hostile{
		hostileStatuses(), hostileHeaders(), hostileFrames(), hostileBodies(), hostileClosings(), otherProtocols(),
	} {
		all = append(all, room...)
	}
	return all
}

// hostile makes an answer of raw text and what comes after it.
func hostile(name string, status int, text string, end func(*exchange, net.Conn) error) Hostile {
	return Hostile{Step: Step{name, func(x *exchange) {
		x.raw(status, text, func(conn net.Conn) error { return end(x, conn) })
	}}, Status: status}
}

// endless makes an answer that lasts until the client leaves.
func endless(name string, status int, text string, end func(*exchange, net.Conn) error) Hostile {
	h := hostile(name, status, text, end)
	h.Endless = true
	return h
}

func hostileStatuses() []Hostile {
	const empty = "\r\nContent-Length: 0\r\n\r\n"
	var all []Hostile
	for _, code := range []string{"000", "001", "099", "-00", "+00", "+99", "-99", "20", "2", "1000", "0x1", "2e2", "２００", ""} {
		all = append(all, hostile("status_"+code, 0, "HTTP/1.1 "+code+" Nonsense"+empty, leave))
	}
	for _, code := range []int{600, 999} {
		all = append(all, hostile("status_"+strconv.Itoa(code), code, "HTTP/1.1 "+strconv.Itoa(code)+" Nonsense"+empty, leave))
	}
	const upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
	return append(all,
		hostile("status_101_held", 0, upgrade+"websocket\r\n\r\n", hold),
		hostile("status_101_bare", 0, "HTTP/1.1 101 Switching Protocols\r\n\r\n", hold),
		hostile("status_101_flood", 0, upgrade+"websocket\r\n\r\n", flood("\x82\x7e\xff\xff")),
		hostile("status_101_closed", 0, upgrade+"h2c\r\n\r\n", leave),
		endless("status_100_only", 0, "HTTP/1.1 100 Continue\r\n\r\n", hold),
		hostile("status_100_flood", 0, "", flood("HTTP/1.1 100 Continue\r\nX-Hint: "+strings.Repeat("x", 100)+"\r\n\r\n")),
		endless("status_103_drip", 0, "", dripText("HTTP/1.1 103 Early Hints\r\n\r\n")),
		hostile("status_without_reason", 200, "HTTP/1.1 200"+empty, leave),
		hostile("status_line_flood", 0, "HTTP/1.1 200 ", flood(strings.Repeat("O", 1000))),
		endless("status_line_drip", 0, "HTTP/1.1 200 ", dripText("O")),
		hostile("status_line_nul", 0, "HTTP/1.1 2\x000 OK"+empty, leave),
		hostile("blank_lines_first", 0, "\r\n\r\n\r\nHTTP/1.1 200 OK"+empty, leave),
		hostile("version_icy", 0, "ICY 200 OK"+empty, leave),
		hostile("version_garbled", 0, "HTTP/1.x 200 OK"+empty, leave),
	)
}

func hostileHeaders() []Hostile {
	const ok = "HTTP/1.1 200 OK\r\n"
	return []Hostile{
		hostile("header_without_colon", 0, ok+"nonsense\r\n\r\n", leave),
		hostile("header_space_before_colon", 200, ok+"Content-Length : 0\r\n\r\n", leave),
		hostile("header_folded_first", 0, ok+" X: y\r\n\r\n", leave),
		hostile("header_nul", 0, ok+"X-A: a\x00b\r\n\r\n", leave),
		hostile("header_huge", 0, ok+"X-Huge: "+strings.Repeat("x", 1<<20)+"\r\n\r\n", leave),
		hostile("header_many", 0, ok+strings.Repeat("X: y\r\n", 100_000)+"\r\n", leave),
		hostile("header_flood", 0, ok, flood("X-Flood: "+strings.Repeat("x", 1000)+"\r\n")),
		endless("header_drip", 0, ok, dripText("X: y\r\n")),
		endless("header_never_ends", 0, ok+"X: y\r\n", hold),
		hostile("header_cut", 0, ok+"Content-Le", leave),
		hostile("retry_after_nonsense", 503,
			"HTTP/1.1 503 Down\r\nRetry-After: -99999999999999999999\r\nContent-Length: 0\r\n\r\n", leave),
	}
}

// hostileFrames are faults of how long an answer says it is.
func hostileFrames() []Hostile {
	const ok = "HTTP/1.1 200 OK\r\n"
	const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	return []Hostile{
		hostile("length_twice", 0, ok+"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", leave),
		hostile("length_list", 0, ok+"Content-Length: 2, 3\r\n\r\nabc", leave),
		hostile("length_negative", 0, ok+"Content-Length: -1\r\n\r\n", leave),
		hostile("length_signed", 0, ok+"Content-Length: +3\r\n\r\nabc", leave),
		hostile("length_overflow", 0, ok+"Content-Length: 99999999999999999999\r\n\r\n", leave),
		hostile("length_max_int64", 200, ok+"Content-Length: 9223372036854775807\r\n\r\nabc", leave),
		hostile("length_and_chunks", 200, ok+"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", leave),
		hostile("length_on_204", 204, "HTTP/1.1 204 No Content\r\nContent-Length: 1000\r\n\r\nabc", leave),
		hostile("encoding_unknown", 0, ok+"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", leave),
		hostile("encoding_twice", 0, ok+"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", leave),
		hostile("chunk_not_hex", 200, chunked+"zz\r\nabc\r\n", leave),
		hostile("chunk_overflow", 200, chunked+"fffffffffffffffff\r\nabc\r\n", leave),
		hostile("chunk_huge", 200, chunked+"7fffffffffffffff\r\nabc", leave),
		hostile("chunk_cut", 200, chunked+"10\r\nabc", leave),
		hostile("chunk_without_end", 200, chunked+"3\r\nabcXX3\r\n", leave),
		hostile("chunk_extension_flood", 200, chunked+"3;x=", flood(strings.Repeat("x", 1000))),
		hostile("chunks_of_one", 200, chunked, flood("1\r\nx\r\n")),
		hostile("trailer_flood", 200, chunked+"0\r\n", flood("X-Trailer: "+strings.Repeat("x", 1000)+"\r\n")),
		endless("trailer_drip", 200, chunked+"0\r\n", dripText("X: y\r\n")),
	}
}

func hostileBodies() []Hostile {
	const ok = "HTTP/1.1 200 OK\r\n"
	return []Hostile{
		hostile("body_cut", 200, ok+"Content-Length: 1000\r\n\r\npartial", leave),
		hostile("body_reset", 200, ok+"Content-Length: 1000\r\n\r\npartial", cut),
		hostile("body_flood", 200, ok+"\r\n", flood(strings.Repeat("x", 32<<10))),
		endless("body_drip", 200, ok+"\r\n", dripText("x")),
		endless("body_never_comes", 200, ok+"Content-Length: 10\r\n\r\n", hold),
		endless("body_error_drip", 500, "HTTP/1.1 500 Down\r\n\r\n", dripText("x")),
		hostile("body_compressed", 200,
			ok+"Content-Encoding: br\r\nContent-Length: 4\r\n\r\n\x8b\x00\x80\x03", leave),
		hostile("body_beyond_length", 200, ok+"Content-Length: 2\r\n\r\n"+strings.Repeat("x", 20), leave),
		hostile("body_not_text", 200, ok+"Content-Length: 6\r\n\r\n\x00\xff\xfe\x1b[m", leave),
		hostile("body_deep_json", 200, ok+"\r\n"+strings.Repeat(`{"challenge":`, 300), leave),
		hostile("two_answers", 200, ok+"Content-Length: 0\r\n\r\nHTTP/1.1 500 Down\r\nContent-Length: 0\r\n\r\n", hold),
		{Step: GzipBomb(64 << 20), Status: 200},
	}
}

func hostileClosings() []Hostile {
	return []Hostile{
		{Step: ResetBeforeHeader()},
		{Step: CloseBeforeHeader()},
		{Step: HalfClose()},
		{Step: Silence(), Endless: true},
		hostile("status_line_reset", 0, "HTTP/1.1 200 OK\r\n", cut),
		hostile("close_at_once", 204, "HTTP/1.1 204 No Content\r\n\r\n", leave),
		hostile("reset_at_once", 200, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", cut),
		{Step: CloseOnReuse(), Status: 204},
		{Step: ResetOnReuse(), Status: 204},
	}
}

func otherProtocols() []Hostile {
	const settings = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"                               // RFC 9113, 6.5
	const goAway = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0b" // RFC 9113, 6.8
	const headers = "\x00\x00\x01\x01\x05\x00\x00\x00\x01\x88"                            // :status 200
	const hugeFrame = "\xff\xff\xff\x00\x00\x00\x00\x00\x01"                              // 16 MiB of DATA
	const alert = "\x15\x03\x03\x00\x02\x02\x28"                                          // RFC 8446, 6
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"                                    // RFC 9113, 3.4
	return []Hostile{
		hostile("http2_frames", 0, settings+headers+goAway, leave),
		endless("http2_settings_held", 0, settings, hold),
		hostile("http2_frame_flood", 0, settings+headers, flood(hugeFrame+strings.Repeat("\x00", 1000))),
		hostile("http2_preface", 0, preface+settings, hold),
		hostile("tls_alert", 0, alert, leave),
		hostile("ssh_banner", 0, "SSH-2.0-OpenSSH_9.6\r\n", hold),
		hostile("smtp_banner", 0, "220 mail.example ESMTP\r\n", hold),
		hostile("a_request", 0, "POST /webhook HTTP/1.1\r\nHost: you.example\r\nContent-Length: 0\r\n\r\n", hold),
	}
}
