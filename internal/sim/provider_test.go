package sim_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"leadtriage/internal/sim"
)

func TestProviderRefusesWhatTheRealOneRefuses(t *testing.T) {
	service := sim.NewProvider(sim.ProviderOptions{Key: "k"})
	server := httptest.NewServer(service)
	defer server.Close()
	ask := func(path, authorization string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	for _, c := range []struct {
		path, authorization string
		status              int
	}{
		{"/v1/companies/northwind.example", "Bearer k", 200},
		{"/v1/companies/northwind.example", "", 401},
		{"/v1/companies/northwind.example", "k", 401},
		{"/v1/companies/nobody.example", "Bearer k", 404},
		{"/v2/northwind.example", "Bearer k", 404},
	} {
		if resp, body := ask(c.path, c.authorization); resp.StatusCode != c.status {
			t.Errorf("%s as %q: %d %s", c.path, c.authorization, resp.StatusCode, body)
		}
	}
	service.FailNext(1, sim.ProviderFault{Status: 429, RetryAfter: 1500 * time.Millisecond})
	if resp, _ := ask("/v1/companies/northwind.example", ""); resp.StatusCode != 401 {
		t.Error("a fault must wait for a request with the key")
	}
	if resp, _ := ask("/v1/companies/northwind.example", "Bearer k"); resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "2" {
		t.Errorf("%d, Retry-After %s", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	if requests := service.Requests(); len(requests) != 7 || requests[0].Status != 200 || requests[6].Status != 429 {
		t.Errorf("noted %+v", requests)
	}
}
