package web_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/usherchat/usher/examples/livechat/web"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	h := web.Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), "127.0.0.1:8080", "localhost:8080")
	for _, tt := range []struct {
		name, method, host string
		header             http.Header
		want               int
	}{
		{"a page of our own", http.MethodPost, "127.0.0.1:8080", http.Header{"Sec-Fetch-Site": {"same-origin"}}, http.StatusNoContent},
		{"a program, such as a source", http.MethodPost, "127.0.0.1:8080", nil, http.StatusNoContent},
		{"another site", http.MethodPost, "127.0.0.1:8080", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		{"another port", http.MethodPost, "127.0.0.1:8080", http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden},
		{"another site, an old browser", http.MethodPut, "localhost:8080", http.Header{"Origin": {"http://evil.example"}}, http.StatusForbidden},
		{"a link from another site", http.MethodGet, "localhost:8080", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusNoContent},
		{"a name that leads here", http.MethodGet, "evil.example:8080", nil, http.StatusMisdirectedRequest},
		{"no port", http.MethodGet, "localhost", nil, http.StatusMisdirectedRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, "/x", nil)
			r.Host, r.Header = tt.host, tt.header
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("got %d, want %d", w.Code, tt.want)
			}
		})
	}
}

// The pages keep what their policy demands, and every file that they name is there.
func TestPagesHoldNothingInline(t *testing.T) {
	t.Parallel()
	inline := regexp.MustCompile(`(?i)<script(?:[^>]*[^/])?>[^<]+|<style|\sstyle\s*=|\son\w+\s*=|javascript:`)
	names := regexp.MustCompile(`(?:src|href)="/static/([^"]+)"`)
	for _, page := range find(t, "pages", ".html") {
		text := read(t, page)
		if found := inline.FindString(text); found != "" {
			t.Errorf("%s holds %q", page, found)
		}
		for _, m := range names.FindAllStringSubmatch(text, -1) {
			w := httptest.NewRecorder()
			web.Static().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+m[1], nil))
			if w.Code != http.StatusOK {
				t.Errorf("%s names %s: %d", page, m[1], w.Code)
			}
		}
		if !strings.Contains(text, `<html lang="en">`) || !strings.Contains(text, "<title>") || !strings.Contains(text, "width=device-width") {
			t.Errorf("%s lacks a language, a title or a viewport", page)
		}
	}
}

// No script has a way to make markup of a text.
func TestScriptsMakeNoMarkup(t *testing.T) {
	t.Parallel()
	sinks := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|setHTMLUnsafe|\.srcdoc`)
	imports := regexp.MustCompile(`from "(\.[^"]+)"`)
	for _, script := range find(t, "static", ".js") {
		text := read(t, script)
		if found := sinks.FindString(text); found != "" {
			t.Errorf("%s uses %s", script, found)
		}
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			dir := script[:strings.LastIndexByte(script, '/')]
			if _, err := os.Stat(dir + "/" + m[1]); err != nil {
				t.Errorf("%s imports %s: %v", script, m[1], err)
			}
		}
		if lines := strings.Count(text, "\n"); lines > 250 {
			t.Errorf("%s has %d lines", script, lines)
		}
	}
}

func TestStaticListsNothing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/lib/", "/../web.go", "/nothing.js"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = path
		w := httptest.NewRecorder()
		web.Static().ServeHTTP(w, r)
		if w.Code == http.StatusOK {
			t.Errorf("%s is answered with %q", path, w.Body)
		}
	}
}

func find(t *testing.T, dir, ending string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS("."), dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ending) {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d files, %v", len(found), err)
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
