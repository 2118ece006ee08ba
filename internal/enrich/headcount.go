package enrich

import (
	"math"
	"strings"

	"leadtriage/internal/company"
)

// count is a head count as a page writes it, with its qualifier.
type count struct {
	company.Headcount
	from, to int
}

// countAt reads "250", "over 500", "51-200", "between 51 and 200", "1.2k",
// "500+". i is the first amount; from is moved back over the qualifier.
func countAt(tokens []token, i int) (count, bool) {
	low, ok := amountAt(tokens, i)
	if !ok || !whole(low.n) {
		return count{}, false
	}
	c := count{company.Headcount{Min: int(low.n), Max: int(low.n)}, low.from, low.to}
	between := i > 0 && vocabulary("between zwischen tra fra").any(tokens, i-1, i)
	if between {
		c.from--
	}
	if c.to < len(tokens) {
		link := tokens[c.to].low
		joins := link == "-" || link == "to" || link == "bis" || link == "a" || between && (link == "and" || link == "und" || link == "e")
		if high, ok := amountAt(tokens, c.to+1); joins && ok {
			if !whole(high.n) || high.n <= low.n {
				return count{}, false
			}
			c.Max, c.to = int(high.n), high.to
			return c, between || !qualified(tokens, c.from)
		}
	}
	if n := orMore.startsAt(tokens, c.to); n > 0 {
		c.Max = 0
		c.to += n
	}
	switch {
	case lessThan.endsAt(tokens, c.from) > 0:
		return count{}, false
	case moreThan.endsAt(tokens, c.from) > 0:
		c.Max = 0
		c.from -= moreThan.endsAt(tokens, c.from)
	case nearly.endsAt(tokens, c.from) > 0:
		c.from -= nearly.endsAt(tokens, c.from)
	}
	return c, !between && !qualified(tokens, c.from)
}

// qualified reports a qualifier, or half a range, before i: what follows it does not stand alone.
func qualified(tokens []token, i int) bool {
	if lessThan.endsAt(tokens, i)+moreThan.endsAt(tokens, i) > 0 {
		return true
	}
	if i < 2 || !vocabulary("- to bis / x").any(tokens, i-1, i) {
		return false
	}
	return tokens[i-2].kind == number
}

func whole(n float64) bool { return n >= 1 && n < 1e8 && n == math.Trunc(n) }

// bearsHeadcount looks for the value in the passage, said of the whole company
// today, and returns it in normal form ("500" said of "over 500" is "500+").
func bearsHeadcount(value company.Headcount, p passage, year int) (company.Headcount, bool) {
	tokens := p.page.tokens
	if closed.any(tokens, 0, len(tokens)) {
		return value, false
	}
	for i := p.from; i < p.to; {
		c, ok := countAt(tokens, i)
		if !ok {
			i++
			continue
		}
		i = c.to
		if c.from < p.from || c.to > p.to {
			continue
		}
		same := c.Headcount == value || c.Max == 0 && value == company.Headcount{Min: c.Min, Max: c.Min}
		if same && countsPeople(tokens, c, p) && !doubtful(tokens, c, year) {
			return c.Headcount, true
		}
	}
	return value, false
}

// countsPeople reports whether the number counts those who work for the company;
// the words that say so must be within the quote.
func countsPeople(tokens []token, c count, p passage) bool {
	after := c.to
	for after < p.to && after-c.to < 3 && peopleAdjectives[tokens[after].low] && headNouns.startsAt(tokens, after) == 0 {
		after++
	}
	if n := headNouns.startsAt(tokens, after); n > 0 && after+n <= p.to {
		return allowed(tokens, c.from-1, beforeCount) && (allowed(tokens, after+n, afterCount) || workingHere.startsAt(tokens, after+n) > 0)
	}
	if n := personNouns.startsAt(tokens, after); n > 0 && after+n <= p.to {
		back := employing.endsAt(tokens, c.from)
		said := back > 0 && c.from-back >= p.from && teamIsWhole(tokens, c.from) && allowed(tokens, after+n, afterCount)
		then := workingHere.startsAt(tokens, after+n)
		return said || then > 0 && after+n+then <= p.to
	}
	if n := wholeTeams.endsAt(tokens, c.from); n > 0 && c.from-n >= p.from {
		return teamIsWhole(tokens, c.from) && (allowed(tokens, c.to, afterCount) || teamVerbs.any(tokens, c.to, c.to+1))
	}
	return labelled(tokens, c, p) || compound(tokens, c, p)
}

