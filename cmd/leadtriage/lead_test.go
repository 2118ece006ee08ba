package main

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"leadtriage/internal/lead"
)

func TestLeadCommandsSayWhatToDo(t *testing.T) {
	url := archive(t, 5)
	_, leads := inArchive(t, url)
	if len(leads) != 5 {
		t.Fatal(leads)
	}
	l := leads[0].Lead
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"list", "--limit", "3"}, done, ""},
		{[]string{"list", "--stage", "done"}, usage, "use one of [received"},
		{[]string{"list", "--limit", "1000"}, usage, "--limit is a number from 1 to 200"},
		{[]string{"list", "--cursor", "rubbish"}, failed, "cursor is not from a list of leads"},
		{[]string{"list", "--since", "soon"}, usage, "is not a span"},
		{[]string{"retry"}, usage, "or say --failed"},
		{[]string{"retry", "--failed", l.ID}, usage, "or say --failed"},
		{[]string{"retry", "--since", "30d", l.ID}, usage, "--since goes with --failed"},
		{[]string{"show", "nowhere"}, failed, "`leadtriage lead list` shows the ids"},
		{[]string{"restore", l.ID}, failed, string(l.Stage) + ", not archived: illegal stage change; there is nothing to restore"},
		{[]string{"review", l.ID}, done, ""},
		{[]string{"review", l.ID}, failed, "only one that is parked or disqualified"},
		{[]string{"merge", l.ID, l.ID}, failed, "name two leads of one partner"},
	} {
		if code, _, errOut := leadtriage(t, url, append([]string{"lead"}, tc.args...)...); code != tc.code || !strings.Contains(errOut, tc.want) {
			t.Errorf("lead %v: %d %s", tc.args, code, errOut)
		}
	}
}

// What is on record about a lead is shown whole; a card for which there is no Slack is held.
func TestLeadShowTellsItAll(t *testing.T) {
	url := archive(t, 5)
	records, leads := inArchive(t, url)
	id := leads[0].Lead.ID
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	if _, err := records.Change(t.Context(), id, time.Now(), func(c *lead.Case) error {
		c.Lead.Events = []lead.Event{{Type: "demo_request", At: at, Asset: "https://www.example.com/demo"}}
		c.Lead.Touchpoints = []lead.Touchpoint{{Type: "webinar", Owner: "partner", Asset: "https://acme.example/webinar", At: at}}
		c.Lead.Signals = []lead.Signal{{Type: "co_sell", At: at, By: "Ada at Acme"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := leadtriage(t, url, "lead", "review", id); code != done {
		t.Fatal(errOut)
	}
	_, out, _ := leadtriage(t, url, "lead", "show", id)
	_, list, _ := leadtriage(t, url, "lead", "list")
	for _, want := range []string{"Jane Doe, VP Revenue Operations, jane@c", "sync CRM with billing", "demo_request", "https://www.example.com/demo", "webinar", "https://acme.example/webinar",
		"co_sell", "Ada at Acme", "“a sentence of some length", "held", "no Slack is configured"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if strings.Contains(out+list, "pending") || !strings.Contains(list, "card held") {
		t.Errorf("a card is pending for which there is no Slack:\n%s\n%s", out, list)
	}
}

// Leads that gave up are listed page by page and retried all at once; one that is
// damaged is named and stops nothing.
func TestFailedLeadsAreRetried(t *testing.T) {
	url := archive(t, 5)
	records, leads := inArchive(t, url)
	var ids []string
	for _, d := range leads[1:4] {
		ids = append(ids, d.Lead.ID)
		_, err := records.Change(t.Context(), d.Lead.ID, time.Now(), func(c *lead.Case) error {
			c.Lead.Enrichment.State = lead.EnrichmentFailed
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite://"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE leads SET doc = 'no JSON' WHERE id = ?`, ids[2]); err != nil {
		t.Fatal(err)
	}
	command := func(want int, args ...string) (out, errOut string) {
		t.Helper()
		code, out, errOut := leadtriage(t, url, append([]string{"lead"}, args...)...)
		if code != want {
			t.Fatalf("lead %v: %d %s %s", args, code, out, errOut)
		}
		return out, errOut
	}
	first, _ := command(done, "list", "--failed", "--since", "30d", "--limit", "2")
	_, next, _ := strings.Cut(first, "next page: --cursor ")
	if !strings.Contains(first, ids[0]) || !strings.Contains(first, ids[1]) || strings.Contains(first, ids[2]) {
		t.Errorf("the first page is %s", first)
	}
	if second, _ := command(done, "list", "--failed", "--cursor", strings.TrimSpace(next)); !strings.Contains(second, ids[2]) || !strings.Contains(second, "unreadable") || strings.Contains(second, ids[1]) {
		t.Errorf("the second page is %s", second)
	}
	if out, _ := command(done, "list", "--json"); !strings.Contains(out, `{"id":"`+ids[2]+`","unreadable":"the record cannot be read: `) || strings.Count(out, "\n") != 5 {
		t.Errorf("as JSON %s", out)
	}
	if _, errOut := command(failed, "show", ids[2]); !strings.Contains(errOut, "cannot be read") {
		t.Errorf("shown alone: %s", errOut)
	}
	out, errOut := command(failed, "retry", "--failed")
	if !strings.Contains(out, "leads that gave up: 3") || !strings.Contains(out, "2 of 3 leads are on their way") || !strings.Contains(errOut, ids[2]) {
		t.Errorf("%s, %s", out, errOut)
	}
	if out, _ = command(done, "list", "--failed"); strings.Contains(out, ids[0]) || !strings.Contains(out, ids[2]) {
		t.Errorf("left: %s", out)
	}
	if l, err := records.Lead(t.Context(), ids[0]); err != nil || l.Enrichment.State != lead.EnrichmentPending {
		t.Errorf("%v %+v", err, l.Enrichment)
	}
}

func TestNamesFitATable(t *testing.T) {
	l := lead.Lead{}
	l.Company.Name = strings.Repeat("😀", 10000)
	if name := companyName(&l); text.StringWidth(name) > 60 || !strings.HasSuffix(name, "…") {
		t.Errorf("%d wide: %.20s", text.StringWidth(name), name)
	}
}
