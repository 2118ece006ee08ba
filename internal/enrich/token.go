package enrich

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	word tokenKind = iota
	number
	punct
	lineBreak
)

// token is a word, a number with its separators, a punctuation mark or a line
// break. Words are split at apostrophes and hyphens.
type token struct {
	kind       tokenKind
	low        string  // lower case; "\n" for a line break
	raw        string  // as written
	n          float64 // of a number; NaN where its separators make no sense
	grouped    bool    // one separator with three digits after it: 1,234 or 1.234
	glued      bool    // nothing stands between it and the token before
	quoted     bool    // somebody else's word
	start, end int     // runes
}

func scan(raw, low []rune) []token {
	tokens := make([]token, 0, len(raw)/5+1)
	// The tokens share the memory of two strings; rawAt and lowAt are where the
	// rune before stands in them.
	rawText, lowText := string(raw), string(low)
	plain := len(rawText) == len(raw) && len(lowText) == len(low) // bytes are runes
	rawAt, lowAt, before := 0, 0, 0
	for i := 0; i < len(raw); {
		start := i
		k := token{start: i}
		switch r := raw[i]; {
		case r == ' ':
			i++
			continue
		case r == '\n':
			i++
			k.kind = lineBreak
		case r >= '0' && r <= '9':
			i = numberEnd(raw, i)
			k.kind = number
			k.n, k.grouped = numberValue(string(raw[start:i]))
		case isLetter(r):
			for i < len(raw) && (isLetter(raw[i]) || unicode.IsDigit(raw[i])) {
				i++
			}
			k.kind = word
		default:
			i++
			k.kind = punct
		}
		k.end = i
		if plain {
			k.raw, k.low = rawText[start:i], lowText[start:i]
		} else {
			rawAt, lowAt = rawAt+size(raw[before:start]), lowAt+size(low[before:start])
			rawEnd, lowEnd := rawAt+size(raw[start:i]), lowAt+size(low[start:i])
			k.raw, k.low = rawText[rawAt:rawEnd], lowText[lowAt:lowEnd]
			rawAt, lowAt, before = rawEnd, lowEnd, i
		}
		k.glued = start > 0 && raw[start-1] != ' ' && raw[start-1] != '\n'
		tokens = append(tokens, k)
	}
	return tokens
}

// size is how many bytes the runes take in a string.
func size(runes []rune) int {
	n := len(runes)
	for _, r := range runes {
		if r >= utf8.RuneSelf {
			n += len(string(r)) - 1
		}
	}
	return n
}

func isLetter(r rune) bool {
	if r <= unicode.MaxASCII {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.M, r) || unicode.Is(unicode.Nd, r) && r > '9'
}

// numberEnd reads digits with . , ' between them, and blanks where they group
// exactly three digits ("12 500").
func numberEnd(raw []rune, i int) int {
	start := i
	digits := func(i int) int {
		for i < len(raw) && raw[i] >= '0' && raw[i] <= '9' {
			i++
		}
		return i
	}
	i = digits(i)
	byBlank := i-start <= 3
	for i+1 < len(raw) {
		next := digits(i + 1)
		switch raw[i] {
		case '.', ',', '\'':
			if next == i+1 {
				return i
			}
			byBlank = false
		case ' ':
			if !byBlank || next != i+4 || next < len(raw) && isLetter(raw[next]) {
				return i
			}
		default:
			return i
		}
		i = next
	}
	return i
}

var nan = math.NaN()

// numberValue reads "1200", "1,200", "1.200", "1'200", "1 200", "2.5" and
// "1,234.5". Anything else, a date for example, is not a number.
func numberValue(s string) (n float64, grouped bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("., '", r) })
	var seps []byte
	for i := range len(s) {
		if strings.IndexByte("., '", s[i]) >= 0 {
			seps = append(seps, s[i])
		}
	}
	last := len(parts) - 1
	same := len(seps) > 0 && !slices.ContainsFunc(seps, func(b byte) bool { return b != seps[0] })
	groups := func(parts []string) bool {
		return len(parts[0]) <= 3 && !slices.ContainsFunc(parts[1:], func(p string) bool { return len(p) != 3 })
	}
	digits := s
	switch {
	case last == 0:
	case same && groups(parts):
		digits, grouped = strings.Join(parts, ""), last == 1 && (seps[0] == '.' || seps[0] == ',')
	case last == 1 && (seps[0] == '.' || seps[0] == ','):
		digits = parts[0] + "." + parts[1]
	case last > 1 && groups(parts[:last]) && seps[last-1] != seps[0] && (seps[last-1] == '.' || seps[last-1] == ',') &&
		!slices.ContainsFunc(seps[:last-1], func(b byte) bool { return b != seps[0] }):
		digits = strings.Join(parts[:last], "") + "." + parts[last]
	default:
		return nan, false
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return nan, false
	}
	return n, grouped
}

