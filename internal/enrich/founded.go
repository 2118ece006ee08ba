package enrich

import (
	"slices"
	"strings"
)

// bearsYear reports whether the passage says that the company began in the year.
// A year in a name, or one more than a few words away, is none.
func bearsYear(year float64, p passage, own selves) bool {
	tokens := p.page.tokens
	for i := p.from; i < p.to; i++ {
		k := tokens[i]
		if k.kind != number || k.n != year || len(k.raw) != 4 || i > 0 && (tokens[i-1].low == "-" || tokens[i-1].low == "/") {
			continue
		}
		lo, hi := clause(tokens, i, i+1)
		from, _ := sentence(tokens, i, i+1)
		lo, hi = max(lo, p.from), min(hi, p.to)
		if !labelAt(tokens, i, foundedLabels) && foundDoubt.any(tokens, from, max(upTo(tokens, i, hi), i+1)) {
			continue
		}
		at, ok := begins(tokens, lo, i, own)
		if !ok {
			at, ok = i, begun(tokens, i, hi, own) || entered(tokens, i, own)
		}
		if !ok && i > 0 && sinceAlone[tokens[i-1].low] && !startsEarlier(tokens, year) {
			at, ok = from, trading(tokens, i, own)
		}
		if under(tokens, i, own) {
			continue
		}
		if ok && at >= p.from && own.ours(p, at, max(at, i)+1, storyNouns) && !own.followed(tokens, at, i) || founders(tokens, i, own) {
			return true
		}
	}
	return false
}

// begins reads "founded in 1998", "established: 1998", "founded by Jane Doe in
// Milan in 1998", "we started in 1998", "Since 1998" at the start of a line. at is
// where the statement starts.
func begins(tokens []token, lo, i int, own selves) (at int, ok bool) {
	back := i
	if lo > 1 && tokens[lo-1].low == ":" && i-lo <= 3 {
		lo, _ = clause(tokens, lo-1, i) // "Founded: 1998"
	}
	for back > lo && (months[tokens[back-1].low] || back < i && (tokens[back-1].low == "." || tokens[back-1].kind == number && tokens[back-1].n <= 31)) {
		back-- // "on 3 March 2009"
	}
	date := back
	for back > lo && strings.Contains(":-(", tokens[back-1].low) {
		back--
	}
	if n := beganIn.endsAt(tokens, back); n > 0 {
		return back - n, !founded[tokens[back-n].low] || !modifying(tokens, back-n, own)
	}
	if (i+1 == len(tokens) || ends(tokens, i+1)) && labelAt(tokens, date, foundedLabels) && (tokens[i-1].kind != lineBreak || grid(tokens, count{from: i, to: i + 1}) != numberFirst) && !under(tokens, i, own) {
		return i, true // "Founded | 2009"
	}
	if n := startedIn.endsAt(tokens, i); n > 0 && i-n > 0 {
		return i - n - 1, starts(tokens, i-n, own)
	}
	if back == i && i > 0 && sinceAlone[tokens[i-1].low] {
		from, to := sentence(tokens, i, i+1)
		named := i > 2 && isName(tokens[i-3]) && own.own(tokens[i-3]) && vocabulary("- , | ·")[tokens[i-2].low] && to-i <= 2
		return from, from == i-1 && to-from <= 3 || named
	}
	// A founder, the company and the place may stand between.
	from, _ := sentence(tokens, i, i+1)
	for j := i - 1; j >= from && i-j <= 12; j-- {
		k := tokens[j]
		switch {
		case founded[k.low]:
			return j, inYear.any(tokens, i-1, i) && foundedWhat.startsAt(tokens, j+1) > 0 && (!modifying(tokens, j, own) || vocabulary("it the wurde").any(tokens, j+1, j+2))
		case k.kind == number, k.kind == lineBreak, !besideFounded[k.low] && !companyNouns[k.low] && !isName(k):
			return 0, false
		}
	}
	return 0, false
}

