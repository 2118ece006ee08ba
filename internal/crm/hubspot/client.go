// Package hubspot writes reviewed leads to HubSpot, and asks it whether it knows a
// lead's company or contact already. Nothing here was tried on a live account:
// docs/crm-hubspot.md says what that means.
package hubspot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

const (
	// What is waited where HubSpot asks for patience without saying how much, which it
	// never promises to: as its own clients wait.
	rollingWait  = 10 * time.Second
	searchWait   = time.Second
	lockedWait   = 2 * time.Second
	gatewayWait  = 5 * time.Second
	longestProbe = time.Minute
	dailyProbe   = 10 * time.Minute
)

// The names under which turns are handed out.
const (
	callTurns   = "hubspot"
	searchTurns = "hubspot:search"
)

// client makes calls to one HubSpot account.
type client struct {
	base, token, version string // without closing slash; of a service key or a project app; such as 2026-09
	line                 *crm.Line
	calls, searches      *outbox.Pace // nil: no pace
	now                  func() time.Time
}

// refusal is an answer that is no success, as HubSpot words it. Every part may be missing.
type refusal struct {
	status        int
	Message       string              `json:"message"`
	Category      string              `json:"category"`
	PolicyName    string              `json:"policyName"`
	CorrelationID string              `json:"correlationId"`
	Context       map[string][]string `json:"context"`
	Errors        []detail            `json:"errors"`
}

type detail struct {
	Message string              `json:"message"`
	Code    string              `json:"code"`
	Context map[string][]string `json:"context"`
}

func (r *refusal) Error() string {
	var says []string
	for _, e := range r.Errors {
		says = append(says, strings.TrimSpace(strings.Join(e.Context["propertyName"], ", ")+" "+e.Code+" "+e.Message))
	}
	if len(says) == 0 && r.Message != "" {
		says = []string{r.Message}
	}
	text := fmt.Sprintf("HubSpot answered %d", r.status)
	if r.Category != "" {
		text += " " + r.Category
	}
	if len(says) > 0 {
		text += ": " + crm.Cut(crm.Nameless(strings.Join(says, "; ")), 300)
	}
	if r.CorrelationID != "" {
		text += " (correlation id " + r.CorrelationID + ")"
	}
	return text
}

// Status is that of the answer.
func (r *refusal) Status() int { return r.status }

// code reports whether one of the refusal's errors has the code.
func (r *refusal) code(code string) bool {
	return slices.ContainsFunc(r.Errors, func(d detail) bool { return d.Code == code }) || strings.Contains(r.Message, `"error":"`+code+`"`)
}

// isStatus reports whether HubSpot answered with the status.
func isStatus(err error, status int) bool { return crm.StatusOf(err) == status }

