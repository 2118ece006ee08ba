package enrich

import (
	"math"
	"strings"
)

// amount is a number as a page writes it, in digits or in words, with its scale.
type amount struct {
	n        float64
	from, to int // tokens
}

// amountAt reads an amount at token i; ok is false where none starts.
func amountAt(tokens []token, i int) (amount, bool) {
	if i < 0 || i >= len(tokens) {
		return amount{}, false
	}
	k := tokens[i]
	if k.kind == number {
		if math.IsNaN(k.n) {
			return amount{}, false
		}
		return scaled(tokens, amount{k.n, i, i + 1}, k)
	}
	if k.kind != word {
		return amount{}, false
	}
	if n, to := englishNumber(tokens, i); to > i {
		return scaled(tokens, amount{n, i, to}, token{})
	}
	if n, to := frenchNumber(tokens, i); to > i {
		return scaled(tokens, amount{n, i, to}, token{})
	}
	if n, ok := compoundNumber(k.low); ok {
		return scaled(tokens, amount{n, i, i + 1}, token{})
	}
	return amount{}, false
}

// scales are the words that multiply the number before them. english ones read
// 1,234 as grouped and 1.234 as a decimal, the others the other way round.
var scales = map[string]struct {
	factor  float64
	english bool
}{
	"k": {1e3, true}, "thousand": {1e3, true}, "tausend": {1e3, false}, "tsd": {1e3, false}, "mila": {1e3, false},
	"m": {1e6, true}, "mn": {1e6, true}, "million": {1e6, true}, "millions": {1e6, true}, "mio": {1e6, false}, "millionen": {1e6, false},
	"milione": {1e6, false}, "milioni": {1e6, false}, "mln": {1e6, false}, "millón": {1e6, false}, "millones": {1e6, false},
	"b": {1e9, true}, "bn": {1e9, true}, "billion": {1e9, true}, "billions": {1e9, true}, "mrd": {1e9, false}, "milliarde": {1e9, false},
	"milliarden": {1e9, false}, "miliardo": {1e9, false}, "miliardi": {1e9, false}, "mld": {1e9, false}, "milliard": {1e9, false}, "milliards": {1e9, false},
}

func scaled(tokens []token, a amount, digits token) (amount, bool) {
	if a.to >= len(tokens) || tokens[a.to].kind != word {
		return a, true
	}
	k := tokens[a.to]
	s, ok := scales[k.low]
	million := k.low == "m" && a.to+1 < len(tokens) && currencies[tokens[a.to+1].low] != "" // "12 M€"
	if !ok || len(k.low) == 1 && !k.glued && k.low != "k" && !million {
		// Letters right after digits make a name ("5G"), unless they scale.
		return a, digits.kind != number || !k.glued
	}
	if digits.grouped {
		if separator := strings.Trim(digits.raw, "0123456789"); (separator == ",") != s.english {
			a.n /= 1000
		}
	}
	a.n = math.Round(a.n*s.factor*1e6) / 1e6
	a.to++
	if k.low == "mio" || k.low == "mrd" || k.low == "tsd" || k.low == "mln" || k.low == "mld" {
		if a.to < len(tokens) && tokens[a.to].low == "." && tokens[a.to].glued {
			a.to++
		}
	}
	return a, true
}

