package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/crm/hubspot"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// approve clicks on the lead's card when it asks.
func (w *world) approve(id string) sim.SlackMessage {
	w.t.Helper()
	card := w.card(id, asking)
	w.click(demoReviewer, card, "lead_approve")
	return card
}

// inHubSpot waits until the lead's newest writing is in a state.
func (w *world) inHubSpot(id string, state lead.EffectState) lead.Record {
	w.t.Helper()
	return w.until(id, "in HubSpot "+string(state), func(r lead.Record) bool { return effect(r, hubspot.WriteEffect).State == state })
}

// person is the contact with the address; without an id there is none.
func (w *world) person(email string) (o sim.HubSpotObject) {
	for _, c := range w.hubspot.Objects("contacts") {
		if c.Properties["email"] == email {
			o = c
		}
	}
	return o
}

// An approval is in HubSpot: contact with properties and stage, company, association and one
// note, of which the record, the thread and Details tell.
func TestAnApprovalIsInHubSpot(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		w.approve(id)
		r := w.inHubSpot(id, lead.Delivered)
		o := w.person("jane@northwind.example")
		for name, want := range map[string]string{"firstname": "Jane", "lastname": "Doe", "leadtriage_score": "80", "leadtriage_partner": "acme-integrations",
			"leadtriage_reviewer": demoReviewer, "leadtriage_lead_id": id, "leadtriage_decision": "approved", "leadtriage_override": "false", "lifecyclestage": "944991848"} {
			if o.Properties[name] != want {
				t.Errorf("%s is %q, want %q", name, o.Properties[name], want)
			}
		}
		companies, notes := w.hubspot.Linked("contacts", o.ID, "companies"), w.hubspot.Linked("contacts", o.ID, "notes")
		if len(companies) != 1 || len(notes) != 1 || !slices.Equal(o.Traces, []string{id + "_hubspot_default_1"}) {
			t.Errorf("companies %v, notes %v, traces %v", companies, notes, o.Traces)
		}
		if r.CRM["hubspot_contact_id"] != o.ID || r.CRM["hubspot_company_id"] != companies[0] || r.CRM["hubspot_note_id"] != notes[0] ||
			r.CRM["hubspot"].(map[string]any)["stage"] != "EQL" {
			t.Errorf("the record says %v", r.CRM)
		}
		for _, a := range w.crm.Deliveries() {
			if strings.Contains(string(a.Body), "in_crm") {
				t.Errorf("a webhook carries the inner form: %s", a.Body)
			}
		}
		if _, err := w.slack.WaitMessage(w.patient(), func(m sim.SlackMessage) bool { return strings.Contains(m.Plain(), "HubSpot is up to date") }); err != nil {
			t.Errorf("the thread does not tell of it: %v", err)
		}
	})
}

// An undo before its time is over takes the writing back. One second later it is out.
func TestAnUndoAndHubSpot(t *testing.T) {
	onBoth(t, "review: {undo: 60s}", func(w *world) {
		early, late := w.post(http.StatusAccepted, fit("northwind.example")).ID, w.post(http.StatusAccepted, fit("harbour.example")).ID
		for _, id := range []string{early, late} {
			w.approve(id)
		}
		decided := *w.until(late, "decided", func(r lead.Record) bool { return r.Review.At != nil }).Review.At
		first := *w.until(early, "decided", func(r lead.Record) bool { return r.Review.At != nil }).Review.At
		card := w.card(early, offers("lead_undo"))
		w.card(late, offers("lead_undo"))
		w.leap(first.Add(59 * time.Second))
		w.click(demoReviewer, card, "lead_undo")
		w.until(early, "asking again", func(r lead.Record) bool { return r.Stage == lead.AwaitingReview && r.Review.Round == 2 })
		if w.person("jane@northwind.example").ID != "" {
			t.Error("it was written before the time to undo was over")
		}
		w.leap(decided.Add(61 * time.Second))
		w.inHubSpot(late, lead.Delivered)
		w.click(demoReviewer, w.card(late, settled), "lead_undo")
		if r := w.record(late); r.Stage != lead.Approved || w.person("jane@harbour.example").Writes != 1 || len(w.hubspot.Objects("contacts")) != 1 {
			t.Errorf("after 61 s the lead is %s, written %d times, contacts %d", r.Stage, w.person("jane@harbour.example").Writes, len(w.hubspot.Objects("contacts")))
		}
	})
}

