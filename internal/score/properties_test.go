package score_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

func anyLead(t *rapid.T) *lead.Lead {
	at := rapid.Custom(func(t *rapid.T) time.Time {
		return now.Add(-time.Duration(rapid.IntRange(-48, 24*400).Draw(t, "hours")) * time.Hour)
	})
	l := from(rapid.SampledFrom(lead.Sources).Draw(t, "source"))
	l.Partner.ID = rapid.SampledFrom([]string{"acme", lead.Direct}).Draw(t, "partner")
	l.ReferredOn = lead.Date(at.Draw(t, "referred").Format(time.DateOnly))
	l.UseCase = rapid.SampledFrom([]string{"", "CRM sync", "sync CRM with billing"}).Draw(t, "use_case")
	l.Enrichment.State = rapid.SampledFrom([]lead.EnrichmentState{lead.EnrichmentDone, lead.EnrichmentFailed}).Draw(t, "state")
	l.Events = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Event {
		return lead.Event{Type: rapid.SampledFrom(append([]string{"other"}, lead.EventTypes...)).Draw(t, "type"), At: at.Draw(t, "at"),
			Asset: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "asset")}
	}), 0, 12).Draw(t, "events")
	l.Signals = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Signal {
		return lead.Signal{Type: rapid.SampledFrom(lead.SignalTypes).Draw(t, "type"), At: at.Draw(t, "at")}
	}), 0, 3).Draw(t, "signals")
	l.Facts = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Fact {
		return lead.Fact{Field: rapid.SampledFrom(lead.Fields).Draw(t, "field"),
			Value:  rapid.SampledFrom([]string{"software", "250", "20-60", "5000+", "IT", "HubSpot", "none of them"}).Draw(t, "value"),
			Status: rapid.SampledFrom([]lead.FactStatus{lead.Verified, lead.Given, lead.Unverified, lead.Conflicting}).Draw(t, "status")}
	}), 0, 8).Draw(t, "facts")
	return l
}

// whole holds a reason and its parts to the args that their sentences take.
func whole(t rapid.TB, r lead.Reason) {
	sentence, ok := lead.English[r.Code]
	takes := 0
	for _, m := range regexp.MustCompile(`\{\^?(\d)`).FindAllStringSubmatch(sentence, -1) {
		n, _ := strconv.Atoi(m[1])
		takes = max(takes, n)
	}
	if !ok || takes > len(r.Args) || strings.Contains(sentence, "of|") && len(r.Of) == 0 {
		t.Fatalf("%q cannot be said of %+v", sentence, r)
	}
	for _, part := range r.Of {
		whole(t, part)
	}
}

func TestTotalsAreTheSumsOfTheirLines(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		s := m.Score(anyLead(t), now)
		icp, intent := 0, 0
		for _, l := range s.Lines {
			whole(t, l.Reason)
			if l.Points < 0 || l.Points > l.Max || l.Reason.String() == "" {
				t.Fatalf("line %+v", l)
			}
			switch l.Group {
			case "icp":
				icp += l.Points
			case "intent":
				intent += l.Points
			default:
				t.Fatalf("group %q", l.Group)
			}
		}
		if s.ICP != icp || s.Intent != intent || s.Total != icp+intent {
			t.Fatalf("%d+%d=%d, lines say %d+%d", s.ICP, s.Intent, s.Total, icp, intent)
		}
		if s.ICP > 40 || s.Intent > 60 {
			t.Fatalf("out of bounds: %d, %d", s.ICP, s.Intent)
		}
		whole(t, s.Because)
		whole(t, m.Change(anyLead(t), now))
		if s.Because.String() == "" || s.Flags == nil || !strings.HasSuffix(s.Because.String(), ".") {
			t.Fatalf("because %q, flags %v", s.Because, s.Flags)
		}
		if s.Verdict == lead.EQL && !s.Ask || s.Verdict == lead.VerdictDisqualify && (s.Ask || s.Rule == "") {
			t.Fatalf("%s, ask %v, rule %q", s.Verdict, s.Ask, s.Rule)
		}
	})
}

func TestMoreIntentNeverLowersAScore(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLead(t)
		before := m.Score(l, now)
		l.Events = append(l.Events, lead.Event{Type: rapid.SampledFrom(lead.EventTypes).Draw(t, "more"),
			At: now.Add(-time.Duration(rapid.IntRange(0, 24*400).Draw(t, "hours ago")) * time.Hour)})
		if after := m.Score(l, now); after.Total < before.Total || after.ICP != before.ICP {
			t.Fatalf("%d before, %d after", before.Total, after.Total)
		}
	})
}

// Whatever criteria of their own people write, fit is about the company: neither
// behaviour nor time moves it.
func TestOwnCriteriaDoNotMoveWithBehaviourOrTime(t *testing.T) {
	m := fitting(t, `'not known(hq_city) and (employees >= 50 or source == "website" or "HubSpot" in technologies)'`)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLead(t)
		before := m.Score(l, now)
		l.Events, l.Signals, l.Touchpoints = anyLead(t).Events, nil, touches("x")
		if after := m.Score(l, now.AddDate(0, 0, rapid.IntRange(0, 400).Draw(t, "days later"))); after.ICP != before.ICP {
			t.Fatalf("%d, then %d", before.ICP, after.ICP)
		}
	})
}

