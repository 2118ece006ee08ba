package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
)

const hubTime = "2006-01-02T15:04:05.000Z"

// make is a new record; HubSpot's own properties are in it.
func (h *HubSpot) make(kind string, now time.Time) *HubSpotObject {
	h.last++
	at := now.UTC().Format(hubTime)
	o := &HubSpotObject{ID: strconv.Itoa(h.last), Type: kind, Created: now, Updated: now, Properties: map[string]string{"createdate": at}}
	o.Properties["hs_object_id"] = o.ID
	if kind == "contacts" {
		o.Properties["lifecyclestage"], o.Properties["hs_pipeline"] = "lead", "contacts-lifecycle-pipeline"
	}
	h.objects[kind][o.ID] = o
	return o
}

func (h *HubSpot) link(kind, id, toKind, toID string) {
	for _, way := range [][4]string{{kind, id, toKind, toID}, {toKind, toID, kind, id}} {
		key := way[0] + " " + way[1] + " " + way[2]
		if h.links[key] == nil {
			h.links[key] = map[string]bool{}
		}
		h.links[key][way[3]] = true
	}
}

// find is the record with the id, or with the value of a unique property.
func (h *HubSpot) find(kind, id, property string, archived bool) (*HubSpotObject, *hubError) {
	if property == "" || property == "hs_object_id" {
		if o := h.objects[kind][id]; o != nil && o.Archived == archived {
			return o, nil
		}
		if _, err := strconv.Atoi(id); err != nil {
			return nil, hubSpotRefusal(404, "OBJECT_NOT_FOUND", "Object not found.  objectId are usually numeric.", "context", map[string][]string{"id": {id}})
		}
		return nil, hubSpotRefusal(404, "", "resource not found")
	}
	p := h.properties[kind][property]
	if p == nil {
		return nil, invalid(property, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("Property %q does not exist", property))
	}
	if !p.Unique {
		return nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Unable to perform update/upsert by non-unique "+hubNumber(kind)+" property")
	}
	for _, o := range h.objects[kind] {
		if o.Archived != archived {
			continue
		}
		if strings.EqualFold(o.Properties[property], id) || property == "email" && slices.Contains(hubMore(o), strings.ToLower(id)) {
			return o, nil
		}
	}
	return nil, hubSpotRefusal(404, "OBJECT_NOT_FOUND", "Object not found.", "context", map[string][]string{"id": {id}})
}

// hubMore are the contact's further addresses.
func hubMore(o *HubSpotObject) []string {
	return strings.Split(strings.ToLower(o.Properties["hs_additional_emails"]), ";")
}

func hubNumber(kind string) string {
	for name, of := range hubTypes {
		if of == kind && strings.HasPrefix(name, "0-") {
			return name
		}
	}
	return kind
}

// check refuses values that HubSpot refuses.
func (h *HubSpot) check(kind string, o *HubSpotObject, set map[string]string, strict bool) *hubError {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		value, p := set[name], h.properties[kind][name]
		fault := func(code, format string, args ...any) *hubError {
			return invalid(name, code, fmt.Sprintf(format, args...))
		}
		switch {
		case p == nil:
			return fault("PROPERTY_DOESNT_EXIST", "Property %q does not exist", name)
		case p.ReadOnly:
			return fault("READ_ONLY_VALUE", "%q is a read only property; its value cannot be set.", name)
		case len(value) > 65_536:
			return fault("INVALID_STRING_TOO_LONG", "%s is too long", name)
		case value == "":
		case name == "email":
			if _, err := mail.ParseAddress(value); err != nil || !strings.Contains(value, ".") {
				return fault("INVALID_EMAIL", "Email address %s is invalid", value)
			}
			if h.blocked[strings.ToLower(value)] {
				return hubSpotRefusal(400, "VALIDATION_ERROR", "The contact with this email was deleted for privacy and cannot be created again")
			}
			if other, err := h.find(kind, value, "email", false); err == nil && other != o {
				return hubSpotRefusal(409, "CONFLICT", "Contact already exists. Existing ID: "+other.ID)
			}
		case name == "lifecyclestage":
			if !slices.ContainsFunc(h.stages, func(s hubStage) bool { return s.id == value }) {
				return fault("INVALID_OPTION", "%s was not one of the allowed options", value)
			}
		case name == "hubspot_owner_id":
			if !slices.ContainsFunc(h.owners, func(w HubSpotOwner) bool { return w.ID == value && !w.Archived }) {
				return fault("INVALID_OWNER_ID", "Owner with id %s does not exist or is not active", value)
			}
		case p.Type == "number":
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				return fault("INVALID_INTEGER", "%s was not a valid number", value)
			}
		case p.Type == "date":
			if _, err := time.Parse(time.DateOnly, value); err != nil {
				return fault("INVALID_DATE", "%s was not a valid date", value)
			}
		case p.Type == "enumeration" || p.Type == "bool":
			if !slices.ContainsFunc(p.Options, func(o hubOption) bool { return o.Value == value }) {
				return fault("INVALID_OPTION", "%s was not one of the allowed options", value)
			}
		case p.Unique:
			if other, err := h.find(kind, value, name, false); err == nil && other != o {
				return hubSpotRefusal(409, "CONFLICT", fmt.Sprintf("Cannot set property %s: another object has this value. Existing ID: %s", name, other.ID))
			}
		}
	}
	for _, rule := range h.required {
		now := func(name string) string {
			if v, ok := set[name]; ok {
				return v
			}
			return o.Properties[name]
		}
		if strict && now(rule.when) == rule.is && now(rule.property) == "" {
			return hubSpotRefusal(400, "VALIDATION_ERROR", fmt.Sprintf("Required property missing: %s is required when %s is %s", rule.property, rule.when, rule.is),
				"errors", []map[string]any{{"message": rule.property + " is required", "code": "REQUIRED_FIELD", "context": map[string][]string{"propertyName": {rule.property}}}})
		}
	}
	return nil
}

