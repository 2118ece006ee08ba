package hubspot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/crm/hubspot"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/sim"
)

const token = "pat-test"

// desk is an account, what writes to it, and the records of leads.
type desk struct {
	t     *testing.T
	far   *sim.HubSpot
	h     *hubspot.HubSpot
	o     hubspot.Options
	kinds []outbox.Kind
}

func newDesk(t *testing.T, account sim.HubSpotOptions, set ...func(*hubspot.Options)) *desk {
	t.Helper()
	account.Token = token
	far := sim.NewHubSpot(account)
	server := httptest.NewServer(far)
	t.Cleanup(server.Close)
	o := hubspot.Options{URL: server.URL, Token: token, Version: "2026-09", Stage: "EQL", StageAfter: "lead", AllContacts: true, Match: true, Note: true,
		Contact: map[string]string{"firstname": "first_name", "lastname": "last_name", "leadtriage_score": "score", "leadtriage_partner": "partner",
			"leadtriage_lead_id": "lead_id", "leadtriage_decision": "decision", "leadtriage_verdict": "verdict"},
		Company: map[string]string{"name": "company_name", "domain": "domain"}}
	for _, f := range set {
		f(&o)
	}
	d := &desk{t: t, far: far, o: o, h: hubspot.New(o, nil, nil, time.Now)}
	d.kinds = d.h.Account(0).Kinds(func(string, string) {}, slog.New(slog.DiscardHandler))
	return d
}

// approved is a lead that a person approved.
func approved(n int) *lead.Case {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	c := &lead.Case{Now: now, Lead: lead.Lead{ID: fmt.Sprintf("lead%d", n), Stage: lead.Approved, Score: &lead.Score{Total: 80, Verdict: lead.EQL}}}
	host := fmt.Sprintf("northwind%d.example", n)
	c.Lead.Partner, c.Lead.Contact = lead.Partner{ID: "acme", Tier: "gold"}, lead.Contact{Email: "jane@" + host, Name: "Jane Doe"}
	c.Lead.Company = lead.Company{Name: "Northwind", Domain: host}
	c.Reviews = []lead.Review{{LeadID: c.Lead.ID, Round: 1, Decision: lead.Approve, By: "U0ADA", DecidedAt: now}}
	return c
}

// write makes an attempt at writing the lead, and puts on record what came of it, unless
// the process died.
func (d *desk) attempt(ctx context.Context, c *lead.Case, event string, dies bool) error {
	d.t.Helper()
	a := &outbox.Attempt{Effect: lead.Effect{ID: lead.EffectID(c.Lead.ID, hubspot.WriteEffect, event, 1), LeadID: c.Lead.ID, Event: event},
		Dossier: &lead.Dossier{Lead: c.Lead, Reviews: c.Reviews}}
	err := d.kinds[0].Do(ctx, a)
	if !dies && a.Learned != nil {
		a.Learned(c)
	}
	return err
}

func (d *desk) write(c *lead.Case, event string) {
	d.t.Helper()
	if err := d.attempt(d.t.Context(), c, event, false); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) match(c *lead.Case) *lead.Match {
	d.t.Helper()
	a := &outbox.Attempt{Dossier: &lead.Dossier{Lead: c.Lead, Reviews: c.Reviews}}
	if err := d.kinds[1].Do(d.t.Context(), a); err != nil {
		d.t.Fatal(err)
	}
	a.Learned(c)
	return c.Lead.Match()
}

func (d *desk) contact(email string) sim.HubSpotObject {
	d.t.Helper()
	for _, o := range d.far.Objects("contacts") {
		if o.Properties["email"] == email {
			return o
		}
	}
	d.t.Fatalf("no contact %s", email)
	return sim.HubSpotObject{}
}

// whole wants exactly one of everything of the lead, and all of it right.
func (d *desk) whole(c *lead.Case) {
	d.t.Helper()
	o := d.contact(c.Lead.Contact.Email)
	for name, want := range map[string]string{"firstname": "Jane", "leadtriage_score": fmt.Sprint(c.Lead.Score.Total), "leadtriage_decision": "approved", "lifecyclestage": "944991848"} {
		if got := o.Properties[name]; got != want {
			d.t.Errorf("%s of %s is %q, want %q", name, c.Lead.ID, got, want)
		}
	}
	count := func(kind, property, value string) (n int) {
		for _, o := range d.far.Objects(kind) {
			if strings.Contains(o.Properties[property], value) {
				n++
			}
		}
		return n
	}
	for what, n := range map[string]int{"contacts": count("contacts", "email", c.Lead.Contact.Email), "companies": count("companies", "domain", c.Lead.Company.Domain),
		"notes": count("notes", "hs_note_body", "leadtriage lead "+c.Lead.ID+" "), "companies of the contact": len(d.far.Linked("contacts", o.ID, "companies")),
		"notes of the contact": len(d.far.Linked("contacts", o.ID, "notes"))} {
		if n != 1 {
			d.t.Errorf("%d %s of %s, want 1", n, what, c.Lead.ID)
		}
	}
	if got := c.Lead.InCRM[hubspot.Name].Theirs(); len(got) > 0 {
		d.t.Errorf("%v of %s pass for a person's", got, c.Lead.ID)
	}
}

