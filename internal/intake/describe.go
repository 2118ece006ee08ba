package intake

import (
	"embed"
	"encoding/json"
	"net/http"
	"path"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"leadtriage/internal/lead"
)

//go:embed examples
var examples embed.FS

const about = `leadtriage takes leads from partner programmes, finds facts about their companies, scores them by rules,
asks a person in Slack, and passes the decision on.

Send a key as **Authorization: Bearer KEY**. Keys have roles: enqueue sends leads and reads those it sent; read reads all;
decide approves and rejects; operate looks at the queues. A key may be bound to partners. Errors are RFC 9457 problems and list every faulty field at once.`

func documentConfig(version string) huma.Config {
	if version == "" {
		version = "dev"
	}
	return huma.Config{OpenAPI: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "leadtriage", Version: version, Description: about},
		Components: &huma.Components{
			Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer", Description: "A key of LEADTRIAGE_API_KEYS."}},
		},
	}}
}

// describe registers every route with its documentation.
func (a *API) describe() {
	a.schemas()
	idempotency := &huma.Param{Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(255)},
		Description: "Any text of your own, per key: the same again gives the first answer, with another body it is refused; spaces and the order of fields make no other body. In a batch it serves each line under its number."}
	dry := query("dry_run", "True: nothing is kept; answered is what would be, with the id of the lead that it would join if this key sent that.", &huma.Schema{Type: huma.TypeBoolean})
	quiet := query("quiet", "True: parked instead of asking a person.", &huma.Schema{Type: huma.TypeBoolean})
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}

	a.route(huma.Operation{OperationID: "post-lead", Method: http.MethodPost, Path: "/v1/leads", Summary: "Send a lead",
		Description: "202 once the lead is committed. The same lead again (same Idempotency-Key, or same company domain or address and partner) joins the first: 200 with its id and duplicate true.",
		Parameters:  []*huma.Param{idempotency, quiet, dry},
		RequestBody: request[newLead](a, "application/json", "lead.json"),
		Responses: a.responses(map[int]*huma.Response{
			202: a.response("Taken.", schema[lead.Receipt](a), "receipt.json"),
			200: a.response("Known already; duplicate is true.", schema[lead.Receipt](a), "")},
			400, 401, 403, 413, 415, 422, 429, 503),
	}, a.postLead, Enqueue)

	a.route(huma.Operation{OperationID: "post-batch", Method: http.MethodPost, Path: "/v1/leads/batch", Summary: "Send many leads",
		Description: "One lead per line, one result per line, in order and while you still send: read the answer as you write. Good lines are taken although others fail. Send again the lines whose status is 429 or 503.",
		Parameters:  []*huma.Param{idempotency, quiet, dry},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: schema[newLead](a), Example: exampleText("batch.ndjson")}}},
		Responses: a.responses(map[int]*huma.Response{200: {Description: "One result per line.", Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: schema[lineResult](a), Example: exampleText("results.ndjson")}}}},
			401, 403, 413, 415, 422, 429),
	}, a.postBatch, Enqueue)

	a.route(huma.Operation{OperationID: "post-source", Method: http.MethodPost, Path: "/v1/sources/{name}", Summary: "Send a system's own webhook",
		Description: "Takes JSON, or a web form's fields, as a mapping in the configuration reads them. The source's signature (HubSpot v3, Standard Webhooks or a shared key) stands for a key. " +
			"A body with one lead is answered as at /v1/leads, one with several by a result for each. Faults name places in the body as it was sent. " +
			"Of several, what can be taken is taken: 503 when something could not be committed, 422 when something was refused. Sending all of it again is always safe.",
		Parameters: []*huma.Param{{Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "As under sources in the configuration."}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{}}, "application/x-www-form-urlencoded": {Schema: &huma.Schema{Type: huma.TypeObject}}}},
		Responses: a.responses(map[int]*huma.Response{
			202: a.response("Taken; at least one lead is new.", either(schema[lead.Receipt](a), schema[sourceResults](a)), "receipt.json"),
			200: a.response("All of it was known already, or is no lead.", either(schema[lead.Receipt](a), schema[elementResult](a), schema[sourceResults](a)), "")},
			400, 401, 403, 404, 413, 415, 422, 429, 503),
	}, a.postSource)

	a.route(huma.Operation{OperationID: "list-leads", Method: http.MethodGet, Path: "/v1/leads", Summary: "List leads, newest first",
		Description: "An enqueue key sees the leads it sent, any other key sees all.",
		Parameters: []*huma.Param{
			query("stage", "Only this stage.", &huma.Schema{Type: huma.TypeString, Enum: enum(lead.Stages)}),
			query("partner", "Only this partner's.", &huma.Schema{Type: huma.TypeString}),
			query("since", "Only those that came in at or after this time (RFC 3339) or day.", &huma.Schema{Type: huma.TypeString}),
			query("failed", "True: only those of which an effect or the search for facts was given up.", &huma.Schema{Type: huma.TypeBoolean}),
			query("limit", "Leads per page, 50 if left out.", &huma.Schema{Type: huma.TypeInteger, Minimum: new(1.0), Maximum: new(200.0)}),
			query("cursor", "The next of the page before.", &huma.Schema{Type: huma.TypeString})},
		Responses: a.responses(map[int]*huma.Response{200: a.response("A page.", schema[leadPage](a), "")}, 401, 403, 422, 429, 503),
	}, a.listLeads, Enqueue, Read, Decide, Operate)

	a.route(huma.Operation{OperationID: "get-lead", Method: http.MethodGet, Path: "/v1/leads/{id}", Summary: "Read a lead",
		Description: "404 where there is none, or the key may not see it.",
		Parameters:  []*huma.Param{id},
		Responses:   a.responses(map[int]*huma.Response{200: a.response("The record; for a key that joined another's lead what it sent itself, the id and the stage.", either(schema[lead.Record](a), schema[lead.OwnRecord](a)), "record.json")}, 401, 403, 404, 429, 500, 503),
	}, a.getLead, Enqueue, Read, Decide, Operate)

	additions := request[newAddition](a, "application/json", "events.json")
	event, signal := schema[newEvent](a), schema[newSignal](a)
	additions.Content["application/json"].Schema = either(schema[newAddition](a), event, signal, &huma.Schema{Type: huma.TypeArray, Items: either(event, signal), MaxItems: new(maxHistory)})
	a.route(huma.Operation{OperationID: "post-events", Method: http.MethodPost, Path: "/v1/leads/{id}/events", Summary: "Add events and signals",
		Description: "Lists of both, one event or signal alone as the body, or a list of them. The lead is scored again; a lead at rest may come to review.",
		Parameters:  []*huma.Param{id},
		RequestBody: additions,
		Responses: a.responses(map[int]*huma.Response{
			202: a.response("Taken.", schema[lead.Receipt](a), ""),
			200: a.response("All of it was known already; duplicate is true.", schema[lead.Receipt](a), "")},
			400, 401, 403, 404, 413, 415, 422, 429, 503),
	}, a.postEvents, Enqueue)

	a.route(huma.Operation{OperationID: "post-outcome", Method: http.MethodPost, Path: "/v1/leads/{id}/outcomes", Summary: "Say what became of a lead",
		Description: "Of a lead of any stage, also an archived one; that of a merged lead is recorded of the one that took it in. " +
			"The role enqueue tells of the leads it sent, operate of all.",
		Parameters:  []*huma.Param{id},
		RequestBody: request[newOutcome](a, "application/json", "outcome.json"),
		Responses: a.responses(map[int]*huma.Response{
			202: a.response("Taken.", schema[lead.Receipt](a), ""),
			200: a.response("Known already, or older than what is known under this id; duplicate is true.", schema[lead.Receipt](a), "")},
			400, 401, 403, 404, 413, 415, 422, 429, 503),
	}, a.postOutcome, Enqueue, Operate)

	a.route(huma.Operation{OperationID: "post-outcomes", Method: http.MethodPost, Path: "/v1/outcomes", Summary: "Say what became of many leads",
		Description: "One outcome per line, one result per line, as at /v1/leads/batch. Each names its lead by lead_id, or by email or domain together with partner.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: schema[namedOutcome](a)}}},
		Responses: a.responses(map[int]*huma.Response{200: {Description: "One result per line.", Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: schema[lineResult](a)}}}},
			401, 403, 413, 415, 429),
	}, a.postOutcomes, Enqueue, Operate)

	a.route(huma.Operation{OperationID: "post-decision", Method: http.MethodPost, Path: "/v1/leads/{id}/decision", Summary: "Approve, reject or revoke",
		Description: "As in Slack: the first decision wins, and the actor on record is the key. A different second decision is 409 and says who decided. " +
			"revoke takes an approval back, also after the time to undo: another round asks.",
		Parameters:  []*huma.Param{id},
		RequestBody: request[newDecision](a, "application/json", "decision.json"),
		Responses:   a.responses(map[int]*huma.Response{200: a.response("The record, decided.", schema[lead.Record](a), "")}, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
	}, a.postDecision, Decide)

	a.route(huma.Operation{OperationID: "post-review", Method: http.MethodPost, Path: "/v1/leads/{id}/review", Summary: "Send to review",
		Description: "Has a person asked about a parked, disqualified or archived lead, whatever the rules say. The actor on record is the key.",
		Parameters:  []*huma.Param{id},
		Responses:   a.responses(map[int]*huma.Response{202: a.response("A person is asked, or will be once the facts are in.", schema[lead.Receipt](a), "")}, 401, 403, 404, 409, 429, 503),
	}, a.postReview, Operate)

	a.describeTokens()
	a.describeLedger()
	a.route(huma.Operation{OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Summary: "The process runs",
		Responses: map[string]*huma.Response{"200": {Description: "It does."}}}, a.healthz)
	a.route(huma.Operation{OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Summary: "Database and queue answer",
		Responses: a.responses(map[int]*huma.Response{200: {Description: "They do."}}, 503)}, a.readyz)
	a.route(huma.Operation{OperationID: "openapi", Method: http.MethodGet, Path: "/openapi.json", Summary: "This document",
		Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1."}}}, a.openapi)
	a.route(huma.Operation{OperationID: "docs", Method: http.MethodGet, Path: "/docs", Summary: "This document as a page",
		Responses: map[string]*huma.Response{"200": {Description: "HTML."}}}, a.docs)
}

func either(all ...*huma.Schema) *huma.Schema { return &huma.Schema{AnyOf: all} }

func query(name, description string, s *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, Schema: s}
}

func request[T any](a *API, mediaType, example string) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{mediaType: {Schema: schema[T](a), Example: exampleJSON(example)}}}
}

