package enrich

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// doubtful looks for what speaks against the number in its sentence, also
// outside the quote.
func doubtful(tokens []token, c count, own selves, year int) bool {
	from, to := sentence(tokens, c.from, c.to)
	if countDoubts.any(tokens, from, to) || countDoubtPhrases.any(tokens, from, to) || others.any(tokens, from, c.from) || own.ofGroup(tokens, from, c.from) {
		return true
	}
	if vocabulary("in at im bei nel nella dans a à")[tokens[from].low] && places.any(tokens, from, c.from) {
		return true
	}
	if anybody(tokens, from, to, c, own) || !own.led(tokens, from, to, c) || under(tokens, c.from, own) {
		return true
	}
	if atFirst(tokens, from, c) || fronted(tokens, from, c) || priced(tokens, c) || oneOfMany(tokens, c) || timeline(tokens, c, year) {
		return true
	}
	lo, hi := clause(tokens, c.from, c.to)
	if deeds.any(tokens, from, c.from) || deeds.any(tokens, c.to, upTo(tokens, c.to, hi)) {
		return true
	}
	row := from
	for row > 0 && tokens[row-1].low == "|" { // the cells before
		row, _ = sentence(tokens, row-1, row-1)
	}
	return partOf.any(tokens, from, c.to+2) && !ofUs(tokens, c) || places.any(tokens, lo, c.from) || placedAfter(tokens, c.to, hi) || dated(tokens, row, max(c.to, upTo(tokens, c.to-1, to)), c, year) || shared(tokens, from, to, c)
}

// placedAfter finds "… employees at our Milan plant".
func placedAfter(tokens []token, from, to int) bool {
	for i := from; i < to; i++ {
		if vocabulary("in at im am presso bei nel nella nello alla").any(tokens, i, i+1) && !vocabulary("one").any(tokens, i+1, i+2) && places.any(tokens, i+1, min(i+6, to)) {
			return true
		}
	}
	return false
}

// dated finds a year other than this or the last one, unless it is the founding's.
func dated(tokens []token, from, to int, c count, year int) bool {
	for i := from; i < to; i++ {
		k := tokens[i]
		if i >= c.from && i < c.to || !longAgo(k, year) {
			continue
		}
		if !foundingWords.any(tokens, max(from, i-6), min(to, i+4)) {
			return true
		}
	}
	return false
}

// longAgo reports whether the token is a year, a date or a business year other
// than this one or the last.
func longAgo(k token, year int) bool {
	if k.kind != number && k.kind != word || len(k.raw) < 4 {
		return false
	}
	digits := k.raw[len(k.raw)-4:]
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1600 || n > 2200 || n >= year-1 && n <= year {
		return false
	}
	rest := k.raw[:len(k.raw)-4]
	return rest == "" || k.kind == word && strings.EqualFold(rest, "fy") || k.kind == number && len(rest) >= 3 && strings.HasSuffix(rest, ".") && math.IsNaN(k.n)
}

// anybody finds "picture a company of 250 people": no firm in particular, where
// nobody says "we are" or the company's name before.
func anybody(tokens []token, from, to int, c count, own selves) bool {
	if c.from < 2 || !vocabulary("of di von with mit con de avec").any(tokens, c.from-1, c.from) {
		return false
	}
	if companyNouns[tokens[c.from-2].low] && anothers(tokens, from, c.from-2) {
		return true
	}
	if k := tokens[c.from-2]; k.low == "unternehmen" && (c.from-3 < from || !isA[tokens[c.from-3].low]) && !slices.ContainsFunc(tokens[max(from, c.from-6):c.from-2], func(k token) bool { return someFirm[k.low] || determiners[k.low] && k.low != "ihr" || isA[k.low] }) {
		return true // "wir unterstützen Unternehmen mit 250 Mitarbeitern"
	}
	for i := c.from - 2; i >= from && i >= c.from-6; i-- {
		if someFirm[tokens[i].low] {
			if i > from+1 && vocabulary("to for by like")[tokens[i-1].low] && !vocabulary("grown doubled tripled expanded")[tokens[i-2].low] {
				return true // "scales to a team of 250"
			}
			led := i == from+1 && vocabulary("with mit con avec")[tokens[from].low] && (ownVoice.any(tokens, c.to, to) || own.within(tokens, c.to, to))
			team := teamNouns[tokens[c.from-2].low] && (i == from || led)
			return !team && !finite.any(tokens, from, i) && !ownVoice.any(tokens, from, i) && !own.within(tokens, from, i)
		}
	}
	return false
}

