package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"leadtriage/config"
	"leadtriage/internal/lead"
	"leadtriage/internal/score"
	"leadtriage/internal/store"
)

// inArchive opens the records of an archive, of 200 leads at most, and lists them, the newest first.
func inArchive(t testing.TB, url string) (*store.Store, []lead.Dossier) {
	t.Helper()
	records, err := store.Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	page, err := records.Reads.List(t.Context(), lead.Filter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	return records, page.Leads
}

// archive is a database with n leads that the shipped model scored in the
// last days, one a minute, the newest a minute ago.
func archive(t testing.TB, n int) (url string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "leads.db")
	url = "sqlite://" + path
	records, err := store.Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	if err := records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := score.Compile(cfg.Scoring, score.Vocabulary{})
	if err != nil {
		t.Fatal(err)
	}
	// Straight into the table: an accept for each would sync the disk n times.
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	put, err := tx.Prepare(`INSERT INTO leads (id, dup_key, domain, partner, stage, doc, entries, version, wakes, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 1, 0, $7, $7)`)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	now := time.Now().UTC().Truncate(time.Millisecond)
	for i := range n {
		l := pastLead(r, i, now.Add(-time.Duration(n-i)*time.Minute))
		if i%50 != 49 { // one in fifty is not scored yet
			s := rules.Score(&l, l.CreatedAt)
			l.Score = &s
		}
		doc, err := json.Marshal(l)
		if err == nil {
			_, err = put.Exec(l.ID, l.Key, l.Company.Domain, l.Partner.ID, l.Stage, doc, l.CreatedAt.UnixMilli())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return url
}

func pastLead(r *rand.Rand, i int, at time.Time) lead.Lead {
	domain := fmt.Sprintf("c%d.example", i)
	l := lead.Lead{ID: fmt.Sprintf("lead%022d", i), Key: domain + "|acme", Stage: lead.Parked, CreatedAt: at, UpdatedAt: at,
		Submission: lead.Submission{Partner: lead.Partner{ID: "acme", Tier: "gold"}, ReferredOn: lead.Date(at.Format(time.DateOnly)),
			Source: lead.Sources[r.IntN(len(lead.Sources))], Company: lead.Company{Name: "Company " + fmt.Sprint(i), Domain: domain},
			Contact: lead.Contact{Email: "jane@" + domain, Name: "Jane Doe", Title: "VP Revenue Operations"}, UseCase: "sync CRM with billing"},
		Enrichment: lead.Enrichment{State: lead.EnrichmentDone, Attempts: 1}}
	for range r.IntN(10) {
		l.Events = append(l.Events, lead.Event{Type: lead.EventTypes[r.IntN(len(lead.EventTypes))], At: at.Add(-time.Duration(r.IntN(1500)) * time.Hour),
			Asset: "https://www.example.com/integrations/acme"})
	}
	for _, f := range []struct {
		field lead.Field
		among []string
	}{{lead.Industry, []string{"software", "fintech", "mining", "media"}}, {lead.Employees, []string{"250", "51-200", "12", "5000+"}},
		{lead.HQCountry, []string{"IT", "US", "BR"}}, {lead.Technology, []string{"HubSpot", "Zendesk"}}} {
		value := f.among[r.IntN(len(f.among))]
		l.Facts = append(l.Facts, lead.Fact{Field: f.field, Value: value, Status: lead.Verified, Confidence: 0.9, By: "firmographics-3/gpt-5.4-mini",
			Evidence: []lead.Evidence{{URL: "https://" + domain + "/about", Quote: "a sentence of some length that says it is " + value + " and not much more"}}})
	}
	l.Found = l.Facts
	return l
}

// otherModel writes the shipped model after replacing old by new.
func otherModel(t testing.TB, oldNew ...string) string {
	t.Helper()
	cfg, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	text := cfg.Scoring.String()
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("the shipped model does not say %q", oldNew[i])
		}
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	file := filepath.Join(t.TempDir(), "other.yaml")
	yaml := "scoring:\n"
	for line := range strings.Lines(text) {
		yaml += "  " + line
	}
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func leadtriage(t testing.TB, url string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, []string{"DATABASE_URL=" + url}, &o, &e)
	return code, o.String(), e.String()
}

type replayed struct {
	Changes []rescored
	Summary struct {
		tally
		Matrix []struct {
			move
			Leads int
		}
	}
}

func replay(t *testing.T, url string, args ...string) replayed {
	t.Helper()
	code, out, errOut := leadtriage(t, url, append([]string{"score", "--replay", "--json"}, args...)...)
	var got replayed
	if err := json.Unmarshal([]byte(out), &got); code != done || err != nil {
		t.Fatalf("exit %d, %v\n%s\n%s", code, err, out, errOut)
	}
	return got
}

func TestReplayByTheSameModelChangesNothing(t *testing.T) {
	t.Parallel()
	got := replay(t, archive(t, 700))
	if len(got.Changes) != 0 || got.Summary.Changed != 0 || got.Summary.Leads != 700 || got.Summary.Unscored != 14 {
		t.Errorf("%+v", got.Summary)
	}
	for _, cell := range got.Summary.Matrix {
		if cell.From != cell.To {
			t.Errorf("%+v", cell)
		}
	}
}

func TestReplaySaysWhichVerdictsWouldChange(t *testing.T) {
	t.Parallel()
	url := archive(t, 700)
	before, _ := os.ReadFile(strings.TrimPrefix(url, "sqlite://"))
	other := otherModel(t, "version: 1", "version: 2", "threshold: 70", "threshold: 60")
	got := replay(t, url, "--model", other, "--changes-only")
	if got.Summary.Changed == 0 || len(got.Changes) != got.Summary.Changed || got.Summary.Model != "default@2" {
		t.Fatalf("%d listed, %+v", len(got.Changes), got.Summary)
	}
	cells, off := map[move]int{}, 0
	for _, r := range got.Changes {
		cells[move{r.From, r.To}]++
		if r.From != lead.MQL || r.To != lead.EQL && r.To != lead.SQL || r.Was != r.Is || r.Was < 60 || r.Was >= 70 || r.Because == "" {
			t.Errorf("a lower threshold does not explain %+v", r)
		}
	}
	total := got.Summary.Unscored
	for _, cell := range got.Summary.Matrix {
		total += cell.Leads
		if cell.From != cell.To {
			off += cell.Leads
			if cells[cell.move] != cell.Leads {
				t.Errorf("%+v, listed %d", cell, cells[cell.move])
			}
		}
	}
	if off != got.Summary.Changed || total != got.Summary.Leads {
		t.Errorf("%d off the diagonal of %d: %+v", off, total, got.Summary)
	}
	fewer := replay(t, url, "--model", otherModel(t, "version: 1", "version: 3", "signal_with_score: 40", "signal_with_score: 90"))
	if c := fewer.Summary.Cards; fewer.Summary.Changed != 0 || c[1] >= c[0] {
		t.Errorf("asking less changes cards alone: %+v", fewer.Summary)
	}
	if after, _ := os.ReadFile(strings.TrimPrefix(url, "sqlite://")); !bytes.Equal(before, after) {
		t.Error("the records were touched")
	}
}

// Once a model is in use, parked and waiting leads are scored by it; decided ones are not.
func TestApplyScoresWhatNobodyDecided(t *testing.T) {
	t.Parallel()
	url := archive(t, 200)
	records, leads := inArchive(t, url)
	decided := ""
	for _, d := range leads {
		if s := d.Lead.Score; decided == "" && s != nil && s.Total >= 40 && s.Verdict == lead.MQL {
			decided = d.Lead.ID
			if _, err := records.Change(t.Context(), decided, time.Now(), func(c *lead.Case) error { c.Lead.Stage = lead.Approved; return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	other := otherModel(t, "version: 1", "version: 2", "threshold: 70", "threshold: 30", "floor: 20", "floor: 10")
	code, out, errOut := leadtriage(t, url, "--config", other, "score", "--apply", "--since", "90d")
	if code != done || !strings.Contains(out, "by default@2") || !strings.Contains(out, "parked → awaiting_review") {
		t.Fatalf("exit %d: %s\n%s", code, errOut, out)
	}
	moved := 0
	for _, d := range leads {
		now, err := records.Reads.Lead(t.Context(), d.Lead.ID)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case d.Lead.ID == decided:
			if now.Stage != lead.Approved || now.Score.Model != "default@1" {
				t.Errorf("the decided lead is %s by %s", now.Stage, now.Score.Model)
			}
		case now.Score == nil || now.Score.Model != "default@2":
			t.Errorf("lead %s is not scored anew", now.ID)
		case now.Stage != d.Lead.Stage:
			moved++
		}
	}
	if moved == 0 || !strings.Contains(out, fmt.Sprintf("%d moved", moved)) {
		t.Errorf("%d moved:\n%s", moved, out)
	}
	if code, out, _ = leadtriage(t, url, "--config", other, "score", "--apply", "--since", "90d"); code != done || !strings.Contains(out, "0 leads") {
		t.Errorf("a second time: %d %s", code, out)
	}
	if code, _, _ = leadtriage(t, url, "score", "--apply", "--model", other); code != usage {
		t.Errorf("a model that is not in use is applied: exit %d", code)
	}
}

// Beside old and new verdict stands what people decided, and how often each model agrees.
func TestReplayAgainstPeople(t *testing.T) {
	t.Parallel()
	url := archive(t, 200)
	records, leads := inArchive(t, url)
	// Of those with 60 to 69 points two are approved and one is rejected.
	words := []lead.DecisionInput{{Decision: lead.Approve, By: "U1"}, {Decision: lead.Reject, By: "U1", Reason: "no_intent"}, {Decision: lead.Approve, By: "U1"}}
	for _, d := range leads {
		if s := d.Lead.Score; len(words) == 0 || s == nil || s.Verdict != lead.MQL || s.Total < 60 || s.ICP < 20 {
			continue
		}
		if _, err := records.Change(t.Context(), d.Lead.ID, time.Now(), func(c *lead.Case) error {
			c.Lead.Score.Verdict = lead.EQL // as a lower threshold had proposed it
			c.Lead.Stage = lead.Enriched
			if err := c.OpenReview("C1"); err != nil {
				return err
			}
			return c.Decide(words[0])
		}); err != nil {
			t.Fatal(err)
		}
		words = words[1:]
	}
	if len(words) > 0 {
		t.Fatalf("too few leads: %d words are left", len(words))
	}
	got := replay(t, url)
	p := got.Summary.People
	if p.Decided != 3 || p.Recorded != (agreement{Agrees: 2, EQL: 3, Right: 2}) || p.Replayed != (agreement{Agrees: 1, Missed: 2}) || p.Foreseen["no_intent"] != 1 {
		t.Errorf("%+v", p)
	}
	said := map[lead.Decision]int{}
	for _, r := range got.Changes {
		said[r.Decided]++
	}
	if said[lead.Approve] != 2 || said[lead.Reject] != 1 {
		t.Errorf("%v", said)
	}
	_, out, _ := leadtriage(t, url, "score", "--replay")
	for _, want := range []string{"People decided about 3 of them.", "as recorded: agrees with 2; of 3 proposed as eql they approved 2 (67 %), and 0 that were not",
		"by default@1: agrees with 1; of 0 proposed as eql they approved 0, and 2 that were not", "Rejections that it would have foreseen: no_intent 1"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestReplayLooksBackAsFarAsItIsTold(t *testing.T) {
	t.Parallel()
	url := archive(t, 700) // one a minute: 11 hours and 40 minutes
	for since, want := range map[string]int{"1h": 60, "30d": 700, "2001-01-01": 700, "90s": 1} {
		if got := replay(t, url, "--since", since); got.Summary.Leads != want && got.Summary.Leads != want-1 {
			t.Errorf("since %s: %d leads, want %d", since, got.Summary.Leads, want)
		}
	}
	if code, _, errOut := leadtriage(t, url, "score", "--replay", "--since", "soon"); code != usage || !strings.Contains(errOut, "write 30d, 12h or a day") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

func TestReplayInWords(t *testing.T) {
	t.Parallel()
	url := archive(t, 200)
	other := otherModel(t, "version: 1", "version: 2", "demo_request: 20", "demo_request: 5")
	code, out, errOut := leadtriage(t, url, "score", "--replay", "--model", other)
	if code != done || errOut != "" {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	for _, want := range []string{"Company ", "│ eql", "by default@2: ", "verdicts would change; cards ", "; 4 are not scored yet.", "Nothing was written"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

const explained = `{"partner":{"id":"acme","tier":"gold"},"referred_on":"2026-11-20","source":"partner_referral","company":{"domain":"northwind.example"},
"facts":[{"field":"industry","value":"software","status":"verified","confidence":0.9,"evidence":[{"url":"https://northwind.example/about","quote":"software"}]}],
"events":[{"type":"demo_request","at":"2026-11-19T09:00:00Z"}]}`

func TestScoreOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lead.json")
	if err := os.WriteFile(file, []byte(explained), 0o600); err != nil {
		t.Fatal(err)
	}
	now := []string{"--now", "2026-11-22T12:00:00Z"}
	code, out, _ := leadtriage(t, "", append([]string{"score", file}, now...)...)
	for _, want := range []string{"software is on the list (verified)", "https://northwind.example/about", "mql by default@1: It has a buying signal (demo_request), but ICP fit 12 is below 20 and the score 32 is below 70.",
		"flags: single_trigger, single_asset\nNobody is asked: it is parked."} {
		if code != done || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, out)
		}
	}
	other := otherModel(t, "version: 1", "version: 2", "demo_request: 20", "demo_request: 30")
	code, out, _ = leadtriage(t, "", append([]string{"score", file, "--model", other}, now...)...)
	for _, want := range []string{"20/20", "30/30", "+10", "mql by default@1", "mql by default@2"} {
		if code != done || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, out)
		}
	}
	text, err := os.ReadFile(other)
	bare := filepath.Join(t.TempDir(), "bare.yaml")
	if err == nil {
		err = os.WriteFile(bare, bytes.TrimPrefix(bytes.ReplaceAll(text, []byte("\n  "), []byte("\n")), []byte("scoring:\n")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, again, errOut := leadtriage(t, "", append([]string{"score", file, "--model", bare}, now...)...); code != done || again != out {
		t.Errorf("a model without its scoring line: exit %d: %s", code, errOut)
	}
	code, _, errOut := leadtriage(t, "", append([]string{"score", file, "--model", otherModel(t, "threshold: 70", "threshold: 71")}, now...)...)
	if code != done || !strings.Contains(errOut, "calls itself default@1 like the configured model, and is another") {
		t.Errorf("exit %d: %s", code, errOut)
	}
	code, out, _ = leadtriage(t, "", append([]string{"score", file, "--json", "--model", other}, now...)...)
	var both struct {
		Configured, Other lead.Score
		Lines             []score.Step
	}
	if err := json.Unmarshal([]byte(out), &both); code != done || err != nil || both.Configured.Total != 32 || both.Other.Total != 42 || both.Lines[5].Difference != 10 || len(both.Lines) != 6 || both.Other.Change.Text == "" {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
}

// TestLeadFiles: a lead as it is sent, with facts where there are any, is read
// in the normal form that intake gives it; a record is read as it was shown.
func TestLeadFiles(t *testing.T) {
	const sent = `{"partner":{"id":"ACME","tier":"gold"},"referred_on":"2026-11-20","source":"partner_referral","contact":{"email":"jane@northwind.example"},
		"company":{"domain":"northwind.example","employees":250,"industry":"SaaS","country":"Italy","technologies":["hubspot"]},
		"events":[{"type":"demo_request","at":"2026-11-19T09:00:00Z"}],"use_case":"sync CRM with billing"`
	for name, tc := range map[string]struct {
		text   string
		icp    int
		flags  string
		ask    bool
		stderr string
	}{
		"as sent":                      {sent + `}`, 40, "[single_trigger single_asset]", true, ""},
		"no facts found":               {sent + `,"facts":[]}`, 40, "[single_trigger single_asset]", true, ""},
		"facts speak of one":           {sent + `,"facts":[{"field":"employees","value":30,"status":"verified"},{"field":"description","value":"We sell","status":"unverified","evidence":[{"url":"https://northwind.example/","quote":"We\tsell"}]}]}`, 35, "[single_trigger single_asset]", true, ""},
		"another technology found":     {sent + `,"facts":[{"field":"technology","value":"Zendesk","status":"verified"},{"field":"industry","value":"mining","status":"unverified"}]}`, 40, "[single_trigger single_asset]", true, ""},
		"a record's facts stand":       {sent + `,"id":"x","facts":[{"field":"technology","value":"Zendesk","status":"given"},{"field":"employees","value":"9","status":"unverified"}]}`, 24, "[single_trigger single_asset]", true, ""},
		"a fact in no normal form":     {sent + `,"facts":[{"field":"hq_country","value":"UK","status":"given"},{"field":"industry","value":"Mining","status":"verified"}]}`, 28, "[single_trigger single_asset]", true, ""},
		"a record that is incomplete":  {`{"stage":"awaiting_review","flags":["enrichment_incomplete"],"other_partners":[{"id":"x","partner":"globex"}],"facts":[]}`, 0, "[single_trigger single_asset enrichment_incomplete other_partner]", true, ""},
		"a name that no lead has":      {`{"evnts":[],"facts":[]}`, 0, "[single_trigger single_asset]", false, `"evnts" is no field of a lead and was not read; did you mean events?`},
		"a record that was cut":        {`{"enrichment":{"state":"failed"},"history":[{"at":"…"}]}`, 0, "[single_trigger single_asset enrichment_incomplete]", true, "history is not what a record has there and was not read"},
		"an event that no model has":   {`{"events":[{"type":"roi_calculator","at":"2036-11-19T09:00:00Z"},{"type":"ROI_calculator","at":"2026-11-19T09:00:00Z"}]}`, 0, "[single_trigger single_asset]", false, `events[0].type "roi_calculator" is no event of the scoring model`},
		"more events than can be sent": {`{"events":[` + strings.Repeat(`{"type":"docs_visit","at":"2026-11-19T09:00:00Z"},`, 300) + `{"type":"docs_visit","at":"2026-11-19T09:00:00Z"}]}`, 0, "[single_trigger single_asset]", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "lead.json")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, errOut := leadtriage(t, "", "score", file, "--json", "--now", "2026-11-22T12:00:00Z")
			var s lead.Score
			if err := json.Unmarshal([]byte(out), &s); code != done || err != nil {
				t.Fatalf("exit %d, %v: %s", code, err, errOut)
			}
			if s.ICP != tc.icp || fmt.Sprint(s.Flags) != tc.flags || s.Ask != tc.ask || !strings.Contains(errOut, tc.stderr) || (tc.stderr != "") != (strings.Count(errOut, "\n") == 1) {
				t.Errorf("ICP %d, flags %v, ask %v: %s", s.ICP, s.Flags, s.Ask, errOut)
			}
			if code, _, errOut = leadtriage(t, "", "card", file); code != done {
				t.Errorf("card: exit %d: %s", code, errOut)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "lead.json")
	if err := os.WriteFile(file, []byte(`{"source":"partner","events":[{"type":"demo_request","at":"yesterday"}],"facts":[{"field":"size","value":"4"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errOut := leadtriage(t, "", "score", file)
	for _, want := range []string{"source is not known here", "events[0].at is not a time", "facts[0].field is not known here", "facts[0].status is required"} {
		if code != failed || !strings.Contains(errOut, "\n"+want) {
			t.Errorf("exit %d, no %q in %s", code, want, errOut)
		}
	}
}

func TestScoreSaysWhatItNeeds(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.yaml")
	if err := os.WriteFile(empty, []byte("review: {undo: 1s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(t.TempDir(), "odd.json")
	if err := os.WriteFile(odd, []byte(`{"enrichment":{"state":"complete"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"name the JSON file of a lead": {"score"},
		"leave the file out":           {"score", empty, "--replay"},
		"--changes-only goes with":     {"score", empty, "--changes-only"},
		`"noon" is not a time; write`:  {"score", empty, "--now", "noon"},
		"--locale must be one of":      {"card", empty, "--locale", "fr"},
	} {
		if code, _, errOut := leadtriage(t, "", args...); code != usage || !strings.Contains(errOut, want) {
			t.Errorf("%q: exit %d: %s", args, code, errOut)
		}
	}
	for want, args := range map[string][]string{
		"cannot be read as a lead":                {"score", empty},
		`write one of [pending done none failed]`: {"score", odd},
		"has no scoring section":                  {"score", empty, "--model", empty},
		"unknown key \"treshold\"":                {"score", empty, "--model", otherModel(t, "threshold:", "treshold:")},
		"set DATABASE_URL to the one in use":      {"score", "--replay"},
	} {
		if code, _, errOut := leadtriage(t, "sqlite://"+filepath.Join(t.TempDir(), "new.db"), args...); code != failed || !strings.Contains(errOut, want) {
			t.Errorf("%q: exit %d: %s", args, code, errOut)
		}
	}
}

func TestConfigCheckNamesEveryFaultAtOnce(t *testing.T) {
	file := otherModel(t, "threshold: 70", "threshold: 170")
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, append([]byte("\uFEFFreviw: {undo: 5s}\n"), text...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	code, _, errOut := leadtriage(t, "", "--config", file, "config", "check")
	for _, want := range []string{`other.yaml:1:1: unknown key "reviw"`, "scoring.threshold: threshold is 170"} {
		if code != failed || !strings.Contains(errOut, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, errOut)
		}
	}
}

// BenchmarkReplay replays 100 000 leads from SQLite; the target is 30 s on two cores.
func BenchmarkReplay(b *testing.B) {
	const leads = 100_000
	url := archive(b, leads)
	other := otherModel(b, "version: 1", "version: 2", "threshold: 70", "threshold: 60")
	runtime.GC()
	var most uint64
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}
	}()
	for b.Loop() {
		if code, _, errOut := leadtriage(b, url, "score", "--replay", "--since", "365d", "--model", other, "--changes-only"); code != done {
			b.Fatal(errOut)
		}
	}
	close(stop)
	b.ReportMetric(float64(leads)*float64(b.N)/b.Elapsed().Seconds(), "leads/s")
	b.ReportMetric(float64(most)/(1<<20), "heap-MB")
}
