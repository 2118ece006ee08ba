package enrich

import (
	"math"
	"strings"

	"leadtriage/internal/company"
)

// The words round a head count, in English, Italian, German and some French.
// What is not listed does not verify: an unlisted true sentence costs points, a
// wrong one costs a person's trust.
var (
	headNouns = phraseList(`
		employees
		staff
		staff members
		workers
		team members
		teammates
		colleagues
		co-workers
		coworkers
		ftes
		dipendenti
		collaboratori
		addetti
		impiegati
		lavoratori
		colleghi
		mitarbeiter
		mitarbeitern
		mitarbeiterinnen
		mitarbeitende
		mitarbeitenden
		beschäftigte
		beschäftigten
		angestellte
		angestellten
		kollegen
		kolleginnen
		salariés
		collaborateurs
		employés`)
	// personNouns may be customers, users or guests as well.
	personNouns = phraseList(`
		people
		persons
		professionals
		specialists
		experts
		persone
		professionisti
		personen
		menschen
		köpfe
		personnes`)
	// employing stands right before a number of people who work there.
	employing = phraseList(`
		employs
		employ
		employing
		employees of
		has
		have
		has grown to
		have grown to
		we are
		we're
		company of
		team of
		staff of
		workforce of
		headcount of
		impiega
		impieghiamo
		occupa
		conta
		contiamo
		siamo
		siamo in
		un team di
		squadra di
		organico di
		beschäftigt
		beschäftigen
		zählt
		wir sind
		arbeiten
		team von
		belegschaft von
		lavorano
		emploie
		compte`)
	// workingHere follows a number of people who work there.
	workingHere = phraseList(`
		work here
		work there
		work for us
		work with us
		work at the company
		lavorano qui
		lavorano da noi
		lavorano in azienda
		arbeiten bei uns
		arbeiten hier
		arbeiten für uns
		arbeiten mit uns
		strong`)
	// countLabels stand before a number, with or without a colon.
	countLabels = phraseList(`
		employees
		number of employees
		employee count
		headcount
		head count
		team size
		company size
		staff
		workforce
		dipendenti
		numero di dipendenti
		numero dipendenti
		addetti
		organico
		mitarbeiter
		mitarbeitende
		mitarbeiterzahl
		anzahl mitarbeiter
		anzahl der mitarbeiter
		beschäftigte
		effectif
		effectifs`)
	// teamVerbs may follow "our team of 250".
	teamVerbs = vocabulary("works work builds is are strong arbeitet lavora")
	// wholeTeams name all who work there, not one department.
	wholeTeams = phraseList(`
		team of
		staff of
		workforce of
		headcount of
		team di
		squadra di
		gruppo di lavoro di
		organico di
		team von
		belegschaft von
		employs
		employ
		impiega
		beschäftigt
		emploie`)
	beforeTeam = vocabulary(`a an our the with whole entire global international worldwide growing strong small large diverse talented passionate
		remote distributed dedicated multicultural un una il nostro nostra unser unsere unserem ein eine einem mit con`)
	peopleAdjectives = vocabulary(`full time - dedicated talented highly skilled qualified passionate committed permanent motivated experienced
		professional happy loyal own of our its the tra qualificati specializzati motivierte motivierten engagierte engagierten qualifizierte
		qualifizierten feste festangestellte unsere unserer`)
	beforeCount = vocabulary(`has have having with employ employs employing of our its the are now currently today counts numbers : ( " - and
		ha hanno abbiamo conta contiamo impiega impieghiamo occupa con di siamo nostri i gli suoi attualmente oggi e
		hat haben beschäftigt beschäftigen zählt zählen mit sind unsere unserer die der derzeit aktuell heute und arbeiten lavorano avec compte emploie sommes lists`)
	afterCount = vocabulary(`in across and worldwide globally today now currently throughout around strong
		- ( ) " : with nel nella nelle nei e con tra distribuiti oggi attualmente weltweit aus an und im mit verteilt europaweit dans et`)
	moreThan = phraseList(`
		over
		more than
		above
		at least
		upwards of
		in excess of
		exceeding
		well over
		oltre
		più di
		almeno
		über
		mehr als
		mindestens
		plus de`)
	nearly = phraseList(`
		about
		around
		approximately
		approx
		approx.
		roughly
		some
		circa
		ca
		ca.
		c.
		~
		nearly
		almost
		quasi
		rund
		etwa
		ungefähr
		knapp
		fast
		zirka
		environ`)
	lessThan = phraseList(`
		under
		below
		fewer than
		less than
		up to
		as many as
		maximum
		max
		max.
		meno di
		fino a
		massimo
		weniger als
		unter
		bis zu
		höchstens
		moins de`)
	orMore = phraseList(`
		+
		plus
		or more
		and more
		o più
		oder mehr
		und mehr`)
)

// Doubt about a head count: the past, the future, a part, or somebody else's people.
var (
	countDoubts = vocabulary(`peak formerly former previously once ago earlier originally laid layoff layoffs laying redundancies dismissed fired
		jobs job vacancies openings positions roles hire hires hired hiring recruit recruits recruiting plan plans planned will would could may might
		goal target aim aims expects expected forecast had employed lost lose cut cuts reduced reduce added adding adds joined
		train trains trained helped helps help serve serves served average per each not no never without if
		visitors students users subscribers participants attendees guests volunteers freelancers contractors
		parent subsidiary acquired belongs owned
		aveva avevano contava erano eravamo ex precedentemente picco licenziati licenziato licenziamenti assunzioni assumere assumeremo posti volontari non mai
		hatte hatten waren ehemals früher damals einst entlassen entlässt stellen abgebaut nicht kein keine wird werden wollen sollen würde falls
		tochter tochtergesellschaft mutterkonzern konzern`)
	countDoubtPhrases = phraseList(`
		at one time
		used to
		part of
		up to
		un tempo
		in passato
		fa parte
		gehört zu
		teil der
		teil von
		on average`)
	// partOf before a number, or right after it, makes it a part of another one.
	partOf = phraseList(`
		of which
		of whom
		of them
		of us
		di cui
		tra cui
		davon
		dont`)
	// others have people too, when they stand before the number.
	others = vocabulary(`customer customers client clients companies businesses organisations organizations firms enterprises smes smbs startups teams
		employers partner partners agencies brands retailers merchants clienti cliente aziende imprese kunde kunden firmen betriebe arbeitgeber mittelständler
		for für per pour`)
	places = vocabulary(`office site plant factory branch warehouse department division headquarters hq laboratory lab store shop
		ufficio sede stabilimento filiale magazzino reparto negozio standort werk niederlassung büro hauptsitz zentrale abteilung filialen lager`)
	closed = phraseList(`
		shut down its operations
		shut down operations
		ceased operations
		ceased trading
		out of business
		closed its doors
		in liquidation
		has been dissolved
		was dissolved
		filed for bankruptcy
		ha cessato l'attività
		in liquidazione
		hat den betrieb eingestellt
		in insolvenz
		in liquidation
		insolvenz angemeldet`)
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
