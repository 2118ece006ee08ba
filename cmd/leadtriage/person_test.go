package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// holders are all columns of all tables in which one of the words stands.
func (w *world) holders(words ...string) (places []string) {
	w.t.Helper()
	driver, address := "pgx", w.setting("DATABASE_URL")
	columns := `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`
	if path, ok := strings.CutPrefix(address, "sqlite://"); ok {
		driver, address = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
		columns = `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	all, err := db.Query(columns)
	if err != nil {
		w.t.Fatal(err)
	}
	var names [][2]string
	for all.Next() {
		var table, column string
		if err := all.Scan(&table, &column); err != nil {
			w.t.Fatal(err)
		}
		names = append(names, [2]string{table, column})
	}
	if len(names) < 60 {
		w.t.Fatalf("only %d columns were found", len(names))
	}
	for _, at := range names {
		for _, word := range words {
			var n int
			query := fmt.Sprintf(`SELECT count(*) FROM %q WHERE lower(CAST(%q AS TEXT)) LIKE '%%%s%%'`, at[0], at[1], strings.ToLower(word))
			if err := db.QueryRow(query).Scan(&n); err != nil {
				w.t.Fatal(err)
			}
			if n > 0 {
				places = append(places, at[0]+"."+at[1]+": "+word)
			}
		}
	}
	return places
}

// A person who is erased stands in no column of any table and on no card any more; the leads,
// their other contacts and what was decided stay, and the command says who else holds what.
func TestAPersonIsErasedEverywhere(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		const address, name, phone = "zelda.quartz@firm.example", "Zelda Quartz", "5550 1234"
		w.model.Know(firmLabel(lead.Employees, "180", "Zelda Quartz leads our team of 180 people.", "whole_company"))
		w.web.Add("firm.example", "/", "<h1>Firm</h1><p>We make software in Milan, Italy.</p><p>Zelda Quartz leads our team of 180 people.</p>")
		send := func(email, contact string, set func(map[string]any)) string {
			body := fit("firm.example")
			body["contact"] = map[string]any{"email": email, "name": contact}
			set(body)
			status, text := w.request(http.MethodPost, "/v1/leads", demoCRMKey, body, "Idempotency-Key", "for-"+email+"-"+body["partner"].(map[string]any)["id"].(string))
			if status/100 != 2 {
				w.t.Fatalf("%d %s", status, text)
			}
			_, id, _ := strings.Cut(string(text), `"id":"`)
			return id[:26]
		}
		own := func(b map[string]any) {
			b["notes"], b["crm"] = "call +39 02 "+phone, map[string]any{"hubspot_contact_id": "998877"}
			b["landing_url"] = "https://www.example.com/?for=zelda.quartz%40firm.example"
		}
		id := send(address, name, own)
		first := w.card(id, asking)
		w.until(id, "found", func(r lead.Record) bool {
			return r.Enrich.State == lead.EnrichmentDone && effect(r, lead.CardEffect).State == lead.Delivered
		})
		if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey,
			map[string]any{"decision": "reject", "reason": "other", "note": "Zelda said on +39 02 " + phone + " not now"}); status != http.StatusOK {
			w.t.Fatalf("reject: %d %s", status, text)
		}
		w.delivered(id)
		send("bruno@firm.example", "Bruno Conti", func(b map[string]any) { // joins, and asks again on another card
			b["events"] = []any{map[string]any{"type": "contact_sales", "at": w.now().Format("2006-01-02T15:04:05.999Z07:00")}}
		})
		second := w.card(id, func(m sim.SlackMessage) bool { return m.TS != first.TS && asking(m) })
		private := send(address, name, func(b map[string]any) { b["partner"] = map[string]any{"id": "cloudmarket", "tier": "listed"} })
		w.until(private, "found", func(r lead.Record) bool {
			return r.Enrich.State == lead.EnrichmentDone && effect(r, lead.CardEffect).State == lead.Delivered
		})
		shown := func(ts string) string {
			m := w.card(id, func(m sim.SlackMessage) bool { return m.TS == ts })
			return m.Plain()
		}
		before := w.holders(address, name, phone)
		for _, want := range []string{"leads.doc: " + address, "leads.doc: " + name, "leads.doc: " + phone, "companies.doc: " + name, "reviews.note: " + phone, "requests.idem_key: " + address} {
			if !slices.Contains(before, want) {
				w.t.Errorf("before, %q is not in %q: this test proves too little", want, before)
			}
		}
		count := w.leads()

		export := w.command("lead", "export", "--email", strings.ToUpper(address))
		for _, want := range []string{address, name, phone, "998877", "not now", "for-" + address, id, private} {
			if !strings.Contains(export, want) {
				w.t.Errorf("the export lacks %q", want)
			}
		}
		if strings.Contains(export, "bruno@firm.example") {
			w.t.Error("the export has somebody else's address")
		}

		said := w.command("lead", "erase", id)
		if after := w.holders(address, name, phone, "zelda", "998877"); len(after) > 0 {
			w.t.Errorf("still held in %q", after)
		}
		for _, want := range []string{"lead " + id, "lead " + private, "quotes of firm.example", "webhook default: was told of lead " + id, "hubspot_contact_id 998877", "partner acme-integrations", "key:crm", "draws 3 cards again", "backups"} {
			if !strings.Contains(said, want) {
				w.t.Errorf("the command does not say %q in\n%s", want, said)
			}
		}
		r := w.record(id)
		if w.leads() != count || r.Contact.Email != "bruno@firm.example" || len(r.Contacts) != 0 || r.Score == nil || count == 0 {
			w.t.Errorf("%d leads of %d, contact %+v, contacts %+v", w.leads(), count, r.Contact, r.Contacts)
		}
		for _, ts := range []string{first.TS, second.TS} {
			if err := w.slack.Wait(w.patient(), func() bool { return !strings.Contains(shown(ts), "Zelda") }); err != nil {
				w.t.Errorf("the card at %s still shows the person: %s", ts, shown(ts))
			}
		}
		if again := w.command("lead", "erase", "--email", address); !strings.Contains(again, "nothing is held about this person") {
			w.t.Errorf("again: %s", again)
		}
		if strings.Contains(w.log.String(), "Zelda") || strings.Contains(w.log.String(), "zelda") {
			w.t.Error("the log names the person")
		}
	})
}
