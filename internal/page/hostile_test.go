package page

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// hostileURLs reads the shipped list, and a longer one where LEADTRIAGE_HOSTILE_URLS
// names it.
func hostileURLs(t *testing.T) []string {
	t.Helper()
	var urls []string
	for _, file := range []string{"testdata/hostile-urls.txt", os.Getenv("LEADTRIAGE_HOSTILE_URLS")} {
		text, err := os.ReadFile(file)
		if err != nil && file != "" {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
				urls = append(urls, line)
			}
		}
	}
	if len(urls) < 40 {
		t.Fatalf("only %d hostile addresses", len(urls))
	}
	return urls
}

func hostileAddrs(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/hostile-addresses.txt")
	if err != nil {
		t.Fatal(err)
	}
	addrs := strings.Fields(string(text))
	if len(addrs) < 40 {
		t.Fatalf("only %d hostile addresses", len(addrs))
	}
	return addrs
}

// A page, a model or a lead names a hostile address: whatever a resolver makes
// of its host, nothing but public web addresses is dialled.
func TestHostileURLs(t *testing.T) {
	addrs := hostileAddrs(t)
	for i, hostile := range hostileURLs(t) {
		w := newWeb(t, func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, hostile, http.StatusFound) })
		w.answers = func(host string) []string {
			if _, err := netip.ParseAddr(host); err == nil {
				return []string{host}
			}
			if host == "northwind.example" || host == "www.northwind.example" {
				return []string{publicIP}
			}
			return []string{addrs[i%len(addrs)]}
		}
		r := w.reader(t, Options{})
		domain, err := company.Domain(hostile)
		if err != nil {
			domain = "northwind.example"
		}
		for _, owner := range []string{domain, "northwind.example"} {
			if page, err := r.Page(t.Context(), hostile, owner); err == nil {
				t.Errorf("Page(%q) for %s read %q", hostile, owner, page.URL)
			}
		}
		if u, err := url.Parse(hostile); err == nil {
			r.Site(t.Context(), u.Host)
		}
		// As the place that the company's own page redirects to.
		if _, err := r.Page(t.Context(), "http://northwind.example/", "northwind.example"); err == nil {
			t.Errorf("a redirect to %q was read", hostile)
		}
		if bad := w.forbidden(); bad != nil {
			t.Errorf("%q: dialled %v", hostile, bad)
		}
	}
}

// The check at connect time stands by itself, should an address get past the
// URL's: as literal, and as the answer of a resolver.
func TestHostileAddresses(t *testing.T) {
	for _, hostile := range hostileAddrs(t) {
		w := newWeb(t, http.NotFound)
		w.answers = func(string) []string { return []string{hostile} }
		d := newDialer(Options{Lookup: w.lookup, Dial: w.dial})
		addr := netip.MustParseAddr(hostile)
		for _, target := range []string{netip.AddrPortFrom(addr, 80).String(), netip.AddrPortFrom(addr, 443).String(), "northwind.example:443"} {
			conn, err := d.DialContext(t.Context(), "tcp", target)
			if conn != nil || !errors.Is(err, ErrForbiddenAddress) {
				t.Errorf("%s answered by %s: error %v, want ErrForbiddenAddress", target, hostile, err)
			}
		}
		if w.dialled() != 0 {
			t.Errorf("%s: dialled %v", hostile, w.dials)
		}
		if err := publicOnly.Safe("tcp"+map[bool]string{true: "4", false: "6"}[addr.Is4()], netip.AddrPortFrom(addr, 443).String(), nil); err == nil {
			t.Errorf("the socket check lets %s through", hostile)
		}
	}
}

func TestOtherPortsAreNotDialled(t *testing.T) {
	w := newWeb(t, http.NotFound)
	d := newDialer(Options{Lookup: w.lookup, Dial: w.dial})
	for _, target := range []string{"northwind.example:22", "northwind.example:8080", publicIP + ":6379"} {
		if _, err := d.DialContext(t.Context(), "tcp", target); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("%s: error %v, want ErrForbiddenAddress", target, err)
		}
	}
	if w.dialled() != 0 {
		t.Errorf("dialled %v", w.dials)
	}
}

func TestPrivateAnswersAreLeftOut(t *testing.T) {
	w := newWeb(t, serveHTML(map[string]string{"/": "<p>Northwind"}))
	w.answers = func(string) []string { return []string{"10.0.0.7", "::ffff:127.0.0.1", publicIP, "fd00::1"} }
	page, err := w.reader(t, Options{}).Page(t.Context(), "http://northwind.example/", "northwind.example")
	if err != nil || page.Text != "Northwind" {
		t.Errorf("got %q, %v", page.Text, err)
	}
	if bad := w.forbidden(); bad != nil {
		t.Errorf("dialled %v", bad)
	}
}

