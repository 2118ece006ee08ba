package page

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

func paths(pages []Page) []string {
	var out []string
	for _, p := range pages {
		out = append(out, strings.TrimPrefix(p.URL, "http://northwind.example"))
	}
	return out
}

func TestSiteReadsHomeAndAbout(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.FixedZone("CET", 3600))
	r, _ := mapped(t, serveHTML(map[string]string{
		"/":           `<html lang="it-IT"><title>Northwind</title><p>Fatturazione per team.</p><a href="/blog/about-our-new-office">News</a><a href="/chi-siamo/">Chi siamo</a>`,
		"/chi-siamo/": `<title>Chi siamo</title><p>Siamo in 250. Scrivici: info@northwind.example`,
	}), Options{Now: func() time.Time { return now }})
	pages, err := r.Site(t.Context(), "www.Northwind.example")
	if err != nil || !slices.Equal(paths(pages), []string{"/", "/chi-siamo/"}) {
		t.Fatalf("pages %v, error %v", paths(pages), err)
	}
	if home := pages[0]; home.Title != "Northwind" || home.Lang != "it" || home.FetchedAt != now.UTC() || !strings.Contains(home.Text, "Fatturazione per team.") {
		t.Errorf("home page %+v", home)
	}
	if want := "Chi siamo\nSiamo in 250. Scrivici: [mailbox]"; pages[1].Text != want {
		t.Errorf("about page %q, want %q", pages[1].Text, want)
	}
}

func TestSiteOverHTTPS(t *testing.T) {
	server := httptest.NewTLSServer(serveHTML(map[string]string{"/": "<p>secure"}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate()) // made for example.com
	r := NewReader(Options{RootCAs: roots, Resolve: Resolve{"example.com": netip.MustParseAddrPort(server.Listener.Addr().String())}})
	t.Cleanup(r.Close)
	pages, err := r.Site(t.Context(), "example.com")
	if err != nil || len(pages) != 1 || pages[0].URL != "https://example.com/" {
		t.Errorf("got %+v, %v", pages, err)
	}
}

func TestSiteIsTriedInOrder(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer string // host that has a page
		want   string
	}{
		{"bare", "northwind.example", "http://northwind.example/"},
		{"www", "www.northwind.example", "http://www.northwind.example/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, _ := mapped(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.Host != test.answer || req.URL.Path != "/" {
					http.NotFound(w, req)
					return
				}
				fmt.Fprint(w, "<!doctype html><p>home")
			}), Options{})
			pages, err := r.Site(t.Context(), "northwind.example")
			if err != nil || len(pages) != 1 || pages[0].URL != test.want {
				t.Errorf("got %+v, %v; want %s", pages, err, test.want)
			}
		})
	}
}

func TestSiteFurtherPages(t *testing.T) {
	links := `<nav><a href="/pricing">Pricing</a><a href="/jobs">Jobs</a><a href="/company/contact">Contact</a><a href="/about">About</a></nav>
		<footer><a href="/impressum.html">Impressum</a><a href="https://contoso.example/about-us">About us</a><a href="mailto:x@northwind.example">About us</a>
		<a href="/about-us.pdf">About us</a><a href="/#about">About us</a></footer>`
	all := map[string]string{"/": links, "/pricing": "p", "/jobs": "p", "/company/contact": "p", "/about": "p", "/impressum.html": "p"}
	for _, test := range []struct {
		name  string
		max   int
		pages map[string]string
		want  []string
		kinds string
	}{
		{"two", 2, all, []string{"/", "/about"}, " about"},
		{"six by default", 0, all, []string{"/", "/about", "/impressum.html", "/company/contact", "/jobs", "/pricing"}, " about imprint contact careers pricing"},
		{"home alone", 1, all, []string{"/"}, ""},
		{"second choice", 2, map[string]string{"/": `<a href="/legal">Legal notice</a>`, "/legal": "p"}, []string{"/", "/legal"}, " imprint"},
		{"broken about page", 2, map[string]string{"/": `<a href="/about">About</a><a href="/imprint">Imprint</a>`, "/imprint": "p"}, []string{"/", "/imprint"}, " imprint"},
		{"guessed", 2, map[string]string{"/": "no links", "/about": "p"}, []string{"/", "/about"}, " about"},
		{"nothing there", 2, map[string]string{"/": "no links"}, []string{"/"}, ""},
		{"the home page again", 3, map[string]string{"/": `<a href="/">About us</a><a href="http://www.northwind.example">About</a>`}, []string{"/"}, ""},
		{"https links on a plain site", 2, map[string]string{"/": `<a href="https://northwind.example/about">About</a>`, "/about": "p"}, []string{"/", "/about"}, " about"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, _ := mapped(t, serveHTML(test.pages), Options{MaxPages: test.max})
			pages, err := r.Site(t.Context(), "northwind.example")
			if err != nil || !slices.Equal(paths(pages), test.want) {
				t.Errorf("got %v, %v; want %v", paths(pages), err, test.want)
			}
			var kinds []string
			for _, p := range pages {
				kinds = append(kinds, p.Kind)
			}
			if got := strings.Join(kinds, " "); got != test.kinds {
				t.Errorf("kinds %q, want %q", got, test.kinds)
			}
		})
	}
}

