package store_test

import (
	"cmp"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// Figures are what a count of each lead by itself comes to, whatever happened to them.
func reports(t *testing.T, s *store.Store) {
	const leads = 60
	random := rand.New(rand.NewPCG(7, 7))
	from, to := noon.AddDate(0, 0, 7), noon.AddDate(0, 0, 14)
	when := func(after time.Time) time.Time { return after.Add(time.Duration(random.IntN(10*24)) * time.Hour) }
	var ids []string
	for i := range leads {
		partner := []string{"acme", "orbit"}[random.IntN(2)]
		domain := "firm" + strconv.Itoa(i) + ".example"
		o := incoming(domain)
		o.Partner.ID, o.Key = partner, domain+"|"+partner
		arrived := when(noon)
		id := must(accept(t, s, o, arrived))(t).ID
		ids = append(ids, id)
		if random.IntN(4) == 0 {
			must(s.Change(t.Context(), id, arrived, func(c *lead.Case) error { c.Lead.Stage = lead.Parked; return nil }))(t)
			continue
		}
		must(s.Change(t.Context(), id, arrived, func(c *lead.Case) error {
			c.Lead.Stage = lead.Enriched
			c.Lead.Score = &lead.Score{Verdict: []lead.Verdict{lead.EQL, lead.MQL}[random.IntN(2)], Flags: [][]string{{lead.FlagSingleTrigger}, nil}[random.IntN(2)]}
			c.WakeAt, c.CardBy = time.Time{}, time.Time{}
			return c.OpenReview("C1")
		}))(t)
		decided := when(arrived)
		must(s.Change(t.Context(), id, decided, func(c *lead.Case) error {
			c.Review().TS, c.Effects[0].Posts, c.Effects[0].State = "1."+id, false, lead.Delivered
			return c.Decide(lead.DecisionInput{Decision: []lead.Decision{lead.Approve, lead.Reject}[random.IntN(2)], By: "U1"})
		}))(t)
		if random.IntN(5) == 0 {
			must(s.Change(t.Context(), id, decided.Add(time.Second), func(c *lead.Case) error { return c.Undo(c.Review().ID, "U1", time.Minute) }))(t)
			continue
		}
		for n := range random.IntN(4) {
			deal := ""
			if random.IntN(2) == 0 {
				deal = "deal" + strconv.Itoa(random.IntN(15)) // several leads name one
			}
			o := lead.Outcome{ID: strconv.Itoa(n), Type: lead.OutcomeTypes[random.IntN(len(lead.OutcomeTypes))], At: when(decided), From: "key:crm",
				DealID: deal, Amount: lead.Money{Minor: int64(random.IntN(9) * 100), Digits: 2, Currency: []string{"EUR", "USD"}[random.IntN(2)]}}
			must(s.Change(t.Context(), id, decided.Add(time.Hour), func(c *lead.Case) error { _, err := c.Became(o); return err }))(t)
		}
	}

	for day, sessions := range map[lead.Date]int64{"2026-11-26": 5, "2026-11-27": 30, "2026-12-03": 12, "2026-12-04": 7} { // the first and the last are outside
		put(t, s.PutTraffic(t.Context(), lead.Traffic{Partner: "acme", Page: "/acme", Day: day, Sessions: sessions}))
		put(t, s.PutTraffic(t.Context(), lead.Traffic{Partner: "acme", Page: "/acme/more", Day: day, Sessions: 1}))
	}
	for month, minor := range map[string]int64{"2026-10": 1, "2026-11": 30000, "2026-12": 62000, "2027-01": 1} {
		put(t, s.PutCost(t.Context(), lead.Cost{Partner: "orbit", Month: month, Kind: "media", Amount: lead.Money{Minor: minor, Digits: 2, Currency: "EUR"}}))
		put(t, s.PutPayout(t.Context(), lead.Payout{Partner: "orbit", Month: month, Amount: lead.Money{Minor: minor, Digits: 2, Currency: "USD"}}))
	}

	want := counted(t, s, ids, from, to)
	want[0].Sessions, want[0].Pages = 44, 2
	want[1].Costs = []lead.Money{{Minor: 4*1000 + 3*2000, Digits: 2, Currency: "EUR"}} // four days of November and three of December
	want[1].Paid = []lead.Money{{Minor: 4*1000 + 3*2000, Digits: 2, Currency: "USD"}}
	got := sorted(must(s.Figures(t.Context(), from, to))(t))
	if !reflect.DeepEqual(got, want) || got[0].EQLs == 0 || len(got[0].Deals) == 0 {
		t.Errorf("figures\n%+v, want\n%+v", got, want)
	}
}

func put(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// counted is Figures by hand.
func counted(t *testing.T, s *store.Store, ids []string, from, to time.Time) []lead.Figures {
	in := func(at time.Time) bool { return !at.Before(from) && at.Before(to) }
	by := map[string]*lead.Figures{"acme": {Partner: "acme"}, "orbit": {Partner: "orbit"}}
	deals := map[string][]said{}
	for _, id := range ids {
		d := must(s.Dossier(t.Context(), id))(t)
		f := by[d.Lead.Partner.ID]
		if in(d.Lead.CreatedAt) {
			f.Leads++
			if len(d.Reviews) == 0 && d.Lead.Stage == lead.Parked {
				f.Alone++
			}
		}
		for _, r := range d.Reviews {
			if r.Decision != lead.Approve && r.Decision != lead.Reject || r.UndoneBy != "" || !in(r.DecidedAt) {
				continue
			}
			f.Deciding += r.DecidedAt.Sub(r.OpenedAt)
			switch {
			case r.Decision == lead.Reject:
				f.Rejected++
				continue
			case r.Override:
				f.Overrides++
			}
			f.EQLs++
			if len(d.Lead.Score.Flags) == 0 {
				f.Two++
			}
		}
		first := time.Time{}
		var closing *lead.Outcome
		for _, o := range d.Outcomes { // the oldest first
			if (o.Type == lead.Accepted || o.Type == lead.Opportunity) && first.IsZero() {
				first = o.At
			}
			key := o.DealID
			if key != "" {
				deals[key] = append(deals[key], said{o, d.Lead})
			}
			if o.Type == lead.ClosedWon || o.Type == lead.ClosedLost {
				closing = &o
			}
		}
		if !first.IsZero() && in(first) {
			f.SQLs++
		}
		named := false
		for _, o := range d.Outcomes {
			named = named || o.DealID != ""
		}
		if closing != nil && !named {
			deals["lead "+id] = []said{{*closing, d.Lead}}
		}
	}
	for _, d := range moved(deals, in) {
		by[d.Partner].Deals = append(by[d.Partner].Deals, d)
	}
	return sorted([]lead.Figures{*by["acme"], *by["orbit"]})
}

// said is an outcome with the lead that it is of.
type said struct {
	lead.Outcome
	of lead.Lead
}

// moved are the deals that moved, each of the first lead that names it.
func moved(deals map[string][]said, in func(time.Time) bool) (list []lead.Deal) {
	for _, all := range deals {
		newest := slices.MaxFunc(all, func(a, b said) int {
			return cmp.Or(lead.CompareOutcomes(a.Outcome, b.Outcome), cmp.Compare(b.of.ID, a.of.ID))
		})
		priced := slices.MaxFunc(all, func(a, b said) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID), cmp.Compare(b.of.ID, a.of.ID))
		})
		first := slices.MinFunc(all, func(a, b said) int {
			return cmp.Or(a.of.CreatedAt.Compare(b.of.CreatedAt), cmp.Compare(a.of.ID, b.of.ID))
		}).of
		if in(newest.At) {
			list = append(list, lead.Deal{Partner: first.Partner.ID, Type: newest.Type, At: newest.At, Arrived: first.CreatedAt,
				EQL: first.Stage == lead.Approved, Verdict: first.Score.Verdict, Amount: priced.Amount})
		}
	}
	return list
}