func (a *API) response(description string, s *huma.Schema, example string) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Schema: s, Example: exampleJSON(example)}}}
}

var refusals = map[int]string{
	400: "The body could not be read: empty, not JSON, not UTF-8.",
	401: "No key, or one that is not known; at a source, no good signature.",
	403: "The key lacks the role, or is bound to other partners; the sentence says which.",
	404: "No such lead that this key may see; no such source.",
	409: "Decided already, or not under review.",
	413: "The body is too large.",
	415: "The body is of another type.",
	422: "Faulty fields, every one listed in errors.",
	429: "Too many calls: wait as Retry-After says.",
	500: "The record of this lead is damaged; the log says how.",
	503: "The records cannot be reached; nothing was taken. Try again after Retry-After.",
}

// responses joins an operation's own answers and its refusals.
func (a *API) responses(own map[int]*huma.Response, refused ...int) map[string]*huma.Response {
	all := map[string]*huma.Response{}
	for status, r := range own {
		all[strconv.Itoa(status)] = r
	}
	for _, status := range refused {
		m := &huma.MediaType{Schema: schema[Problem](a)}
		if status == http.StatusUnprocessableEntity {
			m.Example = exampleJSON("problem.json")
		}
		all[strconv.Itoa(status)] = &huma.Response{Description: refusals[status], Content: map[string]*huma.MediaType{"application/problem+json": m}}
	}
	return all
}

func exampleText(name string) string {
	b, err := examples.ReadFile(path.Join("examples", name))
	if err != nil {
		panic(err) // embedded with the program
	}
	return string(b)
}

func exampleJSON(name string) any {
	if name == "" {
		return nil
	}
	return json.RawMessage(exampleText(name))
}
