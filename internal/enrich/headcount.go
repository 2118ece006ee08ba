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
			if vocabulary("grown gewachsen cresciuti cresciuta passés passée").any(tokens, i-2, i-1) && vocabulary("from von da de").any(tokens, i-1, i) {
				return count{company.Headcount{Min: int(high.n), Max: int(high.n)}, i - 1, high.to}, true // "has grown from 10 to 250"
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
func bearsHeadcount(value company.Headcount, p passage, own selves, year int) (company.Headcount, bool) {
	tokens := p.page.tokens
	if p.page.closed() {
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
		if same && countsPeople(tokens, c, p, own) && !doubtful(tokens, c, own, year) && own.ours(p, c.from, c.to, peopleHeads) {
			return c.Headcount, true
		}
	}
	return value, false
}

// countsPeople reports whether the number counts those who work for the company.
// What it counts must be within the quote, who employs them may stand before it.
func countsPeople(tokens []token, c count, p passage, own selves) bool {
	after := c.to
	for after < p.to && after-c.to < 3 && peopleAdjectives[tokens[after].low] && headNouns.startsAt(tokens, after) == 0 {
		after++
	}
	verb := c.from // "we are now 180 people", "heute zählt Northwind 180 Beschäftigte"
	for verb > 0 && (nowadays[tokens[verb-1].low] || isName(tokens[verb-1]) && own.own(tokens[verb-1])) {
		verb--
	}
	if verb > 2 && tokens[verb-1].low == "hui" {
		verb -= 3 // "aujourd'hui"
	}
	back := employing.endsAt(tokens, verb)
	said := back > 0
	if aside(tokens, after+max(headNouns.startsAt(tokens, after), personNouns.startsAt(tokens, after)), own) {
		return false
	}
	if n := headNouns.startsAt(tokens, after); n > 0 && after+n <= p.to {
		before := allowed(tokens, c.from-1, beforeCount) && !ofOther(tokens, c.from-1) || back > 0 || possessed(tokens, c, own)
		return before && (allowed(tokens, after+n, afterCount) && !elsewhere(tokens, after+n, own) || workingHere.startsAt(tokens, after+n) > 0 || forUs(tokens, after+n, own) ||
			!elsewhere(tokens, after+n, own) && (said || possessed(tokens, c, own)))
	}
	if n := personNouns.startsAt(tokens, after); n > 0 && after+n <= p.to {
		if said && teamIsWhole(tokens, c.from) && (allowed(tokens, after+n, afterCount) || staffing.endsAt(tokens, verb) > 0 && !elsewhere(tokens, after+n, own)) {
			return true
		}
		then := workingHere.startsAt(tokens, after+n)
		return then > 0 && after+n+then <= p.to || forUs(tokens, after+n, own) || inHouse(tokens, c, own) && !elsewhere(tokens, after+n, own) || labelled(tokens, c, p)
	}
	if said && tokens[min(c.to, len(tokens)-1)].low == "strong" && c.to < p.to {
		return staffing.endsAt(tokens, c.from) > 0 && !aside(tokens, c.to+1, own) // "we are 250 strong"
	}
	if after < p.to && members[tokens[after].low] {
		return vocabulary("team staff crew").any(tokens, c.from-4, c.from) && back > 0 // "our team now has 250 members"
	}
	if weAlone.endsAt(tokens, c.from) > 0 && (c.to == len(tokens) || ends(tokens, c.to)) {
		return true
	}
	if n := wholeTeams.endsAt(tokens, c.from); n > 0 && c.from-n >= p.from && teamIsWhole(tokens, c.from) {
		return allowed(tokens, c.to, afterCount) || teamVerbs.any(tokens, c.to, c.to+1) || ourTeam(tokens, c.from-n, own) && !elsewhere(tokens, c.to, own)
	}
	if i := c.to; i+1 < p.to && vocabulary("employee employees")[tokens[i].low] && vocabulary("band range bracket")[tokens[i+1].low] {
		return true
	}
	return ofUs(tokens, c) && !aside(tokens, c.to+2, own) || labelled(tokens, c, p) || captioned(tokens, c, p) || compound(tokens, c, p)
}

// ofOther finds "the wages of 250 employees": what is counted is not a team's people.
func ofOther(tokens []token, i int) bool {
	if i < 1 || !vocabulary("of di von de")[tokens[i].low] || tokens[i-1].kind != word {
		return false
	}
	before := tokens[i-1].low
	return !teamNouns[before] && !companyNouns[before] && !vocabulary("total number family totale numero famiglia realtà equipo plantilla empresa")[before] && !nearlyAll[before]
}

// nearlyAll stand between a noun and "of": "a team made up of 250 employees".
var nearlyAll = vocabulary("up consists comprised composed composto composta formato formata compose composée plus más più")

// aside reports whether what follows the people at i says where they happen to be,
// what they are at, or what is theirs: "in a room", "at this fair", "running a race".
func aside(tokens []token, i int, own selves) bool {
	for i < len(tokens) && nowadays[tokens[i].low] {
		i++
	}
	switch {
	case i >= len(tokens):
		return false
	case genitive(tokens, i), orMore.startsAt(tokens, i) > 0:
		return true // "250 people's data", "250 employees and more"
	case !vocabulary("in at on am im auf an bei nel nella al alla dans en sur a").any(tokens, i, i+1):
		return strings.HasSuffix(tokens[i].low, "ing") && !afterCount[tokens[i].low] && !peopleDo[tokens[i].low]
	}
	_, end := sentence(tokens, i, i+1)
	where := i + 1
	if !vocabulary("am im nel nella al alla")[tokens[i].low] {
		if where >= end || !determiners[tokens[where].low] && !someFirm[tokens[where].low] && !vocabulary("einem einer una uno")[tokens[where].low] {
			return false
		}
	}
	for j := where; j < min(end, where+5); j++ {
		if whereabouts[tokens[j].low] && allowed(tokens, j+1, afterPlace) || isName(tokens[j]) && (own.own(tokens[j]) || placeAt(tokens, j)) {
			return false
		}
	}
	return true
}

// elsewhere reports whether the word at i says that the people before it are not
// all, or not the company's: "of Globex", "at Globex".
func elsewhere(tokens []token, i int, own selves) bool {
	if i >= len(tokens) {
		return false
	}
	if i+1 < len(tokens) && vocabulary("of di von de").any(tokens, i, i+1) && isName(tokens[i+1]) && own.own(tokens[i+1]) {
		return false // "the 250 employees of Northwind"
	}
	return elsewise[tokens[i].low] || (tokens[i].low == "at" || tokens[i].low == "from") && i+1 < len(tokens) && own.stranger(tokens[i+1])
}

// possessed reads "our 250", "Northwind's 250", "at Northwind, 250", "with 250 … we".
func possessed(tokens []token, c count, own selves) bool {
	i := c.from - 1
	if i < 0 {
		return false
	}
	if vocabulary("our unsere unseren unserer nostri nos")[tokens[i].low] || inHouse(tokens, c, own) {
		return true
	}
	if i > 1 && tokens[i].low == "s" && genitive(tokens, i-1) && own.own(tokens[i-2]) {
		return true
	}
	lo, hi := sentence(tokens, c.from, c.to)
	for i > lo && vocabulary("i gli le suoi sue nostri its our seinen ihren unseren ses nos sus nuestros")[tokens[i].low] {
		i--
	}
	return i == lo && vocabulary("with mit con avec")[tokens[i].low] && (ownVoice.any(tokens, c.to, hi) || own.within(tokens, c.to, hi))
}

// inHouse reads "at Northwind, 250".
func inHouse(tokens []token, c count, own selves) bool {
	i := c.from - 1
	if i > 0 && tokens[i].low == "," {
		i--
	}
	return i > 0 && isName(tokens[i]) && own.own(tokens[i]) && vocabulary("at bei in chez").any(tokens, i-1, i)
}

// ourTeam reports whether the team at i is that of the company: "our team of",
// "we are a team of", "Northwind's team of".
func ourTeam(tokens []token, i int, own selves) bool {
	lo, _ := sentence(tokens, i, i+1)
	if !vocabulary("of di von de").any(tokens, i+1, i+2) {
		return false // "our team has grown to 250 …"
	}
	for ; i > lo && beforeTeam[tokens[i-1].low] && !ownVoice[tokens[i-1].low]; i-- {
	}
	if i == lo {
		return false
	}
	before := tokens[i-1]
	if before.low == "to" && i-2 > lo && vocabulary("grown doubled tripled expanded")[tokens[i-2].low] {
		return true // its subject is looked at elsewhere
	}
	return vocabulary("our unser unsere nostro nostra notre")[before.low] || before.low == "s" && i >= 3 && own.own(tokens[i-3]) ||
		vocabulary("are re sind siamo sommes").any(tokens, i-1, i) && ownVoice.any(tokens, lo, i)
}

// ofUs reads "there are 250 of us".
func ofUs(tokens []token, c count) bool {
	are := c.from
	for are > 0 && nowadays[tokens[are-1].low] {
		are--
	}
	return at(tokens, c.to, words("of us")) && at(tokens, are-2, words("there are")) && allowed(tokens, c.to+2, afterCount)
}

// forUs reads "work for us", "für Northwind", "from 25 countries work at Northwind"
// behind people.
func forUs(tokens []token, i int, own selves) bool {
	for start := i; i+1 < len(tokens) && i < start+8 && (tokens[i].kind == word || tokens[i].kind == number); i++ {
		next := tokens[i+1]
		switch low := tokens[i].low; {
		case vocabulary("für for of von di at bei per presso chez da in en")[low] && (vocabulary("us uns noi nous")[next.low] || next.kind == word && isName(next) && own.own(next)):
			return true
		case vocabulary("from in across aus da")[low] && next.kind == number, vocabulary("countries nations offices sites ländern nationen standorten paesi sedi pays países")[low], tokens[i].kind == number:
		case !vocabulary("work works working employed arbeiten lavorano travaillent trabajan today now heute oggi")[low]:
			return false
		}
	}
	return false
}

// labelled reads "Employees: 250", alone in its line or cell, or below its label.
func labelled(tokens []token, c count, p passage) bool {
	i := c.from
	for i > p.from && i > c.from-6 && (vocabulary(": - = | ( )")[tokens[i-1].low] || tokens[i-1].kind == number && len(tokens[i-1].raw) == 4) {
		i--
	}
	if i == c.from && i > p.from && tokens[i-1].kind == lineBreak {
		if order := grid(tokens, c); order == labelFirst || order == either && headNouns.startsAt(tokens, c.to+1) == 0 {
			i--
		}
	}
	n := countLabels.endsAt(tokens, i)
	start := i - n
	opens := start == 0 || ends(tokens, start-1) || tokens[start-1].low == ","
	if !opens && vocabulary("- * #")[tokens[start-1].low] {
		opens = start == 1 || tokens[start-2].kind == lineBreak || tokens[start-2].low == "#"
	}
	if n == 0 || start < p.from || !opens {
		return false
	}
	end := c.to + max(headNouns.startsAt(tokens, c.to), personNouns.startsAt(tokens, c.to))
	return end == len(tokens) || ends(tokens, end) || vocabulary(", ( in across worldwide")[tokens[end].low]
}

// compound reads "a 40-person company", "our 250-strong team".
func compound(tokens []token, c count, p passage) bool {
	if c.to+2 < len(tokens) && tokens[c.to].low == "person" {
		c.to-- // "a 40 person team"
	}
	if c.to+2 >= len(tokens) || tokens[c.to].low != "-" && tokens[c.to+1].low != "person" || !vocabulary("a our the with").any(tokens, c.from-1, c.from) {
		return false
	}
	if !vocabulary("person people employee member man strong").any(tokens, c.to+1, c.to+2) {
		return false
	}
	end := c.to + 2
	if end < len(tokens) && vocabulary("software family international global remote strong").any(tokens, end, end+1) {
		end++
	}
	if end >= p.to || !vocabulary("company firm team business startup start agency workforce staff")[tokens[end].low] || others.any(tokens, c.from-2, c.from) {
		return false
	}
	// "A 250-person company can save …" is anybody.
	lo, hi := sentence(tokens, c.from, end)
	return tokens[c.from-1].low != "a" || lo < c.from-1 || !finite.any(tokens, end, hi) && !modals.any(tokens, end, hi) || tokens[end].low == "team"
}

var modals = vocabulary("can could will would may might must should shall need needs want wants save saves spend spends")

var teamNouns = vocabulary("équipe team staff workforce headcount crew group squadra gruppo organico belegschaft")

var nowadays = vocabulary("now currently today already heute derzeit aktuell mittlerweile inzwischen oggi attualmente actuellement hoy actualmente")

// teamIsWhole refuses "sales team of 40": before a team stands nothing that narrows it.
func teamIsWhole(tokens []token, i int) bool {
	for _, w := range []string{"of", "von", "di"} {
		if i >= 2 && tokens[i-1].low == w {
			return i == 2 || tokens[i-3].kind != word || genitive(tokens, i-4) || beforeTeam[tokens[i-3].low] || !teamNouns[tokens[i-2].low]
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
	return k.kind == lineBreak || k.kind == punct && strings.ContainsAny(k.low, ".,;!?•·|*/") || s[k.low]
}
