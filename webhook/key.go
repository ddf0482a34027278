package webhook

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"sync"
)

// The versions of a signature in Standard Webhooks 1.0.0.
const (
	versionSymmetric  = "v1,"
	versionAsymmetric = "v1a,"
)

// Lengths of the padded base64 of a SHA-256 and of an ed25519 signature.
const (
	symmetricLen  = 44
	asymmetricLen = 88
)

// A key is a decoded [Secret], ready to sign and verify from many goroutines.
// Exactly one kind is set: macs, or public with or without private.
type key struct {
	macs    *sync.Pool // of *mac
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

// A mac is a keyed hash with room for what it is fed and what it returns.
type mac struct {
	hash    hash.Hash
	scratch []byte
}

func newSymmetric(secret []byte) *key {
	return &key{macs: &sync.Pool{New: func() any {
		return &mac{hash: hmac.New(sha256.New, secret), scratch: make([]byte, 0, 256)}
	}}}
}

func newPrivate(b []byte) (*key, error) {
	if len(b) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("webhook: a %s key holds %d bytes, not %d", prefixPrivate, ed25519.PrivateKeySize, len(b))
	}
	private := ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
	if !bytes.Equal(private, b) {
		return nil, errors.New("webhook: the public half of this " + prefixPrivate + " key belongs to another seed")
	}
	return &key{private: private, public: ed25519.PublicKey(private[ed25519.SeedSize:])}, nil
}

func (k *key) canSign() bool { return k.macs != nil || k.private != nil }

// appendSignature appends "v1,…" or "v1a,…" over id.timestamp.body.
func (k *key) appendSignature(dst []byte, id string, timestamp int64, body []byte) []byte {
	if k.macs == nil {
		content := appendContent(make([]byte, 0, len(id)+len(body)+22), id, timestamp)
		content = append(content, body...)
		dst = append(dst, versionAsymmetric...)
		return base64.StdEncoding.AppendEncode(dst, ed25519.Sign(k.private, content))
	}
	m := k.macs.Get().(*mac)
	dst = append(dst, versionSymmetric...)
	dst = base64.StdEncoding.AppendEncode(dst, m.sum(id, timestamp, body))
	k.macs.Put(m)
	return dst
}

// sum returns the HMAC in the mac's own memory, valid until its next use.
func (m *mac) sum(id string, timestamp int64, body []byte) []byte {
	m.scratch = appendContent(m.scratch[:0], id, timestamp)
	m.hash.Reset()
	_, _ = m.hash.Write(m.scratch)
	_, _ = m.hash.Write(body)
	m.scratch = m.hash.Sum(m.scratch[:0])
	return m.scratch
}

// appendContent appends what is signed before the body: "id.timestamp.".
func appendContent(dst []byte, id string, timestamp int64) []byte {
	dst = append(dst, id...)
	dst = append(dst, '.')
	dst = strconv.AppendInt(dst, timestamp, 10)
	return append(dst, '.')
}
