package sim_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"leadtriage/internal/sim"
)

// startWeb returns a client for which every host leads to the simulated web.
func startWeb(t *testing.T) (*sim.Web, *http.Client) {
	t.Helper()
	web := sim.NewWeb()
	server := httptest.NewServer(web)
	t.Cleanup(server.Close)
	transport := &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(server.URL, "http://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return web, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func get(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp, string(body)
}

func TestSitesByHost(t *testing.T) {
	web, client := startWeb(t)
	web.Add("new.example", "/about", "<p>Hello</p>")
	tests := []struct {
		url    string
		status int
		says   string
	}{
		{"http://northwind.example/", 200, "billing"},
		{"http://www.northwind.example/about", 200, "our team of 250"},
		{"http://NORTHWIND.example:8080/about/", 200, "our team of 250"},
		{"http://havelpay.example/ueber-uns", 200, "über 500 Mitarbeiter"},
		{"http://harbourline.example/company/numbers", 200, "Employees: 90"},
		{"http://northwind.example/robots.txt", 200, "User-agent"},
		{"http://northwind.example/ueber-uns", 404, "not found"},
		{"http://nobody.example/", 404, "not found"},
		{"http://new.example/about", 200, "Hello"},
		{"http://new.example/", 404, "not found"},
	}
	for _, test := range tests {
		resp, body := get(t, client, test.url)
		if resp.StatusCode != test.status || !strings.Contains(body, test.says) {
			t.Errorf("%s: %d %.60q", test.url, resp.StatusCode, body)
		}
	}
	if resp, err := client.Post("http://northwind.example/", "text/plain", nil); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a post: %v %v", resp, err)
	} else {
		_ = resp.Body.Close()
	}
	seen := web.Requests()
	if len(seen) != len(tests)+1 || seen[1].Host != "northwind.example" || seen[6].Status != 404 {
		t.Errorf("seen %+v", seen)
	}
}

func TestWebFaults(t *testing.T) {
	web, client := startWeb(t)
	const url = "http://havelpay.example/"
	set := func(f sim.WebFault) { web.Fail("havelpay.example", "/", f) }

	set(sim.WebFault{Kind: sim.WebError, Status: 503})
	if resp, _ := get(t, client, url); resp.StatusCode != 503 {
		t.Errorf("error: %d", resp.StatusCode)
	}
	set(sim.WebFault{Kind: sim.WebRedirect, Location: "http://10.0.0.1/"})
	if resp, _ := get(t, client, url); resp.StatusCode != 302 || resp.Header.Get("Location") != "http://10.0.0.1/" {
		t.Errorf("redirect: %d %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	set(sim.WebFault{Kind: sim.WebHuge, Bytes: 300_000})
	if _, body := get(t, client, url); len(body) < 300_000 {
		t.Errorf("huge: %d bytes", len(body))
	}
	set(sim.WebFault{Kind: sim.WebGzipBomb, Bytes: 5 << 20})
	resp, body := get(t, client, url)
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || len(body) > 100_000 {
		t.Fatalf("bomb: %v, %d bytes", err, len(body))
	}
	if n, _ := io.Copy(io.Discard, z); n != 5<<20 {
		t.Errorf("bomb unpacks to %d", n)
	}
	set(sim.WebFault{Kind: sim.WebWrongCharset})
	if resp, body = get(t, client, url); utf8.ValidString(body) || !strings.Contains(resp.Header.Get("Content-Type"), "utf-8") {
		t.Error("wrong charset: it is valid UTF-8")
	}
	set(sim.WebFault{Kind: sim.WebNotHTML})
	if resp, _ = get(t, client, url); resp.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("not HTML: %q", resp.Header.Get("Content-Type"))
	}
	for _, kind := range []sim.WebFaultKind{sim.WebSlow, sim.WebDrip, sim.WebCut} {
		set(sim.WebFault{Kind: kind})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		resp, err := client.Do(req)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		if want := map[bool]error{true: io.ErrUnexpectedEOF, false: context.DeadlineExceeded}[kind == sim.WebCut]; !errors.Is(err, want) {
			t.Errorf("%s: %v", kind, err)
		}
		cancel()
	}
	web.Heal("havelpay.example", "/")
	if resp, body = get(t, client, url); resp.StatusCode != 200 || !strings.Contains(body, "HavelPay") {
		t.Errorf("healed: %d", resp.StatusCode)
	}
	web.Fail("northwind.example", "", sim.WebFault{Kind: sim.WebError})
	if resp, _ = get(t, client, "http://northwind.example/about"); resp.StatusCode != 500 {
		t.Errorf("whole site: %d", resp.StatusCode)
	}
}