func TestLinkRanking(t *testing.T) {
	for _, test := range []struct {
		kind, links, want string
	}{
		{"about", `<a href="/team">Team</a><a href="/about-us">More</a>`, "/about-us"},
		{"about", `<a href="/de/unternehmen">x</a><a href="/blog/2024/05/about">x</a>`, "/de/unternehmen"},
		{"about", `<a href="/wir.html"><span>Über</span> uns</a>`, "/wir.html"},
		{"about", `<a href="/p?id=7">À propos</a>`, "/p?id=7"},
		{"about", `<a href="/quienes-somos/index.html">x</a>`, "/quienes-somos/index.html"},
		{"about", `<a href="/ABOUT_US.aspx">x</a>`, "/ABOUT_US.aspx"},
		{"about", `<base href="/en/"><a href="about">x</a>`, "/en/about"},
		{"about", `<a href="/products">Products</a><a href="/what-we-think-about-the-future-of-billing">x</a>`, ""},
		{"imprint", `<a href="/privacy">Privacy</a><a href="/note-legali">Note legali</a>`, "/note-legali"},
		{"contact", `<a href="/kontakt">Kontakt</a>`, "/kontakt"},
		{"careers", `<a href="/lavora-con-noi">x</a>`, "/lavora-con-noi"},
		{"pricing", `<a href="/prezzi">x</a>`, "/prezzi"},
	} {
		doc, err := extract([]byte(test.links), "text/html; charset=utf-8", &url.URL{Scheme: "http", Host: "northwind.example", Path: "/"}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		k := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == test.kind })]
		got := ""
		if u := bestLink(doc.markup.links(), k, func(*url.URL) bool { return true }); u != nil {
			got = u.RequestURI()
		}
		if got != test.want {
			t.Errorf("%s in %s: %q, want %q", test.kind, test.links, got, test.want)
		}
	}
}

func TestSiteFaults(t *testing.T) {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		is      error
		kind    lead.FaultKind
		after   time.Duration
	}{
		{"nothing but 404", status(404), ErrNoSite, lead.Permanent, 0},
		{"gone", status(410), ErrNoSite, lead.Permanent, 0},
		{"forbidden", status(403), ErrUnreadable, lead.Permanent, 0},
		{"a picture", status(200, "Content-Type", "image/png"), ErrUnreadable, lead.Permanent, 0},
		{"a coding nobody asked for", status(200, "Content-Type", "text/html", "Content-Encoding", "br"), ErrUnreadable, lead.Permanent, 0},
		{"moved to somebody else", status(301, "Location", "https://contoso.example/"), ErrForeign, lead.Permanent, 0},
		{"broken", status(500), nil, lead.Temporary, 0},
		{"busy, says when", status(503, "Retry-After", "7"), nil, lead.Temporary, 7 * time.Second},
		{"throttled", status(429, "Retry-After", now.Add(time.Minute).Format(http.TimeFormat)), nil, lead.Throttled, time.Minute},
		{"throttled for ages", status(429, "Retry-After", "99999999999"), nil, lead.Throttled, time.Hour},
		{"throttled, in the past", status(429, "Retry-After", now.Add(-time.Hour).Format(http.TimeFormat)), nil, lead.Throttled, 0},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, lead.Temporary, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, _ := mapped(t, test.handler, Options{Now: func() time.Time { return now }})
			pages, err := r.Site(t.Context(), "northwind.example")
			kind, after := lead.KindOf(err)
			if err == nil || len(pages) != 0 || kind != test.kind || after != test.after {
				t.Errorf("got %v, %v (kind %d, after %v)", pages, err, kind, after)
			}
			for _, sentinel := range []error{ErrNoSite, ErrUnreadable, ErrForeign, ErrForbiddenAddress} {
				if errors.Is(err, sentinel) != (sentinel == test.is) {
					t.Errorf("error %v; is %v: %v", err, sentinel, errors.Is(err, sentinel))
				}
			}
		})
	}
}

