// Package salesforce writes reviewed leads to Salesforce, and asks it whether it knows a
// lead's company or contact already. Nothing here was tried on a live org:
// docs/crm-salesforce.md says what that means.
package salesforce

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"
	"golang.org/x/sync/singleflight"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

const (
	tokenTime    = 10 * time.Second
	longestProbe = time.Minute
	limitProbe   = 15 * time.Minute // the calls of 24 h come back little by little
	busyWait     = 10 * time.Second
	// warnAt is the share of the org's calls of 24 h from which an operator is told.
	warnAt = 0.8
	turns  = "salesforce"
)

// client makes calls to one org.
type client struct {
	o     Options
	line  *crm.Line
	calls *outbox.Pace // nil: no pace
	now   func() time.Time
	one   singleflight.Group // of token requests

	mu     sync.Mutex
	token  string // empty: none yet, or it is not taken any more
	org    string // whose token it is, 18 letters
	warned bool   // that few calls are left
}

// refusal is an answer that is no success: of the API a list of these, of the token's
// address an object of its own.
type refusal struct {
	status int
	says   []problem
}

type problem struct {
	Message   string   `json:"message"`
	Code      string   `json:"errorCode"`
	Fields    []string `json:"fields"`
	Error     string   `json:"error"` // of the token's address
	Described string   `json:"error_description"`
	// The member is spelt with and without its second l, by version.
	Duplicate  *duplicate `json:"duplicateResult"`
	Duplicate2 *duplicate `json:"duplicateResut"`
}

// duplicate says which records are like the one that was to be saved.
type duplicate struct {
	AllowSave bool `json:"allowSave"`
	Matches   []struct {
		Records []struct {
			Record struct{ ID string } `json:"record"`
		} `json:"matchRecords"`
	} `json:"matchResults"`
}

