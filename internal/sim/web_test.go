package sim_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
