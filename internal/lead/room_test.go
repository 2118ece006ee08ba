package lead_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// flood is the n-th of many long submissions for one lead, a minute after the one before.
func flood(n int) lead.Incoming {
	at := noon.Add(time.Duration(n) * time.Minute)
	o := lead.Incoming{Key: "northwind.example|acme", By: "key:flood", Submission: lead.Submission{
		Partner: lead.Partner{ID: "acme", Tier: "gold"}, Source: lead.Backlink, ReferredOn: "2026-11-20",
		Contact: lead.Contact{Email: fmt.Sprintf("p%d@northwind.example", n), Name: strings.Repeat("n", 10_000)},
		CRM:     map[string]string{}}}
	long := strings.Repeat("x", 2000)
	for i := range 200 {
		stamp := at.Add(time.Duration(i) * time.Millisecond)
		o.Events = append(o.Events, lead.Event{Type: "docs_visit", At: stamp, Asset: fmt.Sprint(long, n, i)})
		o.Touchpoints = append(o.Touchpoints, lead.Touchpoint{Type: "page", Owner: "partner", At: stamp, Asset: fmt.Sprint("https://acme.example/", long, n, i)})
		o.Signals = append(o.Signals, lead.Signal{Type: "marketplace_click", At: stamp, By: long[:200]})
	}
	for i := range 50 {
		o.Company.Technologies = append(o.Company.Technologies, fmt.Sprintf("tool %d %d %s", n, i, long[:180]))
	}
	for i := range 20 {
		o.CRM[fmt.Sprintf("id%d_%d", n, i)] = long[:200]
	}
	return o
}

// Whoever joins a lead again and again makes no record that is too heavy to be
// decided, and what is not listed is counted.
func TestARecordHasABound(t *testing.T) {
	first := lead.Incoming{Key: "northwind.example|acme", By: "key:crm", Submission: lead.Submission{
		Partner: lead.Partner{ID: "acme", Tier: "gold"}, Source: lead.PartnerReferral, ReferredOn: "2026-11-01", Contact: lead.Contact{Email: "jane@northwind.example"},
		Events:      []lead.Event{{Type: "demo_request", At: noon.Add(-24 * time.Hour)}},
		Touchpoints: []lead.Touchpoint{{Type: "webinar", Owner: "owned", Asset: "https://ours.example/webinar", At: noon.Add(-48 * time.Hour)}}}}
	c := lead.NewCase(first, noon)
	const joins = 60
	for n := range joins {
		if !c.Join(flood(n)) {
			t.Fatalf("join %d brought nothing", n)
		}
	}
	l := &c.Lead
	doc, err := json.Marshal(l)
	if err != nil || len(doc) > 1500<<10 {
		t.Errorf("the record has %d bytes, %v", len(doc), err)
	}
	times := func(counts []lead.Count, kind string) int {
		for _, c := range counts {
			if c.Type == kind {
				return c.Times
			}
		}
		return 0
	}
	if listed := len(l.Events) - 1; listed < 50 || listed+times(l.Folded.Events, "docs_visit") != joins*200 {
		t.Errorf("%d events of %d are listed, the rest counted as %+v", listed, joins*200, l.Folded.Events)
	}
	if listed := len(l.Signals); listed > 500 || listed+times(l.Folded.Signals, "marketplace_click") != joins*200 {
		t.Errorf("%d signals are listed, the rest counted as %+v", listed, l.Folded.Signals)
	}
	if l.Events[0].Type != "demo_request" || l.Touchpoints[0].Owner != "owned" || l.Events[len(l.Events)-1].At != flood(joins - 1).Events[199].At {
		t.Errorf("the newest of a type is gone: %v, %v", l.Events[0], l.Touchpoints[0])
	}
	if people := len(l.Contacts) + l.Folded.Contacts; people != joins || l.Contact != first.Contact || len(l.Company.Technologies) > 100 || len(l.CRM) > 100 {
		t.Errorf("%d people, %d technologies, %d ids", people, len(l.Company.Technologies), len(l.CRM))
	}
	if l.Touched() < 100 {
		t.Errorf("%d assets were touched", l.Touched())
	}
	// What is counted is known.
	for _, n := range []int{0, joins / 2, joins - 1} {
		o := flood(n)
		o.Contact = lead.Contact{}
		if c.Join(o) {
			t.Fatalf("submission %d is new once more", n)
		}
	}
	// Something newer still is news.
	news := lead.Event{Type: "contact_sales", At: noon.Add(99 * time.Hour)}
	if !c.Add(lead.Addition{By: "key:crm", Events: []lead.Event{news}}) || l.Events[len(l.Events)-1] != news {
		t.Error("an event that is new was not taken")
	}
	// Each sender's own words are bounded, too.
	if own := l.Said["key:flood"]; len(own.Events) > 100 || len(l.Said["key:crm"].Events) != 2 {
		t.Errorf("%d and %v", len(own.Events), l.Said["key:crm"].Events)
	}
}

// A merge brings each sender's words along, and what was counted.
func TestMergedWordsStayTheirSenders(t *testing.T) {
	incoming := func(by, email string) lead.Incoming {
		return lead.Incoming{By: by, Submission: lead.Submission{Source: lead.Backlink, ReferredOn: "2026-11-01", Contact: lead.Contact{Email: email}}}
	}
	dup := lead.Dossier{Lead: lead.NewCase(incoming("key:b", "joe@northwind.example"), noon).Lead}
	dup.Lead.Folded.Events = []lead.Count{{Type: "docs_visit", Times: 7, Until: noon}}
	c := lead.NewCase(incoming("key:a", "jane@northwind.example"), noon)
	c.Lead.Folded.Events = []lead.Count{{Type: "docs_visit", Times: 3, Until: noon.Add(-time.Hour)}}
	for range 2 {
		c.Absorb(&dup, lead.Itself)
	}
	if a, b := c.Lead.Said["key:a"].Contact.Email, c.Lead.Said["key:b"].Contact.Email; a != "jane@northwind.example" || b != "joe@northwind.example" {
		t.Errorf("%q, %q", a, b)
	}
	if got := c.Lead.Folded.Events; len(got) != 1 || got[0].Times != 10 || !got[0].Until.Equal(noon) {
		t.Errorf("%+v", got)
	}
	d := lead.Dossier{Lead: c.Lead}
	if r, ok := d.RecordFor("key:b").(lead.OwnRecord); !ok || r.Contact.Email != "joe@northwind.example" {
		t.Errorf("%+v", d.RecordFor("key:b"))
	}
}
