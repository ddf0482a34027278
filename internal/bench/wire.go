package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// poster sends one request at a time and expects a 2xx.
type poster interface{ post(body []byte) error }

// tuned is a net/http client as an experienced user sets it up for many posts to few hosts.
func tuned() *http.Client {
	return &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 256, DisableCompression: true, IdleConnTimeout: time.Minute,
	}}
}

// clientPoster posts with net/http: a peer like those in the field.
type clientPoster struct {
	client *http.Client
	url    string
	header http.Header
}

func (p *clientPoster) post(body []byte) error {
	req, err := http.NewRequest(http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = p.header
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// rawPoster posts over its own connection without net/http: a peer that leaves nearly all of the machine to what
// is measured.
type rawPoster struct {
	*rawConn
	head []byte // up to the number of Content-Length
}

type rawConn struct {
	net.Conn
	in  *bufio.Reader
	out []byte
}

func newRawPoster(address, path string, header http.Header) (*rawPoster, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	p := &rawPoster{rawConn: &rawConn{Conn: conn, in: bufio.NewReaderSize(conn, 4096)}}
	return p.to(path, header), nil
}

// to posts to another path over the same connection.
func (p *rawPoster) to(path string, header http.Header) *rawPoster {
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: %s\r\n", path, p.RemoteAddr())
	_ = header.Write(&head)
	head.WriteString("Content-Length: ")
	return &rawPoster{p.rawConn, head.Bytes()}
}

func (p *rawPoster) post(body []byte) error {
	p.out = append(p.out[:0], p.head...)
	p.out = strconv.AppendInt(p.out, int64(len(body)), 10)
	p.out = append(p.out, "\r\n\r\n"...)
	p.out = append(p.out, body...)
	if _, err := p.Write(p.out); err != nil {
		return err
	}
	first, length, err := readHead(p.in, nil)
	if err != nil {
		return err
	}
	if _, err := p.in.Discard(length); err != nil {
		return err
	}
	if first != '2' {
		return fmt.Errorf("status %c…", first)
	}
	return nil
}

// readHead reads a request's or a response's head. It returns the first digit of a response's status and the
// body's length, and hands each header line to line if that is not nil.
func readHead(in *bufio.Reader, line func([]byte)) (status byte, length int, err error) {
	for n := 0; ; n++ {
		l, err := in.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		switch {
		case len(l) <= 2:
			return status, length, nil
		case n == 0:
			if at := bytes.IndexByte(l, ' '); at > 0 && at+1 < len(l) {
				status = l[at+1]
			}
		case len(l) > 16 && bytes.EqualFold(l[:15], []byte("content-length:")):
			length, err = strconv.Atoi(string(bytes.TrimSpace(l[15:])))
			if err != nil {
				return 0, 0, err
			}
		case line != nil:
			line(l)
		}
	}
}

// server is an HTTP server on loopback.
type server struct {
	address string
	listen  net.Listener
	close   func()
}

func (s *server) url() string { return "http://" + s.address }

// serve serves h with net/http.
func serve(h http.Handler) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }()
	return &server{l.Addr().String(), l, func() { _ = srv.Close() }}, nil
}

// serveRaw answers requests without net/http: every body goes to handle, whose result is the body of a 200.
func serveRaw(handle func(body []byte) []byte) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_ = answerRaw(conn, handle)
			}()
		}
	}()
	return &server{l.Addr().String(), l, func() { _ = l.Close() }}, nil
}

func answerRaw(conn net.Conn, handle func(body []byte) []byte) error {
	in := bufio.NewReaderSize(conn, 8192)
	var body, out []byte
	for {
		_, length, err := readHead(in, nil)
		if err != nil {
			return err
		}
		if length > 1<<20 {
			return errors.New("too long")
		}
		if cap(body) < length {
			body = make([]byte, length)
		}
		body = body[:length]
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		answer := handle(body)
		out = append(out[:0], "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "...)
		out = strconv.AppendInt(out, int64(len(answer)), 10)
		out = append(out, "\r\n\r\n"...)
		out = append(out, answer...)
		if _, err := conn.Write(out); err != nil {
			return err
		}
	}
}
