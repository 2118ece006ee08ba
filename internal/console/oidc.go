package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"leadtriage/internal/lead"
)

// Identity is how people log in at the company's own provider (OpenID Connect).
type Identity struct {
	Issuer   string // its address, as its document of discovery names it
	ClientID string
	Secret   string
	Callback string              // our address of /console/callback, as the browser knows it
	Scopes   []string            // beside openid
	Claim    string              // that lists a person's groups
	Roles    map[string][]string // of viewer, reviewer, operator; by group
	Actors   map[string]string   // a reviewer's name on record, by subject
}

// OIDC logs people in. The provider is asked when the first one comes: one that is down
// keeps nothing from starting.
type OIDC struct {
	Identity
	mu       sync.Mutex
	provider *oidc.Provider
}

// oidcWithin bounds each call of the provider.
const oidcWithin = 3 * time.Second

// client calls the provider; it follows no redirects, so that what is sent goes nowhere else.
var client = &http.Client{Timeout: oidcWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// reach finds the provider and what it says of itself.
func (o *OIDC) reach() (*oidc.Provider, oauth2.Config, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		p, err := oidc.NewProvider(oidc.ClientContext(context.Background(), client), o.Issuer) // its keys are asked for later, too
		if err != nil {
			return nil, oauth2.Config{}, fmt.Errorf("ask %s how people log in: %w", o.Issuer, err)
		}
		o.provider = p
	}
	return o.provider, oauth2.Config{ClientID: o.ClientID, ClientSecret: o.Secret, Endpoint: o.provider.Endpoint(), RedirectURL: o.Callback,
		Scopes: append([]string{oidc.ScopeOpenID}, o.Scopes...)}, nil
}

// person is who the provider named, with the rights of the groups and the name on record of the reviewer.
func (o *OIDC) person(subject, name string, groups []string) person {
	p := person{Name: cmp.Or(name, subject), Subject: subject, Actor: cmp.Or(o.Actors[subject], lead.SubjectActor+subject)}
	for _, group := range groups {
		p.Viewer = p.Viewer || slices.Contains(o.Roles[group], "viewer")
		p.Reviewer = p.Reviewer || slices.Contains(o.Roles[group], "reviewer")
		p.Operator = p.Operator || slices.Contains(o.Roles[group], "operator")
	}
	return p
}

var errProvider = refuse(http.StatusBadGateway, "The log-in at your provider did not work. Try again; if it stays so, the log says why.")

func (c *Console) providerFailed(err error) error {
	c.Log.Warn("log-in by OIDC failed", "error", err)
	return errProvider
}

// beginOIDC sends the browser to the provider. What comes back is compared with what the
// session keeps: state against a foreign answer, nonce against an old token, the verifier
// against a stolen code.
func (c *Console) beginOIDC(v *visit) error {
	if c.OIDC == nil {
		return c.nowhere(v)
	}
	_, at, err := c.OIDC.reach()
	if err != nil {
		return c.providerFailed(err)
	}
	ctx, state, nonce, verifier := v.r.Context(), rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	for key, value := range map[string]string{"state": state, "nonce": nonce, "verifier": verifier} {
		c.sessions.Put(ctx, key, value)
	}
	http.Redirect(v.w, v.r, at.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
	return nil
}

func (c *Console) endOIDC(v *visit) error {
	if c.OIDC == nil {
		return c.nowhere(v)
	}
	ctx, q := v.r.Context(), v.r.URL.Query()
	state, nonce, verifier := c.sessions.PopString(ctx, "state"), c.sessions.PopString(ctx, "nonce"), c.sessions.PopString(ctx, "verifier")
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(q.Get("state"))) != 1 {
		return refuse(http.StatusBadRequest, "This log-in was not begun in this browser, or too long ago. Begin it again.")
	}
	if said := q.Get("error"); said != "" {
		return refuse(http.StatusForbidden, "Your provider let nobody in. Try again, or ask whoever runs it.")
	}
	provider, at, err := c.OIDC.reach()
	if err != nil {
		return c.providerFailed(err)
	}
	token, err := at.Exchange(oidc.ClientContext(ctx, client), q.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return c.providerFailed(withoutBody(err))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: c.OIDC.ClientID, Now: c.Now}).Verify(ctx, raw)
	if err == nil && subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		err = errors.New("the token answers another log-in")
	}
	claims := map[string]any{}
	if err == nil {
		err = id.Claims(&claims)
	}
	if err != nil {
		return c.providerFailed(err)
	}
	groups, name := texts(claims[c.OIDC.Claim]), ""
	for _, claim := range []string{"name", "preferred_username", "email"} {
		if s, _ := claims[claim].(string); name == "" {
			name = s
		}
	}
	if p := c.OIDC.person(id.Subject, name, groups); !p.may(viewer) {
		return refuse(http.StatusForbidden, "You are logged in as %s, and none of your groups opens the console. Ask an operator to map one under console.oidc.roles.", p.Name)
	}
	return c.begin(v, map[string]string{"subject": id.Subject, "name": name, "groups": strings.Join(groups, "\n")})
}

// withoutBody is the error of an exchange without what the provider answered, which may hold a token.
func withoutBody(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("exchange the code: the provider answered %d %s", refused.Response.StatusCode, refused.ErrorCode)
	}
	return err
}

// texts are those of a claim that is a list, or one text.
func texts(claim any) (all []string) {
	switch is := claim.(type) {
	case string:
		all = append(all, is)
	case []any:
		for _, item := range is {
			if s, ok := item.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}