// repeats are the codes whose message repeats what was sent, which is a person's.
var repeats = []string{"STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "JSON_PARSER_ERROR", "MALFORMED_QUERY"}

// Status is that of the answer.
func (r *refusal) Status() int { return r.status }

func (r *refusal) Error() string {
	text := fmt.Sprintf("Salesforce answered %d", r.status)
	for _, p := range r.says {
		text += " " + strings.TrimSpace(cmp.Or(p.Code, p.Error)+" "+strings.Join(p.Fields, ", "))
		if says := cmp.Or(p.Message, p.Described); says != "" && !slices.Contains(repeats, p.Code) {
			text += ": " + crm.Cut(crm.Nameless(says), 300)
		}
	}
	return text
}

func (r *refusal) code(codes ...string) bool {
	return slices.ContainsFunc(r.says, func(p problem) bool { return slices.Contains(codes, cmp.Or(p.Code, p.Error)) })
}

// refused is the refusal in err if it has one of the codes; nil: it has none.
func refused(err error, codes ...string) *refusal {
	var r *refusal
	if errors.As(err, &r) && r.code(codes...) {
		return r
	}
	return nil
}

// readRefusal reads one of either form. A page of a maintenance is none of them.
func readRefusal(status int, text []byte) *refusal {
	r := &refusal{status: status}
	if json.Unmarshal(text, &r.says) != nil {
		var one problem
		if r.says = nil; json.Unmarshal(text, &one) == nil {
			r.says = []problem{one}
		}
	}
	return r
}

// path is one under the API's version.
func (c *client) path(parts ...string) string {
	path := "/services/data/v" + c.o.Version
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// call makes a call, and makes it again where that may help. A token that is not taken any
// more is fetched anew, once. in and out may be nil. Errors are Faults.
func (c *client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	twice := method != http.MethodPost // what made a record may have made it
	return c.line.Again(ctx, twice, func() error {
		used, err := c.session(ctx, "")
		if err != nil {
			return err
		}
		err = c.once(ctx, used, method, path, query, in, out)
		if refused(err, "INVALID_SESSION_ID") == nil {
			return err
		}
		if used, err = c.session(ctx, used); err != nil {
			return err
		}
		if err = c.once(ctx, used, method, path, query, in, out); refused(err, "INVALID_SESSION_ID") != nil {
			err = crm.Down(err, longestProbe, "unauthorized", "Salesforce does not take the token that it gave a moment ago: "+
				"does the run-as user have the permission API Enabled, and may it log in from this address?")
		}
		return err
	})
}

func (c *client) once(ctx context.Context, token, method, path string, query url.Values, in, out any) error {
	if err := c.line.Turn(ctx, c.calls, turns); err != nil {
		return err
	}
	req, err := c.line.Request(ctx, method, c.o.URL+path+"?"+query.Encode(), "SALESFORCE_URL", token, in)
	if err != nil {
		return err
	}
	if method != http.MethodGet { // else the org's assignment rule takes the lead from its owner
		req.Header.Set("Sforce-Auto-Assign", "FALSE")
		req.Header.Set("Sforce-Duplicate-Rule-Header", fmt.Sprintf("allowSave=%t; includeRecordDetails=false; runAsCurrentUser=true", c.o.SaveDuplicates))
	}
	what := method + " " + crm.Named(path)
	a, err := c.line.Send(ctx, req, what)
	if err != nil {
		return err
	}
	c.usage(a.Header.Get("Sforce-Limit-Info"))
	if a.Status/100 != 2 {
		return fmt.Errorf("%s: %w", what, c.fault(ctx, readRefusal(a.Status, a.Body), lead.RetryAfter(a.Header, c.now())))
	}
	if a.Status == http.StatusNoContent {
		return nil
	}
	return c.line.Read(a, what, out)
}

// usage reads how many of the org's calls of 24 h are used, such as api-usage=14321/100000.
func (c *client) usage(header string) {
	_, text, _ := strings.Cut(header, "api-usage=")
	used, allowed, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(used)
	most, err2 := strconv.Atoi(strings.TrimFunc(allowed, func(r rune) bool { return r < '0' || r > '9' }))
	if err != nil || err2 != nil || most == 0 {
		return
	}
	few := float64(n) >= warnAt*float64(most)
	c.mu.Lock()
	tell := few && !c.warned
	c.warned = few
	c.mu.Unlock()
	if c.o.Used != nil {
		c.o.Used(n, most, tell)
	}
}

// session is a token that is taken, as far as is known: refused is one that is not. All who
// need a new one at once wait for one request.
func (c *client) session(ctx context.Context, refused string) (string, error) {
	if token := c.known(refused); token != "" {
		return token, nil
	}
	got := c.one.DoChan("", func() (any, error) {
		if token := c.known(refused); token != "" { // somebody else's request ended meanwhile
			return token, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTime)
		defer cancel()
		return c.login(context.WithValue(ctx, oauth2.HTTPClient, c.line.HTTP))
	})
	select {
	case r := <-got:
		token, _ := r.Val.(string)
		return token, r.Err
	case <-ctx.Done():
		return "", lead.Faultf(lead.Temporary, 0, "no token of Salesforce's yet: %w", ctx.Err())
	}
}

// known is the token that is not the refused one; empty: there is none.
func (c *client) known(refused string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == refused {
		c.token = ""
	}
	return c.token
}

// login fetches a token. One of another org than the configured one is not used.
func (c *client) login(ctx context.Context) (string, error) {
	at := c.o.URL + "/services/oauth2/token"
	var source oauth2.TokenSource
	if c.o.Key != "" {
		source = (&jwt.Config{Email: c.o.ClientID, PrivateKey: []byte(c.o.Key), Subject: c.o.Username, TokenURL: at, Audience: c.o.audience(), Expires: 3 * time.Minute}).TokenSource(ctx)
	} else {
		source = (&clientcredentials.Config{ClientID: c.o.ClientID, ClientSecret: c.o.Secret, TokenURL: at, AuthStyle: oauth2.AuthStyleInParams}).TokenSource(ctx)
	}
	t, err := source.Token()
	var no *oauth2.RetrieveError
	switch {
	case errors.As(err, &no) && no.Response.StatusCode < 500 && no.Response.StatusCode != http.StatusTooManyRequests:
		r := readRefusal(no.Response.StatusCode, no.Body)
		return "", crm.Down(r, longestProbe, "unauthorized", "Salesforce gives no token: %s", loginCure(r))
	case no != nil:
		return "", &lead.Fault{Kind: lead.Temporary, Err: readRefusal(no.Response.StatusCode, no.Body)}
	case err != nil:
		return "", lead.Faultf(lead.Temporary, 0, "Salesforce gave no token: %w", lead.WithoutURL(err))
	}
	identity, _ := t.Extra("id").(string) // ends in /id/ORG/USER
	parts := strings.Split(identity, "/")
	org := ""
	if len(parts) > 2 {
		org = parts[len(parts)-2]
	}
	if want := c.o.Org; want != "" && !sameID(want, org) {
		return "", crm.Down(fmt.Errorf("the token is of the org %q, and crm.salesforce.org is %q", org, want), longestProbe, "wrong_org",
			"SALESFORCE_URL leads to the org %q, and crm.salesforce.org names %q: nothing is written before one of them is mended", org, want)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.org = t.AccessToken, org
	return c.token, nil
}

// sameID compares two ids, of which each may have its 15 or its 18 letters.
func sameID(a, b string) bool { return len(a) >= 15 && len(b) >= 15 && a[:15] == b[:15] }

// loginCure is what an operator can do about a token that is not given.
func loginCure(r *refusal) string {
	says := ""
	if len(r.says) > 0 {
		says = r.says[0].Described
	}
	switch {
	case strings.Contains(says, "approved"):
		return "the user in SALESFORCE_USERNAME is not approved for the app: set the app's policy to admin-approved users, and give it the user's permission set"
	case strings.Contains(says, "audience"):
		return "the audience is wrong: set crm.salesforce.audience to https://login.salesforce.com, or to https://test.salesforce.com for a sandbox"
	case strings.Contains(says, "client credentials user"):
		return "the app has no run-as user: name one in the app's policies, at Client Credentials Flow"
	case r.code("invalid_client_id"):
		return "it knows no app with SALESFORCE_CLIENT_ID: copy the consumer key again; a new app takes some minutes"
	case r.code("invalid_client"):
		return "it does not take SALESFORCE_CLIENT_SECRET: copy the consumer secret again"
	case r.code("unsupported_grant_type"):
		return "the flow is not enabled in the app, or SALESFORCE_URL is not the My Domain, such as https://vendor.my.salesforce.com"
	case r.code("invalid_grant"):
		return "check SALESFORCE_USERNAME, the certificate of the app, and the clock of this machine: " + crm.Nameless(says)
	}
	return r.Error()
}

// fault says what follows from a refusal; after is what its Retry-After says.
func (c *client) fault(ctx context.Context, r *refusal, after time.Duration) error {
	permanent := func(cure string) error {
		return &lead.Fault{Kind: lead.Permanent, Err: fmt.Errorf("%w; %s", r, cure)}
	}
	const again = ", then `leadtriage lead retry` the lead"
	switch {
	case r.code("INVALID_SESSION_ID"), r.code("CANNOT_UPDATE_CONVERTED_LEAD", "DUPLICATES_DETECTED", "DUPLICATE_VALUE", "ENTITY_IS_DELETED", "NOT_FOUND"):
		return &lead.Fault{Kind: lead.Temporary, Err: r} // whoever asked knows what follows
	case r.code("REQUEST_LIMIT_EXCEEDED") && strings.Contains(r.Error(), "TotalRequests"):
		return crm.Down(r, max(after, limitProbe), "daily_limit", "the calls that the Salesforce org has in 24 h are used up: what waits goes on as they come back")
	case r.code("REQUEST_LIMIT_EXCEEDED"), r.status == http.StatusTooManyRequests:
		after = max(after, busyWait)
		if c.calls != nil {
			c.calls.Hold(ctx, turns, after)
		}
		return &lead.Fault{Kind: lead.Throttled, After: after, Err: r}
	case r.code("UNABLE_TO_LOCK_ROW"):
		return &lead.Fault{Kind: lead.Throttled, After: time.Second + rand.N(9*time.Second), Err: r}
	case r.code("API_DISABLED_FOR_ORG"):
		return crm.Down(r, longestProbe, "api_disabled", "the Salesforce org has no REST API: its edition needs it, and the run-as user the permission API Enabled")
	case r.code("INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE"):
		return crm.Down(r, longestProbe, "field_missing", "%s: deploy what `leadtriage crm setup salesforce` writes and give the run-as user its permission set, "+
			"or mend the map in crm.salesforce", r.Error())
	case r.code("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "INVALID_CROSS_REFERENCE_KEY"):
		return permanent("give the run-as user access to what is named, or mend crm.salesforce.campaigns" + again)
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden, r.code("INSUFFICIENT_ACCESS_OR_READONLY", "INSUFFICIENT_ACCESS"):
		return crm.Down(r, longestProbe, "forbidden", "Salesforce refuses the run-as user: %s; give it the permission set Leadtriage", r.Error())
	case r.code("FIELD_CUSTOM_VALIDATION_EXCEPTION"):
		return permanent("these are the org's own words: map the field that they mean in crm.salesforce, or relax the rule" + again)
	case r.code("REQUIRED_FIELD_MISSING"):
		return permanent("map these fields in crm.salesforce, or make them optional in Salesforce" + again)
	case r.code("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"):
		return permanent("add the value to the picklist in Salesforce, or map another field" + again)
	case r.code("INACTIVE_OWNER_OR_USER"):
		return permanent("the owner has left: hand the lead to somebody else" + again)
	case r.code("INVALID_EMAIL_ADDRESS"):
		return permanent("Salesforce takes no Lead with this address: nothing can be written for it")
	case r.status == http.StatusMultipleChoices:
		return permanent("several records have the same " + idField + ": it must be deployed as unique" + again)
	case r.status >= 500:
		return &lead.Fault{Kind: lead.Temporary, After: after, Err: r}
	}
	return permanent("mend what it names in Salesforce or in crm.salesforce" + again)
}

// row is a record as a query or a read has it.
type row map[string]any

// text is a field as we compare it: whole numbers without a point, nothing for null.
func (r row) text(field string) string {
	v := any(map[string]any(r))
	for part := range strings.SplitSeq(field, ".") {
		of, _ := v.(map[string]any)
		v = of[part]
	}
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// find are the records that a query names, one page of it: 2 000 at most.
func (c *client) find(ctx context.Context, query string, args ...string) ([]row, error) {
	quoted := make([]any, len(args))
	for i, arg := range args {
		quoted[i] = "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", " ", "\r", " ").Replace(arg) + "'"
	}
	var out struct {
		Records []row `json:"records"`
	}
	err := c.call(ctx, http.MethodGet, c.path("query"), url.Values{"q": {fmt.Sprintf(query, quoted...)}}, nil, &out)
	return out.Records, err
}
