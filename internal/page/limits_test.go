package page

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"leadtriage/internal/lead"
)

var discardLog = log.New(io.Discard, "", 0)

func TestDecompressionBomb(t *testing.T) {
	const unpacked = 512 << 20
	r, _ := mapped(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		zip, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		chunk := []byte(strings.Repeat("bomb ", 1<<18))
		for sent := 0; sent < unpacked; sent += len(chunk) {
			if _, err := zip.Write(chunk); err != nil {
				return
			}
		}
		zip.Close()
	}), Options{MaxBytes: 1 << 20, MaxRunes: 5000})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	page, err := r.Page(t.Context(), "http://northwind.example/", "northwind.example")
	runtime.ReadMemStats(&after)
	if err != nil || utf8.RuneCountInString(page.Text) != 5000 {
		t.Errorf("got %d runes, %v", utf8.RuneCountInString(page.Text), err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 96<<20 { // other tests run beside it
		t.Errorf("reading it took %d MB", used>>20)
	}
}

func TestEndlessBodyIsReadToTheLimit(t *testing.T) {
	ended := make(chan struct{})
	r, _ := mapped(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/robots.txt" {
			http.NotFound(w, req)
			return
		}
		defer close(ended)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for {
			if _, err := io.WriteString(w, "<p>größer und größer\n"); err != nil {
				return
			}
		}
	}), Options{MaxBytes: 100_001})
	page, err := r.Page(t.Context(), "http://northwind.example/", "northwind.example")
	if err != nil || !strings.HasPrefix(page.Text, "größer und größer\ngrößer") || strings.ContainsRune(page.Text[:1000], utf8.RuneError) {
		t.Errorf("got %.60q, %v", page.Text, err)
	}
	<-ended // the server notices that nobody reads on
}

func TestBrokenOffBodyIsUsed(t *testing.T) {
	r, _ := mapped(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "<p>half a page")
	}), Options{})
	page, err := r.Page(t.Context(), "http://northwind.example/", "northwind.example")
	if err != nil || page.Text != "half a page" {
		t.Errorf("got %q, %v", page.Text, err)
	}
}

// A server that accepts and then says nothing, or drips, costs the time-out and
// no more; the bubble's clock makes that exact.
func TestSlowServer(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() },
		"drips": func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			for req.Context().Err() == nil {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				select {
				case <-time.After(time.Second):
				case <-req.Context().Done():
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWeb(t, handler)
				r := w.reader(t, Options{Timeout: 3 * time.Second})
				begin := time.Now()
				_, err := r.Page(t.Context(), "http://northwind.example/", "northwind.example")
				if kind, _ := lead.KindOf(err); err == nil || kind != lead.Temporary || !strings.Contains(err.Error(), ": it does not answer in time") {
					t.Errorf("got %v, want a temporary fault", err)
				}
				if took := time.Since(begin); took != 3*time.Second {
					t.Errorf("it took %v, want 3s", took)
				}
				begin = time.Now()
				if _, err := r.Site(t.Context(), "northwind.example"); err == nil {
					t.Error("a silent site was read")
				}
				if took := time.Since(begin); took > 6*time.Second {
					t.Errorf("the site took %v, want at most two time-outs", took)
				}
			})
		})
	}
}

// Ports that swallow packets: no address of a site takes its whole share.
func TestFilteredPorts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		r := NewReader(Options{
			Timeout: 5 * time.Second,
			Resolve: Resolve{"*": netip.MustParseAddrPort("127.0.0.1:80")},
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				dials.Add(1)
				<-ctx.Done()
				return nil, ctx.Err()
			},
		})
		begin := time.Now()
		_, err := r.Site(t.Context(), "northwind.example")
		if kind, _ := lead.KindOf(err); err == nil || kind != lead.Temporary {
			t.Errorf("got %v, want a temporary fault", err)
		}
		if took := time.Since(begin); took != 10*time.Second || dials.Load() != 3 {
			t.Errorf("%d dials in %v, want 3 in two time-outs", dials.Load(), took)
		}
		<-time.After(connectTimeout) // the last dial ends by itself
	})
}

// Nothing stays behind of a server that never shakes hands, or of a resolver
// that never answers; the bubble would not end.
func TestSilentHandshakeAndResolver(t *testing.T) {
	for name, opts := range map[string]Options{
		"handshake": {
			Resolve: Resolve{"*": netip.MustParseAddrPort("127.0.0.1:443")},
			Dial: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go io.Copy(io.Discard, far)
				return near, nil
			},
		},
		"resolver": {Lookup: func(ctx context.Context, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts.Timeout = 3 * time.Second
				r := NewReader(opts)
				_, err := r.Page(t.Context(), "https://northwind.example/", "northwind.example")
				if kind, _ := lead.KindOf(err); err == nil || kind != lead.Temporary {
					t.Errorf("got %v, want a temporary fault", err)
				}
				<-time.After(connectTimeout)
			})
		})
	}
}

func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWeb(t, func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := w.reader(t, Options{}).Site(ctx, "northwind.example")
		if kind, _ := lead.KindOf(err); err == nil || kind != lead.Temporary || time.Since(begin) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
	})
}

func TestDelayBetweenPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []time.Duration
		begin := time.Now()
		w := newWeb(t, func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path != "/robots.txt" {
				asked = append(asked, time.Since(begin))
			}
			fmt.Fprint(w, "<!doctype html><p>page")
		})
		r := w.reader(t, Options{Delay: 2 * time.Second})
		for i := range 3 {
			if _, err := r.Page(t.Context(), fmt.Sprint("http://northwind.example/", i), "northwind.example"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Page(t.Context(), "http://contoso.example/", "contoso.example"); err != nil {
			t.Fatal(err)
		}
		if want := "[0s 2s 4s 4s]"; fmt.Sprint(asked) != want {
			t.Errorf("asked at %v, want %s: another company does not wait", asked, want)
		}
	})
}
