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
		"2026-10-19": {{Partner: "acme", Leads: 10, Alone: 4, EQLs: 3, Two: 2, Overrides: 1, Rejected: 1, Deciding: 40 * time.Minute, SQLs: 2, Deals: []lead.Deal{won}}},
		"2026-10-26": {{Partner: "acme", Leads: 2}, {Partner: "orbit", Leads: 6, EQLs: 1, Two: 1, Deals: []lead.Deal{lost}}},
	}
	tables, err := report.Weekly(t.Context(), r, day(22), day(29), rome, report.Goals{TwoTriggers: .8, ManualMinutes: 12 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"2026-10-19", "10", "3", "2", "1", "0", "1500.00 EUR", "1500.00 EUR", "1200.00 EUR", "30 %"},
		{"2026-10-26", "8", "1", "0", "0", "1", "7 JPY", "", "", "12 %"},
		{"all", "18", "4", "2", "1", "1", "1500.00 EUR + 7 JPY", "1500.00 EUR", "1200.00 EUR", "22 %"},
		{"acme", "12", "3", "2", "1", "0", "1500.00 EUR", "1500.00 EUR", "1200.00 EUR", "25 %"},
		{"orbit", "6", "1", "0", "0", "1", "7 JPY", "", "", "17 %"},
		{"EQL", "1", "0", "100 %", "21–100 %", "20.0"},
		{"other", "0", "1", "0 %", "0–79 %", "10.0"},
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
	for _, s := range []string{"75 % of the EQLs showed two", "goal is 80 %", "25 % of the EQLs were approved against", "took 8m0s", "22 % of the leads were settled without a person; by hand they take some 48m", "4 EQLs: too small"} {
		if !strings.Contains(said, s) {
			t.Errorf("%q is not said in\n%s", s, said)
		}
	}
	var csv bytes.Buffer
	if err := report.CSV(&csv, tables...); err != nil || strings.Count(csv.String(), "\n") != 3+7+2 {
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
	from := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	r := records{"2026-10-01": {
		figures("a", 1, 3, eur(100)), figures("b", 5, 0, eur(300), eur(1)), figures("c", 2, 0), figures("d", 3, 0),
		figures("e", 0, 1, lead.Money{Minor: 1e6, Digits: 2, Currency: "USD"}), figures(lead.Direct, 9, 9, eur(9e9)),
	}}
	table, err := report.Partners(t.Context(), r, from, from.AddDate(0, 3, 0))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range table.Rows {
		got = append(got, strings.Join(append(row[:2:2], row[len(row)-2:]...), " "))
	}
	want := []string{"1 b 100 % top 20 %", "2 a 25 % ", "3 d 100 % ", "4 c 100 % ", "5 e 0 % bottom 20 %"}
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
	became := func(what lead.OutcomeType, days int) lead.Outcome { return lead.Outcome{Type: what, At: now.AddDate(0, 0, -days)} }
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
