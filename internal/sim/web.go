package sim

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed sites
var webSites embed.FS

const webRequests = 1000 // how many requests are remembered

// Web is a small part of the public web: the sites of the sample companies,
// told apart by the Host header. It speaks plain HTTP only. "www." before a
// host leads to the same site; a host that it does not know is a 404.
type Web struct {
	calls[WebRequest]
	mu    sync.Mutex
	pages map[string]map[string]string // host, then path
}

// WebRequest is one page that somebody asked for.
type WebRequest struct {
	Host, Path, UserAgent string
	At                    time.Time
	Status                int
}

// NewWeb returns the web with the sample companies of sites/CAST.md on it.
func NewWeb() *Web {
	w := &Web{pages: map[string]map[string]string{}}
	w.most = webRequests
	err := fs.WalkDir(webSites, "sites", func(name string, d fs.DirEntry, err error) error {
		host, page, _ := strings.Cut(strings.TrimPrefix(name, "sites/"), "/")
		page, isPage := strings.CutSuffix(page, ".html")
		if err != nil || !isPage {
			return err
		}
		text, err := webSites.ReadFile(name)
		w.Add(host, "/"+strings.TrimSuffix(page, "index"), string(text))
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("embedded sites: %v", err))
	}
	return w
}

// Add puts a page on a site, in place of the one that was there. A path with
// the ending .txt is plain text, all others are HTML.
func (w *Web) Add(host, path, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pages[host] == nil {
		w.pages[host] = map[string]string{"/robots.txt": "User-agent: *\nAllow: /\n"}
	}
	w.pages[host][path] = body
}

// Hosts lists the sites, sorted.
func (w *Web) Hosts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.pages))
}

func (w *Web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	host, path, status := siteOf(r.Host), r.URL.Path, http.StatusOK
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	w.mu.Lock()
	body, found := w.pages[host][path]
	w.mu.Unlock()
	kind := "text/html"
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		out.Header().Set("Allow", "GET, HEAD")
		status, kind, body = http.StatusMethodNotAllowed, "text/plain", "only GET and HEAD are served here"
	case !found:
		status, body = http.StatusNotFound, "<!doctype html><title>404</title><h1>Page not found</h1>"
	case strings.HasSuffix(path, ".txt"):
		kind = "text/plain"
	}
	w.add(WebRequest{host, r.URL.Path, r.UserAgent(), time.Now().UTC(), status})
	out.Header().Set("Content-Type", kind+"; charset=utf-8")
	out.WriteHeader(status)
	_, _ = fmt.Fprint(out, body)
}

// siteOf is the site that a Host header means.
func siteOf(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(host), "."), "www.")
}