// What happens before any server answers.
func TestSiteUnreachable(t *testing.T) {
	nxdomain := &net.DNSError{Err: "no such host", Name: "northwind.example", IsNotFound: true}
	for _, test := range []struct {
		name    string
		lookup  error
		dial    error
		is      error
		kind    lead.FaultKind
		lookups int
	}{
		{"no such host", nxdomain, nil, ErrNoSite, lead.Permanent, 2},
		{"resolver down", &net.DNSError{Err: "server misbehaving", IsTemporary: true}, nil, nil, lead.Temporary, 2},
		{"refused", nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, ErrNoSite, lead.Permanent, 4},
		{"no route", nil, &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, nil, lead.Temporary, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			lookups := 0
			r := NewReader(Options{
				Lookup: func(context.Context, string) ([]netip.Addr, error) {
					lookups++
					return []netip.Addr{netip.MustParseAddr(publicIP)}, test.lookup
				},
				Dial: func(context.Context, string, string) (net.Conn, error) { return nil, test.dial },
			})
			_, err := r.Site(t.Context(), "northwind.example")
			kind, _ := lead.KindOf(err)
			if kind != test.kind || errors.Is(err, ErrNoSite) != (test.is == ErrNoSite) || lookups != test.lookups {
				t.Errorf("error %v (kind %d) after %d look-ups", err, kind, lookups)
			}
		})
	}
}

func TestSiteWithUntrustedCertificate(t *testing.T) {
	server := httptest.NewTLSServer(serveHTML(map[string]string{"/": "<p>secure"}))
	server.Config.ErrorLog = discardLog
	t.Cleanup(server.Close)
	r := NewReader(Options{Resolve: Resolve{"*": netip.MustParseAddrPort(server.Listener.Addr().String())}})
	t.Cleanup(r.Close)
	_, err := r.Site(t.Context(), "northwind.example")
	if kind, _ := lead.KindOf(err); err == nil || kind != lead.Temporary {
		t.Errorf("got %v, want a temporary fault", err)
	}
}

func TestPage(t *testing.T) {
	r, _ := mapped(t, serveHTML(map[string]string{"/jobs": "<title>Jobs</title><p>We hire"}), Options{})
	for _, test := range []struct {
		url  string
		want error
	}{
		{"http://northwind.example/jobs#now", nil},
		{"HTTPS://WWW.Northwind.Example/jobs", nil},
		{"http://northwind.example/nothing", ErrNotFound},
		{"http://contoso.example/jobs", ErrForeign},
		{"http://notnorthwind.example/jobs", ErrForeign},
		{"northwind.example/jobs", ErrForbiddenAddress},
		{"/jobs", ErrForbiddenAddress},
		{"http://127.0.0.1/jobs", ErrForbiddenAddress},
		{"http://northwind.example:8080/jobs", ErrForbiddenAddress},
		{"http://user@northwind.example/jobs", ErrForbiddenAddress},
		{"", ErrForbiddenAddress},
	} {
		page, err := r.Page(t.Context(), test.url, "northwind.example")
		if !errors.Is(err, test.want) {
			t.Errorf("Page(%q): %v, want %v", test.url, err, test.want)
		}
		if test.want == nil && (page.Title != "Jobs" || strings.Contains(page.URL, "#")) {
			t.Errorf("Page(%q) = %+v", test.url, page)
		}
	}
}

func TestSiteThatThrottlesOrMovedIsAskedOnce(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusMovedPermanently} {
		asked := 0
		r, _ := mapped(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if status == http.StatusTooManyRequests || req.URL.Path != "/robots.txt" {
				asked++
			}
			w.Header().Set("Location", "https://contoso.example/")
			w.WriteHeader(status)
		}), Options{})
		if _, err := r.Site(t.Context(), "northwind.example"); err == nil || asked != 1 {
			t.Errorf("%d: asked %d times, error %v", status, asked, err)
		}
	}
}
