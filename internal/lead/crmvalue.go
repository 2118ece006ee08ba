package lead

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CRMType is the type of a field that holds a value.
type CRMType string

const (
	CRMText   CRMType = "text"
	CRMLong   CRMType = "long"
	CRMNumber CRMType = "number"
	CRMDate   CRMType = "date" // YYYY-MM-DD
	CRMBool   CRMType = "bool" // true or false
	CRMChoice CRMType = "choice"
)

// CRMValue is something that a CRM's field can hold of a lead.
type CRMValue struct {
	Name    string
	Label   string // of the field, where we make it
	Type    CRMType
	Choices []string // of a CRMChoice
	Of      func(d *Dossier, p Contact) string
}

// CRMDecision are the values that a decision has, and that go with it when it is taken back.
var CRMDecision = []string{"decision", "decided_on", "reviewer", "reason", "proposal", "override"}

// CRMValueNamed returns the value of that name.
func CRMValueNamed(name string) (v CRMValue, ok bool) {
	if i := slices.IndexFunc(CRMValues, func(v CRMValue) bool { return v.Name == name }); i >= 0 {
		return CRMValues[i], true
	}
	return v, false
}

func ofLead(f func(*Lead) string) func(*Dossier, Contact) string {
	return func(d *Dossier, _ Contact) string { return f(&d.Lead) }
}

func ofContact(f func(Contact) string) func(*Dossier, Contact) string {
	return func(_ *Dossier, p Contact) string { return f(p) }
}

// ofScore is nothing before the lead was scored.
func ofScore(f func(*Score) string) func(*Dossier, Contact) string {
	return func(d *Dossier, _ Contact) string {
		if d.Lead.Score == nil {
			return ""
		}
		return f(d.Lead.Score)
	}
}

// ofDecision is nothing while nobody has decided.
func ofDecision(f func(*Dossier, *Review) string) func(*Dossier, Contact) string {
	return func(d *Dossier, _ Contact) string {
		r := d.Review()
		if r.Open() || r == nil || r.Decision == Superseded {
			return ""
		}
		return f(d, r)
	}
}

var verdicts = []string{string(EQL), string(SQL), string(MQL), string(Nurture), string(VerdictDisqualify)}

