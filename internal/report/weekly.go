package report

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"leadtriage/internal/lead"
)

// Goals are what a team compares itself with; they are configured (reports).
type Goals struct {
	TwoTriggers   float64       // share of EQLs with two buying triggers
	ManualMinutes time.Duration // that a person took to sort a lead by hand
}

// Weekly is the report of the weeks from from until to: Mondays at midnight in zone. The
// week of to is the last one, and may not be over.
func Weekly(ctx context.Context, records Records, from, to time.Time, zone *time.Location, goals Goals) ([]Table, error) {
	weeks := Table{Title: "Weeks", Columns: append([]string{"week from"}, funnelColumns...)}
	byPartner := map[string][]lead.Figures{}
	var partners []string
	var all []lead.Figures
	for at := monday(from.In(zone)); at.Before(to); at = at.AddDate(0, 0, 7) {
		figures, err := records.Figures(ctx, at, at.AddDate(0, 0, 7))
		if err != nil {
			return nil, err
		}
		week := sum(figures)
		weeks.Rows = append(weeks.Rows, append([]string{at.Format(time.DateOnly)}, funnel(&week)...))
		for _, f := range figures {
			if byPartner[f.Partner] == nil {
				partners = append(partners, f.Partner)
			}
			byPartner[f.Partner] = append(byPartner[f.Partner], f)
		}
		all = append(all, figures...)
	}
	total := sum(all)
	weeks.Rows = append(weeks.Rows, append([]string{"all"}, funnel(&total)...))
	weeks.Notes = reviewNotes(&total, goals)
	each := Table{Title: "Partners", Columns: append([]string{"partner"}, funnelColumns...)}
	for _, p := range partners {
		f := sum(byPartner[p])
		each.Rows = append(each.Rows, append([]string{p}, funnel(&f)...))
	}
	return []Table{weeks, each, beside(&total)}, nil
}

// monday is the midnight with which the week of a time began.
func monday(t time.Time) time.Time {
	day := (int(t.Weekday()) + 6) % 7 // Monday is 0
	return time.Date(t.Year(), t.Month(), t.Day()-day, 0, 0, 0, 0, t.Location())
}

func reviewNotes(f *lead.Figures, goals Goals) []string {
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if f.EQLs > 0 {
		note("%s of the EQLs showed two kinds of buying behaviour or more; the goal is %.0f %%.", share(f.Two, f.EQLs), 100*goals.TwoTriggers)
		note("%s of the EQLs were approved against the proposal of the rules.", share(f.Overrides, f.EQLs))
	}
	if n := f.EQLs + f.Rejected; n > 0 {
		took := f.Deciding / time.Duration(n)
		note("A decision took %s from the question on, on average.", took.Round(time.Second))
	}
	if f.Leads > 0 {
		note("%s of the leads were settled without a person; by hand they take some %s.",
			share(f.Alone, f.Leads), (time.Duration(f.Alone) * goals.ManualMinutes).Round(time.Minute))
	}
	if s := small("EQLs", f.EQLs); s != "" {
		notes = append(notes, s)
	}
	return notes
}

// beside compares the deals of approved leads with those of all others (SPEC section 6).
func beside(f *lead.Figures) Table {
	t := Table{Title: "EQL beside MQL: closed deals", Columns: []string{"leads", "won", "lost", "win rate", "likely", "days to close, median"}}
	for _, name := range []string{"EQL", "other"} {
		won, lost := 0, 0
		var took []time.Duration
		for _, d := range f.Deals {
			if d.EQL != (name == "EQL") || !d.Closed() {
				continue
			}
			took = append(took, d.At.Sub(d.Arrived))
			if d.Type == lead.ClosedWon {
				won++
			} else {
				lost++
			}
		}
		middle := ""
		if d, ok := median(took); ok {
			middle = days(d)
		}
		t.Rows = append(t.Rows, []string{name, strconv.Itoa(won), strconv.Itoa(lost), share(won, won+lost), interval(won, won+lost), middle})
		if s := small("closed deals of "+name+" leads", won+lost); s != "" {
			t.Notes = append(t.Notes, s)
		}
	}
	return t
}
