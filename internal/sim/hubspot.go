package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// HubSpotOptions sets up a simulated account.
type HubSpotOptions struct {
	Token string
	// Scopes that the token has; nil: all.
	Scopes    []string
	SearchLag time.Duration // for so long a search does not find what was written
	Burst     int           // calls in 10 s; 0: any number
	Searches  int           // in a second; 0: any number
	Daily     int           // calls in all; 0: any number
	Prepared  bool          // what `crm setup` makes is there
	Now       func() time.Time
}

// HubSpot is an account of HubSpot's, as far as a CRM is written to: contacts,
// companies, deals and notes with their properties, associations, lifecycle stages and
// owners. It refuses what the real one is known to refuse. Its paths are dated
// (/crm/objects/2026-09/contacts), or those of v3 and v4 for older clients.
type HubSpot struct {
	o HubSpotOptions

	calls[HubSpotCall]
	faults[HubSpotCall, HubSpotFault]

	state      sync.Mutex
	objects    map[string]map[string]*HubSpotObject // by type and id
	properties map[string]map[string]*hubProperty   // by type and name
	stages     []hubStage                           // in their order
	groups     map[string]map[string]string         // labels by type and name
	links      map[string]map[string]bool           // ids of a type by "type id", such as "contacts 1 companies"
	owners     []HubSpotOwner
	blocked    map[string]bool // addresses of people who were erased
	required   []hubRule
	moments    []time.Time // of the calls of the last 10 s
	searched   []time.Time
	spent      int
	last       int // id
}

// HubSpotCall is one request, whatever became of it.
type HubSpotCall struct {
	Method, Path string
	Body         json.RawMessage
	At           time.Time
	Status       int // 0: no answer was given
}

// HubSpotObject is a record.
type HubSpotObject struct {
	ID         string
	Type       string
	Properties map[string]string
	Archived   bool
	Created    time.Time
	Updated    time.Time
	Writes     int      // how often it was written by API
	Traces     []string // objectWriteTraceId of each, oldest first
}

// HubSpotOwner may own records.
type HubSpotOwner struct {
	ID, Email string
	UserID    int
	Archived  bool
}

type hubProperty struct {
	Name      string      `json:"name"`
	Label     string      `json:"label"`
	Group     string      `json:"groupName"`
	Type      string      `json:"type"`
	FieldType string      `json:"fieldType"`
	Options   []hubOption `json:"options"`
	Unique    bool        `json:"hasUniqueValue"`
	ReadOnly  bool        `json:"-"`
}