// The process dies at each call of a writing, before HubSpot did it and after, and again at
// an update of it: what follows is whole, and written once.
func TestADeathAtAnyLineIsMended(t *testing.T) {
	for _, done := range []bool{false, true} {
		for _, update := range []bool{false, true} {
			for at := 1; ; at++ {
				d := newDesk(t, sim.HubSpotOptions{Prepared: true})
				c := approved(1)
				if update {
					d.write(c, "lead.approved")
					c.Lead.Score.Total = 85
				}
				ctx, die := context.WithCancel(t.Context())
				calls := 0
				d.far.SetFault(func(sim.HubSpotCall) *sim.HubSpotFault {
					if calls++; calls < at {
						return nil
					}
					die()
					return &sim.HubSpotFault{Cut: true, Done: done && calls == at}
				})
				err := d.attempt(ctx, c, "lead.updated", true)
				d.far.SetFault(nil)
				if err == nil {
					if at < 5 {
						t.Fatalf("a writing took %d calls", at-1)
					}
					break // it died at none of its lines
				}
				c.Lead.Score.Total++ // news came in meanwhile
				d.write(c, "lead.approved")
				d.whole(c)
				if t.Failed() {
					t.Fatalf("it died at call %d, done %v, of an update %v", at, done, update)
				}
			}
		}
	}
}

// Three of ten calls fail and one of a hundred is done without an answer, over three
// hundred decisions, with processes that die: each is written once, with one note.
func TestManyDecisionsOverABadLine(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	dice := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	d.far.SetFault(func(sim.HubSpotCall) *sim.HubSpotFault {
		mu.Lock()
		defer mu.Unlock()
		switch n := dice.IntN(100); {
		case n < 30:
			return &sim.HubSpotFault{Status: []int{500, 502, 503, 504, 423}[dice.IntN(5)], Done: dice.IntN(2) == 0}
		case n < 31:
			return &sim.HubSpotFault{Cut: true, Done: true}
		}
		return nil
	})
	var all sync.WaitGroup
	cases := make([]*lead.Case, 300)
	slots := make(chan struct{}, 100)
	for n := range cases {
		cases[n] = approved(n)
		dies := n%10 == 3 // what the first attempt did is on no record
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for try := 0; d.attempt(t.Context(), cases[n], "lead.approved", dies && try == 0) != nil || dies && try == 0; try++ {
				if try > 500 {
					t.Errorf("lead %d is not written", n)
					return
				}
			}
		})
	}
	all.Wait()
	d.far.SetFault(nil)
	for _, c := range cases {
		d.whole(c)
	}
	for kind, want := range map[string]int{"contacts": len(cases), "companies": len(cases), "notes": len(cases)} {
		if got := len(d.far.Objects(kind)); got != want {
			t.Errorf("%d %s, want %d", got, kind, want)
		}
	}
}

// What a person changed since is theirs, also when two leads write to one contact.
func TestWhatAPersonChangedIsTheirs(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	c := approved(1)
	d.write(c, "lead.approved")
	o := d.contact(c.Lead.Contact.Email)
	d.far.Put("contacts", o.ID, map[string]string{"leadtriage_partner": "somebody else", "firstname": ""})
	c.Lead.Partner.ID, c.Lead.Score.Total = "brightside", 90
	d.write(c, "lead.updated")
	o = d.contact(c.Lead.Contact.Email)
	if o.Properties["leadtriage_partner"] != "somebody else" || o.Properties["firstname"] != "" || o.Properties["leadtriage_score"] != "90" {
		t.Errorf("after the person's change: %v", o.Properties)
	}
	if got := c.Lead.InCRM[hubspot.Name].Theirs(); !slices.Equal(got, []string{"firstname", "leadtriage_partner"}) {
		t.Errorf("theirs are %v", got)
	}
	if !slices.ContainsFunc(c.Notes, func(e lead.Entry) bool {
		return e.Action == "crm_theirs" && strings.Contains(e.Detail.String(), "leadtriage_partner")
	}) {
		t.Errorf("the history does not name it: %v", c.Notes)
	}
	notes := len(c.Notes)
	c.Lead.Score.Total = 91
	d.write(c, "lead.updated")
	if len(c.Notes) != notes {
		t.Errorf("it is told again: %v", c.Notes[notes:])
	}
	other := approved(1)
	other.Lead.ID, other.Lead.Partner.ID, other.Lead.Score.Total = "other", "cloudmarket", 70
	d.write(other, "lead.approved")
	o = d.contact(c.Lead.Contact.Email)
	if o.Properties["leadtriage_score"] != "70" || o.Properties["leadtriage_lead_id"] != "other" || o.Properties["leadtriage_partner"] != "somebody else" {
		t.Errorf("after another lead of the contact: %v", o.Properties)
	}
}

