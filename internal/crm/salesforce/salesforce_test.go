package salesforce_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/crm/salesforce"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/sim"
)

const secret = "consumer-secret"

// desk is an org, what writes to it, and the records of leads.
type desk struct {
	t     *testing.T
	far   *sim.Salesforce
	s     *salesforce.Salesforce
	o     salesforce.Options
	kinds []outbox.Kind
}

func newDesk(t *testing.T, org sim.SalesforceOptions, set ...func(*salesforce.Options)) *desk {
	t.Helper()
	org.ClientID, org.Secret = "consumer", secret
	far := sim.NewSalesforce(org)
	server := httptest.NewServer(far)
	t.Cleanup(server.Close)
	o := salesforce.Options{URL: server.URL, ClientID: "consumer", Secret: secret, Version: "66.0", Stage: "EQL", SaveDuplicates: true, Match: true,
		Lead: map[string]string{"FirstName": "first_name", "LastName": "last_name", "Company": "company_name", "Website": "domain", "Leadtriage_Score__c": "score",
			"Leadtriage_Partner__c": "partner", "Leadtriage_Decision__c": "decision", "Leadtriage_Override__c": "override", "Leadtriage_Verdict__c": "verdict"}}
	for _, f := range set {
		f(&o)
	}
	d := &desk{t: t, far: far, o: o, s: salesforce.New(o, nil, time.Now)}
	d.kinds = d.s.Account(0).Kinds(func(string, string) {}, slog.New(slog.DiscardHandler))
	return d
}

func prepared(t *testing.T, set ...func(*salesforce.Options)) *desk {
	return newDesk(t, sim.SalesforceOptions{Prepared: true}, set...)
}

// approved is a lead that a person approved.
func approved(n int) *lead.Case {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	c := &lead.Case{Now: now, Lead: lead.Lead{ID: fmt.Sprintf("lead%d", n), Stage: lead.Approved, Score: &lead.Score{Total: 80, Verdict: lead.EQL}}}
	host := fmt.Sprintf("northwind%d.example", n)
	c.Lead.Partner, c.Lead.Contact = lead.Partner{ID: "acme", Tier: "gold"}, lead.Contact{Email: "jane@" + host, Name: "Jane Doe"}
	c.Lead.Company = lead.Company{Name: fmt.Sprintf("Northwind %d", n), Domain: host}
	c.Reviews = []lead.Review{{LeadID: c.Lead.ID, Round: 1, Decision: lead.Approve, By: "U0ADA", DecidedAt: now}}
	return c
}

