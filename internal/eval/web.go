package eval

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/page"
)

// web serves the saved pages, each company's under its own host name.
type web map[string]SavedPage // by domain and path

// serve listens on 127.0.0.1 and returns where every host is to be asked, so
// that no name is looked up and no real site is called.
func serve(set []Company) (resolve page.Resolve, stop func(), err error) {
	w := web{}
	for _, c := range set {
		for _, p := range c.Pages {
			w[c.Domain+p.Path] = p
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("serve the saved pages: %w", err)
	}
	server := &http.Server{Handler: w, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	go server.Serve(listener)
	at, err := netip.ParseAddrPort(listener.Addr().String())
	return page.Resolve{"*": at}, func() { server.Close() }, err
}

func (w web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	domain, _ := company.Domain(host)
	p, found := w[domain+"/"+strings.Trim(r.URL.Path, "/")]
	if !found {
		http.NotFound(out, r)
		return
	}
	kind := "text/html"
	if p.Text != "" {
		kind = "text/plain"
	}
	out.Header().Set("Content-Type", kind+"; charset=utf-8")
	fmt.Fprint(out, p.Text+p.HTML)
}