// What stood in HubSpot before us stays; what is empty is filled in.
func TestWhatStoodThereStays(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	c := approved(1)
	d.far.Put("contacts", "", map[string]string{"email": c.Lead.Contact.Email, "firstname": "Janet"})
	older := d.far.Put("companies", "", map[string]string{"domain": c.Lead.Company.Domain, "name": "Northwind Inc."})
	d.far.Put("companies", "", map[string]string{"domain": c.Lead.Company.Domain, "name": "Doublet"})
	d.write(c, "lead.approved")
	o := d.contact(c.Lead.Contact.Email)
	if o.Properties["firstname"] != "Janet" || o.Properties["lastname"] != "Doe" || len(c.Lead.InCRM[hubspot.Name].Theirs()) > 0 {
		t.Errorf("%v; theirs %v", o.Properties, c.Lead.InCRM[hubspot.Name].Theirs())
	}
	company, _ := d.far.Object("companies", older)
	if company.Properties["name"] != "Northwind Inc." || company.Properties["leadtriage_domain"] != c.Lead.Company.Domain || len(d.far.Objects("companies")) != 2 {
		t.Errorf("the oldest company is not adopted: %v", d.far.Objects("companies"))
	}
}

// A company that the search does not show yet, for HubSpot or we made it a moment ago, is
// not made twice.
func TestASearchThatLagsMakesNoDoublet(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true, SearchLag: time.Hour})
	first, second := approved(1), approved(1)
	second.Lead.ID, second.Lead.Contact.Email = "second", "joe@northwind1.example"
	d.write(first, "lead.approved")
	d.write(second, "lead.approved")
	if n := len(d.far.Objects("companies")); n != 1 {
		t.Errorf("%d companies by our own property, want 1", n)
	}
	third := approved(2)
	person := d.far.Put("contacts", "", map[string]string{"email": third.Lead.Contact.Email})
	made := d.far.Put("companies", "", map[string]string{"domain": third.Lead.Company.Domain})
	d.far.Link("contacts", person, "companies", made)
	d.write(third, "lead.approved")
	if n := len(d.far.Objects("companies")); n != 2 {
		t.Errorf("%d companies with one that HubSpot made, want 2", n)
	}
}

func TestTheStageIsNeverMovedBack(t *testing.T) {
	for stage, want := range map[string]string{"subscriber": "944991848", "lead": "944991848", "marketingqualifiedlead": "marketingqualifiedlead",
		"opportunity": "opportunity", "customer": "customer"} {
		d := newDesk(t, sim.HubSpotOptions{Prepared: true})
		c := approved(1)
		d.far.Put("contacts", "", map[string]string{"email": c.Lead.Contact.Email, "lifecyclestage": stage})
		d.write(c, "lead.approved")
		if got := d.contact(c.Lead.Contact.Email).Properties; got["lifecyclestage"] != want || got["leadtriage_score"] != "80" {
			t.Errorf("from %s it is %s, score %s", stage, got["lifecyclestage"], got["leadtriage_score"])
		}
		told := slices.ContainsFunc(c.Notes, func(e lead.Entry) bool { return e.Action == "crm_stage_kept" })
		sent := slices.ContainsFunc(d.far.Requests(), func(c sim.HubSpotCall) bool { return strings.Contains(string(c.Body), `"lifecyclestage":"944991848"`) })
		if kept := want == stage; told != kept || sent == kept { // some say that HubSpot does move it back
			t.Errorf("from %s: told that it is kept: %v; sent: %v", stage, told, sent)
		}
	}
	// A person who moves it back has the last word.
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	c := approved(1)
	d.write(c, "lead.approved")
	d.far.Put("contacts", d.contact(c.Lead.Contact.Email).ID, map[string]string{"lifecyclestage": "lead"})
	c.Lead.Score.Total = 81
	d.write(c, "lead.updated")
	if got := d.contact(c.Lead.Contact.Email).Properties["lifecyclestage"]; got != "lead" {
		t.Errorf("moved back by a person it became %s", got)
	}
}