func TestMappedPublicAnswerIsDialledAsIPv4(t *testing.T) {
	w := newWeb(t, serveHTML(map[string]string{"/": "<p>Northwind"}))
	w.answers = func(string) []string { return []string{"::ffff:" + publicIP} }
	if _, err := w.reader(t, Options{}).Page(t.Context(), "http://northwind.example/", "northwind.example"); err != nil {
		t.Error(err)
	}
	if len(w.dials) != 1 || w.dials[0] != publicIP+":80" {
		t.Errorf("dialled %v", w.dials)
	}
}

// The second look-up of a name answers another address than the first: each
// connection goes to an address that its own look-up gave and that was checked.
func TestDNSThatChangesItsAnswer(t *testing.T) {
	asked := 0
	w := newWeb(t, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Connection", "close")
		http.Redirect(w, req, "/again", http.StatusFound)
	})
	w.answers = func(string) []string {
		asked++
		if asked == 1 {
			return []string{publicIP}
		}
		return []string{"169.254.169.254"}
	}
	_, err := w.reader(t, Options{}).Page(t.Context(), "http://northwind.example/", "northwind.example")
	if kind, _ := lead.KindOf(err); !errors.Is(err, ErrForbiddenAddress) || kind != lead.Permanent {
		t.Errorf("error %v, want a permanent ErrForbiddenAddress", err)
	}
	if asked != 2 || w.dialled() != 1 {
		t.Errorf("%d look-ups and dials %v, want two look-ups and one dial", asked, w.dials)
	}
}

func TestRedirectsStayWithTheCompany(t *testing.T) {
	for _, test := range []struct {
		to   string
		want error
	}{
		{"http://www.northwind.example/en", nil},
		{"//shop.northwind.example/", nil},
		{"/en#team", nil},
		{"http://contoso.example/", ErrForeign},
		{"http://northwind.example.contoso.example/", ErrForeign},
		{"http://northwind.example:8080/", ErrForbiddenAddress},
		{"http://user:secret@northwind.example/", ErrForbiddenAddress},
		{"ftp://northwind.example/", ErrForbiddenAddress},
		{"file:///etc/hosts", ErrForbiddenAddress},
		{"http://169.254.169.254/latest/meta-data/", ErrForbiddenAddress},
		{"http://[::1]/", ErrForbiddenAddress},
		{"/", ErrUnreadable}, // without end
	} {
		w := newWeb(t, func(w http.ResponseWriter, req *http.Request) {
			if req.Header.Get("Referer") != "" || req.Header.Get("Cookie") != "" || req.Header.Get("Authorization") != "" {
				t.Errorf("to %s: the request carries %v", test.to, req.Header)
			}
			if req.URL.Path == "/" && req.Host == "northwind.example" {
				w.Header().Set("Set-Cookie", "session=1")
				w.Header().Set("Location", test.to)
				w.WriteHeader(http.StatusMovedPermanently)
				return
			}
			w.Write([]byte("<!doctype html><p>here"))
		})
		page, err := w.reader(t, Options{}).Page(t.Context(), "http://northwind.example/", "northwind.example")
		if !errors.Is(err, test.want) || test.want == nil && (err != nil || page.Text != "here") {
			t.Errorf("to %s: got %+v, error %v, want %v", test.to, page, err, test.want)
		}
		if kind, _ := lead.KindOf(err); test.want != nil && kind != lead.Permanent {
			t.Errorf("to %s: fault %v is not permanent", test.to, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("to %s: the error gives the password away: %v", test.to, err)
		}
	}
}

func TestResolveIsTheOnlyException(t *testing.T) {
	w := newWeb(t, http.NotFound)
	w.answers = func(string) []string { return []string{"127.0.0.1"} }
	r := w.reader(t, Options{Resolve: Resolve{"northwind.example": netip.MustParseAddrPort("127.0.0.1:80")}})
	if _, err := r.Page(t.Context(), "http://contoso.example/", "contoso.example"); !errors.Is(err, ErrForbiddenAddress) {
		t.Errorf("a host without entry reached the fixed address: %v", err)
	}
	r.Page(t.Context(), "http://northwind.example/", "northwind.example")
	if len(w.dials) != 1 || w.dials[0] != "127.0.0.1:80" || len(w.lookups) != 1 {
		t.Errorf("dials %v, look-ups %v; want one dial of the fixed address and no look-up for it", w.dials, w.lookups)
	}
}

func TestProxyOfTheEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://10.0.0.1:3128")
	t.Setenv("HTTPS_PROXY", "http://10.0.0.1:3128")
	transport := newClient(Options{}).Transport.(*http.Transport)
	if transport.Proxy != nil {
		t.Error("the client asks for a proxy")
	}
}
