package enrich

import (
	"slices"
	"strings"
)

var (
	// foundingWords say that a company began.
	foundingWords = vocabulary(`founders gründeten gründete fondarono fondò founded incorporated established gegründet fondata fondato costituita costituito nata gründung gegründete fondée fondé créée since seit dal depuis`)
	// beganIn are founding words that a year follows directly.
	beganIn = phraseList(`
		founded in
		founded
		founded back in
		established in
		established
		est.
		est
		incorporated in
		incorporated
		founding year
		year founded
		year of foundation
		in business since
		family-owned since
		azienda di famiglia dal
		azienda familiare dal
		familienunternehmen seit
		familienbetrieb seit
		in familienhand seit
		entreprise familiale depuis
		family-run since
		operating since
		independent since
		existed since
		been around since
		in operation since
		going back to
		goes back to
		business since
		dating back to
		founded in the year
		was set up in
		was started in
		gegründet
		gegründet im jahr
		gegründet in
		gründungsjahr
		gründung
		fondata nel
		fondato nel
		costituita nel
		costituito nel
		nata nel
		anno di fondazione
		attiva dal
		attivi dal
		fondée en
		créée en`)
	founded = vocabulary("founded established incorporated gegründet fondata fondato costituita costituito fondée fondé créée")
	// foundedIt take the company for their object, or for a subject that follows.
	foundedIt = vocabulary("founded started gründeten gründete fondarono fondò fonda nasce nacque fonda fondato fondé")
	inYear    = vocabulary("in im nel en jahr jahre anno the year ,")
	// startedIn may mean much; behind "we" or the company's name they mean its start.
	startedIn = phraseList(`
		started in
		started out in
		started up in
		began in
		launched in
		was launched in
		was started in
		was created in
		was born in
		nasce nel
		nacque nel
		nati nel
		è nata nel
		est née en`)
	foundedLabels = phraseList(`
		founded
		year founded
		founding year
		established
		gegründet
		gründungsjahr
		gründung
		fondata
		anno di fondazione
		fondée
		année de création`)
	besideFounded = vocabulary("in a à at by the and , von da im nel en jahr jahre anno year di de zu e et und of near bei it wurde die das")
	beforeFounded = vocabulary(`be been being first originally officially jointly and e und et stata stato été wurde wurden worden von as company when it
		also newly privately formally independently later who dal da`)
	sinceAlone = vocabulary("since seit dal depuis")
	foundDoubt = vocabulary(`office offices subsidiary subsidiaries branch customer customers client clients foundation predecessor division partner partners
		competitor parent previous previously formerly not never first another partnership programme program department brand product
		ufficio filiale sede cliente clienti controllata divisione marchio prodotto non
		büro niederlassung tochter tochtergesellschaft kunde kunden stiftung marke produkt nicht standort ehemals
		acquired renamed merged`)
	// foundedWhat follows a founding word that has its year later.
	foundedWhat = phraseList(`
		by
		in
		at
		near
		a
		à
		im
		it
		the company
		the business
		the firm
		da
		von
		wurde die firma
		wurde das unternehmen
		wurde die gesellschaft`)
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
		if foundDoubt.any(tokens, from, max(upTo(tokens, i, hi), i+1)) {
			continue
		}
		at, ok := begins(tokens, lo, i, own)
		if !ok {
			at, ok = i, begun(tokens, i, hi, own)
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
	if lo == i && lo > 1 && tokens[lo-1].low == ":" {
		lo, _ = clause(tokens, lo-1, i) // "Founded: 1998"
	}
	for back > lo && strings.Contains(":-(", tokens[back-1].low) {
		back--
	}
	if n := beganIn.endsAt(tokens, back); n > 0 {
		return back - n, !founded[tokens[back-n].low] || !modifying(tokens, back-n, own)
	}
	if (i+1 == len(tokens) || ends(tokens, i+1)) && labelAt(tokens, i, foundedLabels) && (tokens[i-1].kind != lineBreak || grid(tokens, count{from: i, to: i + 1}) != numberFirst) && !under(tokens, i, own) {
		return i, true // "Founded | 2009"
	}
	if n := startedIn.endsAt(tokens, i); n > 0 && i-n > 0 {
		before := tokens[i-n-1]
		return i - n - 1, ownVoice[before.low] || isName(before) && own.own(before)
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
		case "gegründete":
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
				return end+1 == i && inYear[tokens[end].low] || opensWith(tokens, from, i) && i < v && !takesYear(tokens, v)
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
