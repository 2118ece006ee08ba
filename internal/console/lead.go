package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// story is a lead's page.
type story struct {
	lead.Record
	Name        string
	PartnerName string
	Round       *lead.Review // the newest; nil: nobody was asked
	Decides     bool
	Undoable    bool
	Reviewable  bool
	Retries     bool
	Reasons     []Reason
	Back        string
	BANT        []mark
	Facts       []fact
	Moments     []moment
	Sections    []section
	Unseen      string // why the record shows nothing
}

// mark is a sign that a lead showed, or did not.
type mark struct {
	Name string
	Is   bool
}

// fact is one as the page tells it: whether it counts, and why.
type fact struct {
	lead.Fact
	Counts bool
	Why    string
	Points int
	Max    int
	Quotes []quote
}

// quote is where a fact stands, cut so that the value can be marked in it.
type quote struct {
	URL                 string
	Before, Mark, After string
}

// moment is one line of a lead's timeline.
type moment struct {
	At     time.Time
	Kind   string // event, signal, touch, or what of the history it is: good, bad, said
	Title  string
	Detail string
	By     string
}

// section is a part of the record that is shown as it is, when it is there.
type section struct {
	Title string
	Value any
}

// sections are the parts of the record beside what the page has a form of its own for.
var sections = []struct{ key, title string }{
	{"owner", "Owner"}, {"clocks", "Service levels"}, {"outcomes", "Outcomes"}, {"claim", "Partner's claim"}, {"crm", "CRM"},
	{"attribution", "Attribution"}, {"other_partners", "Other partners"}, {"referrals", "Referrals"}, {"utm", "UTM"}, {"folded", "Older, counted only"},
}

func (c *Console) lead(v *visit) error {
	d, err := c.mine(v)
	if err != nil {
		return err
	}
	r := d.Record()
	s := story{Record: r, Name: d.Lead.Name(), PartnerName: named(c.Partners, r.Partner.ID), Round: d.Review(), Reasons: c.Reasons, Back: "lead",
		Decides:  v.person.Reviewer && d.Review().Open() && r.Stage == lead.AwaitingReview && c.Reviewers.Authorized(v.person.Actor, &d),
		Undoable: c.undoable(v, &d, c.Now()), Retries: v.person.may(operator),
		Reviewable: v.person.may(asker) && slices.Contains([]lead.Stage{lead.Parked, lead.Disqualified}, r.Stage),
		Facts:      facts(&d.Lead), Moments: moments(&d)}
	for i, is := range d.Lead.BANT() {
		s.BANT = append(s.BANT, mark{[]string{"Budget", "Authority", "Need", "Timing"}[i], is})
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("show lead %s: %w", r.ID, err)
	}
	parts := map[string]any{}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return fmt.Errorf("show lead %s: %w", r.ID, err)
	}
	for _, is := range sections {
		if value := told(parts[is.key]); value != nil {
			s.Sections = append(s.Sections, section{is.title, value})
		}
	}
	c.show(v, "lead", http.StatusOK, page{Title: cmp.Or(s.Name, "Lead"), Tab: "leads", Body: s})
	return nil
}

// told is a value without what says nothing; nil: nothing is left.
func told(value any) any {
	switch is := value.(type) {
	case map[string]any:
		for key, part := range is {
			if is[key] = told(part); is[key] == nil {
				delete(is, key)
			}
		}
		if len(is) == 0 {
			return nil
		}
	case []any:
		for i := range is {
			is[i] = told(is[i])
		}
		is = slices.DeleteFunc(is, func(part any) bool { return part == nil })
		if len(is) == 0 {
			return nil
		}
		return is
	case float64:
		return strconv.FormatFloat(is, 'f', -1, 64)
	case string:
		if is == "" {
			return nil
		}
	}
	return value
}

