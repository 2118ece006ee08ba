package company

import (
	"cmp"
	"slices"

	"leadtriage/internal/lead"
)

// better orders facts so that the one whose value, confidence and author a
// merged fact takes comes first: what was found before what was given, the
// newer revenue, the higher confidence. The rest makes the order total.
func better(a, b lead.Fact) int {
	return cmp.Or(
		cmp.Compare(place(a.Field), place(b.Field)),
		cmp.Compare(a.Field, b.Field),
		cmp.Compare(rank(a.Status), rank(b.Status)),
		cmp.Compare(year(b), year(a)),
		cmp.Compare(b.Confidence, a.Confidence),
		cmp.Compare(a.Value, b.Value),
		cmp.Compare(a.By, b.By),
		slices.CompareFunc(a.Evidence, b.Evidence, func(d, e lead.Evidence) int {
			return cmp.Or(cmp.Compare(d.URL, e.URL), cmp.Compare(d.Quote, e.Quote), cmp.Compare(d.Value, e.Value))
		}),
	)
}

// inOrder is the order of a settled list.
func inOrder(a, b lead.Fact) int {
	return cmp.Or(
		cmp.Compare(place(a.Field), place(b.Field)),
		cmp.Compare(a.Field, b.Field),
		cmp.Compare(rank(a.Status)/rank(lead.Unverified), rank(b.Status)/rank(lead.Unverified)),
		cmp.Compare(a.Value, b.Value),
	)
}

// place is the field's position in the contract; unknown fields come last.
func place(f lead.Field) int { return position(lead.Fields, f) }

// sound are the statuses that a settled fact rests on, in the order in which they count.
var sound = []lead.FactStatus{lead.Conflicting, lead.Verified, lead.Given}

func rank(s lead.FactStatus) int { return position(sound, s) }

// position is that of an item; behind the list where it is not in it.
func position[T comparable](list []T, item T) int {
	if i := slices.Index(list, item); i >= 0 {
		return i
	}
	return len(list)
}

// year is that of a revenue, 0 for everything else.
func year(f lead.Fact) int {
	if f.Field != lead.Revenue {
		return 0
	}
	m, _ := ParseMoney(f.Value)
	return m.Year
}
