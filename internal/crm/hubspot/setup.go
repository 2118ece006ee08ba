package hubspot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
)

// lifecycle is the pipeline that every contact is in. No guide of HubSpot's describes that
// it takes stages by API, so a refusal is answered with the clicks.
const lifecycle = "contacts-lifecycle-pipeline"

const groupName = "leadtriage"

// property is one to be made, as HubSpot describes it.
type property struct {
	Name      string   `json:"name"`
	Label     string   `json:"label"`
	Group     string   `json:"groupName"`
	Type      string   `json:"type"`
	FieldType string   `json:"fieldType"`
	Options   []option `json:"options,omitempty"`
	Unique    bool     `json:"hasUniqueValue,omitempty"`
}

// types are HubSpot's type and field type of a value's.
var types = map[lead.CRMType][2]string{
	lead.CRMText: {"string", "text"}, lead.CRMLong: {"string", "textarea"}, lead.CRMNumber: {"number", "number"}, lead.CRMDate: {"date", "date"},
	lead.CRMBool: {"bool", "booleancheckbox"}, lead.CRMChoice: {"enumeration", "select"},
}

// ours are the properties of ours that the map names, and those that the writing needs.
func (h *HubSpot) ours(kind string) (all []property) {
	fields := h.o.Contact
	all = append(all, property{Name: markProperty, Label: "Leadtriage: what it wrote", Group: groupName, Type: "string", FieldType: "textarea"})
	if kind == companies {
		fields = h.o.Company
		all = append(all, property{Name: domainProperty, Label: "Leadtriage: domain", Group: groupName, Type: "string", FieldType: "text", Unique: true})
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		v, ok := lead.CRMValueNamed(fields[name])
		if !ok || !ours(name) {
			continue
		}
		p := property{Name: name, Label: "Leadtriage: " + v.Label, Group: groupName, Type: types[v.Type][0], FieldType: types[v.Type][1]}
		choices := v.Choices
		if v.Type == lead.CRMBool {
			choices = []string{"true", "false"}
		}
		for i, choice := range choices {
			p.Options = append(p.Options, option{Label: lead.Capital(choice), Value: choice, DisplayOrder: i})
		}
		all = append(all, p)
	}
	return all
}

// Setup makes the properties and the stage that are missing. Made twice it is made once.
func (h *HubSpot) Setup(ctx context.Context, say func(crm.Finding)) error {
	for _, kind := range []string{contacts, companies} {
		have, err := h.propertiesOf(ctx, kind)
		if err != nil {
			return err
		}
		group := map[string]string{"name": groupName, "label": "Leadtriage"}
		if err := h.call(ctx, http.MethodPost, h.path("properties", kind, "groups"), nil, group, nil); err != nil && !isStatus(err, http.StatusConflict) {
			return err
		}
		for _, p := range h.ours(kind) {
			what := fmt.Sprintf("property %s of %s", p.Name, kind)
			if _, there := have[p.Name]; there {
				say(h.judge(what, p, have[p.Name]))
				continue
			}
			err := h.call(ctx, http.MethodPost, h.path("properties", kind), nil, p, nil)
			switch {
			case err == nil || isStatus(err, http.StatusConflict):
				say(crm.Finding{What: what + ": made"})
			case lead.OutageOf(err) != nil:
				return err
			default: // such as the cap of a free portal
				say(crm.Finding{What: what, Mend: "HubSpot did not take it: " + err.Error()})
			}
		}
	}
	return h.setupStage(ctx, say)
}

func (h *HubSpot) setupStage(ctx context.Context, say func(crm.Finding)) error {
	s, err := h.readStages(ctx)
	if err != nil {
		return err
	}
	if s.value != "" {
		say(h.placed(s))
		return nil
	}
	after := slices.IndexFunc(s.order, func(value string) bool {
		return value == h.o.StageAfter || strings.EqualFold(s.names[value], h.o.StageAfter)
	})
	in := map[string]any{"label": h.o.Stage, "displayOrder": after + 1, "metadata": map[string]string{"isClosed": "false", "state": "OPEN"}}
	if err := h.call(ctx, http.MethodPost, h.path("pipelines", contacts, lifecycle, "stages"), nil, in, nil); err != nil {
		say(crm.Finding{What: fmt.Sprintf("lifecycle stage %q", h.o.Stage), Mend: h.clicks() + " (" + err.Error() + ")"})
		return nil
	}
	if s, err = h.readStages(ctx); err != nil {
		return err
	}
	say(h.placed(s))
	return nil
}

func (h *HubSpot) clicks() string {
	return fmt.Sprintf("as a super admin open Settings, Objects, Contacts, Lifecycle stage, click Add stage, call it %q and drag it behind %q", h.o.Stage, h.o.StageAfter)
}

// placed says where the stage stands, and what that means if it is in front of none.
func (h *HubSpot) placed(s *stages) crm.Finding {
	at := slices.Index(s.order, s.value)
	f := crm.Finding{What: fmt.Sprintf("lifecycle stage %q, value %s", h.o.Stage, s.value)}
	if at == len(s.order)-1 {
		f.Mend = "it is the last one, so it would be a step back for nobody, and sales' stages for it: " + h.clicks()
	} else if at > 0 {
		f.What += fmt.Sprintf(", behind %q", s.names[s.order[at-1]])
	}
	return f
}