// starts reports whether the word that ends at i is who or what began: "we", the
// company, "our story", "it all" where a line starts.
func starts(tokens []token, i int, own selves) bool {
	before := tokens[i-1]
	lo, _ := sentence(tokens, i-1, i)
	switch {
	case companyNouns[before.low]:
		return i > 1 && (determiners[tokens[i-2].low] || tokens[i-2].low == "'") && !anothers(tokens, lo, i-1)
	case storyNouns[before.low]:
		return i > 1 && ownVoice[tokens[i-2].low] || i > 3 && genitive(tokens, i-3) && (own.own(tokens[i-4]) || companyNouns[tokens[i-4].low] && ownVoice.any(tokens, i-5, i-4))
	}
	n := storyOpeners.endsAt(tokens, i)
	return ownVoice[before.low] || isName(before) && own.own(before) || n > 0 && lineStart(tokens, i-1) == i-n
}

// trading reads "Since 2009 we have built bicycles", "Northwind sviluppa software dal
// 2009", "Building bicycles since 2009", "Northwind - bicycles since 2009", with the year at i.
func trading(tokens []token, i int, own selves) bool {
	from, to := sentence(tokens, i, i+1)
	if sinceDoubt.any(tokens, from, to) || useDoubt.any(tokens, from, to) || slices.ContainsFunc(tokens[from:to], func(k token) bool { return places[k.low] || continents[k.low] }) {
		return false
	}
	for j := from; j < to; j++ {
		if isName(tokens[j]) && placeAt(tokens, j) {
			return false
		}
	}
	for v := from; v < to; v++ {
		if trades[tokens[v].low] || aids[tokens[v].low] && !(v+1 < to && own.stranger(tokens[v+1])) {
			return v+1 < to && !thisOne[tokens[v+1].low] && (v == from || own.doer(tokens, from, v))
		}
	}
	return own.within(tokens, from, from+1) && vocabulary("- : |").any(tokens, from+1, from+3) && to-i <= 2 && i-from <= 8
}

// doer reports whether it is the company that does what the verb at v says.
func (s selves) doer(tokens []token, from, v int) bool {
	we := func(k token) bool { return ownVoice[k.low] && !determiners[k.low] || isName(k) && s.own(k) }
	if firstPlural[tokens[v].low] || we(tokens[v+1]) {
		return true
	}
	for i := v - 1; i >= from; i-- {
		k := tokens[i]
		switch {
		case we(k):
			return true
		case companyNouns[k.low]:
			return i > from && (determiners[tokens[i-1].low] || tokens[i-1].low == "'") && !anothers(tokens, from, i)
		case k.kind != number && !sinceAlone[k.low] && !besideVerb[k.low]:
			return false
		}
	}
	return false
}

var (
	firstPlural = vocabulary("aiutiamo supportiamo ayudamos sviluppiamo produciamo realizziamo progettiamo costruiamo desarrollamos fabricamos diseñamos")
	besideVerb  = vocabulary("has have been ve ' , always already proudly successfully")
)

// startsEarlier reports whether the page has another year in which something was
// founded: then what goes on since this one may have come later.
func startsEarlier(tokens []token, year float64) bool {
	for i, k := range tokens {
		if k.kind == number && len(k.raw) == 4 && k.n < year && (beganIn.endsAt(tokens, i) > 0 || labelAt(tokens, i, foundedLabels)) {
			return true
		}
	}
	return false
}

// entered reads an entry of a timeline, "2009: Northwind is founded", and a figure
// with "Founded" below.
func entered(tokens []token, i int, own selves) bool {
	start := lineStart(tokens, i)
	for start < i && lineMarks[tokens[start].low] {
		start++
	}
	if start < i || i+2 >= len(tokens) || !vocabulary(": - |").any(tokens, i+1, i+2) && tokens[i+1].kind != lineBreak {
		return false
	}
	from := i + 2
	to := lineEnd(tokens, from)
	if n := foundedLabels.startsAt(tokens, from); n > 0 && from+n == to {
		return tokens[i+1].kind == lineBreak && grid(tokens, count{from: i, to: i + 1}) != labelFirst
	}
	for v := from + 1; v < to && v-from <= 6; v++ {
		if founded[tokens[v].low] {
			return vocabulary("is was wird wurde fondata stata été est").any(tokens, v-1, v) && (own.own(tokens[from]) || companyNouns.any(tokens, from+1, from+2)) && !takesYear(tokens, v)
		}
	}
	return false
}