func TestContactsThatAreNotWhereTheyWere(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	merged := approved(1)
	d.write(merged, "lead.approved")
	was := d.contact(merged.Lead.Contact.Email).ID
	survivor := d.far.Merge(d.far.Put("contacts", "", map[string]string{"email": "doe@northwind1.example"}), was)
	merged.Lead.Score.Total = 85
	d.write(merged, "lead.updated")
	o, _ := d.far.Object("contacts", survivor)
	if o.Properties["leadtriage_score"] != "85" || o.Properties["email"] != "doe@northwind1.example" || len(d.far.Objects("contacts")) != 1 {
		t.Errorf("the survivor, found by its second address, is %v", o.Properties)
	}
	if id := merged.Lead.InCRM[hubspot.Name].Objects[lead.ContactIn(merged.Lead.Contact.Email)].ID; id != survivor {
		t.Errorf("on record is %s, not the survivor %s", id, survivor)
	}

	deleted := approved(2)
	d.write(deleted, "lead.approved")
	d.far.Archive("contacts", d.contact(deleted.Lead.Contact.Email).ID)
	if err := d.attempt(t.Context(), deleted, "lead.updated", false); !errors.Is(err, outbox.ErrNeedless) {
		t.Errorf("news of a deleted contact: %v", err)
	}
	d.write(deleted, "lead.approved") // a person wants it anew

	erased := approved(3)
	d.write(erased, "lead.approved")
	d.far.Erase(d.contact(erased.Lead.Contact.Email).ID)
	err := d.attempt(t.Context(), erased, "lead.approved", false)
	if kind, _ := lead.KindOf(err); kind != lead.Permanent || strings.Contains(err.Error(), erased.Lead.Contact.Email) {
		t.Errorf("a contact that was erased: %v", err)
	}
}

func TestANoteThatAPersonChangedIsTheirs(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	c := approved(1)
	d.write(c, "lead.approved")
	note := d.far.Objects("notes")[0]
	c.Lead.Score.Total = 81
	d.write(c, "lead.updated")
	if got := d.far.Objects("notes"); len(got) != 1 || !strings.Contains(got[0].Properties["hs_note_body"], "81/100") {
		t.Errorf("it is not brought up to date: %v", got)
	}
	d.far.Put("notes", note.ID, map[string]string{"hs_note_body": "called them"})
	c.Lead.Score.Total = 82
	d.write(c, "lead.updated")
	if got := d.far.Objects("notes"); len(got) != 1 || got[0].Properties["hs_note_body"] != "called them" {
		t.Errorf("a person's note became %v", got)
	}
}

