package app

import (
	"net"
	"net/http"

	"github.com/usherchat/usher/examples/livechat/web"
)

// deskServer is the chat backend's server: three pages with what they ask for, and the incoming API.
func (a *App) deskServer(desk, admin, overview http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", web.Page("index.html"))
	mux.Handle("GET /staff", web.Page("staff.html", a.SourceURL()))
	mux.Handle("GET /admin", web.Page("admin.html"))
	mux.Handle("GET /overview", web.Page("overview.html", a.SourceURL()))
	mux.Handle("GET /static/", http.StripPrefix("/static", web.Static()))
	mux.Handle("/desk/", desk)
	mux.Handle("/admin/", admin)
	mux.Handle("/overview/", overview)
	mux.Handle("/usher/", http.StripPrefix("/usher", a.hub.Handler())) // sources post here
	mux.HandleFunc("GET /visitor", a.visitor)
	return web.Guard(mux, names(a.config.Desk)...)
}

// sourceServer is the third party's server: the visitors' page with what it asks for, and the webhook.
func (a *App) sourceServer(source http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", web.Page("visitor.html"))
	mux.Handle("GET /static/", http.StripPrefix("/static", web.Static()))
	mux.Handle("/", source)
	return web.Guard(mux, names(a.config.Source)...)
}

// visitor sends the browser on to the third party, whose address the pages do not know.
func (a *App) visitor(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, a.SourceURL()+"/", http.StatusSeeOther)
}

// names are the hosts that a listener is called by.
func names(l net.Listener) []string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return []string{l.Addr().String()}
	}
	return []string{net.JoinHostPort(host, port), net.JoinHostPort("localhost", port)}
}