// judge compares a property that is there with the one that is wanted.
func (h *HubSpot) judge(what string, want, have property) crm.Finding {
	var lacking []string
	for _, o := range want.Options {
		if !slices.ContainsFunc(have.Options, func(there option) bool { return there.Value == o.Value }) {
			lacking = append(lacking, o.Value)
		}
	}
	switch {
	case want.Unique && !have.Unique:
		return crm.Finding{What: what, Mend: "it does not hold unique values: delete it in HubSpot and run `leadtriage crm setup hubspot`"}
	case want.Type != have.Type:
		return crm.Finding{What: what, Mend: fmt.Sprintf("it is of type %s, and %s is written: delete it in HubSpot and run `leadtriage crm setup hubspot`, or map another one", have.Type, want.Type)}
	case have.Type == "enumeration" && len(lacking) > 0:
		return crm.Finding{What: what, Mend: "it lacks the options " + strings.Join(lacking, ", ") + ": add them in HubSpot"}
	}
	return crm.Finding{What: what}
}

func (h *HubSpot) propertiesOf(ctx context.Context, kind string) (map[string]property, error) {
	var out struct {
		Results []property `json:"results"`
	}
	err := h.call(ctx, http.MethodGet, h.path("properties", kind), nil, nil, &out)
	have := map[string]property{}
	for _, p := range out.Results {
		have[p.Name] = p
	}
	return have, err
}

// Check looks for all that writing and asking need, and changes nothing: the scopes, by
// calls that ask for nothing or are refused for it; the properties; the stage.
func (h *HubSpot) Check(ctx context.Context, say func(crm.Finding)) error {
	nothing := map[string]any{"inputs": []any{}}
	type probe struct{ scope, method, path string }
	probes := []probe{
		{"crm.objects.contacts.read", http.MethodGet, h.path("objects", contacts)}, {"crm.objects.contacts.write", http.MethodPost, h.path("objects", contacts, "batch", "upsert")},
		{"crm.objects.companies.read", http.MethodGet, h.path("objects", companies)}, {"crm.objects.companies.write", http.MethodPost, h.path("objects", companies, "batch", "upsert")},
		{"crm.schemas.contacts.read", http.MethodGet, h.path("properties", contacts, "email")}, {"crm.schemas.companies.read", http.MethodGet, h.path("properties", companies, "domain")},
		{"crm.objects.owners.read", http.MethodGet, h.path("owners")},
	}
	if h.o.Match {
		probes = append(probes, probe{"crm.objects.deals.read", http.MethodGet, h.path("objects", deals)})
	}
	blind := false
	for _, p := range probes {
		var in any
		query := url.Values{"limit": {"1"}}
		if p.method == http.MethodPost {
			in, query = nothing, nil
		}
		err := h.call(ctx, p.method, p.path, query, in, nil)
		outage := lead.OutageOf(err)
		switch {
		case isStatus(err, http.StatusForbidden):
			blind = blind || strings.Contains(p.scope, "schemas")
			say(crm.Finding{What: "scope " + p.scope, Mend: outage.Sentence})
		case outage != nil, err != nil && !isStatus(err, http.StatusBadRequest):
			return err
		default:
			say(crm.Finding{What: "scope " + p.scope})
		}
	}
	if blind {
		return nil
	}
	return errors.Join(h.checkProperties(ctx, say), h.checkStage(ctx, say))
}

func (h *HubSpot) checkProperties(ctx context.Context, say func(crm.Finding)) error {
	for kind, fields := range map[string]map[string]string{contacts: h.o.Contact, companies: h.o.Company} {
		have, err := h.propertiesOf(ctx, kind)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, p := range h.ours(kind) {
			known[p.Name] = true
			what := fmt.Sprintf("property %s of %s", p.Name, kind)
			if there, ok := have[p.Name]; ok {
				say(h.judge(what, p, there))
			} else {
				say(crm.Finding{What: what, Mend: "it is missing: run `leadtriage crm setup hubspot`"})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if _, ok := have[name]; !ok && !known[name] {
				say(crm.Finding{What: fmt.Sprintf("property %s of %s", name, kind), Mend: "HubSpot has none of that name: mend crm.hubspot, or make it"})
			}
		}
	}
	return nil
}

func (h *HubSpot) checkStage(ctx context.Context, say func(crm.Finding)) error {
	s, err := h.readStages(ctx)
	if err != nil {
		return err
	}
	if s.value == "" {
		say(crm.Finding{What: fmt.Sprintf("lifecycle stage %q", h.o.Stage), Mend: "it is missing: run `leadtriage crm setup hubspot`, or " + h.clicks()})
		return nil
	}
	say(h.placed(s))
	return nil
}

// Try writes one property of ours to a contact, reads it back, and puts back what stood there.
func (h *HubSpot) Try(ctx context.Context, id string) error {
	const value = "leadtriage crm check"
	before, err := h.get(ctx, contacts, id, "", []string{markProperty})
	if err != nil {
		return err
	}
	if before == nil {
		return fmt.Errorf("HubSpot has no contact %s: name one of the sandbox by its record id", id)
	}
	wrote := input{ID: id, Properties: map[string]string{markProperty: value}}
	if _, err := h.put(ctx, contacts, wrote); err != nil {
		return err
	}
	after, err := h.get(ctx, contacts, id, "", []string{markProperty})
	wrote.Properties[markProperty] = before.Properties[markProperty]
	_, undone := h.put(ctx, contacts, wrote)
	switch {
	case err != nil || undone != nil:
		return errors.Join(err, undone)
	case after == nil || after.Properties[markProperty] != value:
		return fmt.Errorf("contact %s does not hold what was written to it: is a workflow of the portal changing %s?", id, markProperty)
	}
	return nil
}