// set writes values that were checked. A lifecycle stage that lies behind is ignored
// without a word; an empty one clears it.
func (h *HubSpot) set(o *HubSpotObject, set map[string]string, trace string, now time.Time) {
	place := func(id string) int { return slices.IndexFunc(h.stages, func(s hubStage) bool { return s.id == id }) }
	for name, value := range set {
		if was := o.Properties[name]; name == "lifecyclestage" && value != "" && was != "" && place(value) < place(was) {
			continue
		}
		if name == "email" {
			value = strings.ToLower(value)
		}
		o.Properties[name] = strings.TrimSpace(value)
	}
	o.Updated, o.Writes = now, o.Writes+1
	o.Properties["lastmodifieddate"] = now.UTC().Format(hubTime)
	if trace != "" {
		o.Traces = append(o.Traces, trace)
	}
}

// shown is a record as an answer has it: the properties that were asked for and HubSpot's
// own, or those that were written.
func shown(o *HubSpotObject, names []string) map[string]any {
	properties := map[string]any{}
	for _, name := range append(names, "createdate", "hs_object_id", "lastmodifieddate") {
		if value, ok := o.Properties[name]; ok && value != "" {
			properties[name] = value
		} else {
			properties[name] = nil
		}
	}
	return map[string]any{"id": o.ID, "properties": properties, "createdAt": o.Created.UTC().Format(hubTime), "updatedAt": o.Updated.UTC().Format(hubTime), "archived": o.Archived}
}

type hubInput struct {
	ID           string            `json:"id"`
	IDProperty   string            `json:"idProperty"`
	Trace        string            `json:"objectWriteTraceId"`
	Properties   map[string]string `json:"properties"`
	Associations []struct {
		To    struct{ ID string }
		Types []struct {
			Category string `json:"associationCategory"`
			Type     int    `json:"associationTypeId"`
		}
	} `json:"associations"`
}