// News that comes in before a writing leaves is in it; what comes later is another one.
func TestNewsPilesUpInOneWriting(t *testing.T) {
	onBoth(t, "review: {undo: 60s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		w.approve(id)
		w.inHubSpot(id, lead.Pending)
		for _, kind := range []string{"pricing_page_view", "trial_started", "contact_sales"} {
			w.event(id, kind)
		}
		w.skip(id, hubspot.WriteEffect, lead.Pending)
		w.inHubSpot(id, lead.Delivered)
		o := w.person("jane@northwind.example")
		if o.Writes != 1 || o.Properties["leadtriage_score"] != fmt.Sprint(w.record(id).Score.Total) {
			t.Errorf("%d writings, score %s of %d", o.Writes, o.Properties["leadtriage_score"], w.record(id).Score.Total)
		}
		w.hubspot.Put("contacts", o.ID, map[string]string{"leadtriage_partner": "ours"})
		w.event(id, "docs_visit")
		r := w.until(id, "written again", func(r lead.Record) bool { return count(r, "hubspot_delivered") == 2 })
		again := w.person("jane@northwind.example")
		if again.Writes != 2 || again.Properties["leadtriage_partner"] != "ours" || len(w.hubspot.Objects("notes")) != 1 {
			t.Errorf("after news: %+v", again)
		}
		if kept := fmt.Sprint(r.CRM["hubspot"].(map[string]any)["kept"]); kept != "[leadtriage_partner]" && count(r, "crm_theirs") != 1 {
			t.Errorf("kept for people: %v", kept)
		}
	})
}

func (w *world) event(id, kind string) {
	w.t.Helper()
	body := map[string]any{"events": []any{map[string]any{"type": kind, "at": w.now().UTC().Format(time.RFC3339)}}}
	if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/events", demoCRMKey, body); status/100 != 2 {
		w.t.Fatalf("an event: %d %s", status, text)
	}
}

// HubSpot is asked as soon as a lead is there. While it does not answer the card goes out all
// the same; when it does, the card shows the open deal and whose it is.
func TestACardShowsWhatHubSpotKnows(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		w.hubspot.AddOwner(sim.HubSpotOwner{ID: "777", Email: "dana@ours.example"})
		company := w.hubspot.Put("companies", "", map[string]string{"domain": "northwind.example", "lifecyclestage": "customer"})
		w.hubspot.Link("companies", company, "deals", w.hubspot.Put("deals", "", map[string]string{"hubspot_owner_id": "777"}))
		w.hubspot.SetFault(func(sim.HubSpotCall) *sim.HubSpotFault { return &sim.HubSpotFault{Status: 503} })
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		if m := w.card(id, asking); strings.Contains(m.Plain(), "Open deal") {
			t.Error("the card knows what nobody said")
		}
		w.hubspot.SetFault(nil)
		card := w.card(id, func(m sim.SlackMessage) bool { return strings.Contains(m.Plain(), "Open deal") })
		if text := card.Plain(); !strings.Contains(text, "owner dana@ours.example, since ") || !strings.Contains(text, "a customer, too") || !asking(card) {
			t.Errorf("the card says %s", text)
		}
		r := w.record(id)
		match, _ := r.CRM["match"].(map[string]any)
		if match["kind"] != "open_opportunity" || match["owner"] != "dana@ours.example" || !slices.Contains(r.Flags, "crm_match") {
			t.Errorf("the record says %v, flags %v", r.CRM, r.Flags)
		}
		// A rejection of somebody who is there writes the verdict, never the stage.
		if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey, map[string]string{"decision": "reject", "reason": "already_known"}); status != http.StatusOK {
			t.Fatalf("reject: %d %s", status, text)
		}
		w.inHubSpot(id, lead.Delivered)
		if o := w.person("jane@northwind.example"); o.Properties["leadtriage_decision"] != "rejected" || o.Properties["lifecyclestage"] == "944991848" {
			t.Errorf("after the rejection: %v", o.Properties)
		}
	})
}

// A rule can name what HubSpot knows.
func TestARuleNamesTheMatch(t *testing.T) {
	text, err := os.ReadFile("../../config/defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, rules, _ := strings.Cut(string(text), "\nscoring:\n")
	rules = strings.Replace(rules, "  disqualify:\n", "  disqualify:\n    - {rule: customer, when: crm.match == \"customer\", because: it is a customer}\n", 1)
	onBoth(t, "scoring:\n"+rules, func(w *world) {
		w.hubspot.Put("companies", "", map[string]string{"domain": "northwind.example", "lifecyclestage": "customer"})
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		w.until(id, "known as a customer's", func(r lead.Record) bool { return r.Verdict == lead.VerdictDisqualify })
	})
}

// A key that HubSpot does not take pauses everything with one line in the log and a gauge;
// with the key mended all of it goes out.
func TestAPausedHubSpot(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		var ids []string
		for n := range 3 {
			ids = append(ids, w.post(http.StatusAccepted, fit(fmt.Sprintf("firm%d.example", n))).ID)
			w.card(ids[n], asking)
			w.until(ids[n], "asked about", func(r lead.Record) bool { return effect(r, hubspot.MatchEffect).State == lead.Delivered })
		}
		asked := w.hubspot.Seen()
		w.hubspot.SetToken("pat-rotated", nil)
		for _, id := range ids {
			w.approve(id)
		}
		gauge := `leadtriage_crm_pause{reason="unauthorized",target="hubspot"} 1`
		w.shows(gauge, true)
		if n := strings.Count(w.log.String(), "reason=unauthorized"); n != 1 || w.hubspot.Seen()-asked > 6 {
			t.Errorf("%d lines of the log, %d calls", n, w.hubspot.Seen()-asked)
		}
		for _, id := range ids {
			if e := effect(w.record(id), hubspot.WriteEffect); e.State != lead.Sending && (e.State != lead.Pending || e.Attempts > 0) { // one finds out
				t.Errorf("meanwhile it is %+v", e)
			}
		}
		w.hubspot.SetToken(demoHubSpotToken, nil)
		for _, id := range ids {
			w.inHubSpot(id, lead.Delivered)
		}
		w.shows(gauge, false)
	})
}