// words splits a value as a page is split.
func words(s string) []token { return fold(s).tokens }

// at reports whether the sequence stands at position i, letter case aside. Line
// breaks count as themselves.
func at(tokens []token, i int, seq []token) bool {
	if i < 0 || i+len(seq) > len(tokens) || len(seq) == 0 {
		return false
	}
	for j, k := range seq {
		if tokens[i+j].low != k.low {
			return false
		}
	}
	return true
}

// find lists where the sequence stands within [from, to).
func find(tokens []token, from, to int, seq []token) (places []int) {
	for i := from; i+len(seq) <= to; i++ {
		if at(tokens, i, seq) {
			places = append(places, i)
		}
	}
	return places
}

// sentence widens [from, to) to the sentences, list items or lines it stands in:
// words of doubt just outside a quote count too. A full stop after a short word
// ("Inc.", "ca.") does not end one.
func sentence(tokens []token, from, to int) (int, int) {
	for from > 0 && !ends(tokens, from-1) {
		from--
	}
	for to < len(tokens) && (to == from || !ends(tokens, to-1)) {
		to++
	}
	return from, to
}

// clause widens [from, to) up to the next comma, semicolon, colon, bracket or
// sentence end on either side.
func clause(tokens []token, from, to int) (int, int) {
	lo, hi := sentence(tokens, from, to)
	stop := func(k token) bool { return k.kind == punct && strings.ContainsAny(k.low, ",;:()|") }
	for i := from - 1; i >= lo; i-- {
		if stop(tokens[i]) {
			lo = i + 1
		}
	}
	for i := to; i < hi; i++ {
		if stop(tokens[i]) {
			hi = i
		}
	}
	return lo, hi
}

func ends(tokens []token, i int) bool {
	k := tokens[i]
	switch {
	case k.kind == lineBreak:
		return true
	case k.kind != punct:
		return false
	case k.low == "!" || k.low == "?" || k.low == ";" || k.low == "•" || k.low == "·" || k.low == "|":
		return true
	case k.low == ".":
		before := i > 0 && k.glued && (tokens[i-1].kind == number || tokens[i-1].kind == word && len([]rune(tokens[i-1].raw)) >= 4 ||
			tokens[i-1].low == ")" || tokens[i-1].low == "\"")
		before = before && !strings.HasSuffix(tokens[i-1].low, "str") // "Musterstr. 12"
		after := i+1 == len(tokens) || !tokens[i+1].glued
		// "… die Northwind AG. Der Hauptsitz …"
		starts := i+1 < len(tokens) && isName(tokens[i+1]) && sentenceStarts[tokens[i+1].low]
		return (before || starts) && after
	}
	return false
}

// sentenceStarts are words that are written with a capital only where a sentence starts.
var sentenceStarts = vocabulary(`the we our it its they this today in with der die das wir unser unsere es sie heute seit il la l lo noi nel oggi le les nous`)

// set is a small vocabulary of single words.
type set map[string]bool

func vocabulary(list string) set {
	s := set{}
	for _, w := range strings.Fields(list) {
		s[w] = true
	}
	return s
}

// any reports whether a token of [from, to) is in the set.
func (s set) any(tokens []token, from, to int) bool {
	from = min(max(from, 0), len(tokens))
	to = min(max(to, from), len(tokens))
	return slices.ContainsFunc(tokens[from:to], func(k token) bool { return s[k.low] })
}

// phrases is a small vocabulary of several words each, one a line.
type phrases [][]token

func phraseList(list string) phrases {
	var p phrases
	for line := range strings.Lines(list) {
		if seq := words(strings.TrimSpace(line)); len(seq) > 0 {
			p = append(p, seq)
		}
	}
	return p
}

// any reports whether a phrase stands within [from, to).
func (p phrases) any(tokens []token, from, to int) bool {
	return slices.ContainsFunc(p, func(seq []token) bool { return len(find(tokens, max(from, 0), min(to, len(tokens)), seq)) > 0 })
}

// endsAt returns the longest phrase that ends right before i, in tokens; 0: none.
func (p phrases) endsAt(tokens []token, i int) (n int) {
	for _, seq := range p {
		if at(tokens, i-len(seq), seq) {
			n = max(n, len(seq))
		}
	}
	return n
}

// startsAt returns the longest phrase that starts at i, in tokens; 0: none.
func (p phrases) startsAt(tokens []token, i int) (n int) {
	for _, seq := range p {
		if at(tokens, i, seq) {
			n = max(n, len(seq))
		}
	}
	return n
}
