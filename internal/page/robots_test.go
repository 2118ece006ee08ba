package page

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"leadtriage/internal/lead"
)

func TestRobotsRules(t *testing.T) {
	for name, test := range map[string]struct {
		robots, path string
		agent        string
		want         bool
	}{
		"empty":                      {"", "/", "", true},
		"allow all":                  {"User-agent: *\nAllow: /\n", "/about", "", true},
		"disallow nothing":           {"User-agent: *\nDisallow:\n", "/about", "", true},
		"disallow all":               {"User-agent: *\nDisallow: /\n", "/", "", false},
		"a folder":                   {"User-agent: *\nDisallow: /company/\n", "/company/about", "", false},
		"beside the folder":          {"User-agent: *\nDisallow: /company/\n", "/company", "", true},
		"longest rule wins":          {"User-agent: *\nDisallow: /\nAllow: /about\n", "/about", "", true},
		"query":                      {"User-agent: *\nDisallow: /*?session\n", "/about?session=1", "", false},
		"end":                        {"User-agent: *\nDisallow: /*.html$\n", "/about.html", "", false},
		"our own group":              {"User-agent: *\nAllow: /\n\nUser-agent: LeadTriage\nDisallow: /\n", "/", "", false},
		"our own group is looser":    {"User-agent: *\nDisallow: /\n\nUser-agent: leadtriage\nDisallow: /private\n", "/", "", true},
		"somebody else's group":      {"User-agent: gptbot\nDisallow: /\n", "/", "", true},
		"by another name":            {"User-agent: acmebot\nDisallow: /\n", "/", "acmebot/2.1 (+https://acme.example)", false},
		"groups share rules":         {"User-agent: gptbot\nUser-agent: *\nDisallow: /\n", "/", "", false},
		"comments, tabs, CRLF, mark": {"\uFEFF# hello\r\nUser-agent:\t*  # all\r\nDisallow: / # no\r\n", "/", "", false},
		"one broken line":            {"User-agent: *\nCrawl-delay: soon\nwhatever\nDisallow: /\n", "/", "", false},
		"a rule before any name":     {"Disallow: /x\nUser-agent: *\nDisallow: /y\n", "/y", "", false},
		"a page instead":             {"<html><body>User-agent: *\nDisallow: /", "/", "", true},
		"not text at all":            {"\x00\x01\xff\xfe", "/", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			if test.agent == "" {
				test.agent = DefaultUserAgent
			}
			u, err := url.Parse("https://northwind.example" + test.path)
			if err != nil {
				t.Fatal(err)
			}
			if got := readRobots([]byte(test.robots), test.agent).allow(u); got != test.want {
				t.Errorf("allowed %v, want %v", got, test.want)
			}
		})
	}
}

// recorded notes what is asked for, in order.
type recorded struct {
	mu    sync.Mutex
	paths []string
}

func (rec *recorded) over(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		rec.mu.Lock()
		rec.paths = append(rec.paths, req.URL.Path)
		rec.mu.Unlock()
		next(w, req)
	}
}

func (rec *recorded) times(path string) int {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	n := 0
	for _, p := range rec.paths {
		if p == path {
			n++
		}
	}
	return n
}

func withRobots(robots string, pages map[string]string) http.HandlerFunc {
	site := serveHTML(pages)
	return func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/robots.txt" {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte(robots))
			return
		}
		site(w, req)
	}
}

func TestDisallowedSiteIsNotRead(t *testing.T) {
	var rec recorded
	r, _ := mapped(t, rec.over(withRobots("User-agent: *\nDisallow: /", map[string]string{"/": "<p>secret"})), Options{})
	pages, err := r.Site(t.Context(), "northwind.example")
	if kind, _ := lead.KindOf(err); !errors.Is(err, ErrDisallowed) || kind != lead.Permanent || len(pages) != 0 {
		t.Errorf("got %v, %v", pages, err)
	}
	if !slices.Equal(rec.paths, []string{"/robots.txt"}) {
		t.Errorf("asked for %v", rec.paths)
	}
}