// What HubSpot refuses says what to do, holds up the account or the lead alone, and names
// nobody.
func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(*desk)
		set     func(*hubspot.Options)
		kind    lead.FaultKind
		outage  string
		after   time.Duration
		says    string
	}{
		"wrong token": {set: func(o *hubspot.Options) { o.Token = "sk-1" }, kind: lead.Throttled, outage: "unauthorized", after: time.Minute, says: "it is not old, it is wrong"},
		"old token":   {prepare: func(d *desk) { d.far.SetToken("pat-new", nil) }, kind: lead.Throttled, outage: "unauthorized", after: time.Minute, says: "rotate"},
		"a scope lacking": {prepare: func(d *desk) {
			d.far.SetToken(token, []string{"crm.schemas.contacts.read", "crm.objects.contacts.read"})
		}, kind: lead.Throttled, outage: "missing_scopes", after: time.Minute, says: "crm.objects.contacts.write"},
		"day's limit":   {prepare: fails(429, "DAILY", 0), kind: lead.Throttled, outage: "daily_limit", after: 10 * time.Minute, says: "midnight"},
		"rolling limit": {prepare: fails(429, "TEN_SECONDLY_ROLLING", 0), kind: lead.Throttled, after: 10 * time.Second, says: "429"},
		"locked":        {prepare: fails(423, "", 0), kind: lead.Throttled, after: 2 * time.Second, says: "423"},
		"moving":        {prepare: fails(477, "", time.Hour), kind: lead.Throttled, outage: "moving", after: time.Hour, says: "data centres"},
		"down":          {prepare: fails(503, "", 0), kind: lead.Temporary, says: "503"},
		"no property":   {set: func(o *hubspot.Options) { o.Contact["leadtriage_icp"] = "icp" }, kind: lead.Throttled, outage: "property_missing", after: time.Minute, says: "leadtriage_icp"},
		"no stage":      {set: func(o *hubspot.Options) { o.Stage = "Ecosystem" }, kind: lead.Throttled, outage: "stage_missing", after: time.Minute, says: "crm setup hubspot"},
		"portal's rule": {prepare: func(d *desk) { d.far.Require("jobtitle", "lifecyclestage", "944991848") }, kind: lead.Permanent, says: "map it in crm.hubspot"},
		"no number":     {set: func(o *hubspot.Options) { o.Contact["leadtriage_score"] = "partner" }, kind: lead.Permanent, says: "leadtriage_score INVALID_INTEGER"},
		"a bare 200": {prepare: func(d *desk) {
			d.far.SetFault(func(c sim.HubSpotCall) *sim.HubSpotFault {
				if strings.HasSuffix(c.Path, "/upsert") {
					return &sim.HubSpotFault{Status: 200}
				}
				return nil
			})
		}, kind: lead.Temporary, says: "it is written again"},
		"bad address": {prepare: func(d *desk) {}, kind: lead.Permanent, says: "INVALID_EMAIL"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.set == nil {
				tc.set = func(*hubspot.Options) {}
			}
			d := newDesk(t, sim.HubSpotOptions{Prepared: true}, tc.set)
			c := approved(1)
			if tc.prepare != nil {
				tc.prepare(d)
			}
			if name == "bad address" {
				c.Lead.Contact.Email = "jane@northwind"
			}
			err := d.attempt(t.Context(), c, "lead.approved", false)
			kind, after := lead.KindOf(err)
			outage, text := lead.OutageOf(err), fmt.Sprint(err)
			code := ""
			if outage != nil {
				code, text = outage.Code, text+outage.Sentence
			}
			if err == nil || kind != tc.kind || code != tc.outage || after != tc.after || !strings.Contains(text, tc.says) {
				t.Errorf("%v, %q after %s: %v", kind, code, after, text)
			}
			if strings.Contains(text, "jane@") || strings.Contains(text, token) {
				t.Errorf("it names a person or the token: %s", text)
			}
		})
	}
	// An older version of the API does not hold to the portal's own rules.
	d := newDesk(t, sim.HubSpotOptions{Prepared: true}, func(o *hubspot.Options) { o.Version = "2026-03" })
	d.far.Require("jobtitle", "lifecyclestage", "944991848")
	c := approved(1)
	d.write(c, "lead.approved")
	d.whole(c)
}

func fails(status int, policy string, after time.Duration) func(*desk) {
	return func(d *desk) {
		d.far.SetFault(func(sim.HubSpotCall) *sim.HubSpotFault {
			return &sim.HubSpotFault{Status: status, Policy: policy, RetryAfter: after}
		})
	}
}