func (h *HubSpot) objectCall(q hubRequest, now time.Time) (int, any, *hubError) {
	kind, rest := "", q.rest
	if len(rest) > 0 {
		kind, rest = hubTypes[rest[0]], rest[1:]
	}
	if kind == "" {
		return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Unable to infer object type")
	}
	names := strings.FieldsFunc(strings.Join(q.query["properties"], ","), func(r rune) bool { return r == ',' })
	var in hubInput
	json.Unmarshal(q.body, &in)
	switch {
	case len(rest) == 0 && q.method == http.MethodPost:
		o, err := h.create(kind, in, q.strict, now)
		if err != nil {
			return 0, nil, err
		}
		return 201, shown(o, slices.Collect(maps.Keys(in.Properties))), nil
	case len(rest) == 0 && q.method == http.MethodGet:
		list := []any{}
		for _, id := range slices.Sorted(maps.Keys(h.objects[kind])) {
			if o := h.objects[kind][id]; !o.Archived && len(list) < 10 {
				list = append(list, shown(o, names))
			}
		}
		return 200, map[string]any{"results": list}, nil
	case rest[0] == "search" && q.method == http.MethodPost:
		return h.search(kind, q.body, now)
	case rest[0] == "batch" && len(rest) == 2 && q.method == http.MethodPost:
		return h.batch(kind, rest[1], q, now)
	case len(rest) >= 3 && rest[1] == "associations":
		return h.associate(kind, rest, q)
	case len(rest) != 1:
		return 0, nil, hubSpotRefusal(404, "", "resource not found")
	}
	o, err := h.find(kind, rest[0], q.query.Get("idProperty"), q.query.Get("archived") == "true")
	if err != nil {
		return 0, nil, err
	}
	switch q.method {
	case http.MethodGet:
		return 200, shown(o, names), nil
	case http.MethodPatch:
		if err := h.check(kind, o, in.Properties, q.strict); err != nil {
			return 0, nil, err
		}
		h.set(o, in.Properties, in.Trace, now)
		return 200, shown(o, slices.Collect(maps.Keys(in.Properties))), nil
	}
	return 0, nil, hubSpotRefusal(405, "", "method not allowed")
}

func (h *HubSpot) create(kind string, in hubInput, strict bool, now time.Time) (*HubSpotObject, *hubError) {
	if in.Properties == nil {
		return nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Invalid input JSON: some of required attributes are not set [properties]")
	}
	if kind == "notes" && in.Properties["hs_timestamp"] == "" {
		return nil, invalid("hs_timestamp", "REQUIRED_FIELD", "hs_timestamp is required")
	}
	if err := h.check(kind, &HubSpotObject{Properties: map[string]string{"lifecyclestage": "lead"}}, in.Properties, strict); err != nil {
		return nil, err
	}
	kinds := map[int]string{202: "contacts", 190: "companies", 214: "deals", 204: "contacts", 279: "companies", 280: "contacts", 4: "deals", 3: "contacts", 5: "companies", 6: "deals"}
	for _, a := range in.Associations {
		for _, t := range a.Types {
			if _, err := h.find(kinds[t.Type], a.To.ID, "", false); err != nil {
				return nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Cannot associate with an object that does not exist")
			}
		}
	}
	o := h.make(kind, now)
	h.set(o, in.Properties, in.Trace, now)
	for _, a := range in.Associations {
		for _, t := range a.Types {
			h.link(kind, o.ID, kinds[t.Type], a.To.ID)
		}
	}
	return o, nil
}