// led reports whether a sentence that opens with "With 250 employees" goes on with
// the company, or not at all.
func (s selves) led(tokens []token, from, to int, c count) bool {
	if c.from-1 != from || !vocabulary("with mit con avec")[tokens[from].low] {
		return true
	}
	for i := c.to; i < to; i++ {
		k := tokens[i]
		opens := tokens[i-1].low == "," || finite[tokens[i-1].low]
		switch {
		case ownVoice[k.low], isName(k) && s.own(k):
			return true
		case opens && determiners[k.low]:
			return s.companyLike(tokens, i, to, peopleHeads)
		case vocabulary("you your vous votre")[k.low], k.raw != "an" && someFirm[k.low] && !vocabulary("in across at")[tokens[i-1].low] && !isName(k) && i+1 < to && tokens[i+1].kind != number:
			return false
		}
	}
	return true
}

// atFirst finds "Founded in 1998 with 12 employees".
func atFirst(tokens []token, from int, c count) bool {
	return employing.endsAt(tokens, c.from) == 0 && vocabulary("with mit con avec by von da as").any(tokens, c.from-1, c.from) && foundingWords.any(tokens, from, c.from)
}

// fronted finds "In Germany we employ 40 people": a part of them.
func fronted(tokens []token, from int, c count) bool {
	for i := from; i < c.from-1; i++ {
		if !vocabulary("in at bei im à en a de").any(tokens, i, i+1) {
			continue
		}
		if i+2 < c.from && tokens[i].low == "a" && tokens[i+2].low == "-" {
			continue // "a Milan-based company"
		}
		if part := tokens[i+1]; continents[part.low] {
			return true
		}
		for _, pl := range gazetteer() {
			if at(tokens, i+1, pl.name) && isPlaceName(tokens, i+1, len(pl.name)) && i+1+len(pl.name) <= c.from {
				return !vocabulary("headquartered based founded sitz sede basée basé siège près").any(tokens, max(from, i-3), i)
			}
		}
	}
	return false
}

var continents = vocabulary("europe emea apac asia africa america americas europa asien asien amerika benelux dach")

// priced finds a price in the lines next to the number: a plan for so many people.
func priced(tokens []token, c count) bool {
	from, to := neighbours(tokens, c)
	for i := from; i < to; i++ {
		if k := tokens[i].low; (k == "€" || k == "$" || k == "£") && i+1 < to && vocabulary("month mo user seat year monat mese mois utente nutzer").any(tokens, i+1, min(to, i+10)) {
			return true
		}
	}
	return vocabulary("month monat mese mois seat").any(tokens, from, to) && vocabulary("plan plans starter pro business enterprise tarif tarife piano piani paket").any(tokens, from, to)
}

// oneOfMany finds a number of people alone in its line beside another such line:
// sizes to choose from.
func oneOfMany(tokens []token, c count) bool {
	bare := func(from, to int) bool {
		for from < to && (tokens[from].low == "-" || tokens[from].low == "#") {
			from++
		}
		n, ok := countAt(tokens, from)
		if !ok && from+1 < to {
			n, ok = countAt(tokens, from+1)
		}
		return ok && n.to < to && headNouns.startsAt(tokens, n.to)+personNouns.startsAt(tokens, n.to) > 0 && to-n.to <= 3
	}
	from, to := lineStart(tokens, c.from), lineEnd(tokens, c.to)
	if !bare(from, to) {
		return false
	}
	above := from > 0 && bare(lineStart(tokens, from-1), from-1)
	return above || to+1 < len(tokens) && bare(to+1, lineEnd(tokens, to+1))
}

// timeline finds a year of the past alone in the line above.
func timeline(tokens []token, c count, year int) bool {
	from := lineStart(tokens, c.from)
	if from == 0 {
		return false
	}
	above := lineStart(tokens, from-1)
	words := 0
	dated := false
	for _, k := range tokens[above : from-1] {
		if foundingWords[k.low] {
			return false
		}
		if k.kind == word || k.kind == number {
			words++
		}
		dated = dated || longAgo(k, year)
	}
	return dated && words <= 2
}

// neighbours are the tokens of the number's line and of those beside it.
func neighbours(tokens []token, c count) (from, to int) {
	from, to = lineStart(tokens, c.from), lineEnd(tokens, c.to)
	if from > 0 {
		from = lineStart(tokens, from-1)
	}
	if to+1 < len(tokens) {
		to = lineEnd(tokens, to+1)
	}
	return from, to
}

// shared finds a number that takes another part of the people: "40 employees in
// Berlin and 100 in Milan", "13 people: eight at …" said of the eight.
func shared(tokens []token, from, to int, c count) bool {
	in := c.to
	for in < to && tokens[in].kind == word && !vocabulary("in at im bei a nel nella dans en à").any(tokens, in, in+1) {
		in++
	}
	if in >= to || tokens[in].kind != word {
		return false
	}
	for i := from; i < to; i++ {
		a, ok := amountAt(tokens, i)
		if ok && (a.to <= c.from || a.from >= c.to) && a.to < to && vocabulary("in at im bei a nel nella dans en à worldwide globally weltweit").any(tokens, a.to, a.to+1) {
			return true
		}
	}
	return false
}