func TestMatch(t *testing.T) {
	day := time.Now().UTC().Format(time.DateOnly)
	for name, tc := range map[string]struct {
		contact, company, deal map[string]string
		want                   *lead.Match
	}{
		"nobody":          {},
		"open deal":       {company: map[string]string{}, deal: map[string]string{"hubspot_owner_id": "7"}, want: &lead.Match{Kind: lead.MatchDeal, Owner: "dana@ours.example", Since: lead.Date(day)}},
		"customer's deal": {company: map[string]string{"lifecyclestage": "customer"}, deal: map[string]string{}, want: &lead.Match{Kind: lead.MatchDeal, Since: lead.Date(day), Customer: true}},
		"won":             {contact: map[string]string{}, deal: map[string]string{"hs_is_closed": "true", "hs_is_closed_won": "true", "hubspot_owner_id": "8"}, want: &lead.Match{Kind: lead.MatchCustomer, Owner: "gone@ours.example", Since: lead.Date(day), Customer: true}},
		"lost":            {contact: map[string]string{}, deal: map[string]string{"hs_is_closed": "true"}, want: &lead.Match{Kind: lead.MatchKnown, Since: lead.Date(day)}},
		"named account":   {company: map[string]string{"hs_is_target_account": "true", "hubspot_owner_id": "7"}, want: &lead.Match{Kind: lead.MatchNamed, Owner: "dana@ours.example", Since: lead.Date(day)}},
		"in work":         {contact: map[string]string{"hs_lead_status": "IN_PROGRESS"}, want: &lead.Match{Kind: lead.MatchInWork, Since: lead.Date(day)}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, sim.HubSpotOptions{Prepared: true})
			d.far.AddOwner(sim.HubSpotOwner{ID: "7", Email: "dana@ours.example", UserID: 70})
			d.far.AddOwner(sim.HubSpotOwner{ID: "8", Email: "gone@ours.example", UserID: 80, Archived: true})
			c := approved(1)
			kind, id := "", ""
			if tc.contact != nil {
				tc.contact["email"] = c.Lead.Contact.Email
				kind, id = "contacts", d.far.Put("contacts", "", tc.contact)
			}
			if tc.company != nil {
				tc.company["domain"] = c.Lead.Company.Domain
				kind, id = "companies", d.far.Put("companies", "", tc.company)
			}
			if tc.deal != nil {
				d.far.Link(kind, id, "deals", d.far.Put("deals", "", tc.deal))
			}
			got := d.match(c)
			if got == nil && tc.want != nil || got != nil && (tc.want == nil || *got != *tc.want) {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
	// An open deal matters more than one that was won later.
	both := newDesk(t, sim.HubSpotOptions{Prepared: true})
	of := both.far.Put("contacts", "", map[string]string{"email": approved(1).Lead.Contact.Email})
	for _, deal := range []map[string]string{{}, {"hs_is_closed": "true", "hs_is_closed_won": "true"}} {
		both.far.Link("contacts", of, "deals", both.far.Put("deals", "", deal))
	}
	if got := both.match(approved(1)); got == nil || got.Kind != lead.MatchDeal || !got.Customer {
		t.Errorf("an open deal of a customer matches as %+v", got)
	}
	// What we wrote ourselves is not known to HubSpot by others.
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	c := approved(1)
	d.write(c, "lead.approved")
	if got := d.match(c); got != nil {
		t.Errorf("our own contact matches as %+v", got)
	}
}

// A set-up makes what is missing, once; a check names what is.
func TestSetupAndCheck(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{})
	findings := func(f func(context.Context, func(crm.Finding)) error) (mends []string) {
		t.Helper()
		if err := f(t.Context(), func(f crm.Finding) {
			if f.Mend != "" {
				mends = append(mends, f.What+": "+f.Mend)
			}
		}); err != nil {
			t.Fatal(err)
		}
		return mends
	}
	lacking := findings(d.h.Check)
	if len(lacking) != 9 || !strings.Contains(strings.Join(lacking, "\n"), `lifecycle stage "EQL": it is missing`) {
		t.Errorf("a bare account lacks %q", lacking)
	}
	for range 2 {
		if mends := findings(d.h.Setup); len(mends) > 0 {
			t.Errorf("a set-up leaves %q", mends)
		}
	}
	if got := d.far.Stages(); !slices.Equal(got[:4], []string{"Subscriber", "Lead", "EQL", "Marketing Qualified Lead"}) {
		t.Errorf("the stages are %v", got)
	}
	if mends := findings(d.h.Check); len(mends) > 0 {
		t.Errorf("after the set-up a check says %q", mends)
	}
	c := approved(1)
	d.write(c, "lead.approved")
	o := d.contact(c.Lead.Contact.Email)
	if err := d.h.Try(t.Context(), o.ID); err != nil || d.contact(c.Lead.Contact.Email).Properties["leadtriage_written"] != o.Properties["leadtriage_written"] {
		t.Errorf("a try: %v", err)
	}
	d.far.SetToken(token, []string{"crm.objects.contacts.read", "crm.schemas.contacts.read", "crm.schemas.companies.read", "crm.objects.companies.read", "crm.objects.companies.write", "crm.objects.owners.read"})
	lacking = findings(d.h.Check)
	if len(lacking) != 2 || !strings.Contains(lacking[0], "crm.objects.contacts.write") || !strings.Contains(lacking[1], "crm.objects.deals.read") {
		t.Errorf("of the scopes it lacks %q", lacking)
	}
}

// Where HubSpot takes no stage by API, the set-up tells the clicks.
func TestSetupTellsTheClicks(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{})
	d.far.SetFault(func(c sim.HubSpotCall) *sim.HubSpotFault {
		if strings.Contains(c.Path, "pipelines") {
			return &sim.HubSpotFault{Status: 404}
		}
		return nil
	})
	var last crm.Finding
	if err := d.h.Setup(t.Context(), func(f crm.Finding) { last = f }); err != nil || !strings.Contains(last.Mend, "Settings, Objects, Contacts, Lifecycle stage") {
		t.Errorf("%v: %+v", err, last)
	}
}

