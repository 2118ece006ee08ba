package lead_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"leadtriage/internal/lead"
)

// Whatever the order and however often, of each id the newest word stands once.
func TestOutcomesComeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := map[string]lead.Outcome{}
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Outcome {
			hour := rapid.IntRange(0, 9).Draw(t, "hour")
			id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id")
			return lead.Outcome{ID: id, At: noon.Add(time.Duration(hour) * time.Hour), From: "key:crm", // what one id says at one time is the same
				Type: lead.OutcomeTypes[(hour+int(id[0]))%len(lead.OutcomeTypes)], DealID: "d"}
		}), 1, 8).Draw(t, "outcomes")
		for _, o := range all {
			if o.At.After(said[o.ID].At) {
				said[o.ID] = o
			}
		}
		c := &lead.Case{Now: noon}
		for _, o := range append(rapid.Permutation(all).Draw(t, "order"), all...) {
			if _, err := c.Became(o); err != nil {
				t.Fatal(err)
			}
		}
		if len(c.Outcomes) != len(said) {
			t.Fatalf("%d outcomes of %d ids", len(c.Outcomes), len(said))
		}
		for i, o := range c.Outcomes {
			if o != said[o.ID] || i > 0 && o.At.Before(c.Outcomes[i-1].At) {
				t.Fatalf("%+v, not %+v", o, said[o.ID])
			}
		}
	})
}

func TestALeadHasABoundOfOutcomes(t *testing.T) {
	c := &lead.Case{Now: noon}
	for i := range 200 {
		if known, err := c.Became(lead.Outcome{ID: fmt.Sprint(i), Type: lead.Contacted, At: noon}); known || err != nil {
			t.Fatal(i, known, err)
		}
	}
	if _, err := c.Became(lead.Outcome{ID: "one more", Type: lead.Contacted, At: noon}); !errors.Is(err, lead.ErrTooManyOutcomes) {
		t.Error(err)
	}
	if known, err := c.Became(lead.Outcome{ID: "7", Type: lead.ClosedWon, At: noon.Add(1)}); known || err != nil {
		t.Error("news of a known one:", known, err)
	}
}

// A lead with an open deal is not archived, and comes to rest with its end.
func TestAnOpenDealKeepsALeadFromTheArchive(t *testing.T) {
	for name, tc := range map[string]struct {
		outcomes []lead.Outcome
		archived bool
	}{
		"none":                   {nil, true},
		"contacted":              {[]lead.Outcome{{ID: "1", Type: lead.Contacted, At: noon}}, true},
		"a deal":                 {[]lead.Outcome{{ID: "1", Type: lead.Opportunity, At: noon, DealID: "d"}}, false},
		"lost before it was":     {[]lead.Outcome{{ID: "1", Type: lead.Opportunity, At: noon}, {ID: "2", Type: lead.ClosedLost, At: noon.Add(-1)}}, false},
		"another deal is lost":   {[]lead.Outcome{{ID: "1", Type: lead.Accepted, At: noon, DealID: "d"}, {ID: "2", Type: lead.ClosedLost, At: noon, DealID: "e"}}, false},
		"won within the moment":  {[]lead.Outcome{{ID: "2", Type: lead.Opportunity, At: noon, DealID: "d"}, {ID: "1", Type: lead.ClosedWon, At: noon, DealID: "d"}}, true},
		"not accepted after all": {[]lead.Outcome{{ID: "1", Type: lead.Accepted, At: noon, DealID: "d"}, {ID: "2", Type: lead.NotAccepted, At: noon.Add(1)}}, true},
	} {
		c := &lead.Case{Lead: lead.Lead{Stage: lead.Approved}, Now: noon}
		for _, o := range tc.outcomes {
			c.Became(o)
		}
		if got := c.Archive(lead.Itself, true); got != tc.archived {
			t.Errorf("%s: archived %v", name, got)
		}
	}
}

// A sender sees what it said became of its lead, not what others say it is worth.
func TestOutcomesAreTheirSendersToSee(t *testing.T) {
	d := lead.Dossier{Lead: lead.Lead{SentBy: "key:acme"}, Outcomes: []lead.Outcome{
		{ID: "1", Type: lead.Contacted, At: noon, From: "key:acme"},
		{ID: "2", Type: lead.ClosedWon, At: noon, From: "key:crm", Amount: lead.Money{Minor: 120050, Digits: 2, Currency: "EUR"}, DealID: "d"},
		{ID: "3", Type: lead.ClosedWon, At: noon, From: "key:crm", Amount: lead.Money{Minor: 5, Digits: 0, Currency: "JPY"}, ARR: lead.Money{Minor: 5, Digits: 3, Currency: "KWD"}}}}
	text, _ := json.Marshal(d.RecordFor("key:acme"))
	if s := string(text); !strings.Contains(s, `"outcomes":[{"id":"1","type":"contacted","at":"`+noon.Format(time.RFC3339)+`","from":"acme"}]`) {
		t.Error(s)
	}
	text, _ = json.Marshal(d.RecordFor("key:joined"))
	if s := string(text); !strings.Contains(s, `"outcomes":[]`) {
		t.Error(s)
	}
	text, _ = json.Marshal(d.Record().Outcomes)
	for _, want := range []string{`"amount":{"currency":"EUR","value":"1200.50"},"deal_id":"d"`, `"value":"5"}`, `"value":"0.005"}`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// Who is erased stands in no outcome's reason, and leaves no id of a browser.
func TestErasingReachesOutcomes(t *testing.T) {
	c := &lead.Case{Now: noon, Lead: lead.Lead{Submission: lead.Submission{GAClientID: "GA1.2.3", Contact: lead.Contact{Email: "jane@northwind.example"}}}}
	c.Became(lead.Outcome{ID: "1", Type: lead.NotAccepted, At: noon, Reason: "she left"})
	was := c.Outcomes
	if ok, err := c.Erase(lead.Person{Email: "jane@northwind.example"}, "operator"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if c.Lead.GAClientID != "" || c.Outcomes[0].Reason != "" || was[0].Reason == "" {
		t.Errorf("%q %+v", c.Lead.GAClientID, c.Outcomes)
	}
}