// modifying reports whether the founding word at i only describes the noun before
// it: "for teams founded in 2015".
func modifying(tokens []token, i int, own selves) bool {
	if i == 0 {
		return false
	}
	k := tokens[i-1]
	if lo, _ := sentence(tokens, i, i+1); companyNouns[k.low] {
		return anothers(tokens, lo, i-1)
	}
	return k.kind == word && !isName(k) && !finite[k.low] && !beforeFounded[k.low] && !own.own(k)
}

// begun reads "1998 gegründet", "1998 in Berlin von Jana Muster gegründet", "in 1998
// the company was founded", where no other year follows and nobody else is named.
func begun(tokens []token, i, hi int, own selves) bool {
	for j := i + 1; j < hi && j-i <= 8; j++ {
		k := tokens[j]
		said := false
		switch k.low {
		case "gegründet":
			said = true
		case "founded", "incorporated":
			said = tokens[j-1].low == "was" && i > 0 && tokens[i-1].low == "in"
		case "gegründete", "gegründetes":
			said = j == i+1 && companyNouns.any(tokens, j+1, j+2)
		}
		switch {
		case k.kind == number:
			return false
		case said:
			if j+1 < len(tokens) && tokens[j+1].low == ":" || determiners[tokens[i+1].low] && !own.companyLike(tokens, i+1, j, storyNouns) {
				return false
			}
			start, _, named := own.lastStranger(tokens, i+1, j)
			return !takesYear(tokens, j) && (!named || vocabulary("von by da").any(tokens, start-1, start))
		}
	}
	return false
}

// upTo ends at the word that joins another statement: "fondata nel 1948 e ha la
// sede a Parma".
func upTo(tokens []token, i, hi int) int {
	for j := i + 1; j < hi; j++ {
		if vocabulary("and e ed und et").any(tokens, j, j+1) {
			return j
		}
	}
	return hi
}

// founders reads "Jane Doe founded Northwind in 1998", "2015 gründeten drei
// Statistikerinnen die Northwind AG", "nel 1998 nasce Northwind".
func founders(tokens []token, i int, own selves) bool {
	from, to := sentence(tokens, i, i+1)
	for v := from; v < to; v++ {
		if !foundedIt[tokens[v].low] {
			continue
		}
		for j := v + 1; j < to && j-v <= 8; j++ {
			article := vocabulary("die das der la l ' il unsere unser the").any(tokens, j-1, j)
			name := own.own(tokens[j]) && isName(tokens[j])
			if !name && !(article && vocabulary("unternehmen firma gesellschaft azienda società impresa company business firm agency").any(tokens, j, j+1)) {
				if j > v && strings.Contains(".;", tokens[j].low) {
					break
				}
				continue
			}
			end := j + 1
			if name {
				end, _ = own.nameAt(tokens, j, to)
			}
			if !article && vocabulary("von bei mit da di con at by with for from").any(tokens, j-1, j) || end < to && (genitive(tokens, end) || tokens[end].kind == word && isName(tokens[end])) {
				break
			}
			if !slices.ContainsFunc(tokens[j:end], func(k token) bool { return !own.own(k) && !legalForms[k.low] && k.kind == word && name }) {
				return end+1 == i && inYear[tokens[end].low] || end == i && vocabulary("gründete gründeten").any(tokens, v, v+1) || opensWith(tokens, from, i) && i < v && !takesYear(tokens, v)
			}
			break
		}
	}
	return false
}

// opensWith reports whether the year at i is the first thing that the sentence says.
func opensWith(tokens []token, from, i int) bool {
	for ; from < i; from++ {
		if !inYear[tokens[from].low] {
			return false
		}
	}
	return true
}

// takesYear reports whether a year follows the founding word at j: then that one is meant.
func takesYear(tokens []token, j int) bool {
	for k := j + 1; k < len(tokens) && k <= j+5; k++ {
		if tokens[k].kind == number && len(tokens[k].raw) == 4 {
			return true
		}
	}
	return false
}