// All contacts of a lead are written, or the newest alone; a parked one gets its verdict and
// never the stage.
func TestWhichContactsAndStages(t *testing.T) {
	for all, want := range map[bool]int{true: 2, false: 1} {
		d := newDesk(t, sim.HubSpotOptions{Prepared: true}, func(o *hubspot.Options) { o.AllContacts = all })
		c := approved(1)
		c.Lead.Contacts = []lead.Contact{{Email: "joe@northwind1.example", Name: "Joe Bloom"}}
		d.write(c, "lead.approved")
		if got := d.far.Objects("contacts"); len(got) != want || d.contact("joe@northwind1.example").Properties["firstname"] != "Joe" {
			t.Errorf("all %v: %d contacts", all, len(got))
		}
		if n := len(d.far.Objects("notes")); n != 1 {
			t.Errorf("all %v: %d notes", all, n)
		}
	}
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	c := approved(1)
	c.Lead.Stage, c.Reviews = lead.Parked, nil
	d.write(c, "lead.parked")
	if p := d.contact(c.Lead.Contact.Email).Properties; p["lifecyclestage"] != "lead" || p["leadtriage_verdict"] != "eql" || p["leadtriage_decision"] != "" {
		t.Errorf("a parked lead's contact: %v", p)
	}
}

// A revoked approval stands in the note, and the fields of the decision are emptied.
func TestARevokedApprovalIsMarked(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	c := approved(1)
	d.write(c, "lead.approved")
	was := d.contact(c.Lead.Contact.Email).Properties
	r := &c.Reviews[len(c.Reviews)-1]
	r.UndoneBy, r.UndoneAt, r.UndoneWhy = "U0BOB", c.Now, "bought <b>elsewhere</b>"
	c.Reviews = append(c.Reviews, lead.Review{LeadID: c.Lead.ID, Round: r.Round + 1})
	c.Lead.Stage = lead.AwaitingReview
	d.write(c, "lead.updated")
	is := d.contact(c.Lead.Contact.Email).Properties
	if was["leadtriage_decision"] != "approved" || is["leadtriage_decision"] != "" || is["lifecyclestage"] != was["lifecyclestage"] || is["leadtriage_verdict"] != "eql" {
		t.Errorf("the contact had %v, and has %v", was, is)
	}
	if notes := d.far.Objects("notes"); len(notes) != 1 || !strings.Contains(notes[0].Properties["hs_note_body"], "The approval was revoked on") ||
		!strings.Contains(notes[0].Properties["hs_note_body"], "bought &lt;b&gt;elsewhere") {
		t.Errorf("notes %+v", notes)
	}
	r = &c.Reviews[len(c.Reviews)-1]
	r.Decision, r.By, r.DecidedAt, c.Lead.Stage = lead.Approve, "U0ADA", c.Now, lead.Approved
	d.write(c, "lead.approved")
	if p := d.contact(c.Lead.Contact.Email).Properties; p["leadtriage_decision"] != "approved" {
		t.Errorf("approved again, the contact has %v", p)
	}
}

