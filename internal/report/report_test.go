package report_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/report"
)

type records map[string][]lead.Figures // by the day on which a span begins

func (r records) Figures(_ context.Context, from, _ time.Time) ([]lead.Figures, error) {
	return r[from.Format(time.DateOnly)], nil
}

func eur(minor int64) lead.Money { return lead.Money{Minor: minor, Digits: 2, Currency: "EUR"} }

var (
	rome = func() *time.Location { l, _ := time.LoadLocation("Europe/Rome"); return l }()
	day  = func(d int) time.Time { return time.Date(2026, 10, d, 12, 0, 0, 0, rome) }
)

// Weeks begin on Mondays, also in the one in which the clocks go back; sums are kept apart by
// currency; a small sample is called so.
func TestWeekly(t *testing.T) {
	won := lead.Deal{Partner: "acme", Type: lead.ClosedWon, Arrived: day(1), At: day(21), EQL: true, Amount: eur(150000), ARR: eur(120000)}
	lost := lead.Deal{Partner: "orbit", Type: lead.ClosedLost, Arrived: day(1), At: day(11), Amount: lead.Money{Minor: 7, Currency: "JPY"}}
	r := records{
		"2026-10-19": {{Partner: "acme", Sessions: 400, Costs: []lead.Money{eur(30000)}, Leads: 10, Alone: 4, EQLs: 3, Two: 2, Overrides: 1, Rejected: 1, Deciding: 40 * time.Minute, SQLs: 2, Deals: []lead.Deal{won}}},
		"2026-10-26": {{Partner: "acme", Leads: 2}, {Partner: "orbit", Leads: 6, EQLs: 1, Two: 1, Deals: []lead.Deal{lost}}},
	}
	tables, err := report.Weekly(t.Context(), r, day(22), day(29), rome, report.Goals{TwoTriggers: .8, ManualMinutes: 12 * time.Minute,
		Benchmarks: []report.Benchmark{{"eql_close", "18–25 %"}, {"cost_per_eql", "220 USD"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"2026-10-19", "400", "10", "3", "2", "1", "0", "1500.00 EUR", "1500.00 EUR", "1200.00 EUR", "300.00 EUR", "30 %"},
		{"2026-10-26", "0", "8", "1", "0", "0", "1", "7 JPY", "", "", "", "12 %"},
		{"all", "400", "18", "4", "2", "1", "1", "1500.00 EUR + 7 JPY", "1500.00 EUR", "1200.00 EUR", "300.00 EUR", "22 %"},
		{"acme", "400", "12", "3", "2", "1", "0", "1500.00 EUR", "1500.00 EUR", "1200.00 EUR", "300.00 EUR", "25 %"},
		{"orbit", "0", "6", "1", "0", "0", "1", "7 JPY", "", "", "", "17 %"},
		{"EQL", "1", "0", "100 %", "21–100 %", "20.0"},
		{"other", "0", "1", "0 %", "0–79 %", "10.0"},
		{"eql close", "100 %", "1", "18–25 %"},
		{"cost per eql", "75.00 EUR", "4", "220 USD"},
	}
	var got [][]string
	var notes []string
	for _, one := range tables {
		got, notes = append(got, one.Rows...), append(notes, one.Notes...)
		for _, row := range one.Rows {
			if len(row) != len(one.Columns) {
				t.Errorf("%s: %d cells in %d columns", one.Title, len(row), len(one.Columns))
			}
		}
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("rows\n%q, want\n%q", got, want)
	}
	said := strings.Join(notes, "\n")
	for _, s := range []string{"75 % of the EQLs showed two", "goal is 80 %", "25 % of the EQLs were approved against", "took 8m0s", "22 % of the leads were settled without a person; by hand they take some 48m", "An EQL cost 75.00 EUR", "pipeline per EQL is 375.00 EUR", "4 EQLs: too small"} {
		if !strings.Contains(said, s) {
			t.Errorf("%q is not said in\n%s", s, said)
		}
	}
	var csv bytes.Buffer
	if err := report.CSV(&csv, tables...); err != nil || strings.Count(csv.String(), "\n") != 4+9+3 {
		t.Errorf("%v\n%s", err, &csv)
	}
}

func TestPartners(t *testing.T) {
	figures := func(partner string, eqls, rejected int, deals ...lead.Money) lead.Figures {
		f := lead.Figures{Partner: partner, Leads: 10, EQLs: eqls, Rejected: rejected}
		for _, m := range deals {
			f.Deals = append(f.Deals, lead.Deal{Type: lead.Opportunity, Amount: m})
		}
		return f
	}
	costing := func(f lead.Figures, minor int64) lead.Figures { f.Costs = []lead.Money{eur(minor)}; return f }
	from := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	r := records{"2026-10-01": {
		costing(figures("a", 1, 3, eur(100)), 30), costing(figures("b", 5, 0, eur(300), eur(1)), 60), figures("c", 2, 0), figures("d", 3, 0),
		figures("e", 0, 1, lead.Money{Minor: 1e6, Digits: 2, Currency: "USD"}), figures(lead.Direct, 9, 9, eur(9e9)),
	}}
	table, err := report.Partners(t.Context(), r, from, from.AddDate(0, 3, 0), 5)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range table.Rows {
		got = append(got, strings.Join(append(row[:2:2], row[13], row[17], row[18]), " "))
	}
	want := []string{"1 b 100 % top 20 % keep: 5.0 × its costs", "2 a 25 %  pause or change: 3.3 × its costs, under 5", "3 d 100 %  ", "4 c 100 %  ",
		"5 e 0 % bottom 20 % "}
	if !slices.Equal(got, want) || len(table.Notes) != 1 || !strings.Contains(table.Notes[0], "EUR") {
		t.Errorf("%q %q, want %q", got, table.Notes, want)
	}
}

type pages []lead.Dossier

func (p pages) List(_ context.Context, f lead.Filter) (page lead.Page, _ error) {
	if f.Stage != lead.Approved {
		return page, nil
	}
	if f.Cursor == "" {
		return lead.Page{Leads: p[:1], Next: "1"}, nil
	}
	return lead.Page{Leads: p[1:]}, nil
}

func TestStalled(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	approved := func(id string, days int, source lead.Source, outcomes ...lead.Outcome) lead.Dossier {
		at := now.AddDate(0, 0, -days)
		l := lead.Lead{ID: id, Stage: lead.Approved, Submission: lead.Submission{Source: source, Contact: lead.Contact{Email: id + "@x.example"}}}
		return lead.Dossier{Lead: l, Reviews: []lead.Review{{Round: 1, Decision: lead.Approve, DecidedAt: at}}, Outcomes: outcomes}
	}
	became := func(what lead.OutcomeType, days int) lead.Outcome {
		return lead.Outcome{Type: what, At: now.AddDate(0, 0, -days)}
	}
	none := approved("none", 20, lead.PartnerReferral)
	none.Lead.Contact.Email = ""
	failed := approved("failed", 16, lead.PartnerReferral)
	failed.Effects = []lead.Effect{{Kind: "webhook", State: lead.GivenUp}}
	table, err := report.Stalled(t.Context(), pages{
		approved("fresh", 3, lead.PartnerReferral), none, approved("silent", 15, lead.PartnerReferral), approved("ai", 17, lead.AICitation), failed,
		approved("won", 90, lead.PartnerReferral, became(lead.ClosedWon, 30)),
		approved("slow", 90, lead.PartnerReferral, became(lead.Opportunity, 30)), approved("moving", 90, lead.PartnerReferral, became(lead.Contacted, 2)),
	}, now, 14*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range table.Rows {
		got = append(got, strings.Join([]string{r[0], r[3], r[5]}, " "))
	}
	want := []string{"slow 30 no progress since", "none 20 no contact: the lead has no e-mail address", "ai 17 low intent: it came by an AI's answer",
		"failed 16 it never reached a far side: leadtriage lead show failed", "silent 15 nobody has contacted it"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

type list []lead.Dossier

func (l list) List(context.Context, lead.Filter) (lead.Page, error) { return lead.Page{Leads: l}, nil }

// An asset counts for every lead that came by it or touched it, its deals once.
func TestAssets(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	came := func(stage lead.Stage, days int, landing, touched string, deal string) lead.Dossier {
		l := lead.Lead{ID: landing + deal, Stage: stage, CreatedAt: now.AddDate(0, 0, -days), Submission: lead.Submission{
			Partner: lead.Partner{ID: "acme"}, LandingURL: landing,
			Touchpoints: []lead.Touchpoint{{Owner: "partner", Asset: touched, At: now.AddDate(0, 0, -days-1)}, {Owner: "owned", Asset: "https://ours.example/", At: now}}}}
		d := lead.Dossier{Lead: l}
		if deal != "" {
			d.Outcomes = []lead.Outcome{{Type: lead.Opportunity, DealID: deal, Amount: eur(500)}}
		}
		return d
	}
	table, err := report.Assets(t.Context(), list{
		came(lead.Approved, 5, "https://www.ours.example/acme?utm_source=acme", "https://acme.example/webinar", "9"),
		came(lead.Parked, 200, "https://ours.example/acme/", "https://acme.example/old", ""),
		came(lead.Approved, 100, "", "https://acme.example/webinar", "9"),
		came(lead.Merged, 1, "https://ours.example/acme", "", ""),
	}, now.AddDate(-1, 0, 0), now)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"acme.example/webinar", "acme", "2", "2", "100 %", "5.00 EUR", "2026-11-24", ""},
		{"ours.example/acme", "acme", "2", "1", "50 %", "5.00 EUR", "2026-11-25", "older than six months"},
		{"acme.example/old", "acme", "1", "0", "0 %", "", "2026-05-13", "quiet for 201 days"},
	}
	if !slices.EqualFunc(table.Rows, want, slices.Equal) {
		t.Errorf("%q, want %q", table.Rows, want)
	}
}

// A line that wins come with is told from one that says nothing, once there are enough of
// them; a shift is counted lead by lead.
func TestAudit(t *testing.T) {
	var leads list
	add := func(n int, stage lead.Stage, icp, intent int, what lead.OutcomeType, reason string, rules ...string) {
		for range n {
			s := &lead.Score{ICP: icp, Intent: intent, Total: icp + intent}
			for _, rule := range []string{"demo_request", "industry"} {
				points := 0
				if slices.Contains(rules, rule) {
					points = 5
				}
				s.Lines = append(s.Lines, lead.Line{Rule: rule, Points: points})
			}
			d := lead.Dossier{Lead: lead.Lead{Stage: stage, Score: s}}
			if stage == lead.Rejected {
				d.Reviews = []lead.Review{{Round: 1, Decision: lead.Reject, Reason: reason}}
			}
			if what != "" {
				d.Outcomes = []lead.Outcome{{Type: what}}
			}
			leads = append(leads, d)
		}
	}
	add(50, lead.Approved, 40, 28, lead.ClosedWon, "", "demo_request", "industry") // 68, with more for fit 45 + 25 = 70
	add(10, lead.Approved, 20, 50, lead.ClosedLost, "", "demo_request")            // 70, and then 22 + 45
	add(50, lead.Approved, 40, 40, lead.ClosedLost, "", "industry")
	add(60, lead.Rejected, 10, 10, "", "wrong_industry")
	tables, err := report.Audit(t.Context(), leads, time.Time{}, 70)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, table := range tables {
		for _, r := range table.Rows {
			got[r[0]] = strings.Join(r[1:], " ")
		}
	}
	for name, want := range map[string]string{
		"10–19": "", "20–29": "60 60 0 % 0–6 % 0  ", "60–69": "50 50 100 % 93–100 % 50 100 % 93–100 %",
		"70–79": "10 10 100 % 72–100 % 10 0 % 0–28 %", "demo_request": "60 100 % 83 % 110 45 % 0 % yes: it speaks for a win",
		"industry": "100 100 % 50 % 70 14 % 0 % too few", "wrong industry": "60 it repeats: a disqualification rule could spare reviewers these leads; try one with score --replay",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if notes := strings.Join(tables[0].Notes, " "); !strings.Contains(notes, "ICP fit 45 and intent 55 of the 100, 50 leads would have reached 70, and 10 no more") {
		t.Error(notes)
	}
}

// A prospect is held against partners like it, else against all; the best comes first.
func TestProspects(t *testing.T) {
	from := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	figures := func(partner string, sessions int, minor int64) lead.Figures {
		return lead.Figures{Partner: partner, Sessions: sessions, Deals: []lead.Deal{{Type: lead.Opportunity, Amount: eur(minor)}}}
	}
	r := records{"2026-09-01": {figures("gold1", 100, 100000), figures("gold2", 300, 60000), figures("silver", 1000, 50000), figures("unseen", 0, 9e9), figures(lead.Direct, 9, 9e9)}}
	like := func(partner string, p report.Prospect) bool { return strings.HasPrefix(partner, p.Tier) }
	table, err := report.Prospects(t.Context(), r, from, from.AddDate(0, 3, 0), []report.Prospect{
		{Domain: "small.example", Tier: "gold", Visits: 10}, {Domain: "large.example", Tier: "silver", Visits: 200}, {Domain: "odd.example", Tier: "bronze", Visits: 10},
	}, like)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"large.example", "", "silver", "200", "100.00 EUR", "100.00–100.00", "1000", "1 like it"},
		{"small.example", "", "gold", "10", "40.00 EUR", "20.00–100.00", "400", "2 like it"},
		{"odd.example", "", "bronze", "10", "15.00 EUR", "5.00–100.00", "1400", "none like it; 3 others"},
	}
	if !slices.EqualFunc(table.Rows, want, slices.Equal) {
		t.Errorf("%q, want %q", table.Rows, want)
	}
}