// CRMValues are all that a map of fields may name.
var CRMValues = []CRMValue{
	{"lead_id", "Lead", CRMText, nil, ofLead(func(l *Lead) string { return l.ID })},
	{"stage", "Stage of the lead", CRMText, nil, ofLead(func(l *Lead) string { return string(l.Stage) })},
	{"score", "Score", CRMNumber, nil, ofScore(func(s *Score) string { return strconv.Itoa(s.Total) })},
	{"icp", "ICP points", CRMNumber, nil, ofScore(func(s *Score) string { return strconv.Itoa(s.ICP) })},
	{"intent", "Intent points", CRMNumber, nil, ofScore(func(s *Score) string { return strconv.Itoa(s.Intent) })},
	{"verdict", "Verdict by the rules", CRMChoice, verdicts, ofScore(func(s *Score) string { return string(s.Verdict) })},
	{"because", "Why this verdict", CRMText, nil, ofScore(func(s *Score) string { return s.Because.String() })},
	{"breakdown", "Score, line by line", CRMLong, nil, ofScore(breakdown)},
	{"facts", "Facts with evidence", CRMLong, nil, ofLead(factLines)},
	{"partner", "Partner", CRMText, nil, ofLead(func(l *Lead) string { return l.Partner.ID })},
	{"tier", "Partner tier", CRMText, nil, ofLead(func(l *Lead) string { return l.Partner.Tier })},
	{"source", "Source of the lead", CRMText, nil, ofLead(func(l *Lead) string { return string(l.Source) })},
	{"referred_on", "Referred on", CRMDate, nil, ofLead(func(l *Lead) string { return string(l.ReferredOn) })},
	{"product", "Product", CRMText, nil, ofLead(func(l *Lead) string { return l.Product })},
	{"use_case", "Use case", CRMText, nil, ofLead(func(l *Lead) string { return l.UseCase })},
	{"attribution", "Attribution", CRMText, nil, ofLead(credits)},
	{"decision", "Decision", CRMChoice, []string{string(Approve), string(Reject)}, ofDecision(func(_ *Dossier, r *Review) string { return string(r.Decision) })},
	{"decided_on", "Decided on", CRMDate, nil, ofDecision(func(_ *Dossier, r *Review) string { return r.DecidedAt.UTC().Format(time.DateOnly) })},
	{"reviewer", "Reviewer", CRMText, nil, ofDecision(func(_ *Dossier, r *Review) string { return spoken(r.By) })},
	{"reason", "Reason of the decision", CRMText, nil, ofDecision(func(_ *Dossier, r *Review) string { return r.Reason })},
	{"proposal", "Proposal when decided", CRMChoice, verdicts, ofDecision(proposal)},
	{"override", "Decided against the proposal", CRMBool, nil, ofDecision(func(_ *Dossier, r *Review) string { return strconv.FormatBool(r.Override) })},
	{"first_name", "First name", CRMText, nil, ofContact(func(p Contact) string { first, _ := names(p); return first })},
	{"last_name", "Last name", CRMText, nil, ofContact(func(p Contact) string { _, last := names(p); return last })},
	{"title", "Job title", CRMText, nil, ofContact(func(p Contact) string { return p.Title })},
	{"company_name", "Company", CRMText, nil, ofLead(func(l *Lead) string { return l.Company.Name })},
	{"domain", "Domain", CRMText, nil, ofLead(func(l *Lead) string { return l.Company.Domain })},
	{"employees", "Employees", CRMText, nil, ofFact(Employees)},
	{"country", "Country", CRMText, nil, ofFact(HQCountry)},
	{"industry", "Industry", CRMText, nil, ofFact(Industry)},
}

// ofFact is the value of a fact that may be relied on.
func ofFact(field Field) func(*Dossier, Contact) string {
	return ofLead(func(l *Lead) string {
		for _, f := range l.Facts {
			if f.Field == field && f.Earns() {
				return f.Value
			}
		}
		return ""
	})
}

// proposal is what the decision was about: the verdict that it overruled, else its own.
func proposal(d *Dossier, r *Review) string {
	switch {
	case r.Proposed != "":
		return string(r.Proposed)
	case r.Decision == Approve && !r.Override:
		return string(EQL)
	case d.Lead.Score != nil:
		return string(d.Lead.Score.Verdict)
	}
	return ""
}

func names(p Contact) (first, last string) {
	first, last, _ = strings.Cut(strings.TrimSpace(p.Name), " ")
	return first, strings.TrimSpace(last)
}

func breakdown(s *Score) string {
	var lines []string
	for _, l := range s.Lines {
		lines = append(lines, fmt.Sprintf("%d/%d %s: %s", l.Points, l.Max, strings.ReplaceAll(l.Rule, "_", " "), l.Reason))
	}
	return strings.Join(lines, "\n")
}

// factLines are the facts that may be relied on, each with where it stands.
func factLines(l *Lead) string {
	var lines []string
	for _, f := range l.Facts {
		if !f.Earns() {
			continue
		}
		from := cmp.Or(f.By, string(f.Status))
		if len(f.Evidence) > 0 {
			from = f.Evidence[0].URL
		}
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", strings.ReplaceAll(string(f.Field), "_", " "), f.Value, from))
	}
	return strings.Join(lines, "\n")
}

func credits(l *Lead) string {
	var parts []string
	if l.Attribution != nil {
		for _, c := range l.Attribution.Credits {
			parts = append(parts, fmt.Sprintf("%s %.4g %%", c.Partner, float64(c.PPM)/10_000))
		}
	}
	return strings.Join(parts, ", ")
}
