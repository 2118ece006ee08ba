package store_test

import (
	"errors"
	"slices"
	"testing"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

func ledger(t *testing.T, s *store.Store) {
	eur := func(minor int64) lead.Money { return lead.Money{Minor: minor, Digits: 2, Currency: "EUR"} }
	for _, n := range []int64{1, 2} {
		if err := errors.Join(
			s.PutCost(t.Context(), lead.Cost{Partner: "acme", Month: "2026-11", Kind: "media", Amount: eur(n)}),
			s.PutCost(t.Context(), lead.Cost{Channel: "acme", Month: "2026-11", Kind: "media", Amount: eur(10 * n)}),
			s.PutPayout(t.Context(), lead.Payout{Partner: "acme", Month: "2026-11", Amount: eur(n)}),
			s.PutTraffic(t.Context(), lead.Traffic{Partner: "acme", Page: "/", Day: "2026-11-20", Sessions: n}),
		); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(s.Sums(t.Context()))(t); !slices.Equal(got, []int64{22, 2, 2}) {
		t.Errorf("%v", got)
	}
}
