package enrich

import "strings"

var (
	// foundingWords say that a company began.
	foundingWords = vocabulary(`gründeten gründete fondarono fondò founded incorporated established gegründet fondata fondato costituita costituito nata gründung gegründete fondée fondé créée since seit dal depuis`)
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
		family-run since
		operating since
		independent since
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
	sinceAlone = vocabulary("since seit dal depuis")
	foundDoubt = vocabulary(`office offices subsidiary subsidiaries branch customer customers client clients foundation predecessor division partner partners
		competitor parent previous previously formerly not never first another partnership programme program department brand product
		ufficio filiale sede cliente clienti controllata divisione marchio prodotto non
		büro niederlassung tochter tochtergesellschaft kunde kunden stiftung marke produkt nicht standort ehemals
		acquired renamed merged`)
	// foundedWhat follows a founding word that has its year later.
	foundedWhat = phraseList(`
		by
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
		at, ok := begins(tokens, lo, i)
		if !ok {
			at, ok = begun(tokens, i, hi)
		}
		if ok && own.ours(p, at, max(at, i)+1) || founders(tokens, i, hi, own) {
			return true
		}
	}
	return false
}

// begins reads "founded in 1998", "established: 1998", "founded by Jane Doe in
// 1998", "Since 1998" at the start of a line. at is where the statement starts.
func begins(tokens []token, lo, i int) (at int, ok bool) {
	back := i
	if lo == i && lo > 1 && tokens[lo-1].low == ":" {
		lo, _ = clause(tokens, lo-1, i) // "Founded: 1998"
	}
	for back > lo && strings.Contains(":-(", tokens[back-1].low) {
		back--
	}
	if n := beganIn.endsAt(tokens, back); n > 0 {
		return back - n, true
	}
	if back == i && i > 0 && sinceAlone[tokens[i-1].low] {
		from, to := sentence(tokens, i, i+1)
		return from, from == i-1 && to-from <= 3
	}
	// A founder's name, or the company's, may stand between.
	for j := i - 1; j >= lo && i-j <= 8; j-- {
		switch low := tokens[j].low; {
		case low == "founded" || low == "gegründet" || low == "fondata" || low == "fondato":
			return j, vocabulary("in nel im jahr anno").any(tokens, i-1, i) && foundedWhat.startsAt(tokens, j+1) > 0
		case tokens[j].kind == number, tokens[j].kind == lineBreak:
			return 0, false
		}
	}
	return 0, false
}

// begun reads "1998 gegründet", "1998 in Berlin gegründet", "in 1998 the company
// was founded", where no other year follows. at is where the statement starts.
func begun(tokens []token, i, hi int) (at int, ok bool) {
	for j := i + 1; j < hi && j-i <= 6; j++ {
		switch low := tokens[j].low; {
		case tokens[j].kind == number:
			return 0, false
		case low == "gegründet":
			return j, j+1 >= len(tokens) || !takesYear(tokens, j)
		case low == "founded" || low == "incorporated":
			return j, tokens[j-1].low == "was" && i > 0 && tokens[i-1].low == "in" && !takesYear(tokens, j)
		}
	}
	return 0, false
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

// founders reads "2015 gründeten drei Statistikerinnen die Northwind AG".
func founders(tokens []token, i, hi int, own selves) bool {
	if i+1 >= hi || !vocabulary("gründeten gründete fondarono fondò")[tokens[i+1].low] {
		return false
	}
	for j := i + 2; j < hi; j++ {
		article := vocabulary("die das der la l ' il unsere unser").any(tokens, j-1, j)
		if own.own(tokens[j]) && isName(tokens[j]) || article && vocabulary("unternehmen firma gesellschaft azienda società impresa").any(tokens, j, j+1) {
			return article || !vocabulary("von bei mit da di con").any(tokens, j-1, j)
		}
	}
	return false
}

// takesYear reports whether a year follows the founding word at j: then that one is meant.
func takesYear(tokens []token, j int) bool {
	for k := j + 1; k < len(tokens) && k <= j+5; k++ {
		if tokens[k].kind == number {
			return true
		}
	}
	return false
}