func TestDecayNeverRaisesAScore(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLead(t)
		later := now.Add(time.Duration(rapid.IntRange(0, 24*200).Draw(t, "hours later")) * time.Hour)
		if a, b := m.Score(l, now), m.Score(l, later); b.Total > a.Total {
			t.Fatalf("%d today, %d later", a.Total, b.Total)
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLead(t)
		before := bytesOf(t, m.Score(l, now))
		l.Events = rapid.Permutation(l.Events).Draw(t, "events again")
		l.Signals = rapid.Permutation(l.Signals).Draw(t, "signals again")
		slices.Reverse(l.Touchpoints)
		if after := bytesOf(t, m.Score(l, now)); !bytes.Equal(before, after) {
			t.Fatalf("%s\n%s", before, after)
		}
	})
}

// Duplicates join to the same score in whatever order they arrive, and arriving
// again changes nothing.
func TestJoinedDuplicatesScoreTheSame(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		incoming := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Incoming {
			o := lead.Incoming{Submission: anyLead(t).Submission}
			o.Partner.ID, o.Company.Domain = "acme", "northwind.example"
			o.Company.Employees = rapid.SampledFrom([]lead.Headcount{"", "25", "250"}).Draw(t, "employees")
			o.Company.Industry = rapid.SampledFrom([]string{"", "software", "mining"}).Draw(t, "industry")
			o.Company.Technologies = rapid.SampledFrom([][]string{nil, {"HubSpot"}, {"Salesforce", "Stripe"}}).Draw(t, "technologies")
			return o
		}), 2, 5).Draw(t, "offers")
		joined := func(incoming []lead.Incoming) []byte {
			c := lead.NewCase(incoming[0], now)
			for _, o := range incoming[1:] {
				c.Join(o)
			}
			c.Lead.Facts = company.Settle(c.Lead.GivenFacts(), nil)
			return bytesOf(t, m.Score(&c.Lead, now))
		}
		before := joined(incoming)
		again := append(rapid.Permutation(incoming).Draw(t, "again"), incoming...)
		if after := joined(again); !bytes.Equal(before, after) {
			t.Fatalf("%s\n%s", before, after)
		}
	})
}

// The zone that now and the events are written in is not part of the inputs.
func TestSameInputsSameBytes(t *testing.T) {
	m, other := model(t), model(t)
	zone := time.FixedZone("UTC+14", 14*3600)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLead(t)
		first := bytesOf(t, m.Score(l, now))
		for i := range l.Events {
			l.Events[i].At = l.Events[i].At.In(zone)
		}
		if again := bytesOf(t, other.Score(l, now.In(zone))); !bytes.Equal(first, again) {
			t.Fatalf("%s\n%s", first, again)
		}
	})
}

func TestScoreChangesNothingOfTheLead(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLead(t)
		before := bytesOf(t, l)
		m.Score(l, now)
		if after := bytesOf(t, l); !bytes.Equal(before, after) {
			t.Fatalf("%s\n%s", before, after)
		}
	})
}

func bytesOf(t *rapid.T, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Rounding is checked against whole numbers: n points at k days past the full
// ones are right when (2n−1)^30 · 2^k ≤ (2p)^30 < (2n+1)^30 · 2^k.
func TestDecayIsExactOnAnyMachine(t *testing.T) {
	power := func(base int) *big.Int { return new(big.Int).Exp(big.NewInt(int64(base)), big.NewInt(30), nil) }
	m := model(t)
	for _, event := range []struct {
		name   string
		points int
	}{{"demo_request", 20}, {"pricing_page_view", 12}, {"contact_sales", 10}, {"integration_click", 8}, {"use_case_stated", 6}, {"docs_visit", 4}} {
		for k := range 400 {
			l := from(lead.Website)
			l.Events = []lead.Event{{Type: event.name, At: ago(7 + k)}}
			n := m.Score(l, now).Intent
			high := new(big.Int).Lsh(power(2*n+1), uint(k))
			low := new(big.Int).Lsh(power(2*n-1), uint(k))
			if p := power(2 * event.points); n > 0 && low.Cmp(p) > 0 || high.Cmp(p) <= 0 {
				t.Fatalf("%s %d days past: %d points", event.name, k, n)
			}
		}
	}
}

// BenchmarkScore scores a lead with 50 events by 20 rules, two of them conditions.
func BenchmarkScore(b *testing.B) {
	extra := ""
	for i := range 4 {
		extra += fmt.Sprintf("\n    own_behaviour_%d: 3", i)
	}
	m := model(b, "docs_visit: 4", "docs_visit: 4"+extra,
		"- rule: use_case\n      points: 4\n      fact: use_case", "- rule: own\n      points: 4\n      when: employees >= 50 and industry in [\"software\", \"fintech\"]",
		"  disqualify:\n"[2:], "disqualify:\n  - rule: idle\n    when: none(events, .days < 90) and score.icp < 10\n    because: nothing happened\n")
	l := from(lead.PartnerReferral)
	l.Facts, l.UseCase, l.Touchpoints = fit(), "sync CRM with billing", touches("a", "b", "c")
	types := append(slices.Clone(lead.EventTypes), m.ExtraEvents()...)
	for i := range 50 {
		l.Events = append(l.Events, lead.Event{Type: types[i%len(types)], At: ago(i)})
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Score(l, now)
	}
}
