package interop_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/webhook"
)

// install puts the packages beside copies of the scripts, once for all
// tests, and returns the directory.
var install = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "usher-interop-")
	if err != nil {
		return "", err
	}
	installed = dir
	for _, name := range []string{"package.json", "package-lock.json", "source.mjs", "sender.mjs", "render.mjs"} {
		b, err := os.ReadFile(name)
		if err != nil {
			return dir, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return dir, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return dir, nil
})

// installed is the directory to remove; "" if no test came so far.
var installed string

func TestMain(m *testing.M) {
	code := m.Run()
	if installed != "" {
		_ = os.RemoveAll(installed) // what stays is in a temporary directory
	}
	os.Exit(code)
}

// node returns a command for one of the scripts, or skips the test loudly.
func node(t *testing.T, script string, env ...string) *exec.Cmd {
	t.Helper()
	give := t.Skipf
	if os.Getenv("CI") == "true" {
		give = t.Fatalf
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			give("NOT TESTED against the packages of others: %v", err)
		}
	}
	dir, err := install()
	if err != nil {
		give("NOT TESTED against the packages of others: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = t.Output()
	return cmd
}

// startSource runs the source that is written with the official package.
func startSource(t *testing.T, secret webhook.Secret) string {
	t.Helper()
	cmd := node(t, "source.mjs", "SECRET="+secret.Reveal())
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	var port int
	if _, err := fmt.Fscan(stdout, &port); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("http://127.0.0.1:%d/hook", port)
}

var texts = []string{"hello", "héllo 😀", "<b>&\"quotes\"\\</b>", strings.Repeat("long ", 10_000), "\u2028\u2029\t\n", ""}

// TestOurClientTheirSource has the official package verify what we sign.
func TestOurClientTheirSource(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	endpoint := webhook.Endpoint{URL: startSource(t, secret)}
	client, err := webhook.NewClient(webhook.Config{
		Rate: -1, Breaker: webhook.Breaker{Failures: -1}, // many are refused on purpose
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	rotations := map[string]struct {
		secrets []webhook.Secret
		status  int
	}{
		"signed":             {[]webhook.Secret{secret}, 204},
		"rotation, new last": {[]webhook.Secret{webhook.NewSecret(), secret}, 204},
		"rotation, new":      {[]webhook.Secret{secret, webhook.NewSecret(), webhook.NewSecret()}, 204},
		"a stranger":         {[]webhook.Secret{webhook.NewSecret()}, 401},
		"unsigned":           {nil, 401},
	}
	for name, tt := range rotations {
		endpoint.Secrets = tt.secrets
		for i, text := range texts {
			data, err := json.Marshal(map[string]string{"text": text})
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Post(t.Context(), endpoint, webhook.Event{ID: fmt.Sprint("msg_", i), Type: "message", Data: data})
			if resp.Status != tt.status || (err == nil) != (tt.status == 204) {
				t.Errorf("%s, %.20q: got %d %v (%s), want %d", name, text, resp.Status, err, resp.Header.Get("X-Error"), tt.status)
			}
			want := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
			if got := resp.Header.Get("X-Text-Sha256"); tt.status == 204 && got != want {
				t.Errorf("%s, %.20q: they read another text", name, text)
			}
		}
		if err := client.Challenge(t.Context(), endpoint); (err == nil) != (tt.status == 204) {
			t.Errorf("%s: challenge: %v", name, err)
		} else if err != nil && !errors.Is(err, webhook.ErrChallenge) {
			t.Errorf("%s: challenge: got %v, want ErrChallenge", name, err)
		}
	}
}

// TestTheirSenderOurReceiver has the official package sign what we verify.
func TestTheirSenderOurReceiver(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	var mu sync.Mutex
	var got []string
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{webhook.NewSecret(), secret}, // in the middle of a rotation
		Handle: func(_ context.Context, ev webhook.Event) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, ev.ID+" "+ev.Type+" "+string(ev.Data))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)

	type message struct {
		ID   string `json:"id"`
		Body string `json:"body"`
		Age  int    `json:"age"`
	}
	messages := []message{
		{"msg_1", `{"type":"message","timestamp":"2026-11-22T10:00:00.123Z","data":{"text":"héllo 😀"}}`, 0},
		{"msg_1", `{"type":"message","timestamp":"2026-11-22T10:00:00.123Z","data":{"text":"héllo 😀"}}`, 0},
		{"msg_2", `{"test": 2432232314}`, 0},
		{"msg_3", `{"type":"old"}`, 290},
		{"msg_4", `{"type":"too old"}`, 310},
		{"msg_5", `{"type":"too new"}`, -310},
		{"c", `{"type":"challenge","challenge":"abc"}`, 0},
	}
	want := []string{`msg_1 message {"text":"héllo 😀"}`, `msg_2  {"test": 2432232314}`, "msg_3 old "}
	wantStatus := []string{"204", "204", "204", "204", "401", "401", "200"}

	cmd := node(t, "sender.mjs", "SECRET="+secret.Reveal(), "URL_TO_POST="+server.URL)
	var lines strings.Builder
	encoder := json.NewEncoder(&lines)
	for _, m := range messages {
		if err := encoder.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Stdin = strings.NewReader(lines.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for scanner := bufio.NewScanner(strings.NewReader(string(out))); scanner.Scan(); {
		statuses = append(statuses, scanner.Text())
	}
	if !slices.Equal(statuses, wantStatus) {
		t.Errorf("statuses: got %v, want %v", statuses, wantStatus)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
}