// sorted makes the deals of figures comparable.
func sorted(list []lead.Figures) []lead.Figures {
	for _, f := range list {
		slices.SortFunc(f.Deals, func(a, b lead.Deal) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Amount.Minor, b.Amount.Minor), a.Arrived.Compare(b.Arrived))
		})
	}
	return list
}

// An export goes on where it ended: each lead once for each time it changed.
func changedSince(t *testing.T, s *store.Store) {
	var ids []string
	for i, domain := range []string{"a.example", "b.example", "c.example"} {
		ids = append(ids, must(accept(t, s, incoming(domain), noon.Add(time.Duration(i)*time.Minute)))(t).ID)
	}
	cursor := ""
	next := func(before time.Time, limit int) (got []string) {
		page := must(s.Changed(t.Context(), cursor, before, limit))(t)
		cursor = page.Next
		for _, d := range page.Leads {
			got = append(got, d.Lead.ID)
			if len(d.History) == 0 {
				t.Errorf("%s has no history", d.Lead.ID)
			}
		}
		return got
	}
	far := noon.AddDate(0, 0, 1)
	if got := next(far, 2); !slices.Equal(got, ids[:2]) {
		t.Errorf("first page %v of %v", got, ids)
	}
	must(s.Change(t.Context(), ids[0], noon.Add(time.Hour), func(c *lead.Case) error { c.Lead.Notes = "news"; return nil }))(t)
	if got := next(noon.Add(time.Hour), 9); !slices.Equal(got, ids[2:]) {
		t.Errorf("what is younger waits: %v of %v", got, ids)
	}
	if got := next(far, 9); !slices.Equal(got, ids[:1]) {
		t.Errorf("what changed comes again: %v of %v", got, ids)
	}
	if got := next(far, 9); got != nil {
		t.Errorf("then %v", got)
	}
	if _, err := s.Changed(t.Context(), "no cursor", far, 9); err == nil {
		t.Error("a foreign cursor is taken")
	}
}