// What a change of a lead brings about.
func TestPlan(t *testing.T) {
	plan := func(parked bool, change func(*lead.Case)) (planned []string) {
		d := newDesk(t, sim.HubSpotOptions{}, func(o *hubspot.Options) { o.Parked = parked })
		c := approved(1)
		c.Lead.Stage, c.Reviews = lead.AwaitingReview, []lead.Review{{LeadID: c.Lead.ID, Round: 1}}
		before := c.Seen()
		change(c)
		for _, k := range d.kinds {
			k.Plan(before, c.Seen(), c)
		}
		for _, e := range c.Effects {
			planned = append(planned, string(e.Kind)+" "+e.Event)
		}
		return planned
	}
	decide := func(stage lead.Stage, d lead.Decision) func(*lead.Case) {
		return func(c *lead.Case) { c.Lead.Stage, c.Reviews[0].Decision = stage, d }
	}
	known := func(c *lead.Case) { c.SetInCRM(hubspot.Name, lead.InCRM{Match: &lead.Match{Kind: lead.MatchKnown}}) }
	for name, tc := range map[string]struct {
		parked bool
		change func(*lead.Case)
		want   []string
	}{
		"nothing":               {change: func(*lead.Case) {}},
		"approved":              {change: decide(lead.Approved, lead.Approve), want: []string{"hubspot lead.approved"}},
		"rejected":              {change: decide(lead.Rejected, lead.Reject)},
		"rejected, known there": {change: func(c *lead.Case) { known(c); decide(lead.Rejected, lead.Reject)(c) }, want: []string{"hubspot lead.rejected"}},
		"parked":                {change: func(c *lead.Case) { c.Lead.Stage = lead.Parked }},
		"parked, configured":    {parked: true, change: func(c *lead.Case) { c.Lead.Stage = lead.Parked }, want: []string{"hubspot lead.parked"}},
		"another domain":        {change: func(c *lead.Case) { c.Lead.Company.Domain = "other.example" }, want: []string{"hubspotmatch "}},
		"a new round":           {change: func(c *lead.Case) { c.Reviews = append(c.Reviews, lead.Review{Round: 2}) }, want: []string{"hubspotmatch "}},
	} {
		if got := plan(tc.parked, tc.change); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// What became of ten thousand leads is a hundred calls. Deals and a merge cost more, where
// there are some.
func TestNews(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true}, func(o *hubspot.Options) { o.ARR = "hs_arr" })
	came := time.Now().Add(-time.Hour)
	at := func(after time.Duration) string { return came.Add(after).UTC().Format(time.RFC3339) }
	var known []lead.Known
	for n := range 10_000 {
		email := fmt.Sprintf("jane@firm%d.example", n)
		id := d.far.Put("contacts", "", map[string]string{"email": email})
		known = append(known, lead.Known{ID: fmt.Sprintf("lead%d", n), Email: email, CreatedAt: came, In: lead.InCRM{}.With(lead.ContactIn(email), lead.CRMObject{ID: id})})
	}
	id := func(n int) string { return known[n].In.Objects[lead.ContactIn(known[n].Email)].ID }
	ask := func() map[string]lead.Heard {
		t.Helper()
		said := map[string]lead.Heard{}
		if err := d.h.Account(0).Ask(t.Context(), known, func(h lead.Heard) error { said[h.Lead] = h; return nil }); err != nil {
			t.Fatal(err)
		}
		return said
	}
	d.far.Put("contacts", id(1), map[string]string{"notes_last_contacted": at(time.Minute), "hs_lifecyclestage_salesqualifiedlead_date": at(-time.Minute)})
	said := ask()
	if n := d.far.Seen(); n > 100 || len(said) != 1 || len(said["lead1"].Outcomes) != 1 || said["lead1"].Outcomes[0].Type != lead.Contacted {
		t.Errorf("%d calls, and it says %v", n, said)
	}
	d.far.Put("contacts", id(2), map[string]string{"num_associated_deals": "2"})
	for _, deal := range []map[string]string{
		{"amount": "1200.5", "deal_currency_code": "EUR", "hs_arr": "900", "hs_is_closed": "true", "hs_is_closed_won": "true", "closedate": at(2 * time.Hour)},
		{"amount": "7", "createdate": at(-time.Minute)}, // of before the lead
	} {
		d.far.Link("contacts", id(2), "deals", d.far.Put("deals", "", deal))
	}
	survivor := d.far.Merge(id(3), id(4))
	d.far.Put("contacts", survivor, map[string]string{"hs_lead_status": "UNQUALIFIED", "lastmodifieddate": at(time.Minute)})
	said = ask()
	won := said["lead2"].Outcomes
	if len(won) != 2 || won[0].Type != lead.Opportunity || won[1].Type != lead.ClosedWon || won[1].Amount != (lead.Money{Minor: 120_050, Digits: 2, Currency: "EUR"}) ||
		won[1].ARR.Value() != "900.00" || won[1].DealID != won[0].DealID {
		t.Errorf("a deal that was won says %+v", won)
	}
	if h := said["lead3"]; h.Moved[lead.ContactIn(known[3].Email)] != survivor || len(h.Outcomes) != 1 || h.Outcomes[0].Type != lead.NotAccepted {
		t.Errorf("the survivor of a merge says %+v", h)
	}
}

// The owner is who the lead says, and follows it; one that a person chose there stays.
func TestTheOwner(t *testing.T) {
	d := newDesk(t, sim.HubSpotOptions{Prepared: true})
	d.far.AddOwner(sim.HubSpotOwner{ID: "7", Email: "dana@ours.example", UserID: 1})
	d.far.AddOwner(sim.HubSpotOwner{ID: "8", Email: "lee@ours.example", UserID: 2})
	d.far.AddOwner(sim.HubSpotOwner{ID: "9", Email: "gone@ours.example", UserID: 3, Archived: true})
	c := approved(1)
	for _, step := range []struct{ email, want string }{{"gone@ours.example", ""}, {"dana@ours.example", "7"}, {"lee@ours.example", "8"}} {
		c.Lead.Owner = &lead.Owner{Email: step.email}
		d.write(c, "lead.updated")
		if got := d.far.Objects("contacts")[0].Properties["hubspot_owner_id"]; got != step.want {
			t.Errorf("%s: the owner is %q, want %q", step.email, got, step.want)
		}
	}
	other := approved(2)
	d.far.Put("contacts", "", map[string]string{"email": other.Lead.Contact.Email, "hubspot_owner_id": "7"})
	other.Lead.Owner = &lead.Owner{Email: "lee@ours.example"}
	d.write(other, "lead.approved")
	if got := d.far.Objects("contacts")[1].Properties["hubspot_owner_id"]; got != "7" {
		t.Errorf("a contact that somebody owns was taken: its owner is %q", got)
	}
}
