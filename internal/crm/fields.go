package crm

import (
	"hash/fnv"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"leadtriage/internal/lead"

	"github.com/bojanz/currency"
)

// mostValue bounds a value, in letters.
const mostValue = 10_000

// Values are what a map of a CRM's fields says of the lead and a contact. What the lead
// says nothing of is not written; what was written of a decision that stands no more is
// emptied.
func Values(d *lead.Dossier, p lead.Contact, fields, wrote map[string]string) map[string]string {
	out := map[string]string{}
	for field, name := range fields {
		if v, ok := lead.CRMValueNamed(name); ok {
			if value := strings.TrimSpace(v.Of(d, p)); value != "" {
				out[field] = Cut(value, mostValue)
			} else if wrote[field] != "" && slices.Contains(lead.CRMDecision, name) {
				out[field] = ""
			}
		}
	}
	return out
}

// Cut shortens a text to so many letters.
func Cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// Settle says which of the fields that are wanted may be written over what is there, and
// which a person has made theirs. Ours is what the mark or the record says that we wrote,
// and what is empty and was not written yet. What stood there before us stays.
func Settle(want, there, wrote map[string]string, marks Marks) (write map[string]string, theirs []string) {
	write = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		now := there[name]
		mark, marked := marks[name]
		recorded, known := wrote[name]
		switch {
		case now == want[name]:
		case marked && mark == Sum(now), known && recorded == now, !marked && !known && now == "":
			write[name] = want[name]
		case marked || known:
			theirs = append(theirs, name)
		}
	}
	return write, theirs
}

// Marks are the checksums of what we wrote, by field. They stand in a field of their own in
// the CRM, written together with the rest, so that they are right whenever the process dies,
// and for every lead of the same contact.
type Marks map[string]string

// ReadMarks reads their text.
func ReadMarks(text string) Marks {
	m := Marks{}
	for pair := range strings.FieldsSeq(text) {
		if name, sum, ok := strings.Cut(pair, "="); ok {
			m[name] = sum
		}
	}
	return m
}

// With is the text of the marks when the fields are written. What is there already as it is
// wanted is ours, too, in fields that ours says are our own.
func (m Marks) With(written, want, there map[string]string, ours func(field string) bool) string {
	all := maps.Clone(m)
	for name, value := range want {
		if there[name] == value && all[name] == "" && ours(name) {
			all[name] = Sum(value)
		}
	}
	for name, value := range written {
		all[name] = Sum(value)
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, name+"="+all[name])
	}
	return strings.Join(pairs, " ")
}

// Sum is a short checksum of a text.
func Sum(value string) string {
	h := fnv.New32a()
	h.Write([]byte(value))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

var address = regexp.MustCompile(`[^\s"',:;<>()\[\]]+@[^\s"',:;<>()\[\]]+`)

// Nameless is a text of a CRM's as a log may hold it: it repeats what it was sent.
func Nameless(text string) string { return address.ReplaceAllString(text, "(address)") }

// Amount is one as CRMs write it, such as 1200.5, in a currency; zero: it is none, or has no
// known currency.
func Amount(text, code string) lead.Money {
	digits, known := currency.GetDigits(strings.ToUpper(code))
	value, ok := new(big.Rat).SetString(text)
	if !known || !ok || value.Sign() < 0 {
		return lead.Money{}
	}
	value.Mul(value, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)))
	minor, err := strconv.ParseInt(value.FloatString(0), 10, 64)
	if err != nil {
		return lead.Money{}
	}
	return lead.Money{Minor: minor, Digits: int(digits), Currency: strings.ToUpper(code)}
}