func (h *HubSpot) batch(kind, verb string, q hubRequest, now time.Time) (int, any, *hubError) {
	var in struct {
		Inputs     []hubInput `json:"inputs"`
		Properties []string   `json:"properties"`
		IDProperty string     `json:"idProperty"`
	}
	json.Unmarshal(q.body, &in)
	if len(in.Inputs) == 0 || len(in.Inputs) > 100 {
		return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Invalid input JSON: between 1 and 100 inputs are taken")
	}
	results, missing := []any{}, []any{}
	var todo []func()
	for _, i := range in.Inputs {
		if verb != "read" && i.Properties == nil {
			return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Invalid input JSON: some of required attributes are not set [properties]")
		}
		names := slices.Collect(maps.Keys(i.Properties))
		property := i.IDProperty
		if verb == "read" {
			names, property = in.Properties, in.IDProperty
		}
		var o *HubSpotObject
		if verb != "create" {
			var err *hubError
			o, err = h.find(kind, i.ID, property, false)
			switch {
			case err != nil && err.status != 404:
				return 0, nil, err
			case err != nil && verb == "upsert" && property != "":
				set := maps.Clone(i.Properties)
				if set[property] == "" {
					set[property] = i.ID
				}
				i.Properties, o = set, nil
			case err != nil && verb == "read":
				missing = append(missing, map[string]any{"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some " + kind, "context": map[string][]string{"ids": {i.ID}}})
				continue
			case err != nil:
				return 0, nil, err
			}
		}
		if verb == "read" {
			results = append(results, shown(o, names))
			continue
		}
		blank := o
		if blank == nil {
			blank = &HubSpotObject{Properties: map[string]string{"lifecyclestage": "lead"}}
		}
		if err := h.check(kind, blank, i.Properties, q.strict); err != nil {
			return 0, nil, err // with e-mail as the key one bad input fails the whole batch
		}
		todo = append(todo, func() {
			fresh := o == nil
			if fresh {
				o = h.make(kind, now)
			}
			h.set(o, i.Properties, i.Trace, now)
			result := shown(o, names)
			result["objectWriteTraceId"] = i.Trace
			if verb == "upsert" {
				result["new"] = fresh
			}
			results = append(results, result)
		})
	}
	for _, do := range todo {
		do()
	}
	at := now.UTC().Format(hubTime)
	out := map[string]any{"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
	status := 200
	if verb == "create" {
		status = 201
	}
	if len(missing) > 0 {
		status, out["errors"], out["numErrors"] = 207, missing, len(missing)
	}
	return status, out, nil
}

// search finds what was written some time ago.
func (h *HubSpot) search(kind string, body []byte, now time.Time) (int, any, *hubError) {
	var in struct {
		FilterGroups []struct {
			Filters []struct {
				Name     string   `json:"propertyName"`
				Operator string   `json:"operator"`
				Value    string   `json:"value"`
				Values   []string `json:"values"`
			} `json:"filters"`
		} `json:"filterGroups"`
		Properties []string `json:"properties"`
		Limit      int      `json:"limit"`
	}
	if json.Unmarshal(body, &in) != nil || len(in.FilterGroups) > 5 || in.Limit > 200 {
		return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "There was a problem with the request.")
	}
	results := []any{}
	for _, id := range slices.Sorted(maps.Keys(h.objects[kind])) {
		o := h.objects[kind][id]
		if o.Archived || now.Sub(o.Updated) < h.o.SearchLag {
			continue
		}
		for _, group := range in.FilterGroups {
			fits := true
			for _, f := range group.Filters {
				if h.properties[kind][f.Name] == nil {
					return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", fmt.Sprintf("There was a problem with the request. %s is no property", f.Name))
				}
				value := o.Properties[f.Name]
				switch f.Operator {
				case "EQ":
					fits = fits && strings.EqualFold(value, f.Value)
				case "IN":
					fits = fits && slices.Contains(f.Values, value)
				default:
					return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Invalid operator "+f.Operator)
				}
			}
			if fits {
				results = append(results, shown(o, in.Properties))
				break
			}
		}
	}
	total := len(results)
	return 200, map[string]any{"total": total, "results": results[:min(total, max(in.Limit, 10))]}, nil
}

// associate reads and makes associations of one record: rest is id, associations, …
func (h *HubSpot) associate(kind string, rest []string, q hubRequest) (int, any, *hubError) {
	if _, err := h.find(kind, rest[0], "", false); err != nil {
		return 0, nil, err
	}
	to, toID := hubTypes[rest[2]], ""
	switch {
	case q.method == http.MethodGet && len(rest) == 3 && to != "":
		list := []any{}
		for _, id := range slices.Sorted(maps.Keys(h.links[kind+" "+rest[0]+" "+to])) {
			if o := h.objects[to][id]; o != nil && !o.Archived {
				n, _ := strconv.Atoi(id)
				list = append(list, map[string]any{"toObjectId": n, "associationTypes": []map[string]any{{"category": "HUBSPOT_DEFINED", "typeId": hubLink(kind, to), "label": nil}}})
			}
		}
		return 200, map[string]any{"results": list}, nil
	case q.method == http.MethodPut && len(rest) == 5 && rest[2] == "default":
		to, toID = hubTypes[rest[3]], rest[4]
	case q.method == http.MethodPut && len(rest) == 4:
		toID = rest[3]
	}
	if toID == "" {
		return 0, nil, hubSpotRefusal(405, "", "method not allowed")
	}
	if _, err := h.find(to, toID, "", false); err != nil {
		return 0, nil, err
	}
	h.link(kind, rest[0], to, toID)
	at := h.o.Now().UTC().Format(hubTime)
	return 200, map[string]any{"status": "COMPLETE", "startedAt": at, "completedAt": at, "results": []any{map[string]any{
		"from": map[string]string{"id": rest[0]}, "to": map[string]string{"id": toID},
		"associationSpec": map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": hubLink(kind, to)}}}}, nil
}

func hubLink(kind, to string) int {
	return map[string]int{"contacts companies": 279, "companies contacts": 280, "notes contacts": 202, "contacts notes": 201, "notes companies": 190,
		"companies notes": 189, "contacts deals": 4, "deals contacts": 3, "companies deals": 6, "deals companies": 5}[kind+" "+to]
}
