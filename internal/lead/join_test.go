package lead_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"leadtriage/internal/lead"
)

// anyOffer is one of a few hundred that overlap: all of one company and partner.
func anyIncoming(t *rapid.T) lead.Incoming {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	at := rapid.Custom(func(t *rapid.T) time.Time {
		return noon.AddDate(0, 0, -rapid.IntRange(3, 6).Draw(t, "days"))
	})
	o := lead.Incoming{Key: "northwind.example|acme", By: pick("by", "crm", "form")}
	o.Partner = lead.Partner{ID: "acme", Tier: pick("tier", "gold", "silver"), Contact: pick("partner contact", "", "Ada", "Zoe")}
	o.Source = rapid.SampledFrom(lead.Sources).Draw(t, "source")
	o.ReferredOn = lead.Date(pick("on", "2026-11-01", "2026-11-10", "2026-11-20"))
	o.Contact = lead.Contact{Email: pick("email", "jane@northwind.example", "joe@northwind.example")}
	o.Company = lead.Company{Domain: "northwind.example", Name: pick("name", "", "Northwind", "Northwind Ltd"), Employees: lead.Headcount(pick("employees", "", "25", "250")),
		Industry: pick("industry", "", "software", "retail"), Country: pick("country", "", "IT", "RU"),
		Technologies: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"HubSpot", "Salesforce", "Stripe"}), 0, 2, rapid.ID).Draw(t, "technologies")}
	o.UseCase, o.Notes = pick("use case", "", "sync CRM with billing", "CRM"), pick("notes", "", "called twice")
	o.GAClientID = pick("ga", "", "GA1.2.1", "GA1.2.22")
	if at := pick("consent", "", "2026-11-20", "2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z"); at != "" {
		o.Consent = lead.Consent{Basis: pick("basis", "", "consent", "contract"), PartnerMayBeTold: rapid.Bool().Draw(t, "told"), At: at}
	}
	o.UTM = lead.UTM{Source: pick("utm", "", "acme", "chatgpt")}
	o.CRM = map[string]string{pick("crm", "hubspot_contact_id", "salesforce_lead_id"): pick("crm id", "1", "22")}
	o.Touchpoints = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Touchpoint {
		return lead.Touchpoint{Type: "webinar", Owner: "partner", Asset: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "asset"), At: at.Draw(t, "at")}
	}), 0, 3).Draw(t, "touchpoints")
	o.Events = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Event {
		return lead.Event{Type: rapid.SampledFrom(lead.EventTypes).Draw(t, "type"), At: at.Draw(t, "at")}
	}), 0, 3).Draw(t, "events")
	o.Signals = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Signal {
		return lead.Signal{Type: rapid.SampledFrom(lead.SignalTypes).Draw(t, "type"), At: at.Draw(t, "at")}
	}), 0, 2).Draw(t, "signals")
	return o
}

// joined is the lead that the incoming ones make in this order.
func joined(incoming []lead.Incoming) lead.Lead {
	c := lead.NewCase(incoming[0], noon)
	for _, o := range incoming[1:] {
		c.Join(o)
	}
	return c.Lead
}

// said is everything that the lead holds, in an order of its own. Which contact
// is the first one is left open.
func said(l lead.Lead) string {
	sorted := func(list any) []string {
		var all []json.RawMessage
		text, _ := json.Marshal(list)
		json.Unmarshal(text, &all)
		out := []string{}
		for _, one := range all {
			out = append(out, string(one))
		}
		slices.Sort(out)
		return out
	}
	contacts := sorted(append([]lead.Contact{l.Contact}, l.Contacts...))
	lists := [][]string{sorted(l.Touchpoints), sorted(l.Events), sorted(l.Signals), sorted(l.Company.Technologies), contacts, sorted(l.AllReferrals())}
	l.Submission.Contact, l.Contacts, l.Touchpoints, l.Events, l.Signals, l.Company.Technologies, l.Referrals = lead.Contact{}, nil, nil, nil, nil, nil, nil
	rest, _ := json.Marshal(struct {
		S any
		D map[string]lead.Date
	}{l.Submission, l.SaidOn})
	return fmt.Sprintf("%s %q", rest, lists)
}

func TestJoiningGivesTheSameWhateverTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		incoming := rapid.SliceOfN(rapid.Custom(anyIncoming), 2, 6).Draw(t, "offers")
		want := said(joined(incoming))
		if got := said(joined(rapid.Permutation(incoming).Draw(t, "again"))); got != want {
			t.Fatalf("\n%s\n%s", want, got)
		}
	})
}

func TestJoiningAgainAddsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		incoming := rapid.SliceOfN(rapid.Custom(anyIncoming), 1, 5).Draw(t, "offers")
		c := &lead.Case{Lead: joined(incoming), Now: noon}
		want := said(c.Lead)
		for _, o := range incoming {
			if c.Join(o) {
				t.Fatalf("new once more: %+v", o)
			}
		}
		if got := said(c.Lead); got != want {
			t.Fatalf("\n%s\n%s", want, got)
		}
	})
}

func TestTheEarliestReferralHasTheWord(t *testing.T) {
	incoming := func(on lead.Date, name, useCase string, source lead.Source) lead.Incoming {
		return lead.Incoming{Submission: lead.Submission{ReferredOn: on, Source: source, UseCase: useCase, Company: lead.Company{Name: name}}}
	}
	l := joined([]lead.Incoming{incoming("2026-11-10", "Northwind", "", lead.Overlap), incoming("2026-11-20", "Northwind Holding Ltd", "sync", lead.PartnerReferral),
		incoming("2026-11-01", "NORTHWIND", "", lead.Overlap)})
	if l.Company.Name != "NORTHWIND" || l.UseCase != "sync" || l.ReferredOn != "2026-11-01" || l.Source != lead.PartnerReferral {
		t.Errorf("%+v", l.Submission)
	}
	if want := []lead.Referral{{Source: lead.PartnerReferral, On: "2026-11-20"}, {Source: lead.Overlap, On: "2026-11-10"}}; !slices.Equal(l.Referrals, want) {
		t.Errorf("referrals %v", l.Referrals)
	}
}

// The newest word stands, silence is none, and in doubt nobody may be told.
func TestTheNewestConsentStands(t *testing.T) {
	word := func(at string, told bool) lead.Consent {
		return lead.Consent{Basis: "consent", PartnerMayBeTold: told, At: at}
	}
	no, later := word("2026-11-20", false), word("2026-11-21T08:00:00Z", true)
	for name, tc := range map[string]struct {
		said []lead.Consent
		want lead.Consent
	}{
		"silence after a no":      {[]lead.Consent{no, {}}, no},
		"a yes of the same day":   {[]lead.Consent{no, word("2026-11-20T15:00:00Z", true)}, no},
		"an older yes":            {[]lead.Consent{no, word("2026-11-01", true)}, no},
		"a newer yes":             {[]lead.Consent{no, later}, later},
		"a no of the same second": {[]lead.Consent{later, word(later.At, false)}, word(later.At, false)},
	} {
		var incoming []lead.Incoming
		for _, c := range tc.said {
			incoming = append(incoming, lead.Incoming{Submission: lead.Submission{ReferredOn: "2026-11-20", Consent: c}})
		}
		if got := joined(incoming).Consent; got != tc.want {
			t.Errorf("%s: %+v", name, got)
		}
		slices.Reverse(incoming)
		if got := joined(incoming).Consent; got != tc.want {
			t.Errorf("%s, the other way round: %+v", name, got)
		}
	}
}
