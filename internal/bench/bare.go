package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/usherchat/usher/channel"
)

// bareAPI is the floor of the incoming API: a handler that checks the token as carefully, reads and decodes the
// same JSON and answers the same; then, if there is one, does next with what came in. It keeps nothing.
func bareAPI(token string, next func(in channel.Inbound)) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		var in channel.Inbound
		if err == nil {
			err = json.Unmarshal(body, &in)
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"enquiry":"BxdmVfyAfgtWVaF2IwiNWBRPZAe1","message":"BxdmVfyAfgtWVaF2IwiNWBRPZAm2","duplicate":false}`)
		if next != nil {
			next(in)
		}
	})
}

// signer is the floor of posting: tuned net/http with the same signature.
type signer struct {
	client *http.Client
	url    string
	key    []byte
}

func newSigner(url string) *signer {
	return &signer{client: tuned(), url: url, key: []byte("0123456789012345678901234567")}
}

// post signs the body as Standard Webhooks says and posts it.
func (s *signer) post(ctx context.Context, id string, body []byte) error {
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "bare/1")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", stamp)
	req.Header.Set("Webhook-Signature", "v1,"+signature(s.key, id, stamp, body))
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// signature is that of Standard Webhooks, as anybody writes it.
func signature(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+stamp+".")
	_, _ = mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// outgoingBody is what the library posts for a reply.
func outgoingBody(to []byte, worker int) []byte {
	to = append(to, `{"type":"message","timestamp":"2026-11-22T12:00:00.123456789Z","data":{"channel":"c","source":"App",`+
		`"visitor":"v1","enquiry":"BxdmVfyAfgtWVaF2IwiNWBRPZAe1","seq":7,"message":{"id":"BxdmVfyAfgtWVaF2IwiNWBRPZAm2","text":"`...)
	to = appendMark(to, worker)
	return append(to, reply+`"},"author":{"kind":"staff"}}}`...)
}
