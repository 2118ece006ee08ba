package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// ofPartner is the lead as another partner sends it, referred so many days ago.
func ofPartner(l map[string]any, partner, tier string, days int) map[string]any {
	l["partner"] = map[string]any{"id": partner, "tier": tier}
	l["referred_on"] = time.Now().UTC().AddDate(0, 0, -days).Format(time.DateOnly)
	return l
}

func showing(text string) func(sim.SlackMessage) bool {
	return func(m sim.SlackMessage) bool { return strings.Contains(m.Plain(), text) }
}

func conflicting(r lead.Record) bool { return slices.Contains(r.Flags, lead.FlagOtherPartner) }

func TestTheSameCompanyFromTwoPartnersIsShownOnBothCards(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		first := w.post(http.StatusAccepted, fit("northwind.example")).ID
		before := w.card(first, asking)
		if conflicting(w.record(first)) {
			w.t.Error("a conflict with nobody")
		}
		// It arrives later, with an earlier referral: it came first.
		second := w.post(http.StatusAccepted, ofPartner(fit("northwind.example"), "brightside-agency", "certified", 3)).ID
		if second == first {
			w.t.Fatal("two partners share one lead")
		}
		redrawn := w.card(first, showing("Also from Brightside Agency"))
		if redrawn.TS != before.TS || w.cards(first) != 1 || !asking(redrawn) || !strings.Contains(redrawn.Plain(), "before this lead") {
			w.t.Errorf("the first card was not redrawn in place:\n%s", redrawn.Plain())
		}
		if card := w.card(second, asking); !showing("Also from Acme Integrations")(card) || !showing("after this lead")(card) {
			w.t.Errorf("the second card:\n%s", card.Plain())
		}
		a, b := w.record(first), w.record(second)
		if !conflicting(a) || !conflicting(b) || len(a.Conflicts) != 1 || len(b.Conflicts) != 1 || !a.Conflicts[0].First || b.Conflicts[0].First || a.Conflicts[0].LeadID != second || b.Conflicts[0].Partner != "acme-integrations" {
			w.t.Errorf("records: %+v and %+v", a.Conflicts, b.Conflicts)
		}
		w.click(demoReviewer, redrawn, "lead_approve")
		w.card(second, func(m sim.SlackMessage) bool { return asking(m) && showing(", approved on")(m) })
		told := func(r lead.Record) bool {
			return slices.ContainsFunc(r.History, func(e lead.Entry) bool { return e.Action == "other_partner" })
		}
		w.until(first, "told", told)
		w.until(second, "told", told)
		// A key that sees its own leads alone learns of the conflict, not of the partner.
		if _, text := w.request(http.MethodGet, "/v1/leads/"+second, demoCRMKey, nil); strings.Contains(string(text), "acme-integrations") || !strings.Contains(string(text), lead.FlagOtherPartner) {
			w.t.Errorf("the sender sees %s", text)
		}
	})
}

func TestPartnersThatArriveAtOnceAllSeeEachOther(t *testing.T) {
	onBoth(t, "", func(w *world) {
		partners := [][2]string{{"acme-integrations", "gold"}, {"brightside-agency", "certified"}, {"cloudmarket", "listed"}, {lead.Direct, lead.NoTier}}
		ids := make([]string, len(partners))
		var all sync.WaitGroup
		for i, p := range partners {
			all.Go(func() { ids[i] = w.post(http.StatusAccepted, ofPartner(fit("northwind.example"), p[0], p[1], i)).ID })
		}
		all.Wait()
		for i, id := range ids {
			r := w.until(id, "told of everybody", func(r lead.Record) bool {
				met := 0
				for _, e := range r.History {
					if e.Action == "other_partner" {
						met++
					}
				}
				return met == len(ids)-1 && len(r.Conflicts) == len(ids)-1
			})
			for _, conflict := range r.Conflicts {
				if first := slices.Index(ids, conflict.LeadID) > i; conflict.First != first {
					w.t.Errorf("%s of %s: first %v", conflict.Partner, partners[i][0], conflict.First)
				}
			}
			if r.Stage == lead.AwaitingReview { // what came without a partner is parked
				w.card(id, func(m sim.SlackMessage) bool {
					return strings.Contains(m.Plain(), "⚑ Also ") && strings.Contains(m.Plain(), fmt.Sprintf("And %d more.", len(ids)-2))
				})
			}
		}
	})
}

func TestMailboxesConflictWithNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	first := w.post(http.StatusAccepted, fit("gmail.com")).ID
	second := w.post(http.StatusAccepted, ofPartner(fit("gmail.com"), "brightside-agency", "certified", 0)).ID
	for _, id := range []string{first, second} {
		w.card(id, asking)
		if r := w.record(id); first == second || conflicting(r) {
			t.Errorf("flags %v", r.Flags)
		}
	}
}