// shows waits until the metrics have the line, or have it no more.
func (w *world) shows(line string, there bool) {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, text := w.request(http.MethodGet, "/metrics", "", nil)
		if strings.Contains(string(text), line) == there {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("the metrics have %s: %v", line, !there)
		}
	}
}

// Three of ten calls fail, one of a hundred is done and not answered: each lead is written once.
func TestManyDecisionsWhileHubSpotFails(t *testing.T) {
	alone(t, "review: {undo: 0s}\nslack: {rate: 100}\n", func(w *world) {
		n := 0
		w.hubspot.SetFault(func(sim.HubSpotCall) *sim.HubSpotFault {
			switch n++; {
			case n%100 == 50:
				return &sim.HubSpotFault{Cut: true, Done: true}
			case n%10 < 3:
				return &sim.HubSpotFault{Status: 503, Done: n%2 == 0}
			}
			return nil
		})
		const many = 40
		var ids []string
		for n := range many {
			ids = append(ids, w.post(http.StatusAccepted, fit(fmt.Sprintf("many%d.example", n))).ID)
		}
		for _, id := range ids {
			w.until(id, "asked", func(r lead.Record) bool { return r.Stage == lead.AwaitingReview })
			if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey, map[string]string{"decision": "approve"}); status != http.StatusOK {
				t.Fatalf("approve: %d %s", status, text)
			}
		}
		for _, id := range ids {
			w.untilWithin(2*time.Minute, id, "written", func(r lead.Record) bool { return effect(r, hubspot.WriteEffect).State == lead.Delivered })
		}
		for _, kind := range []string{"contacts", "companies", "notes"} {
			got := 0
			for _, o := range w.hubspot.Objects(kind) { // others are the demo's
				got += min(o.Writes, 1)
			}
			if got != many {
				t.Errorf("%d %s, want %d", got, kind, many)
			}
		}
	})
}

// From a bare account to one that is ready, by the commands.
func TestCRMCommands(t *testing.T) {
	w := newWorld(t, nil)
	far := sim.NewHubSpot(sim.HubSpotOptions{Token: demoHubSpotToken})
	at, err := w.serve("127.0.0.1:0", far)
	if err != nil {
		t.Fatal(err)
	}
	w.set(map[string]string{"HUBSPOT_API_URL": "http://" + at})
	call := func(want int, args ...string) string {
		t.Helper()
		var out, errOut bytes.Buffer
		if code := run(context.Background(), args, w.environ, &out, &errOut); code != want {
			t.Errorf("%v: exit code %d: %s%s", args, code, &out, &errOut)
		}
		return out.String() + errOut.String()
	}
	if said := call(failed, "crm", "check"); !strings.Contains(said, "property leadtriage_score of contacts: it is missing: run `leadtriage crm setup hubspot`") {
		t.Errorf("a check of a bare account: %s", said)
	}
	call(done, "crm", "setup", "hubspot")
	call(done, "crm", "setup", "hubspot")
	id := far.Put("contacts", "", map[string]string{"email": "sandbox@ours.example"})
	if said := call(done, "crm", "check", "--record", id); !strings.Contains(said, `ok       lifecycle stage "EQL"`) || !strings.Contains(said, "was written and read back") {
		t.Errorf("a check of a prepared account: %s", said)
	}
	far.SetToken("pat-rotated", nil)
	if said := call(failed, "crm", "check"); !strings.Contains(said, "make a new service key") || strings.Contains(said, demoHubSpotToken) {
		t.Errorf("with an old key: %s", said)
	}
	w.set(map[string]string{"HUBSPOT_TOKEN": ""})
	if said := call(failed, "crm", "check"); !strings.Contains(said, "set HUBSPOT_TOKEN") {
		t.Errorf("without a key: %s", said)
	}
}
