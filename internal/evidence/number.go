package evidence

import (
	_ "embed"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/currency"

	"leadtriage/internal/company"
)

var (
	//go:embed data/scales.txt
	scalesText string
	//go:embed data/currencies.txt
	currenciesText string

	scales     = sync.OnceValue(func() map[string][]string { return inverted(scalesText) })     // word: factors
	currencies = sync.OnceValue(func() map[string][]string { return inverted(currenciesText) }) // word, sign: ISO codes
)

func inverted(data string) map[string][]string {
	heads := map[string][]string{}
	for head, words := range company.Rows(data) {
		for _, w := range words {
			heads[spaced(w)] = append(heads[spaced(w)], strings.Fields(head)...)
		}
	}
	return heads
}

// states reports whether the number stands in the text, whole and with its
// scale: "1,250" states 1250 and "12.5 k" states 12500, neither states 250. Of
// two readings (2.500 Mio.) both count.
func (t text) states(n int64) bool {
	for i := 0; i < len(t.words); {
		if t.words[i].kind != '0' {
			i++
			continue
		}
		end := t.number(i)
		factors, next := t.scale(end)
		whole := t.unglued(i) && (next > end || end == len(t.words) || t.unglued(end))
		for _, factor := range factors {
			f, _ := strconv.ParseFloat(factor, 64)
			same := func(v float64) bool { return math.Abs(v*f-float64(n)) <= 1e-9*float64(n) }
			if whole && slices.ContainsFunc(t.readings(i, end, f > 1), same) {
				return true
			}
		}
		i = next
	}
	return false
}

// number returns the end of the number that begins with word i. A space sets off
// thousands where every group has three digits.
func (t text) number(i int) int {
	for end := i + 1; ; end++ {
		if end == len(t.words) || t.words[end].kind != '0' {
			return end
		}
		switch t.gap(end) {
		case ".", ",", "'":
		case " ":
			if t.gap(i+1) != " " || !t.leads(i) || len(t.words[end].raw) != 3 {
				return end
			}
		default:
			return end
		}
	}
}

// leads reports whether word i may be the first group of a number.
func (t text) leads(i int) bool { return len(t.words[i].raw) < 4 && t.words[i].raw[0] != '0' }

// readings are what words i to end may mean: 1.234 is a fraction only before a
// scale, and a date or a version means nothing.
func (t text) readings(i, end int, scaled bool) (values []float64) {
	digits, groups := t.words[i].raw, t.leads(i)
	for k := i + 1; k < end; k++ {
		piece, same, last := t.words[k].raw, t.gap(k) == t.gap(i+1), k == end-1
		if last && (t.gap(k) == "." || t.gap(k) == ",") && (k == i+1 && (scaled || !groups || len(piece) != 3) || groups && !same) {
			v, _ := strconv.ParseFloat(digits+"."+piece, 64)
			values = append(values, v)
		}
		groups = groups && same && (len(piece) == 3 || !last && len(piece) == 2) // 12,34,567 is an Indian one
		digits += piece
	}
	if groups || end == i+1 {
		v, _ := strconv.ParseFloat(digits, 64)
		values = append(values, v)
	}
	return values
}

// scale reads the word for thousand, million and so on at word i, or two of them
// ("mil millones"), and says where it ends.
func (t text) scale(i int) (factors []string, end int) {
	for j := min(i+2, len(t.words)); j > i; j-- {
		if gap := strings.TrimSpace(t.gap(i)); gap == "" || gap == "-" || gap == "+" {
			if factors := scales()[string(t.phrase(nil, i, j, false))]; factors != nil {
				return factors, j
			}
		}
	}
	return []string{"1"}, i
}

// unglued reports whether a number may begin or end before word i: no letter
// hangs on it but those of a currency ("EUR250").
func (t text) unglued(i int) bool {
	w := t.words[i]
	if !w.glued {
		return true
	}
	if w.kind == '0' {
		w = t.words[i-1]
	}
	_, err := currency.ParseISO(w.raw)
	return err == nil || currencies()[w.key] != nil
}

// names reports whether the text names the currency by its code in capitals, its sign or a word.
func (t text) names(code string) bool {
	for i, w := range t.words {
		codes := currencies()[w.key]
		if w.kind == '$' && i > 0 && t.gap(i) == "" { // US$
			if compound := currencies()[string(t.phrase(nil, i-1, i+1, false))]; compound != nil {
				codes = compound
			}
		}
		if w.raw == code || slices.Contains(codes, code) {
			return true
		}
	}
	return false
}

// dates reports whether the year stands in the text: four digits that are no
// group and no fraction of a number, but may be of a date (01.03.1998).
func (t text) dates(year string) bool {
	apart := func(border, other int) bool { // the other word across the border is not of the same number
		if border == 0 || border == len(t.words) || !slices.Contains([]string{".", ",", "'"}, t.gap(border)) {
			return true
		}
		n, err := strconv.Atoi(t.words[other].raw)
		return err != nil || len(t.words[other].raw) < 3 && 0 < n && n < 32
	}
	for i, w := range t.words {
		if w.raw == year && apart(i, i-1) && apart(i+1, i+1) {
			return true
		}
	}
	return false
}