// facts are those of the lead: what counts first, then as the record has them.
func facts(l *lead.Lead) []fact {
	var all []fact
	for _, f := range l.Facts {
		told := fact{Fact: f, Counts: f.Earns(), Why: why(f)}
		if l.Score != nil {
			for _, line := range l.Score.Lines {
				if line.Fact == f.Field && f.Earns() {
					told.Points, told.Max = line.Points, line.Max
				}
			}
		}
		for _, e := range f.Evidence {
			told.Quotes = append(told.Quotes, cut(e, f.Value))
		}
		all = append(all, told)
	}
	slices.SortStableFunc(all, func(a, b fact) int { return flag(b.Counts) - flag(a.Counts) })
	return all
}

// why says in a sentence why a fact counts or not.
func why(f lead.Fact) string {
	switch {
	case f.Reason != nil && f.Reason.String() != "":
		return "Does not count: " + f.Reason.String()
	case f.Status == lead.Conflicting:
		return "Does not count: sources disagree."
	case f.Status == lead.Unverified:
		return "Does not count: nothing bears it out."
	case f.Status == lead.Given && f.By == lead.BySender:
		return "Counts: it came with the lead."
	case f.Status == lead.Given:
		return "Counts: a reviewer wrote it."
	case f.Check == lead.ByMarkup:
		return "Counts: the page's structured data or code states it."
	case f.Check == lead.ByProvider:
		return "Counts: a data provider states it."
	}
	return "Counts: the quote stands in the page, holds the value, and a second reading agrees."
}

// cut parts a quote at the value, where that stands in it literally.
func cut(e lead.Evidence, value string) quote {
	q := quote{URL: e.URL, Before: e.Quote}
	value = strings.TrimSuffix(cmp.Or(e.Value, value), "+")
	if len(value) == 2 && strings.ToUpper(value) == value && strings.ToLower(value) != value {
		return q // a code of a country: it is no word of a page
	}
	at := strings.Index(strings.ToLower(e.Quote), strings.ToLower(value))
	if value != "" && at >= 0 && at+len(value) <= len(e.Quote) && strings.EqualFold(e.Quote[at:at+len(value)], value) {
		q.Before, q.Mark, q.After = e.Quote[:at], e.Quote[at:at+len(value)], e.Quote[at+len(value):]
	}
	return q
}

// kinds are those of the history's lines that are more than a note.
var kinds = map[string]string{"approved": "good", "rejected": "bad", "undone": "bad", "review_opened": "ask", "enrichment_failed": "bad", "received": "start"}

// moments are all that happened with the lead, the newest first.
func moments(d *lead.Dossier) []moment {
	var all []moment
	for _, t := range d.Lead.Touchpoints {
		all = append(all, moment{At: t.At, Kind: "touch", Title: label(t.Type), Detail: t.Asset, By: map[string]string{"partner": "partner's asset", "owned": "own asset"}[t.Owner]})
	}
	for _, e := range d.Lead.Events {
		all = append(all, moment{At: e.At, Kind: "event", Title: label(e.Type), Detail: e.Asset})
	}
	for _, s := range d.Lead.Signals {
		all = append(all, moment{At: s.At, Kind: "signal", Title: label(s.Type), By: s.By})
	}
	for _, h := range d.History {
		m := moment{At: h.At, Kind: cmp.Or(kinds[h.Action], "said"), Title: label(h.Action), Detail: h.Detail.String(), By: strings.TrimPrefix(h.Actor, lead.KeyActor)}
		if strings.HasSuffix(h.Action, "_failed") || strings.HasSuffix(h.Action, "_failing") {
			m.Kind = "bad"
		}
		for _, r := range d.Reviews {
			if r.DecidedAt.Equal(h.At) && string(r.Decision) == h.Action {
				m.Detail = lead.Join(slices.DeleteFunc([]string{m.Detail, label(r.Reason), r.Note}, func(s string) bool { return s == "" }), " · ", "")
			}
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.At.Compare(b.At) })
	slices.Reverse(all)
	return all
}