// attempt makes an attempt at writing the lead, and puts on record what came of it, unless
// the process died.
func (d *desk) attempt(ctx context.Context, c *lead.Case, event string, dies bool) error {
	d.t.Helper()
	a := &outbox.Attempt{Effect: lead.Effect{ID: lead.EffectID(c.Lead.ID, salesforce.WriteEffect, event, 1), LeadID: c.Lead.ID, Event: event},
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

// only is the one Lead there is.
func (d *desk) only() sim.SalesforceRecord {
	d.t.Helper()
	all := d.far.Records("Lead")
	if len(all) != 1 {
		d.t.Fatalf("%d Leads, want 1", len(all))
	}
	return all[0]
}

func in(c *lead.Case) lead.InCRM { return c.Lead.InCRM[salesforce.Name] }

func campaign(d *desk, c *lead.Case) string {
	id := d.far.Put("Campaign", "", map[string]any{"Name": c.Lead.Partner.ID})
	d.o.Campaigns["acme"] = id
	return id
}

func withCampaign(o *salesforce.Options) { o.Campaigns = map[string]string{} }

// An approved lead is a Lead with all of its fields; one that is there already is written
// over where it is empty or ours.
func TestAnApprovedLeadIsALead(t *testing.T) {
	d := prepared(t)
	c := approved(1)
	d.write(c, "lead.approved")
	o := d.only()
	for name, want := range map[string]string{"FirstName": "Jane", "LastName": "Doe", "Company": "Northwind 1", "Email": "jane@northwind1.example", "Leadtriage_Id__c": "lead1",
		"Leadtriage_Score__c": "80", "Leadtriage_Stage__c": "EQL", "Leadtriage_Decision__c": "approved", "Leadtriage_Override__c": "false"} {
		if got := o.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if is := in(c); is.Stage != "EQL" || is.Objects["lead"].ID != o.ID || is.At.IsZero() {
		t.Errorf("on record is %+v", is)
	}
	writes := o.Writes
	d.write(c, "lead.updated")
	if o = d.only(); o.Writes != writes {
		t.Error("nothing new was written all the same")
	}
	c.Lead.Score.Total = 85
	c.Reviews[0].Override = true
	d.write(c, "lead.updated")
	if o = d.only(); o.Text("Leadtriage_Score__c") != "85" || o.Text("Leadtriage_Override__c") != "true" || len(in(c).Theirs()) > 0 {
		t.Errorf("after news: %v, theirs %v", o.Fields, in(c).Theirs())
	}
	for _, call := range d.far.Requests() {
		if call.Method != "GET" && !strings.HasSuffix(call.Path, "token") && call.Header.Get("Sforce-Auto-Assign") != "FALSE" {
			t.Errorf("%s %s lets the org's assignment rule have its way", call.Method, call.Path)
		}
	}
	last := d.far.Requests()[d.far.Seen()-1]
	if last.Query != "updateOnly=true" {
		t.Errorf("the second writing may make a Lead: %s?%s", last.Path, last.Query)
	}
}

// Which Lead it is: the one that was sent, the one with the address, none if the person is a
// Contact or was converted.
func TestWhoIsThereAlready(t *testing.T) {
	d := prepared(t)
	sent, mailed, person := approved(1), approved(2), approved(3)
	id := d.far.Put("Lead", "", map[string]any{"LastName": "Doe", "Company": "N", "Email": "other@northwind1.example"})
	sent.Lead.CRM = map[string]string{"salesforce_lead_id": id[:15]}
	d.write(sent, "lead.approved")
	if o := d.only(); o.ID != id || o.Text("Leadtriage_Id__c") != "lead1" || o.Text("Company") != "N" || o.Text("FirstName") != "Jane" || o.Text("Email") != "other@northwind1.example" {
		t.Errorf("the Lead that was sent is %v", o.Fields)
	}
	web := d.far.Put("Lead", "", map[string]any{"LastName": "Doe", "Company": "Web", "Email": "JANE@northwind2.example"})
	d.write(mailed, "lead.approved")
	if got := in(mailed).Objects["lead"].ID; got != web || len(d.far.Records("Lead")) != 2 {
		t.Errorf("the Lead with the address is %s, not %s", got, web)
	}
	contact := d.far.Put("Contact", "", map[string]any{"LastName": "Doe", "Email": "jane@northwind3.example"})
	d.write(person, "lead.approved")
	is := in(person)
	if len(d.far.Records("Lead")) != 2 || is.Objects["contact"].ID != contact || is.Stage != "Contact" || is.At.IsZero() {
		t.Errorf("a Contact became a Lead, too: %+v", is)
	}
	if !slices.ContainsFunc(person.Notes, func(e lead.Entry) bool { return e.Action == "crm_stage_kept" }) {
		t.Errorf("the history does not tell of the Contact: %v", person.Notes)
	}
}

// A converted Lead is an outcome: Contact and Opportunity are on record, nothing fails. So
// it is when it is converted between our look and our writing.
func TestAConvertedLead(t *testing.T) {
	for _, meanwhile := range []bool{false, true} {
		d := prepared(t, withCampaign)
		c := approved(1)
		group := campaign(d, c)
		d.write(c, "lead.approved")
		var contact, sale string
		convert := func() { contact, sale = d.far.Convert(in(c).Objects["lead"].ID, true) }
		if c.Lead.Score.Total = 90; meanwhile {
			var once sync.Once
			d.far.SetFault(func(call sim.SalesforceCall) *sim.SalesforceFault {
				if call.Method == "PATCH" {
					once.Do(convert)
				}
				return nil
			})
		} else {
			convert()
		}
		d.write(c, "lead.updated")
		is := in(c)
		if is.Objects["contact"].ID != contact || is.Objects["opportunity"].ID != sale || is.Stage != "Converted" {
			t.Errorf("meanwhile %v: on record is %+v", meanwhile, is)
		}
		members := d.far.Records("CampaignMember")
		if len(members) != 2 || members[1].Text("ContactId") != contact || members[1].Text("CampaignId") != group {
			t.Errorf("meanwhile %v: members are %v", meanwhile, members)
		}
	}
}

// The process dies at each call of a writing, before Salesforce did it and after, and again
// at an update of it: what follows is whole, and there once.
func TestADeathAtAnyLineIsMended(t *testing.T) {
	for _, done := range []bool{false, true} {
		for _, update := range []bool{false, true} {
			for at := 1; ; at++ {
				d := prepared(t, withCampaign)
				c := approved(1)
				campaign(d, c)
				if update {
					d.write(c, "lead.approved")
					c.Lead.Score.Total = 85
				}
				ctx, die := context.WithCancel(t.Context())
				calls := 0
				d.far.SetFault(func(sim.SalesforceCall) *sim.SalesforceFault {
					if calls++; calls < at {
						return nil
					}
					die()
					return &sim.SalesforceFault{Cut: true, Done: done && calls == at}
				})
				err := d.attempt(ctx, c, "lead.updated", true)
				d.far.SetFault(nil)
				if err == nil {
					if at < 3 {
						t.Fatalf("a writing took %d calls", at-1)
					}
					break // it died at none of its lines
				}
				c.Lead.Score.Total++ // news came in meanwhile
				d.write(c, "lead.approved")
				if o := d.only(); o.Text("Leadtriage_Score__c") != fmt.Sprint(c.Lead.Score.Total) || len(d.far.Records("CampaignMember")) != 1 || len(in(c).Theirs()) > 0 {
					t.Fatalf("it died at call %d, done %v, of an update %v: %v, theirs %v", at, done, update, o.Fields, in(c).Theirs())
				}
			}
		}
	}
}

// What a person changed since is theirs; a Lead that somebody deleted does not come back by
// news, and the survivor of a merge is found.
func TestWhatAPersonChangedIsTheirs(t *testing.T) {
	d := prepared(t)
	c := approved(1)
	d.write(c, "lead.approved")
	d.far.Put("Lead", d.only().ID, map[string]any{"Leadtriage_Partner__c": "somebody else", "FirstName": nil})
	c.Lead.Partner.ID, c.Lead.Score.Total = "brightside", 90
	d.write(c, "lead.updated")
	o := d.only()
	if o.Text("Leadtriage_Partner__c") != "somebody else" || o.Text("FirstName") != "" || o.Text("Leadtriage_Score__c") != "90" {
		t.Errorf("after the person's change: %v", o.Fields)
	}
	if got := in(c).Theirs(); !slices.Equal(got, []string{"FirstName", "Leadtriage_Partner__c"}) {
		t.Errorf("theirs are %v", got)
	}
	d.far.Delete("Lead", o.ID)
	survivor := d.far.Put("Lead", "", map[string]any{"LastName": "Doe", "Company": "N", "Email": "jane@northwind1.example"})
	d.write(c, "lead.updated")
	if got := in(c).Objects["lead"].ID; got != survivor {
		t.Errorf("on record is %s, not the survivor %s", got, survivor)
	}
	d.far.Delete("Lead", survivor)
	if err := d.attempt(t.Context(), c, "lead.updated", false); !errors.Is(err, outbox.ErrNeedless) || len(d.far.Records("Lead")) != 0 {
		t.Errorf("news of a deleted Lead: %v", err)
	}
	d.write(c, "lead.approved") // a person wants it anew
	d.only()
}

// A duplicate rule that warns is overruled or not, as configured; one that blocks never is.
func TestDuplicateRules(t *testing.T) {
	for name, tc := range map[string]struct {
		rule  string
		save  bool
		leads int
		says  string
	}{
		"warned, saved":   {"alert", true, 2, ""},
		"warned, refused": {"alert", false, 1, "set crm.salesforce.duplicates to save"},
		"blocked":         {"block", true, 1, "relax its duplicate rule"},
	} {
		d := newDesk(t, sim.SalesforceOptions{Prepared: true, Duplicates: tc.rule}, func(o *salesforce.Options) { o.SaveDuplicates = tc.save })
		c := approved(1)
		like := d.far.Put("Lead", "", map[string]any{"LastName": "Doe", "Company": "Northwind 1", "Email": "doe@elsewhere.example"})
		err := d.attempt(t.Context(), c, "lead.approved", false)
		if n := len(d.far.Records("Lead")); n != tc.leads || (err != nil) != (tc.says != "") {
			t.Errorf("%s: %d Leads, %v", name, n, err)
		}
		if kind, _ := lead.KindOf(err); err != nil && (kind != lead.Permanent || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), d.o.URL+"/"+like)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One with the same address that comes in between our look and our writing is adopted.
	d := newDesk(t, sim.SalesforceOptions{Prepared: true, Duplicates: "block"})
	c := approved(1)
	var once sync.Once
	d.far.SetFault(func(call sim.SalesforceCall) *sim.SalesforceFault {
		if call.Method == "PATCH" {
			once.Do(func() {
				d.far.Put("Lead", "", map[string]any{"LastName": "Doe", "Company": "Northwind 1", "Email": "jane@northwind1.example"})
			})
		}
		return nil
	})
	err := d.attempt(t.Context(), c, "lead.approved", false)
	if kind, after := lead.KindOf(err); kind != lead.Temporary || after != time.Second {
		t.Errorf("it came in meanwhile: %v", err)
	}
	d.write(c, "lead.approved")
	if o := d.only(); o.Text("Leadtriage_Id__c") != "lead1" {
		t.Errorf("it is not adopted: %v", o.Fields)
	}
}

// The owner is who the lead says, unless somebody has it in Salesforce already.
func TestTheOwner(t *testing.T) {
	d := newDesk(t, sim.SalesforceOptions{Prepared: true})
	dana := d.far.Put("User", "", map[string]any{"Email": "dana@ours.example", "IsActive": true})
	d.far.Put("User", "", map[string]any{"Email": "gone@ours.example", "IsActive": false})
	for n, tc := range []struct{ email, want string }{{"dana@ours.example", dana}, {"gone@ours.example", "005xx0000000001AAA"}, {"", "005xx0000000001AAA"}} {
		c := approved(n)
		if tc.email != "" {
			c.Lead.Owner = &lead.Owner{Email: tc.email}
		}
		d.write(c, "lead.approved")
		if got := d.far.Records("Lead")[n].Text("OwnerId"); got != tc.want {
			t.Errorf("%q: the owner is %s, want %s", tc.email, got, tc.want)
		}
	}
	theirs := d.far.Put("Lead", "", map[string]any{"LastName": "Doe", "Company": "N", "Email": "jane@northwind9.example"})
	c := approved(9)
	c.Lead.Owner = &lead.Owner{Email: "dana@ours.example"}
	d.write(c, "lead.approved")
	if got := d.far.Records("Lead")[3]; got.ID != theirs || got.Text("OwnerId") == dana {
		t.Errorf("a Lead that somebody owns was taken: %v", got.Fields)
	}
}

// Many leads at once need one token; one that ends is fetched anew, once.
func TestTokens(t *testing.T) {
	d := prepared(t)
	all := func(from int) {
		var done sync.WaitGroup
		for n := range 20 {
			done.Go(func() {
				if err := d.attempt(t.Context(), approved(from+n), "lead.approved", false); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
	}
	all(0)
	d.far.SetSecret(secret) // ends all sessions
	all(20)
	if n := d.far.Logins(); n != 2 || len(d.far.Records("Lead")) != 40 {
		t.Errorf("%d tokens were fetched, want 2, for %d Leads", n, len(d.far.Records("Lead")))
	}
	// The other flow: a signed request.
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	for user, ok := range map[string]bool{"robot@vendor.example": true, "nobody@vendor.example": false} {
		d := newDesk(t, sim.SalesforceOptions{Prepared: true, Key: &key.PublicKey, Username: "robot@vendor.example"}, func(o *salesforce.Options) {
			o.Secret, o.Key, o.Username = "", string(text), user
		})
		err := d.attempt(t.Context(), approved(1), "lead.approved", false)
		if (err == nil) != ok || err != nil && !strings.Contains(lead.OutageOf(err).Sentence, "is not approved for the app") {
			t.Errorf("%s: %v", user, err)
		}
	}
}

// What Salesforce refuses says what to do, holds up the org or the lead alone, and names
// nobody.
func TestRefusals(t *testing.T) {
	fails := func(status int, code, message string) func(*desk) {
		return func(d *desk) {
			d.far.SetFault(func(c sim.SalesforceCall) *sim.SalesforceFault {
				if strings.Contains(c.Path, "token") {
					return nil
				}
				return &sim.SalesforceFault{Status: status, Code: code, Message: message, HTML: code == ""}
			})
		}
	}
	for name, tc := range map[string]struct {
		prepare func(*desk)
		set     func(*salesforce.Options)
		lead    func(*lead.Lead)
		kind    lead.FaultKind
		outage  string
		after   time.Duration // at least
		says    string
	}{
		"wrong secret":      {set: func(o *salesforce.Options) { o.Secret = "old" }, kind: lead.Throttled, outage: "unauthorized", after: time.Minute, says: "copy the consumer secret again"},
		"wrong app":         {set: func(o *salesforce.Options) { o.ClientID = "x" }, kind: lead.Throttled, outage: "unauthorized", after: time.Minute, says: "SALESFORCE_CLIENT_ID"},
		"another org":       {set: func(o *salesforce.Options) { o.Org = "00Dyy0000001gPL" }, kind: lead.Throttled, outage: "wrong_org", after: time.Minute, says: "nothing is written"},
		"session never":     {prepare: fails(401, "INVALID_SESSION_ID", "Session expired or invalid"), kind: lead.Throttled, outage: "unauthorized", after: time.Minute, says: "API Enabled"},
		"24 h used up":      {prepare: fails(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), kind: lead.Throttled, outage: "daily_limit", after: 15 * time.Minute, says: "24 h"},
		"too many at once":  {prepare: fails(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."), kind: lead.Throttled, after: 10 * time.Second, says: "403"},
		"row locked":        {prepare: fails(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"), kind: lead.Throttled, after: time.Second, says: "UNABLE_TO_LOCK_ROW"},
		"no API":            {prepare: fails(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."), kind: lead.Throttled, outage: "api_disabled", after: time.Minute, says: "edition"},
		"forbidden":         {prepare: fails(403, "INSUFFICIENT_ACCESS", "no"), kind: lead.Throttled, outage: "forbidden", after: time.Minute, says: "permission set"},
		"down":              {prepare: fails(503, "SERVER_UNAVAILABLE", "Server unavailable"), kind: lead.Temporary, says: "503"},
		"maintenance":       {prepare: fails(503, "", ""), kind: lead.Temporary, says: "503"},
		"no field":          {set: func(o *salesforce.Options) { o.Lead["Leadtriage_ICP__c"] = "icp" }, kind: lead.Throttled, outage: "field_missing", after: time.Minute, says: "Leadtriage_ICP__c"},
		"the org's rule":    {prepare: func(d *desk) { d.far.Require("Phone", "Please fill in a phone number") }, kind: lead.Permanent, says: "Please fill in a phone number; these are the org's own words"},
		"no such status":    {set: func(o *salesforce.Options) { o.Lead["LeadSource"], o.Status = "partner", strings.Repeat("x", 300) }, kind: lead.Permanent, says: "STRING_TOO_LONG Status"},
		"no such campaign":  {set: func(o *salesforce.Options) { o.Campaigns = map[string]string{"acme": "701xx0000000009AAA"} }, kind: lead.Permanent, says: "crm.salesforce.campaigns"},
		"bad address":       {lead: func(l *lead.Lead) { l.Contact.Email = "jane@northwind" }, kind: lead.Permanent, says: "INVALID_EMAIL_ADDRESS Email; Salesforce takes no Lead"},
		"an old API":        {set: func(o *salesforce.Options) { o.Version = "30.0" }, kind: lead.Temporary, says: "NOT_FOUND"},
		"not unique":        {prepare: fails(300, "", ""), kind: lead.Permanent, says: "deployed as unique"},
		"a picklist's word": {prepare: fails(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field: jane@x.example"), kind: lead.Permanent, says: "add the value"},
		"an owner who left": {prepare: fails(400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user [005xx] as owner of lead"), kind: lead.Permanent, says: "has left"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.set == nil {
				tc.set = func(*salesforce.Options) {}
			}
			d := prepared(t, tc.set)
			c := approved(1)
			if tc.prepare != nil {
				tc.prepare(d)
			}
			if tc.lead != nil {
				tc.lead(&c.Lead)
			}
			err := d.attempt(t.Context(), c, "lead.approved", false)
			kind, after := lead.KindOf(err)
			outage, text := lead.OutageOf(err), fmt.Sprint(err)
			code := ""
			if outage != nil {
				code, text = outage.Code, text+outage.Sentence
			}
			if err == nil || kind != tc.kind || code != tc.outage || after < tc.after || after > max(tc.after, 10*time.Second) || !strings.Contains(text, tc.says) {
				t.Errorf("%v, %q after %s: %v", kind, code, after, text)
			}
			if strings.Contains(text, "jane@") || strings.Contains(text, secret) {
				t.Errorf("it names a person or the secret: %s", text)
			}
		})
	}
}

// A person without a name or a company is a Lead all the same; what is too long is cut.
func TestWhatALeadNeeds(t *testing.T) {
	d := prepared(t)
	c := approved(1)
	c.Lead.Contact.Name, c.Lead.Company.Name = strings.Repeat("J", 60)+" "+strings.Repeat("ö", 100), ""
	d.write(c, "lead.approved")
	if o := d.only(); len(o.Text("FirstName")) != 42 || len([]rune(o.Text("LastName"))) != 80 || o.Text("Company") != "northwind1.example" {
		t.Errorf("cut to %v", o.Fields)
	}
	c = approved(2)
	c.Lead.Contact.Name, c.Lead.Company = "", lead.Company{}
	d.write(c, "lead.approved")
	if o := d.far.Records("Lead")[1]; o.Text("LastName") != "[unknown]" || o.Text("Company") != "[not given]" {
		t.Errorf("without a name: %v", o.Fields)
	}
	c.Lead.Contact.Name, c.Lead.Company.Name = "Jane Doe", "Northwind"
	d.write(c, "lead.updated")
	if o := d.far.Records("Lead")[1]; o.Text("LastName") != "Doe" || o.Text("Company") != "Northwind" {
		t.Errorf("once they are known: %v", o.Fields)
	}
}

func TestMatch(t *testing.T) {
	day := lead.Date(time.Now().UTC().Format(time.DateOnly))
	for name, tc := range map[string]struct {
		lead, contact, account, sale map[string]any
		want                         *lead.Match
	}{
		"nobody":            {},
		"open deal":         {account: map[string]any{"Website": "https://www.NORTHWIND1.example/en"}, sale: map[string]any{}, want: &lead.Match{Kind: lead.MatchDeal, Since: day}},
		"an owner's deal":   {account: map[string]any{"Website": "northwind1.example"}, sale: map[string]any{"OwnerId": "dana"}, want: &lead.Match{Kind: lead.MatchDeal, Owner: "dana@ours.example", Since: day}},
		"customer's deal":   {account: map[string]any{"Website": "northwind1.example", "Type": "Customer - Direct"}, sale: map[string]any{}, want: &lead.Match{Kind: lead.MatchDeal, Since: day, Customer: true}},
		"won":               {contact: map[string]any{}, account: map[string]any{}, sale: map[string]any{"IsWon": true, "IsClosed": true}, want: &lead.Match{Kind: lead.MatchCustomer, Since: day, Customer: true}},
		"lost":              {account: map[string]any{"Website": "northwind1.example"}, sale: map[string]any{"IsClosed": true}, want: &lead.Match{Kind: lead.MatchKnown, Since: day}},
		"named account":     {account: map[string]any{"Website": "northwind1.example", "OwnerId": "dana", "Target__c": true}, want: &lead.Match{Kind: lead.MatchNamed, Owner: "dana@ours.example", Since: day}},
		"in work":           {lead: map[string]any{"Status": "Working - Contacted"}, want: &lead.Match{Kind: lead.MatchInWork, Owner: "integration@vendor.example", Since: day}},
		"an open Lead":      {lead: map[string]any{}, want: &lead.Match{Kind: lead.MatchKnown, Owner: "integration@vendor.example", Since: day}},
		"a Lead of ours":    {lead: map[string]any{"Leadtriage_Written__c": "x=y"}},
		"another's address": {account: map[string]any{"Website": "notnorthwind1.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := prepared(t, func(o *salesforce.Options) { o.NamedAccount = "Target__c" })
			d.far.AddField("Account", "Target__c", "boolean")
			dana := d.far.Put("User", "", map[string]any{"Email": "dana@ours.example", "IsActive": true})
			put := func(kind string, fields map[string]any, more map[string]any) string {
				if fields == nil {
					return ""
				}
				if fields["OwnerId"] == "dana" {
					fields["OwnerId"] = dana
				}
				for name, v := range more {
					fields[name] = v
				}
				return d.far.Put(kind, "", fields)
			}
			account := put("Account", tc.account, nil)
			put("Contact", tc.contact, map[string]any{"Email": "jane@northwind1.example", "AccountId": account})
			put("Opportunity", tc.sale, map[string]any{"AccountId": account})
			put("Lead", tc.lead, map[string]any{"Email": "jane@northwind1.example"})
			c := approved(1)
			a := &outbox.Attempt{Dossier: &lead.Dossier{Lead: c.Lead}}
			if err := d.kinds[1].Do(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			a.Learned(c)
			got := c.Lead.Match()
			if got == nil && tc.want != nil || got != nil && (tc.want == nil || *got != *tc.want) {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

// What the set-up writes can be deployed; a check names what is missing until the permission
// set is assigned.
func TestSetupAndCheck(t *testing.T) {
	d := newDesk(t, sim.SalesforceOptions{}, func(o *salesforce.Options) {
		o.Status = "New"
		o.Campaigns = map[string]string{"acme": "701xx0000000009AAA"}
	})
	check := func() (mends []string) {
		t.Helper()
		if err := d.s.Check(t.Context(), func(f crm.Finding) {
			if f.Mend != "" {
				mends = append(mends, f.What+": "+f.Mend)
			}
		}); err != nil {
			t.Fatal(err)
		}
		d.s = salesforce.New(d.o, nil, time.Now) // it keeps what it read for a while
		return mends
	}
	if mends := check(); len(mends) != 9 || !strings.Contains(strings.Join(mends, "\n"), "campaign 701xx0000000009AAA of acme: there is none") {
		t.Errorf("a bare org lacks %q", mends)
	}
	folder := t.TempDir()
	for range 2 {
		todo, err := d.s.Setup(folder)
		if err != nil || !strings.Contains(todo, "sf project deploy start --metadata-dir "+folder) {
			t.Fatalf("%v: %s", err, todo)
		}
	}
	if err := d.far.Deploy(folder); err != nil {
		t.Fatal(err)
	}
	if mends := check(); len(mends) != 9 { // deployed, and nobody may see it
		t.Errorf("before the permission set is assigned it lacks %q", mends)
	}
	d.far.Assign()
	if mends := check(); len(mends) != 1 || !strings.Contains(mends[0], "campaign") {
		t.Errorf("afterwards it lacks %q", mends)
	}
	c := approved(1)
	c.Lead.Partner.ID = "brightside"
	d.kinds = d.s.Account(0).Kinds(func(string, string) {}, slog.New(slog.DiscardHandler))
	d.write(c, "lead.approved")
	before := d.only()
	if err := d.s.Try(t.Context(), before.ID); err != nil || d.only().Text("Leadtriage_Written__c") != before.Text("Leadtriage_Written__c") {
		t.Errorf("a try: %v", err)
	}
	d.far.AddField("Lead", "Leadtriage_Verdict__c", "picklist", "sql", "mql")
	d.s = salesforce.New(d.o, nil, time.Now)
	if mends := check(); len(mends) != 2 || !strings.Contains(mends[0], "it lacks the values eql, nurture, disqualified") {
		t.Errorf("with other values it lacks %q", mends)
	}
}

// How many calls of 24 h are used is told, and once that few are left.
func TestUsage(t *testing.T) {
	var used []string
	d := newDesk(t, sim.SalesforceOptions{Prepared: true, Daily: 10}, func(o *salesforce.Options) {
		o.Used = func(n, of int, warn bool) {
			if warn || n == 7 {
				used = append(used, fmt.Sprintf("%d/%d %v", n, of, warn))
			}
		}
	})
	var err error
	for n := 0; err == nil; n++ {
		err = d.attempt(t.Context(), approved(n), "lead.approved", false)
	}
	if !slices.Equal(used, []string{"7/10 false", "8/10 true"}) || lead.OutageOf(err) == nil || lead.OutageOf(err).Code != "daily_limit" {
		t.Errorf("told %q, then %v", used, err)
	}
}

// What became of ten thousand leads is a few calls, and later only what changed is told.
func TestNews(t *testing.T) {
	d := newDesk(t, sim.SalesforceOptions{Prepared: true}, func(o *salesforce.Options) { o.Currency, o.ARR = "EUR", "ARR__c" })
	d.far.AddField("Opportunity", "ARR__c", "currency")
	var known []lead.Known
	for n := range 10_000 {
		id := d.far.Put("Lead", "", map[string]any{"LastName": "Doe", "Company": "N", "Leadtriage_Id__c": fmt.Sprintf("lead%d", n)})
		known = append(known, lead.Known{ID: fmt.Sprintf("lead%d", n), In: lead.InCRM{}.With("lead", lead.CRMObject{ID: id})})
	}
	id := func(n int) string { return known[n].In.Objects["lead"].ID }
	ask := func() map[string][]lead.Heard {
		t.Helper()
		said := map[string][]lead.Heard{}
		if err := d.s.Account(0).Ask(t.Context(), known, func(h lead.Heard) error { said[h.Lead] = append(said[h.Lead], h); return nil }); err != nil {
			t.Fatal(err)
		}
		return said
	}
	d.far.Put("Lead", id(1), map[string]any{"Status": "Working - Contacted"})
	d.far.Put("Lead", id(2), map[string]any{"Status": "Unqualified"})
	contact, sale := d.far.Convert(id(3), true)
	said := ask()
	if n := d.far.Seen(); n > 100 || len(said) != 3 || said["lead1"][0].Outcomes[0].Type != lead.Contacted || said["lead2"][0].Outcomes[0].Type != lead.NotAccepted {
		t.Errorf("%d calls, and it says %v", n, said)
	}
	if h := said["lead3"]; len(h) != 2 || h[0].Moved["contact"] != contact || h[0].Moved["opportunity"] != sale || h[0].Outcomes[0].Type != lead.Accepted ||
		h[1].Outcomes[0].Type != lead.Opportunity || h[1].Outcomes[0].DealID != "salesforce:"+sale {
		t.Errorf("a conversion says %+v", h)
	}
	known[3].In = known[3].In.With("opportunity", lead.CRMObject{ID: sale})
	day := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	d.far.Put("Opportunity", sale, map[string]any{"IsClosed": true, "IsWon": true, "Amount": 1200.5, "ARR__c": 900, "CloseDate": day})
	won := ask()["lead3"]
	last := won[len(won)-1].Outcomes
	if is := last[len(last)-1]; is.Type != lead.ClosedWon || is.Amount != (lead.Money{Minor: 120_050, Digits: 2, Currency: "EUR"}) || is.ARR.Value() != "900.00" {
		t.Errorf("an opportunity that was won says %+v", is)
	}
	// A process whose clock is past the overlap hears all once, and then what changed.
	d.s = salesforce.New(d.o, nil, func() time.Time { return time.Now().Add(10 * time.Minute) })
	if first, again := ask(), ask(); len(first) != 3 || len(again) != 0 {
		t.Errorf("at first it says of %d, then of %d", len(first), len(again))
	}
}
