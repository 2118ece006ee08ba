package console

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// label is a name of ours as people read it.
func label(name string) string {
	for _, short := range []string{"eql", "sql", "mql", "crm", "hubspot"} {
		if name == short {
			return map[string]string{"hubspot": "HubSpot"}[name] + strings.ToUpper(strings.TrimPrefix(name, "hubspot"))
		}
	}
	if rest, is := strings.CutPrefix(name, "crm_"); is {
		return "CRM " + strings.ReplaceAll(rest, "_", " ")
	}
	return lead.Capital(strings.ReplaceAll(strings.TrimPrefix(name, "hq_"), "_", " "))
}

// span is a duration in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// form is what the template of a decision is given.
type form struct {
	ID, Review string
	Verdict    lead.Verdict
	Back       string
	Reasons    []Reason
}

// named is the label of the id, else the id.
func named(all []Reason, id string) string {
	for _, r := range all {
		if r.ID == id && r.Label != "" {
			return r.Label
		}
	}
	return id
}

// words are the functions of the templates.
func words(o Options) template.FuncMap {
	return template.FuncMap{
		"label":   func(name any) string { return label(fmt.Sprint(name)) },
		"span":    span,
		"ago":     func(t time.Time) string { return span(o.Now().Sub(t)) },
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"at":      func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") },
		"reason":  func(id string) string { return named(o.Reasons, id) },
		"spoken":  func(actor string) string { return strings.TrimPrefix(actor, lead.KeyActor) },
		"mend":    func(of any) string { return mends[fmt.Sprint(of)] },
		"partner": func(id string) string { return named(o.Partners, id) },
		"form": func(id, review string, verdict lead.Verdict, back string, reasons []Reason) form {
			return form{id, review, verdict, back, reasons}
		},
		"usd":    func(v float64) string { return fmt.Sprintf("$%.4f", v) },
		"pair":   func(a, b any) []any { return []any{a, b} },
		"isMap":  func(v any) bool { _, is := v.(map[string]any); return is },
		"isList": func(v any) bool { _, is := v.([]any); return is },
		"isLink": func(v any) bool {
			s, is := v.(string)
			return is && (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://"))
		},
	}
}