type hubOption struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	DisplayOrder int    `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

type hubStage struct{ id, label string }

// hubRule is a portal's own: the property is required when another has the value.
type hubRule struct{ property, when, is string }

// HubSpotFault is one failure.
type HubSpotFault struct {
	Status     int           // answered instead
	Policy     string        // of a 429: TEN_SECONDLY_ROLLING, SECONDLY, DAILY
	RetryAfter time.Duration // 0: not said
	Delay      time.Duration // before the answer, or before none
	Done       bool          // what was asked is done all the same
	Cut        bool          // the connection ends without an answer
}

// hubTypes are the names of each type, as paths have them.
var hubTypes = map[string]string{
	"contacts": "contacts", "contact": "contacts", "0-1": "contacts", "companies": "companies", "company": "companies", "0-2": "companies",
	"deals": "deals", "deal": "deals", "0-3": "deals", "notes": "notes", "note": "notes", "0-46": "notes", "tasks": "tasks", "0-27": "tasks",
}

var hubFields = map[string][]string{
	"contacts": {"email", "firstname", "lastname", "jobtitle", "company", "lifecyclestage", "hubspot_owner_id", "hs_lead_status", "phone", "notes_last_contacted", "num_associated_deals",
		"hs_lifecyclestage_salesqualifiedlead_date", "hs_lifecyclestage_opportunity_date",
		"hs_additional_emails!", "hs_merged_object_ids!", "createdate!", "lastmodifieddate!", "hs_object_id!", "hs_pipeline!"},
	"companies": {"domain", "name", "lifecyclestage", "hubspot_owner_id", "hs_lead_status", "hs_is_target_account", "createdate!", "hs_lastmodifieddate!", "hs_object_id!"},
	"deals": {"dealname", "amount", "dealstage", "pipeline", "closedate", "hubspot_owner_id", "hs_is_closed", "hs_is_closed_won", "deal_currency_code", "closed_lost_reason", "hs_arr", "createdate!",
		"hs_lastmodifieddate!", "hs_object_id!"},
	"notes": {"hs_timestamp", "hs_note_body", "hubspot_owner_id", "hs_createdate!", "hs_object_id!"},
	"tasks": {"hs_timestamp", "hs_task_subject", "hs_task_status", "hs_task_type", "hubspot_owner_id", "hs_object_id!"},
}

// NewHubSpot is an account with HubSpot's own properties and stages, and nobody in it.
func NewHubSpot(o HubSpotOptions) *HubSpot {
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &HubSpot{o: o, objects: map[string]map[string]*HubSpotObject{}, properties: map[string]map[string]*hubProperty{}, groups: map[string]map[string]string{},
		links: map[string]map[string]bool{}, blocked: map[string]bool{}, last: 512159482600}
	h.most = 20_000
	for kind, names := range hubFields {
		h.objects[kind], h.properties[kind], h.groups[kind] = map[string]*HubSpotObject{}, map[string]*hubProperty{}, map[string]string{}
		for _, name := range names {
			name, readOnly := strings.CutSuffix(name, "!")
			h.properties[kind][name] = &hubProperty{Name: name, Label: name, Type: "string", FieldType: "text", ReadOnly: readOnly, Unique: kind == "contacts" && name == "email"}
		}
	}
	for _, s := range []string{"subscriber Subscriber", "lead Lead", "marketingqualifiedlead Marketing Qualified Lead", "salesqualifiedlead Sales Qualified Lead",
		"opportunity Opportunity", "customer Customer", "evangelist Evangelist", "other Other"} {
		id, label, _ := strings.Cut(s, " ")
		h.stages = append(h.stages, hubStage{id, label})
	}
	if o.Prepared {
		h.prepare()
	}
	return h
}

// prepare makes what leadtriage needs, as its set-up would.
func (h *HubSpot) prepare() {
	text := func(kind string, unique bool, names ...string) {
		for _, name := range names {
			h.properties[kind][name] = &hubProperty{Name: name, Label: name, Group: "leadtriage", Type: "string", FieldType: "textarea", Unique: unique}
		}
	}
	for _, name := range []string{"lead_id", "verdict", "decision", "proposal", "override", "breakdown", "facts", "partner", "tier", "source", "attribution",
		"reviewer", "decided_on", "written"} {
		text("contacts", false, "leadtriage_"+name)
	}
	text("companies", false, "leadtriage_written")
	text("companies", true, "leadtriage_domain")
	h.properties["contacts"]["leadtriage_score"] = &hubProperty{Name: "leadtriage_score", Label: "Score", Type: "number", FieldType: "number"}
	h.stages = slices.Insert(h.stages, 2, hubStage{"944991848", "EQL"})
}

// hubError is an answer that refuses.
type hubError struct {
	status int
	body   map[string]any
}

func hubSpotRefusal(status int, category, message string, more ...any) *hubError {
	body := map[string]any{"status": "error", "message": message}
	if category != "" {
		body["category"] = category
	}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	return &hubError{status, body}
}

// invalid refuses the value of a property, in HubSpot's two ways at once.
func invalid(name, code, message string) *hubError {
	inner, _ := json.Marshal([]map[string]any{{"isValid": false, "message": message, "error": code, "name": name}})
	return hubSpotRefusal(400, "VALIDATION_ERROR", "Property values were not valid: "+string(inner),
		"errors", []map[string]any{{"message": message, "code": code, "context": map[string][]string{"propertyName": {name}}}})
}

var hubPath = regexp.MustCompile(`^/crm/(objects|properties|pipelines|owners)/(v3|\d{4}-\d{2})(/.*)?$|^/crm/(v3|v4)/(objects|properties|pipelines|owners)(/.*)?$`)

// request is one call, with its path taken apart.
type hubRequest struct {
	method, api string
	rest        []string
	query       url.Values
	body        json.RawMessage
	strict      bool // from 2026-09 on the portal's own rules hold for the API, too
}

func (h *HubSpot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	kept := json.RawMessage(body)
	if !json.Valid(body) {
		kept = nil
	}
	now := h.o.Now()
	made := HubSpotCall{Method: r.Method, Path: r.URL.Path, Body: kept, At: now}
	call := h.add(made)
	fault := h.next(made)
	var status int
	var out any
	if fault == nil || fault.Done {
		status, out = h.answer(r, body, now)
	}
	if fault != nil {
		if fault.Delay > 0 && !pause(r, fault.Delay) || fault.Cut {
			panic(http.ErrAbortHandler)
		}
		if fault.Status != 0 {
			status, out = h.fail(w, fault)
		}
	}
	h.calls.change(func() { call.Status = status })
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("X-HubSpot-Correlation-Id", fmt.Sprintf("0193aa00-0000-7000-8000-%012d", h.Seen()))
	w.WriteHeader(status)
	if out != nil {
		json.NewEncoder(w).Encode(out)
	}
}

func (h *HubSpot) fail(w http.ResponseWriter, f *HubSpotFault) (int, any) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	switch {
	case f.Status == 429:
		return 429, limited(f.Policy).body
	case f.Status == 502, f.Status == 504:
		return f.Status, nil
	}
	return f.Status, map[string]any{"status": "error", "message": http.StatusText(f.Status)}
}

func limited(policy string) *hubError {
	return hubSpotRefusal(429, "", "You have reached your "+strings.ToLower(policy)+" limit.", "errorType", "RATE_LIMIT", "policyName", policy)
}

func (h *HubSpot) answer(r *http.Request, body []byte, now time.Time) (int, any) {
	h.state.Lock()
	defer h.state.Unlock()
	status, out, err := h.handle(r, body, now)
	if err != nil {
		err.body["correlationId"] = fmt.Sprintf("0193aa00-0000-7000-8000-%012d", h.Seen())
		return err.status, err.body
	}
	return status, out
}

func (h *HubSpot) handle(r *http.Request, body []byte, now time.Time) (int, any, *hubError) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !bearer:
		return 0, nil, hubSpotRefusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found. This API supports OAuth 2.0 authentication.")
	case !strings.HasPrefix(token, "pat-"):
		return 0, nil, hubSpotRefusal(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired 20788 day(s) ago.",
			"context", map[string][]string{"expire time": {"1970-01-01T00:00:00Z"}})
	case token != h.o.Token:
		return 0, nil, hubSpotRefusal(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired 75 second(s) ago.",
			"context", map[string][]string{"expire time": {"2026-11-30T08:58:45.040Z"}})
	}
	m := hubPath.FindStringSubmatch(r.URL.EscapedPath())
	if m == nil {
		return 0, nil, hubSpotRefusal(404, "", "resource not found")
	}
	q := hubRequest{method: r.Method, api: m[1] + m[5], query: r.URL.Query(), body: body, strict: m[2] >= "2026-09" && m[2] < "v"}
	for part := range strings.SplitSeq(strings.Trim(m[3]+m[6], "/"), "/") {
		if plain, err := url.PathUnescape(part); part != "" && err == nil {
			q.rest = append(q.rest, plain)
		}
	}
	if err := h.limit(q, now); err != nil {
		return 0, nil, err
	}
	if err := h.scope(q); err != nil {
		return 0, nil, err
	}
	if len(body) > 0 && !json.Valid(body) {
		return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Invalid input JSON")
	}
	switch q.api {
	case "properties":
		return h.propertyCall(q)
	case "pipelines":
		return h.pipelineCall(q)
	case "owners":
		return h.ownerCall(q)
	}
	return h.objectCall(q, now)
}

// limit counts the call against the limits of HubSpot's.
func (h *HubSpot) limit(q hubRequest, now time.Time) *hubError {
	recent := func(list []time.Time, span time.Duration) []time.Time {
		return slices.DeleteFunc(list, func(t time.Time) bool { return now.Sub(t) >= span })
	}
	h.spent++
	h.moments, h.searched = append(recent(h.moments, 10*time.Second), now), recent(h.searched, time.Second)
	search := len(q.rest) > 0 && q.rest[len(q.rest)-1] == "search"
	if search {
		h.searched = append(h.searched, now)
	}
	switch {
	case h.o.Daily > 0 && h.spent > h.o.Daily:
		return limited("DAILY")
	case search && h.o.Searches > 0 && len(h.searched) > h.o.Searches:
		return limited("SECONDLY")
	case h.o.Burst > 0 && len(h.moments) > h.o.Burst:
		return limited("TEN_SECONDLY_ROLLING")
	}
	return nil
}

// scope wants the scope of the call.
func (h *HubSpot) scope(q hubRequest) *hubError {
	if h.o.Scopes == nil {
		return nil
	}
	kind := ""
	if len(q.rest) > 0 {
		kind = hubTypes[q.rest[0]]
	}
	act := "read"
	last := ""
	if n := len(q.rest); n > 0 {
		last = q.rest[n-1]
	}
	if q.method != http.MethodGet && last != "search" && last != "read" {
		act = "write"
	}
	var needs string
	switch {
	case q.api == "owners":
		needs = "crm.objects.owners.read"
	case q.api == "properties" || q.api == "pipelines":
		needs = "crm.schemas." + kind + "." + act
	case kind == "notes" || kind == "tasks":
		needs = "crm.objects.contacts." + act
	default:
		needs = "crm.objects." + kind + "." + act
	}
	if slices.Contains(h.o.Scopes, needs) {
		return nil
	}
	return hubSpotRefusal(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
		"errors", []map[string]any{{"message": "One or more of the following scopes are required.", "context": map[string][]string{"requiredGranularScopes": {needs}}}})
}

// Object returns a copy of a record that is not archived.
func (h *HubSpot) Object(kind, id string) (HubSpotObject, bool) {
	h.state.Lock()
	defer h.state.Unlock()
	o, ok := h.objects[kind][id]
	if !ok || o.Archived {
		return HubSpotObject{}, false
	}
	return h.copied(o), true
}

func (h *HubSpot) copied(o *HubSpotObject) HubSpotObject {
	c := *o
	c.Properties, c.Traces = maps.Clone(o.Properties), slices.Clone(o.Traces)
	return c
}

// Objects returns copies of all records of a type that are not archived, oldest first.
func (h *HubSpot) Objects(kind string) (all []HubSpotObject) {
	h.state.Lock()
	defer h.state.Unlock()
	for _, id := range slices.Sorted(maps.Keys(h.objects[kind])) {
		if o := h.objects[kind][id]; !o.Archived {
			all = append(all, h.copied(o))
		}
	}
	return all
}

// Put makes a record, or changes one, as a person in HubSpot does.
func (h *HubSpot) Put(kind, id string, properties map[string]string) string {
	h.state.Lock()
	defer h.state.Unlock()
	o := h.objects[kind][id]
	if o == nil {
		o = h.make(kind, h.o.Now())
	}
	maps.Copy(o.Properties, properties)
	o.Updated = h.o.Now()
	return o.ID
}

// Link associates two records.
func (h *HubSpot) Link(kind, id, toKind, toID string) {
	h.state.Lock()
	defer h.state.Unlock()
	h.link(kind, id, toKind, toID)
}

// Linked are the ids of the records of a type that one is associated with.
func (h *HubSpot) Linked(kind, id, to string) []string {
	h.state.Lock()
	defer h.state.Unlock()
	return slices.Sorted(maps.Keys(h.links[kind+" "+id+" "+to]))
}

// Archive deletes a record, as a person does. Erase also blocks its address for ever.
func (h *HubSpot) Archive(kind, id string) {
	h.state.Lock()
	defer h.state.Unlock()
	h.objects[kind][id].Archived = true
}

func (h *HubSpot) Erase(id string) {
	h.state.Lock()
	defer h.state.Unlock()
	h.blocked[strings.ToLower(h.objects["contacts"][id].Properties["email"])] = true
	delete(h.objects["contacts"], id)
}

// Merge makes one contact of two, with an id of its own.
func (h *HubSpot) Merge(primary, other string) string {
	h.state.Lock()
	defer h.state.Unlock()
	a, b := h.objects["contacts"][primary], h.objects["contacts"][other]
	o := h.make("contacts", h.o.Now())
	maps.Copy(o.Properties, b.Properties)
	maps.Copy(o.Properties, a.Properties)
	o.Properties["hs_object_id"] = o.ID
	o.Properties["hs_merged_object_ids"] = primary + ";" + other
	o.Properties["hs_additional_emails"] = b.Properties["email"]
	for _, id := range []string{primary, other} {
		for _, kind := range []string{"companies", "deals", "notes"} {
			for to := range h.links["contacts "+id+" "+kind] {
				h.link("contacts", o.ID, kind, to)
			}
		}
		delete(h.objects["contacts"], id)
	}
	return o.ID
}

// Require makes a rule of the portal's own: the property is required when the other one
// has the value.
func (h *HubSpot) Require(property, when, is string) {
	h.state.Lock()
	defer h.state.Unlock()
	h.required = append(h.required, hubRule{property, when, is})
}

// AddOwner makes an owner.
func (h *HubSpot) AddOwner(o HubSpotOwner) {
	h.state.Lock()
	defer h.state.Unlock()
	h.owners = append(h.owners, o)
}

// SetToken has another token taken, as after a rotation, with these scopes; nil: all.
func (h *HubSpot) SetToken(token string, scopes []string) {
	h.state.Lock()
	defer h.state.Unlock()
	h.o.Token, h.o.Scopes = token, scopes
}

// StageLabel is the label of the lifecycle stage with the value.
func (h *HubSpot) StageLabel(value string) string {
	h.state.Lock()
	defer h.state.Unlock()
	for _, s := range h.stages {
		if s.id == value {
			return s.label
		}
	}
	return value
}

// Stages are the labels of the lifecycle stages, in their order.
func (h *HubSpot) Stages() (labels []string) {
	h.state.Lock()
	defer h.state.Unlock()
	for _, s := range h.stages {
		labels = append(labels, s.label)
	}
	return labels
}
