// Package web holds the pages and sends them with headers that let nothing else in: no script and no style but our
// own files, no frame, no foreign address. Texts of visitors and staff reach the document as text only; the header
// require-trusted-types-for makes the browser refuse a script that would write HTML.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed pages static
var files embed.FS

// Page sends one of the pages. Images may also come from the other addresses; links may go anywhere.
func Page(name string, images ...string) http.Handler {
	body, err := files.ReadFile("pages/" + name)
	if err != nil {
		panic("web: no page " + name) // a fault of this program, found when it starts
	}
	policy := Policy(images...)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(body) // nothing can be done for a browser that has gone
	})
}

// Policy is the Content-Security-Policy of the pages.
func Policy(images ...string) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
		"img-src " + strings.Join(append([]string{"'self'"}, images...), " "),
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
}

// Static sends scripts, styles and pictures.
func Static() http.Handler {
	sub, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	server := http.FileServerFS(sub)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // nothing here is anybody's own
		if strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r) // no lists of files
			return
		}
		server.ServeHTTP(w, r)
	})
}

// Guard puts what every answer needs around a server: headers, and the two checks that keep other sites out.
//
// A page of another site that the user has open can send requests to our address; http.CrossOriginProtection refuses
// those that would change something. A site whose name is made to lead to our address ("DNS rebinding") would pass as
// ourselves; hosts are the names that we really have, and requests for any other are refused.
func Guard(next http.Handler, hosts ...string) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ok := false
		for _, host := range hosts {
			ok = ok || strings.EqualFold(r.Host, host)
		}
		if !ok {
			http.Error(w, "this server has another name", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