// path builds every path there is: an API, the version, and what comes behind it.
func (c *client) path(api string, rest ...string) string {
	path := "/crm/" + api + "/" + c.version
	for _, part := range rest {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// call makes a call, and makes it again where that may help. query may be nil, as may in
// and out. Errors are Faults.
func (c *client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	return c.line.Again(ctx, !strings.HasSuffix(path, "/notes"), func() error { return c.once(ctx, method, path, query, in, out) })
}

func (c *client) once(ctx context.Context, method, path string, query url.Values, in, out any) error {
	search := strings.HasSuffix(path, "/search")
	if err := c.line.Turn(ctx, c.calls, callTurns); err != nil {
		return err
	}
	if search {
		if err := c.line.Turn(ctx, c.searches, searchTurns); err != nil {
			return err
		}
	}
	req, err := c.line.Request(ctx, method, c.base+path+"?"+query.Encode(), "HUBSPOT_API_URL", c.token, in)
	if err != nil {
		return err
	}
	what := method + " " + crm.Named(path)
	a, err := c.line.Send(ctx, req, what)
	if err != nil {
		return err
	}
	if a.Status/100 != 2 {
		r := &refusal{}
		_ = json.Unmarshal(a.Body, r) // a gateway answers in HTML
		if r.status = a.Status; r.CorrelationID == "" {
			r.CorrelationID = a.Header.Get("X-HubSpot-Correlation-Id")
		}
		return fmt.Errorf("%s: %w", what, c.fault(ctx, r, lead.RetryAfter(a.Header, c.now()), search))
	}
	return c.line.Read(a, what, out)
}

// fault says what follows from a refusal; after is what its Retry-After says.
func (c *client) fault(ctx context.Context, r *refusal, after time.Duration, search bool) error {
	outage := func(probe time.Duration, code, sentence string, args ...any) error {
		return crm.Down(r, probe, code, sentence, args...)
	}
	throttled := func(wait time.Duration, pace *outbox.Pace, name string) error {
		if wait = max(wait, after); pace != nil {
			pace.Hold(ctx, name, wait)
		}
		return &lead.Fault{Kind: lead.Throttled, After: wait, Err: r}
	}
	switch r.status {
	case http.StatusUnauthorized:
		if slices.Contains(r.Context["expire time"], "1970-01-01T00:00:00Z") {
			return outage(longestProbe, "unauthorized", "HUBSPOT_TOKEN is no token of HubSpot's (it is not old, it is wrong): copy the service key or the project app's token again, then restart")
		}
		return outage(longestProbe, "unauthorized", "HubSpot does not take HUBSPOT_TOKEN: make a new service key, or rotate this one, set it, and restart")
	case http.StatusForbidden:
		var scopes []string
		for _, e := range r.Errors {
			scopes = append(scopes, e.Context["requiredGranularScopes"]...)
		}
		if len(scopes) > 0 {
			return outage(longestProbe, "missing_scopes", "the key in HUBSPOT_TOKEN lacks the scope %s: add it to the key in HubSpot (Development, Keys, Service keys)", strings.Join(scopes, " or "))
		}
		return outage(longestProbe, "forbidden", "HubSpot refuses this account or key: %s", r.Error())
	case http.StatusTooManyRequests:
		switch {
		case r.PolicyName == "DAILY":
			return outage(max(after, dailyProbe), "daily_limit", "the day's calls of the HubSpot account are used up: what waits goes on after the account's midnight; `leadtriage crm check` shows what is left")
		case search || r.PolicyName == "SECONDLY":
			return throttled(searchWait, c.searches, searchTurns)
		}
		return throttled(rollingWait, c.calls, callTurns)
	case http.StatusLocked:
		return &lead.Fault{Kind: lead.Throttled, After: max(lockedWait, after), Err: r}
	case 477:
		return outage(max(after, longestProbe), "moving", "HubSpot moves the account between data centres: nothing is to be done, what waits goes on afterwards")
	case http.StatusBadRequest:
		if r.code("PROPERTY_DOESNT_EXIST") {
			return outage(longestProbe, "property_missing", "%s: run `leadtriage crm setup hubspot`, or mend the map in crm.hubspot", r.Error())
		}
		return &lead.Fault{Kind: lead.Permanent, Err: fmt.Errorf("%w; %s", r, cure(r))}
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return &lead.Fault{Kind: lead.Temporary, After: max(gatewayWait, after), Err: r}
	case http.StatusNotFound, http.StatusConflict: // whoever asked may know what follows
		return &lead.Fault{Kind: lead.Temporary, Err: r}
	}
	if r.status >= 500 {
		return &lead.Fault{Kind: lead.Temporary, After: after, Err: r}
	}
	return &lead.Fault{Kind: lead.Permanent, Err: r}
}

// cure is what an operator can do about a value that the portal's own rules refuse.
func cure(r *refusal) string {
	switch {
	case r.code("REQUIRED_FIELD") || strings.Contains(strings.ToLower(r.Message), "required"):
		return "the portal requires this property: map it in crm.hubspot, or relax the rule in HubSpot (Settings, Properties, Rules), then `leadtriage lead retry` the lead"
	case r.code("INVALID_OPTION"):
		return "add the option to the property in HubSpot, or map another property in crm.hubspot, then `leadtriage lead retry` the lead"
	case r.code("READ_ONLY_VALUE"):
		return "HubSpot computes this property itself: take it out of the map in crm.hubspot, then `leadtriage lead retry` the lead"
	case r.code("INVALID_EMAIL"):
		return "HubSpot takes no contact with this address: nothing can be written for it"
	}
	return "mend what it names in HubSpot or in crm.hubspot, then `leadtriage lead retry` the lead"
}

// object is a record of HubSpot's.
type object struct {
	ID         string            `json:"id"`
	Properties map[string]string `json:"properties"`
	New        bool              `json:"new,omitempty"`
}

// input is one record of a batch.
type input struct {
	ID         string            `json:"id"`
	IDProperty string            `json:"idProperty,omitempty"`
	TraceID    string            `json:"objectWriteTraceId,omitempty"`
	Properties map[string]string `json:"properties"`
}

// get reads a record by its id, or by a unique property; nil: there is none.
func (c *client) get(ctx context.Context, kind, id, idProperty string, properties []string) (*object, error) {
	query := url.Values{"properties": {strings.Join(properties, ",")}}
	if idProperty != "" {
		query.Set("idProperty", idProperty)
	}
	var o object
	switch err := c.call(ctx, http.MethodGet, c.path("objects", kind, id), query, nil, &o); {
	case isStatus(err, http.StatusNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &o, nil
}

// put writes one record: by its id, or else it is made or found by its unique property.
// An answer that does not say what became of it is no success, whatever its status.
func (c *client) put(ctx context.Context, kind string, in input) (*object, error) {
	verb := "update"
	if in.IDProperty != "" {
		verb = "upsert"
	}
	var out struct {
		Status  string   `json:"status"`
		Results []object `json:"results"`
		refusal
	}
	if err := c.call(ctx, http.MethodPost, c.path("objects", kind, "batch", verb), nil, map[string]any{"inputs": []input{in}}, &out); err != nil {
		return nil, err
	}
	if len(out.Errors) > 0 {
		out.refusal.status = http.StatusBadRequest
		return nil, c.fault(ctx, &out.refusal, 0, false)
	}
	if out.Status != "COMPLETE" || len(out.Results) != 1 || out.Results[0].ID == "" {
		return nil, lead.Faultf(lead.Temporary, 0, "HubSpot answered %s with %d results to one %s of %s: it is written again", out.Status, len(out.Results), verb, kind)
	}
	return &out.Results[0], nil
}

// linked are the ids of the records of a kind that one is associated with.
func (c *client) linked(ctx context.Context, kind, id, to string) (ids []string, err error) {
	var out struct {
		Results []struct {
			To json.Number `json:"toObjectId"`
		} `json:"results"`
	}
	err = c.call(ctx, http.MethodGet, c.path("objects", kind, id, "associations", to), url.Values{"limit": {"100"}}, nil, &out)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	for _, r := range out.Results {
		ids = append(ids, r.To.String())
	}
	return ids, err
}

// read are several records by their ids, 100 at most.
func (c *client) read(ctx context.Context, kind string, ids, properties []string) ([]object, error) {
	return c.readBy(ctx, kind, "", ids, properties)
}

// search are the records whose property has the value, the oldest first. What was
// written a moment ago may be missing.
func (c *client) search(ctx context.Context, kind, property, value string, properties []string) ([]object, error) {
	in := map[string]any{
		"filterGroups": []any{map[string]any{"filters": []any{map[string]string{"propertyName": property, "operator": "EQ", "value": value}}}},
		"properties":   properties, "sorts": []any{map[string]string{"propertyName": "createdate", "direction": "ASCENDING"}}, "limit": 20,
	}
	var out struct {
		Results []object `json:"results"`
	}
	err := c.call(ctx, http.MethodPost, c.path("objects", kind, "search"), nil, in, &out)
	return out.Results, err
}
