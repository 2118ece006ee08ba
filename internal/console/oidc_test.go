package console

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"leadtriage/internal/lead"
)

// People log in at a real provider: somebody else's server of OpenID Connect.
func TestLogInByOIDC(t *testing.T) {
	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { provider.Shutdown() })
	var d *desk
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	d = newDesk(t, func(o *Options) {
		o.OIDC = &OIDC{Identity: Identity{Issuer: provider.Issuer(), ClientID: provider.ClientID, Secret: provider.ClientSecret, Scopes: []string{"profile", "groups"},
			Callback: server.URL + "/console/callback", Claim: "groups", Actors: map[string]string{"sub-ada": "U0ADA"},
			Roles: map[string][]string{"sales": {"reviewer"}, "revops": {"operator", "viewer"}}}}
	})
	// enter is somebody who goes to the provider and comes back.
	enter := func(subject string, groups ...string) (*http.Client, string) {
		t.Helper()
		provider.QueueUser(&mockoidc.MockUser{Subject: subject, PreferredUsername: "Ada Lindqvist", Groups: groups})
		jar, _ := cookiejar.New(nil)
		c := server.Client()
		browser := &http.Client{Transport: c.Transport, Jar: jar}
		res, err := browser.Get(server.URL + "/console/oidc")
		if err != nil {
			t.Fatal(err)
		}
		return browser, body(res)
	}
	decide := func(browser *http.Client) string {
		t.Helper()
		res, err := browser.PostForm(server.URL+"/console/leads/l1/decision", url.Values{"review": {"r1"}, "decision": {"approve"}})
		if err != nil {
			t.Fatal(err)
		}
		return body(res)
	}
	browser, page := enter("sub-ada", "sales")
	if !strings.Contains(page, "Ada Lindqvist") || !strings.Contains(page, "Northwind") || !strings.Contains(page, `data-testid="approve"`) {
		t.Fatalf("after the log-in\n%s\n%s", page, &d.log)
	}
	decide(browser)
	if len(d.words) != 1 || d.words[0].By != "U0ADA" {
		t.Errorf("on record: %+v", d.words)
	}
	browser, page = enter("sub-new", "sales")
	if strings.Contains(page, `data-testid="approve"`) || !strings.Contains(page, "sub-new") {
		t.Error("who is no reviewer on our record is offered to decide, or not told the subject")
	}
	d.fault = lead.ErrNotAllowed // as the flow answers who is none
	if page = decide(browser); !strings.Contains(page, "You may not decide") {
		t.Errorf("%s", page)
	}
	d.fault = nil
	browser, _ = enter("sub-bo", "revops")
	if page = decide(browser); !strings.Contains(page, "This is for reviewers") {
		t.Errorf("an operator decides: %s", page)
	}
	if _, page = enter("sub-cy", "guests"); !strings.Contains(page, "none of your groups opens the console") {
		t.Errorf("%s", page)
	}
	// Roles are those of the configuration now.
	browser, _ = enter("sub-di", "revops")
	d.OIDC.Roles = map[string][]string{}
	if res, err := browser.Get(server.URL + "/console/leads"); err != nil || !strings.HasSuffix(res.Request.URL.Path, "/login") {
		t.Errorf("a group that lost its role: %v", res.Request.URL)
	}
	// An answer that this browser did not ask for is none.
	for _, path := range []string{"/console/callback?code=x&state=", "/console/callback?code=x&state=made-up"} {
		if res := d.visitor(t).get(path); res.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
	provider.QueueError(&mockoidc.ServerError{Code: http.StatusInternalServerError, Error: "server_error"})
	v := d.visitor(t)
	begun, _ := url.Parse(v.get("/console/oidc").Header().Get("Location"))
	if q := begun.Query(); q.Get("nonce") == "" || q.Get("code_challenge_method") != "S256" {
		t.Errorf("the provider is asked %s", begun)
	}
	if res := v.get("/console/callback?code=stolen&state=" + begun.Query().Get("state")); res.Code != http.StatusBadGateway || strings.Contains(d.log.String(), provider.ClientSecret) {
		t.Errorf("a code that the provider does not take: %d; log %s", res.Code, &d.log)
	}
}

// A provider that is down keeps nobody from starting, or from a key.
func TestProviderIsDown(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.OIDC = &OIDC{Identity: Identity{Issuer: "http://127.0.0.1:1"}} })
	v := d.visitor(t)
	if page := v.get("/console/login").Body.String(); !strings.Contains(page, "/console/oidc") {
		t.Error("the provider is not offered")
	}
	if res := v.get("/console/oidc"); res.Code != http.StatusBadGateway || !strings.Contains(d.log.String(), "127.0.0.1:1") {
		t.Errorf("%d; log %s", res.Code, &d.log)
	}
	d.as(t, "viewer")
}