// labelled reads "Employees: 250", alone in its line or cell.
func labelled(tokens []token, c count, p passage) bool {
	i := c.from
	if i > p.from && vocabulary(": - =").any(tokens, i-1, i) {
		i--
	}
	n := countLabels.endsAt(tokens, i)
	start := i - n
	opens := start == 0 || ends(tokens, start-1) || tokens[start-1].low == ","
	if !opens && vocabulary("- *").any(tokens, start-1, start) {
		opens = start == 1 || tokens[start-2].kind == lineBreak
	}
	return n > 0 && start >= p.from && opens &&
		(c.to == len(tokens) || ends(tokens, c.to) || tokens[c.to].low == ",")
}

// compound reads "a 40-person company", "our 250-strong team".
func compound(tokens []token, c count, p passage) bool {
	if c.to+2 >= len(tokens) || tokens[c.to].low != "-" || !vocabulary("a our the with").any(tokens, c.from-1, c.from) {
		return false
	}
	if !vocabulary("person people employee member man strong").any(tokens, c.to+1, c.to+2) {
		return false
	}
	end := c.to + 2
	if end < len(tokens) && vocabulary("software family international global remote strong").any(tokens, end, end+1) {
		end++
	}
	return end < p.to && vocabulary("company firm team business startup start agency workforce staff").any(tokens, end, end+1) &&
		!others.any(tokens, c.from-2, c.from)
}

// teamIsWhole refuses "sales team of 40": before a team stands nothing that narrows it.
func teamIsWhole(tokens []token, i int) bool {
	for _, w := range []string{"of", "von", "di"} {
		if i >= 2 && tokens[i-1].low == w {
			return i == 2 || tokens[i-3].kind != word || beforeTeam[tokens[i-3].low]
		}
	}
	return true
}

// allowed reports whether the token at i may stand next to a count.
func allowed(tokens []token, i int, s set) bool {
	if i < 0 || i >= len(tokens) {
		return true
	}
	k := tokens[i]
	return k.kind == lineBreak || k.kind == punct && strings.ContainsAny(k.low, ".,;!?•|*/") || s[k.low]
}

// doubtful looks for what speaks against the number in its sentence, also
// outside the quote.
func doubtful(tokens []token, c count, year int) bool {
	from, to := sentence(tokens, c.from, c.to)
	if countDoubts.any(tokens, from, to) || countDoubtPhrases.any(tokens, from, to) || others.any(tokens, from, c.from) {
		return true
	}
	lo, hi := clause(tokens, c.from, c.to)
	return partOf.any(tokens, from, c.to+2) || places.any(tokens, lo, c.from) || placedAfter(tokens, c.to, hi) || dated(tokens, from, to, c, year) || shared(tokens, from, to, c)
}

// placedAfter finds "… employees at our Milan plant".
func placedAfter(tokens []token, from, to int) bool {
	for i := from; i < to; i++ {
		if vocabulary("in at im am presso bei nel nella nello alla").any(tokens, i, i+1) && places.any(tokens, i+1, min(i+6, to)) {
			return true
		}
	}
	return false
}

// dated finds a year other than this or the last one, unless it is the founding's.
func dated(tokens []token, from, to int, c count, year int) bool {
	for i := from; i < to; i++ {
		k := tokens[i]
		if i >= c.from && i < c.to || k.kind != number || k.n < 1600 || k.n > 2200 || len(k.raw) != 4 || k.n >= float64(year-1) && k.n <= float64(year) {
			continue
		}
		if !foundingWords.any(tokens, max(from, i-4), min(to, i+4)) {
			return true
		}
	}
	return false
}

// shared finds a number that takes another part of the people: "40 employees in
// Berlin and 100 in Milan", "13 people: eight at …" said of the eight.
func shared(tokens []token, from, to int, c count) bool {
	in := c.to
	for in < to && tokens[in].kind == word && !vocabulary("in at im bei a").any(tokens, in, in+1) {
		in++
	}
	if in >= to || tokens[in].kind != word {
		return false
	}
	for i := from; i < to; i++ {
		a, ok := amountAt(tokens, i)
		if ok && (a.to <= c.from || a.from >= c.to) && a.to < to && vocabulary("in at im bei a").any(tokens, a.to, a.to+1) {
			return true
		}
	}
	return false
}