var englishUnits = numbering(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen`, 1)
var englishTens = numbering(`- ten twenty thirty forty fifty sixty seventy eighty ninety`, 10)

func numbering(list string, step float64) map[string]float64 {
	m := map[string]float64{}
	for i, w := range strings.Fields(list) {
		m[w] = float64(i) * step
	}
	return m
}

// englishNumber reads "four", "forty-two", "twelve hundred", "two hundred and
// fifty"; to is i where none starts.
func englishNumber(tokens []token, i int) (n float64, to int) {
	small := func(i int) (float64, int) {
		if i >= len(tokens) || tokens[i].kind != word {
			return 0, i
		}
		if t, ok := englishTens[tokens[i].low]; ok && t >= 20 {
			next := i + 1
			if next < len(tokens) && tokens[next].low == "-" {
				next++
			}
			if next < len(tokens) {
				if u, ok := englishUnits[tokens[next].low]; ok && u > 0 && u < 10 {
					return t + u, next + 1
				}
			}
			return t, i + 1
		}
		if u, ok := englishUnits[tokens[i].low]; ok && u > 0 {
			return u, i + 1
		}
		return 0, i
	}
	n, to = small(i)
	if to > i && n < 100 && to < len(tokens) && tokens[to].low == "thousand" {
		if rest, end := englishNumber(tokens, to+1); end > to+1 && rest < 1000 {
			return n*1000 + rest, end
		}
		return n, to // the scale follows
	}
	if to == i || to >= len(tokens) || tokens[to].low != "hundred" {
		return n, to
	}
	n, to = n*100, to+1
	next := to
	if next < len(tokens) && tokens[next].low == "and" {
		next++
	}
	if rest, end := small(next); end > next && rest < 100 {
		return n + rest, end
	}
	return n, to
}

var (
	italianUnits = numbering(`zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove`, 1)
	italianTens  = numbering(`- dieci venti trenta quaranta cinquanta sessanta settanta ottanta novanta`, 10)
	germanUnits  = numbering(`null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn`, 1)
	germanTens   = numbering(`- zehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig`, 10)
)

var (
	frenchUnits = numbering(`zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize`, 1)
	frenchTens  = map[string]float64{"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70, "huitante": 80, "nonante": 90}
)

// frenchNumber reads "deux cent cinquante", "quatre-vingt-dix", "mille deux cents";
// to is i where none starts. One is left out: it is an article.
func frenchNumber(tokens []token, i int) (n float64, to int) {
	thousands, to := 0.0, i
	for j := i; j < len(tokens) && tokens[j].kind != lineBreak; j++ {
		low := strings.TrimSuffix(tokens[j].low, "s")
		unit, tens := frenchUnits[tokens[j].low], frenchTens[low]
		switch {
		case to > i && (low == "-" || low == "et"):
			continue
		case low == "vingt" && math.Mod(n, 100) == 4:
			n += 76
		case low == "cent" && n < 10:
			n = max(n, 1) * 100
		case low == "mille" && thousands == 0 && tokens[j].low == "mille":
			thousands, n = max(n, 1)*1000, 0
		case tens > 0 && math.Mod(n, 100) == 0:
			n += tens
		case unit > 0 && (math.Mod(n, 10) == 0 || unit > 10 && math.Mod(n, 10) == 0):
			n += unit
		default:
			j = len(tokens)
			continue
		}
		to = j + 1
	}
	if n += thousands; n < 2 {
		return 0, i
	}
	return n, to
}

// compoundNumber reads an Italian or German number of one word below 1000:
// "duecentocinquanta", "zweihundertfünfzig". One is left out: it is an article.
func compoundNumber(w string) (float64, bool) {
	for _, read := range []func(string) (float64, bool){italianNumber, germanNumber} {
		if n, ok := read(w); ok && n >= 2 {
			return n, true
		}
	}
	return 0, false
}

func italianNumber(w string) (float64, bool) {
	if before, after, ok := strings.Cut(w, "cento"); ok {
		hundreds := 1.0
		if before != "" {
			if hundreds = italianUnits[before]; hundreds < 2 || hundreds > 9 {
				return 0, false
			}
		}
		if after == "" {
			return hundreds * 100, true
		}
		rest, ok := italianNumber(after)
		return hundreds*100 + rest, ok && rest < 100
	}
	if n, ok := italianUnits[w]; ok {
		return n, true
	}
	for tens, t := range italianTens {
		if t < 20 {
			continue
		}
		if w == tens {
			return t, true
		}
		// ventuno, ventotto lose the vowel.
		for _, stem := range []string{tens, tens[:len(tens)-1]} {
			if u, ok := italianUnits[strings.ReplaceAll(strings.TrimPrefix(w, stem), "tré", "tre")]; ok && strings.HasPrefix(w, stem) && u > 0 && u < 10 {
				return t + u, true
			}
		}
	}
	return 0, false
}

func germanNumber(w string) (float64, bool) {
	if before, after, ok := strings.Cut(w, "hundert"); ok {
		hundreds := 1.0
		if before != "" {
			if hundreds = germanUnits[before]; hundreds < 1 || hundreds > 9 {
				return 0, false
			}
		}
		if after == "" {
			return hundreds * 100, true
		}
		rest, ok := germanNumber(strings.TrimPrefix(after, "und"))
		return hundreds*100 + rest, ok && rest < 100
	}
	if n, ok := germanUnits[w]; ok {
		return n, true
	}
	for tens, t := range germanTens {
		if t < 20 {
			continue
		}
		if w == tens {
			return t, true
		}
		if unit, ok := strings.CutSuffix(w, "und"+tens); ok {
			u := germanUnits[unit]
			return t + u, u > 0 && u < 10
		}
	}
	return 0, false
}
