package tests_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel"
)

// TestLongIDs sends ids as long as Instagram (168 bytes), Matrix (255) and the library (512) have them through the
// incoming API, and looks at what another process finds in the database. Two differ in the last byte alone.
func TestLongIDs(t *testing.T) {
	long := func(start string, n int) string { return start + strings.Repeat("x", n-len(start)) }
	ids := map[string][2]string{ // of a visitor and a message, but for the last byte
		"Instagram":   {"1784140000000000", long("aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQx", 167)},
		"Matrix":      {long("@ann:", 254), long("$1431_", 254)},
		"the longest": {strings.Repeat("é", 255) + "x", strings.Repeat("ʘ", 255) + "x"},
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			p := e.fresh(t)
			h, ch := newDesk(t, p.store(t), nil)
			settings := ch.Settings()
			settings.Tokens = []string{channel.NewToken()}
			if _, err := h.Connect(t.Context(), settings); err != nil {
				t.Fatal(err)
			}
			other, _ := newDesk(t, p.store(t), nil)
			for name, id := range ids {
				send := func(visitor, message, replyTo string, status int) (got channel.Accepted) {
					t.Helper()
					body := `{"visitor":{"id":"` + visitor + `"},"message":{"id":"` + message + `","reply_to":"` + replyTo + `","text":"a"}}`
					r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/shop/messages", strings.NewReader(body))
					r.Header.Set("Authorization", "Bearer "+settings.Tokens[0])
					r.Header.Set("Content-Type", "application/json")
					w := httptest.NewRecorder()
					h.Handler().ServeHTTP(w, r)
					if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != status {
						t.Fatalf("%s: %d %s, %v, want %d", name, w.Code, w.Body, err, status)
					}
					return got
				}
				first := send(id[0]+"1", id[1]+"1", "", http.StatusAccepted)
				second := send(id[0]+"1", id[1]+"2", id[1]+"1", http.StatusAccepted)
				stranger := send(id[0]+"2", id[1]+"1", "", http.StatusAccepted)
				again := send(id[0]+"1", id[1]+"1", "", http.StatusOK)
				if first.Message != again.Message || first.Message == second.Message || first.Enquiry != second.Enquiry || first.Enquiry == stranger.Enquiry {
					t.Errorf("%s: taken as %+v, %+v, %+v and %+v", name, first, second, stranger, again)
				}
				by := channel.Staff{ID: id[0] + "s", Capacity: 1}
				if err := ch.Accept(t.Context(), first.Enquiry, by); err != nil {
					t.Error(err)
				}
				for _, q := range []channel.Query{{Visitor: channel.VisitorID(id[0] + "1")}, {Staff: by.ID}} {
					found := 0
					for e, err := range other.Enquiries(t.Context(), q) {
						if found++; err != nil || e.ID != first.Enquiry || string(e.Visitor.ID) != id[0]+"1" || e.Staff.ID != by.ID {
							t.Errorf("%s: found %+v, %v", name, e, err)
						}
					}
					if found != 1 {
						t.Errorf("%s: found %d enquiries, want 1", name, found)
					}
				}
				var said []string
				for entry, err := range ch.Transcript(t.Context(), first.Enquiry) {
					if err != nil {
						t.Fatal(err)
					}
					said = append(said, entry.Message.ID)
				}
				if len(said) != 2 || said[0] != id[1]+"1" || said[1] != id[1]+"2" {
					t.Errorf("%s: the transcript holds %q", name, said)
				}
			}
		})
	}
}
