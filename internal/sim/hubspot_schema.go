package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// hubPairs are the field types that each type may have.
var hubPairs = map[string][]string{
	"string": {"text", "textarea", "html", "file", "phonenumber"}, "number": {"number", "calculation_equation"}, "date": {"date"}, "datetime": {"date"},
	"enumeration": {"select", "radio", "checkbox", "booleancheckbox"}, "bool": {"booleancheckbox", "select", "radio"}, "phone_number": {"phonenumber"},
}

func (h *HubSpot) propertyCall(q hubRequest) (int, any, *hubError) {
	kind, rest := "", q.rest
	if len(rest) > 0 {
		kind, rest = hubTypes[rest[0]], rest[1:]
	}
	if kind == "" {
		return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Unable to infer object type")
	}
	switch {
	case len(rest) == 0 && q.method == http.MethodGet:
		list := []any{}
		for _, name := range slices.Sorted(maps.Keys(h.properties[kind])) {
			list = append(list, h.property(kind, h.properties[kind][name]))
		}
		return 200, map[string]any{"results": list}, nil
	case len(rest) == 0 && q.method == http.MethodPost:
		var p hubProperty
		json.Unmarshal(q.body, &p)
		switch {
		case p.Name == "" || p.Label == "" || p.Group == "":
			return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Invalid input JSON: some of required attributes are not set [name, label, groupName]")
		case h.properties[kind][p.Name] != nil:
			return 0, nil, hubSpotRefusal(409, "CONFLICT", fmt.Sprintf("A property named '%s' already exists.", p.Name))
		case h.groups[kind][p.Group] == "":
			return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", fmt.Sprintf("Property group '%s' does not exist.", p.Group))
		case !slices.Contains(hubPairs[p.Type], p.FieldType):
			return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", fmt.Sprintf("%s is no field type of %s", p.FieldType, p.Type))
		case p.Type == "enumeration" && len(p.Options) == 0:
			return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "An enumeration needs options")
		}
		h.properties[kind][p.Name] = &p
		return 201, h.property(kind, &p), nil
	case rest[0] == "groups" && q.method == http.MethodPost:
		var g struct{ Name, Label string }
		json.Unmarshal(q.body, &g)
		if h.groups[kind][g.Name] != "" {
			return 0, nil, hubSpotRefusal(409, "CONFLICT", fmt.Sprintf("A property group named '%s' already exists.", g.Name))
		}
		h.groups[kind][g.Name] = g.Label
		return 201, map[string]any{"name": g.Name, "label": g.Label, "displayOrder": -1, "archived": false}, nil
	case len(rest) == 1 && q.method == http.MethodGet:
		p := h.properties[kind][rest[0]]
		if p == nil {
			return 0, nil, hubSpotRefusal(404, "OBJECT_NOT_FOUND", "The property does not exist")
		}
		return 200, h.property(kind, p), nil
	}
	return 0, nil, hubSpotRefusal(405, "", "method not allowed")
}

// property is one as an answer has it; the lifecycle stages are options of theirs.
func (h *HubSpot) property(kind string, p *hubProperty) any {
	shown := *p
	if p.Name == "lifecyclestage" {
		shown.Type, shown.FieldType = "enumeration", "radio"
		for i, s := range h.stages {
			shown.Options = append(shown.Options, hubOption{Label: s.label, Value: s.id, DisplayOrder: i})
		}
	}
	if shown.Options == nil {
		shown.Options = []hubOption{}
	}
	if shown.Group == "" {
		shown.Group = kind + "information"
	}
	text, _ := json.Marshal(shown)
	out := map[string]any{}
	json.Unmarshal(text, &out)
	out["description"], out["archived"], out["hidden"] = "", false, false
	return out
}

func (h *HubSpot) pipelineCall(q hubRequest) (int, any, *hubError) {
	if len(q.rest) != 3 || hubTypes[q.rest[0]] != "contacts" || q.rest[1] != "contacts-lifecycle-pipeline" || q.rest[2] != "stages" {
		return 0, nil, hubSpotRefusal(404, "", "resource not found")
	}
	stage := func(i int, s hubStage) map[string]any {
		at := h.o.Now().UTC().Format(hubTime)
		return map[string]any{"id": s.id, "label": s.label, "displayOrder": i, "metadata": map[string]string{"isClosed": "false", "state": "OPEN"},
			"createdAt": at, "updatedAt": at, "archived": false, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}
	}
	if q.method == http.MethodGet {
		list := []any{}
		for i, s := range h.stages {
			list = append(list, stage(i, s))
		}
		return 200, map[string]any{"results": list}, nil
	}
	var in struct {
		Label        string `json:"label"`
		DisplayOrder int    `json:"displayOrder"`
	}
	json.Unmarshal(q.body, &in)
	switch {
	case in.Label == "":
		return 0, nil, hubSpotRefusal(400, "VALIDATION_ERROR", "Invalid input JSON: some of required attributes are not set [label]")
	case slices.ContainsFunc(h.stages, func(s hubStage) bool { return s.label == in.Label }):
		return 0, nil, hubSpotRefusal(409, "CONFLICT", "A stage with this label already exists")
	}
	h.last++
	s := hubStage{strconv.Itoa(h.last % 1_000_000_000), in.Label}
	at := max(0, min(in.DisplayOrder, len(h.stages)))
	h.stages = slices.Insert(h.stages, at, s)
	return 201, stage(at, s), nil
}

func (h *HubSpot) ownerCall(q hubRequest) (int, any, *hubError) {
	archived := q.query.Get("archived") == "true"
	list := []any{}
	for _, w := range h.owners {
		if w.Archived != archived || q.query.Get("email") != "" && q.query.Get("email") != w.Email {
			continue
		}
		at := h.o.Now().UTC().Format(hubTime)
		o := map[string]any{"id": w.ID, "email": w.Email, "type": "PERSON", "firstName": "", "lastName": "", "userId": w.UserID,
			"userIdIncludingInactive": w.UserID, "createdAt": at, "updatedAt": at, "archived": w.Archived}
		if w.Archived {
			o["userId"] = nil
		}
		if len(q.rest) == 1 && q.rest[0] == w.ID {
			return 200, o, nil
		}
		list = append(list, o)
	}
	if len(q.rest) > 0 {
		return 0, nil, hubSpotRefusal(404, "", "resource not found")
	}
	return 200, map[string]any{"results": list}, nil
}
