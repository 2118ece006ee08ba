package page

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPagesAreReadOnce(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	var rec recorded
	r, _ := mapped(t, rec.over(serveHTML(map[string]string{"/": `<a href="/about">About</a>`, "/about": "p"})), Options{Now: func() time.Time { return now }})
	for range 2 {
		if pages, err := r.Site(t.Context(), "northwind.example"); err != nil || len(pages) != 2 {
			t.Fatalf("%v, %v", paths(pages), err)
		}
	}
	for _, url := range []string{"http://northwind.example/about", "https://northwind.example/about/", "http://www.northwind.example/about#team"} {
		if p, err := r.Page(t.Context(), url, "northwind.example"); err != nil || p.URL != "http://northwind.example/about" {
			t.Errorf("%s: %q, %v", url, p.URL, err)
		}
	}
	if rec.times("/") != 1 || rec.times("/about") != 1 || rec.times("/robots.txt") != 1 {
		t.Errorf("asked for %v", rec.paths)
	}
	now = now.Add(6 * time.Minute)
	if _, err := r.Site(t.Context(), "northwind.example"); err != nil || rec.times("/") != 2 || rec.times("/robots.txt") != 2 {
		t.Errorf("after six minutes: %v, %v", rec.paths, err)
	}
}

func TestForgottenPagesAreReadAgain(t *testing.T) {
	var rec recorded
	r, _ := mapped(t, rec.over(serveHTML(map[string]string{"/": `<a href="/about">About</a>`, "/about": "p"})), Options{})
	read := func(domain string) {
		t.Helper()
		if _, err := r.Site(t.Context(), domain); err != nil {
			t.Fatal(err)
		}
	}
	read("northwind.example")
	read("contoso.example")
	r.Forget("www.northwind.example")
	r.Forget("not a domain")
	read("contoso.example")
	if rec.times("/") != 2 {
		t.Errorf("another company's pages were read again: %v", rec.paths)
	}
	read("northwind.example")
	if rec.times("/") != 3 || rec.times("/about") != 3 || rec.times("/robots.txt") != 3 {
		t.Errorf("asked for %v", rec.paths)
	}
}

// A kept page is still only a page of its own company.
func TestKeptPagesStayWithTheirCompany(t *testing.T) {
	r, _ := mapped(t, serveHTML(map[string]string{"/": "p"}), Options{})
	if _, err := r.Page(t.Context(), "http://contoso.example/", "contoso.example"); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"http://contoso.example/", "http://contoso.example:8080/", "http://user@contoso.example/"} {
		for _, domain := range []string{"northwind.example", "contoso.example"} {
			if _, err := r.Page(t.Context(), url, domain); err == nil && (domain != "contoso.example" || url != "http://contoso.example/") {
				t.Errorf("%s was read for %s", url, domain)
			}
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	c := newCache[int](time.Minute, 100)
	for i := range 50 {
		c.put(fmt.Sprint(i), i, 10, now)
	}
	if c.used > 100 || len(c.known) != 10 || c.order.Len() != 10 {
		t.Errorf("%d bytes in %d entries", c.used, len(c.known))
	}
	if _, ok := c.get("39", now); ok {
		t.Error("the oldest is still there")
	}
	if v, ok := c.get("49", now); !ok || v != 49 {
		t.Error("the newest is gone")
	}
	c.put("49", 7, 20, now)
	if v, _ := c.get("49", now); v != 7 || c.used > 100 {
		t.Errorf("replaced: %d, %d bytes", v, c.used)
	}
	c.put("large", 1, 26, now)
	if _, ok := c.get("large", now); ok {
		t.Error("one entry took more than its share")
	}
	if _, ok := c.get("49", now.Add(61*time.Second)); ok {
		t.Error("an entry outlived its time")
	}
	off := newCache[int](-1, 100)
	off.put("a", 1, 1, now)
	if _, ok := off.get("a", now); ok {
		t.Error("kept although nothing is to be kept")
	}
}

func TestOneConnectionAtATime(t *testing.T) {
	var open, most atomic.Int32
	r, _ := mapped(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/robots.txt" {
			http.NotFound(w, req)
			return
		}
		if n := open.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer open.Add(-1)
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<p>" + strings.Repeat("x ", 10_000)))
	}), Options{})
	done := make(chan error)
	for i := range 8 {
		go func() {
			_, err := r.Page(context.WithoutCancel(t.Context()), fmt.Sprint("http://northwind.example/", i), "northwind.example")
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d requests at once", most.Load())
	}
}