func TestDisallowedPagesAreLeftOut(t *testing.T) {
	var rec recorded
	r, _ := mapped(t, rec.over(withRobots("User-agent: *\nDisallow: /about\nDisallow: /private", map[string]string{
		"/": `<a href="/about">About</a><a href="/imprint">Imprint</a><a href="/contact">Contact</a>`, "/about": "secret", "/imprint": "p", "/private": "secret",
	})), Options{})
	pages, err := r.Site(t.Context(), "northwind.example")
	if err != nil || !slices.Equal(paths(pages), []string{"/", "/imprint"}) {
		t.Errorf("got %v, %v", paths(pages), err)
	}
	if _, err := r.Page(t.Context(), "http://northwind.example/private", "northwind.example"); !errors.Is(err, ErrDisallowed) {
		t.Errorf("a page that the model asks for: %v", err)
	}
	if rec.times("/about")+rec.times("/private") != 0 || rec.times("/robots.txt") != 1 {
		t.Errorf("asked for %v", rec.paths)
	}
}

// A page that redirects to one that is disallowed is not read there.
func TestRedirectToADisallowedPage(t *testing.T) {
	var rec recorded
	site := withRobots("User-agent: *\nDisallow: /private", map[string]string{"/private": "secret"})
	r, _ := mapped(t, rec.over(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/" {
			http.Redirect(w, req, "/private", http.StatusFound)
			return
		}
		site(w, req)
	}), Options{})
	_, err := r.Page(t.Context(), "http://northwind.example/", "northwind.example")
	if kind, _ := lead.KindOf(err); !errors.Is(err, ErrDisallowed) || kind != lead.Permanent || rec.times("/private") != 0 {
		t.Errorf("%v after %v", err, rec.paths)
	}
}

func TestRobotsThatFail(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer func(w http.ResponseWriter, req *http.Request)
		reads  bool
	}{
		{"not found", http.NotFound, true},
		{"forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, true},
		{"somebody else's", func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, "https://contoso.example/robots.txt", http.StatusMovedPermanently)
		}, true},
		{"without end", func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, "/robots.txt", http.StatusFound) }, true},
		{"broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, false},
		{"throttled", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, false},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
		{"half a megabyte of patterns", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte("User-agent: *\n" + strings.Repeat("Disallow: /*a*b*c\n", 60_000)))
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var rec recorded
			r, server := mapped(t, rec.over(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == "/robots.txt" {
					test.answer(w, req)
					return
				}
				serveHTML(map[string]string{"/": "<p>home"})(w, req)
			}), Options{})
			server.Config.ErrorLog = discardLog
			_, err := r.Page(t.Context(), "http://northwind.example/", "northwind.example")
			if read := rec.times("/") == 1; read != test.reads || (err == nil) != test.reads {
				t.Errorf("read %v, error %v, want it read: %v", read, err, test.reads)
			}
			if kind, _ := lead.KindOf(err); err != nil && kind == lead.Permanent {
				t.Errorf("%v would never be tried again", err)
			}
		})
	}
}

func TestCrawlDelayIsKeptWithinLimits(t *testing.T) {
	for robots, want := range map[string]time.Duration{
		"User-agent: *\nCrawl-delay: 2":    2 * time.Second,
		"User-agent: *\nCrawl-delay: 3600": maxCrawlDelay,
		"User-agent: *\nCrawl-delay: x":    0,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWeb(t, withRobots(robots, map[string]string{"/": `<a href="/about">About</a>`, "/about": "p"}))
			begin := time.Now()
			pages, err := w.reader(t, Options{}).Site(t.Context(), "northwind.example")
			if err != nil || len(pages) != 2 || time.Since(begin) != want {
				t.Errorf("%q: %d pages in %v, %v; want %v", robots, len(pages), time.Since(begin), err, want)
			}
		})
	}
}

// Whatever a site does to slow us down, its pages so far come back in time.
func TestSiteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		links := `<a href="/about">About</a><a href="/imprint">Imprint</a><a href="/contact">Contact</a><a href="/jobs">Jobs</a>`
		w := newWeb(t, withRobots("User-agent: *\nCrawl-delay: 5", map[string]string{"/": links, "/about": "p", "/imprint": "p", "/contact": "p", "/jobs": "p"}))
		begin := time.Now()
		pages, err := w.reader(t, Options{SiteTimeout: 12 * time.Second}).Site(t.Context(), "northwind.example")
		if took := time.Since(begin); err != nil || len(pages) != 3 || took > 12*time.Second {
			t.Errorf("%d pages in %v, %v; want home, about and imprint within 12s", len(pages), took, err)
		}
	})
}
