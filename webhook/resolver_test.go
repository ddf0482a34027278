package webhook_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
)

// fakeResolver answers look-ups from memory: each name has the addresses that
// the function returns for it, at each look-up anew.
func fakeResolver(lookups *atomic.Int32, addresses func(name string) []string) *net.Resolver {
	return &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go serveDNS(server, lookups, addresses)
			return client, nil
		},
	}
}

// serveDNS speaks DNS over a stream: two bytes of length before each message.
func serveDNS(conn net.Conn, lookups *atomic.Int32, addresses func(string) []string) {
	defer func() { _ = conn.Close() }()
	var length [2]byte
	for {
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		answer := answerDNS(query, lookups, addresses)
		binary.BigEndian.PutUint16(length[:], uint16(len(answer)))
		if _, err := conn.Write(append(length[:], answer...)); err != nil {
			return
		}
	}
}

// answerDNS answers a query of one question (RFC 1035, 4.1).
func answerDNS(query []byte, lookups *atomic.Int32, addresses func(string) []string) []byte {
	lookups.Add(1)
	var labels []string
	end := 12
	for query[end] != 0 {
		n := int(query[end])
		labels = append(labels, string(query[end+1:end+1+n]))
		end += 1 + n
	}
	end++
	kind := binary.BigEndian.Uint16(query[end:])
	question := query[12 : end+4]
	var records []byte
	count := 0
	for _, text := range addresses(strings.Join(labels, ".")) {
		a := netip.MustParseAddr(text)
		if a.Is4() != (kind == 1) || a.Is6() != (kind == 28) {
			continue
		}
		data := a.AsSlice()
		records = append(records, 0xc0, 12) // the question's name
		records = binary.BigEndian.AppendUint16(records, kind)
		records = append(records, 0, 1, 0, 0, 0, 0) // class IN, TTL 0
		records = binary.BigEndian.AppendUint16(records, uint16(len(data)))
		records = append(records, data...)
		count++
	}
	head := []byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, byte(count), 0, 0, 0, 0}
	return append(append(head, question...), records...)
}
