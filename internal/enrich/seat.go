package enrich

import "strings"

var (
	// seatWords tie a place to the head office.
	seatWords = phraseList(`
		headquartered in
		headquartered at
		headquartered near
		headquarters in
		headquarters is in
		headquarters are in
		headquarters :
		headquarters is at
		headquarters at
		hq :
		hq in
		head office in
		head office is in
		head office is at
		head office at
		head office :
		registered office in
		registered office :
		registered office is in
		based in
		based out of
		sits at
		con sede in
		con sede a
		con sede ad
		ha sede a
		ha sede in
		ha sede ad
		sede legale :
		sede legale in
		sede legale a
		sede centrale a
		sede a
		sede in
		sede :
		quartier generale a
		hauptsitz in
		hauptsitz ist in
		hauptsitz :
		mit sitz in
		sitz in
		sitz :
		sitz der gesellschaft :
		firmensitz in
		firmensitz :
		unternehmenssitz in
		ansässig in
		siège social :
		siège social à
		siège social se trouve à
		siège à
		sede principale :
		sede principale a
		unternehmenssitz :
		con sede en
		our home is
		basée à
		basé à
		basés à
		basées à
		sitzt in
		sede en
		sede central en
		sede social en
		sede central :
		sede social :
		ubicada en
		located in
		domicilio social :
		registered office is at
		registered office at`)
	// seatAfter follows a place: "at its Berlin headquarters", "Milan-based".
	seatAfter = phraseList(`
		headquarters
		head office
		hq
		- based
		based company
		based software
		based start
		based startup
		based agency
		based firm`)
	streetWords = vocabulary(`via viale piazza corso largo strada street st road rd avenue ave lane drive boulevard blvd parkway square way
		straße strasse str allee platz weg gasse rue place quai calle plaza cours impasse chemin lungarno vicolo strada`)
	seatDoubt = vocabulary(`customers customer clients client users teams employees people engineers developers founders partner partners parent investor investors
		subsidiary branch distributor reseller warehouse event conference european american asian regional north south second former formerly previously originally
		until was were used no not never without fully remote remotely moving relocate relocating will opening planning soon emea apac
		clienti cliente filiale filiali dipendenti ex già precedentemente non senza nessuna remoto evento
		kunden kunde niederlassung tochter tochtergesellschaft früher ehemals nicht kein keinen keine ohne mitarbeiter messe`)
	// seatEnds ends what belongs to the head office: other offices follow.
	seatEnds = vocabulary(`and with offices office branches branch where serving serve serves customers clients plus und mit büros niederlassungen e con uffici filiali
		while but ma aber since founded ; which whose is has employs operates on from by to we our wir unser unsere siamo nous sells builds develops makes`)
	// seatHeads name the head office itself.
	seatHeads = phraseList(`
		head office
		headquarters
		hq
		registered office
		hauptsitz
		firmensitz
		unternehmenssitz
		zentrale
		sede
		sede centrale
		sede legale
		sede principale
		sede legale e operativa
		quartier generale
		main office
		siège
		siège social
		sede central
		sede social
		domicilio social`)
	seatPrepositions = vocabulary("in at a ad à en")
	lies             = vocabulary("is are located situated ist è liegt befindet sich situata ubicata est trova trouve sont situé située situe está encuentra")
	seatOwners       = vocabulary("our its unser unserem unsere nostra notre")
	// besideSeat may stand between the head office and its verb.
	besideSeat = vocabulary("of the our and der die des unserer unseres dell ' della di del l e und de du notre nuestra ' company firm firma gesellschaft unternehmens azienda società entreprise plant factory werk stabilimento")
	// staffed are words of doubt that are none about "our head office".
	staffed          = vocabulary(`customers customer clients client users teams employees people engineers developers dipendenti mitarbeiter kunden clienti`)
	cityPrepositions = vocabulary("in a ad à zu en")
	beforeCity       = vocabulary("in a ad à zu the its our their")
)

// seatEnders are the last words of all seatWords.
var seatEnders = func() set {
	last := set{}
	for _, seq := range seatWords {
		last[seq[len(seq)-1].low] = true
	}
	return last
}()

// seat is the part of a passage that says where the head office is: [from, to).
type seat struct{ from, to int }

// seats finds every statement of a head office within the quote.
func seats(p passage, own selves) (found []seat) {
	tokens := p.page.tokens
	for i := p.from; i <= p.to; i++ {
		n := 0
		if i > p.from && seatEnders[tokens[i-1].low] {
			n = seatWords.endsAt(tokens, i)
		}
		if n == 0 {
			n = seatOf(tokens, i, own)
		}
		if n == 0 && own.located(tokens, p.from, i) {
			n = 2
		}
		if n > 0 && i-n >= p.from && sound(tokens, i-n, i) && own.ours(p, i-n, i, seatNouns) && own.seated(tokens, i-n) && !under(tokens, i-1, own) {
			found = append(found, seat{i - 1, own.seatEnd(tokens, i, p.to)})
		}
		if n := seatAfter.startsAt(tokens, i); n > 0 && !regional(tokens, i) && i+n <= p.to && i > p.from && (i+n >= len(tokens) || tokens[i+n].low != "of") {
			lo, _ := sentence(tokens, i, i+n)
			s := seat{max(p.from, lo, i-4), i}
			for j := i - 1; j >= s.from; j-- {
				if vocabulary("its our the their a at").any(tokens, j, j+1) {
					s.from = j
					break
				}
			}
			if sound(tokens, s.from, i+n) && own.basedFirm(tokens, i, n) && own.ours(p, s.from, i+n, seatNouns) {
				found = append(found, s)
			}
		}
	}
	for i := p.from + 1; i < p.to; i++ {
		if isName(tokens[i]) && tokens[i].kind == word && atSeatLabel(tokens, p.from, i) && !under(tokens, i, own) && sound(tokens, i, i) && own.unnamed(p, i, i+1, false) {
			found = append(found, seat{i - 1, own.seatEnd(tokens, i, p.to)})
		}
	}
	if s, ok := address(p, own); ok {
		found = append(found, s)
	}
	if s, ok := nameplate(p, own); ok {
		found = append(found, s)
	}
	return found
}

// atSeatLabel reads "Headquarters | Milan", "HQ: Milan" or the two one below the
// other; "HQ Milan" where they stand alone.
func atSeatLabel(tokens []token, from, i int) bool {
	if labelAt(tokens, i, seatHeads) {
		return true
	}
	n := seatHeads.endsAt(tokens, i)
	return n > 0 && i-n >= from && (i == n || ends(tokens, i-n-1)) && tokens[i-1].raw == "HQ"
}

// regional reports whether a country alone stands before "headquarters" at i:
// those of a company in London may be its German ones.
func regional(tokens []token, i int) bool {
	if tokens[i].low == "-" {
		return false
	}
	for _, pl := range gazetteer() {
		if from := i - len(pl.name); !pl.city && at(tokens, from, pl.name) && isPlaceName(tokens, from, len(pl.name)) {
			return from == 0 || tokens[from-1].low != ","
		}
	}
	return false
}

// sound reports whether nothing before the seat words speaks against them. People
// may be said to work at "our head office", and a company "was founded".
func sound(tokens []token, from, to int) bool {
	lo, _ := sentence(tokens, from, to)
	at := from
	for at < to && seatHeads.startsAt(tokens, at) == 0 {
		at++
	}
	ours := seatOwners.any(tokens, at-1, at) || seatOwners.any(tokens, from, from+1)
	for i := from; i > lo; i-- {
		if vocabulary("and e und et").any(tokens, i-1, i) && finite[tokens[i].low] {
			lo = i // "conta 250 dipendenti e ha sede a Milano"
			break
		}
	}
	for i := max(lo, from-8); i < to; i++ {
		switch low := tokens[i].low; {
		case !seatDoubt[low], low == "no" && tokens[i+1].low == ".":
		case ours && staffed[low]:
		case staffed[low] && weAre(tokens, lo, i):
		case (low == "was" || low == "were") && foundingWords.any(tokens, i+1, i+2):
		default:
			return false
		}
	}
	return true
}

// located reads "Northwind of Acheson" and "Northwind is a software company in
// Berlin" up to the place at i; "the leading company in Italy" speaks of a market.
func (s selves) located(tokens []token, from, i int) bool {
	if i-2 < from || i >= len(tokens) || !isName(tokens[i]) || tokens[i].kind != word {
		return false
	}
	noun := tokens[i-2]
	if genitive(tokens, i+1) {
		return false // "in Berlin's shadow"
	}
	switch tokens[i-1].low {
	case "of":
		return isName(noun) && s.own(noun)
	case "in", "from", "aus":
		if !companyNouns[noun.low] && !strings.HasSuffix(noun.low, "unternehmen") {
			return false
		}
		lo, _ := sentence(tokens, i, i+1)
		for j := i - 3; j > lo && j > i-9; j-- {
			if vocabulary("a an ein eine").any(tokens, j, j+1) {
				return isA[tokens[j-1].low] && finite[tokens[j-1].low]
			}
			if vocabulary("leading largest biggest best first top only most number favourite favorite fastest")[tokens[j].low] {
				return false
			}
		}
	}
	return false
}

// weAre reads "we are a team of 250 people" up to the people at i: all of them.
func weAre(tokens []token, from, i int) bool {
	lo, _ := clause(tokens, i, i+1)
	from = max(from, lo) // "We have grown: today we are …"
	is := from
	for is < i && !vocabulary("are re sind siamo sommes")[tokens[is].low] {
		is++
	}
	for j := is + 1; j < i; j++ {
		k := tokens[j]
		_, counted := amountAt(tokens, j)
		if !counted && k.kind != number && !beforeTeam[k.low] && !teamNouns[k.low] && !companyNouns[k.low] && !vocabulary("of von di now today over about around some")[k.low] && !peopleAdjectives[k.low] {
			return false
		}
	}
	return is < i && is-from <= 3 && ownVoice.any(tokens, from, is+1)
}

// participles say where somebody is; who that is stands right before them.
var participles = vocabulary("based headquartered located situated ansässig basée basé")

// seated reports whether the participle at i, if it is one, is said of the company:
// a verb, its name or a noun for a company stands before it, or nothing.
func (s selves) seated(tokens []token, i int) bool {
	if !participles[tokens[i].low] || i == 0 {
		return true
	}
	lo, _ := sentence(tokens, i, i+1)
	before := tokens[i-1]
	switch {
	case companyNouns[before.low]:
		return !anothers(tokens, lo, i-1)
	case i == lo, before.kind != word, finite[before.low], beforeFounded[before.low], vocabulary("re now currently today still mainly primarily").any(tokens, i-1, i), legalForms[before.low]:
		return !(i > lo+1 && finite[before.low] && tokens[i-2].kind == number)
	case isName(before) && s.own(before):
		return true
	}
	return weAre(tokens, lo, i-1)
}

// basedFirm reads what follows a place in "a London-based software company": a
// noun for a company that stands for this one, not "a London-based company saved"
// nor "the London-based company Globex". n is the length of "- based" at i.
func (s selves) basedFirm(tokens []token, i, n int) bool {
	if tokens[i+n-1].low != "based" && tokens[i].low != "based" {
		return true
	}
	lo, hi := sentence(tokens, i, i+n)
	if i+n < hi && isName(tokens[i+n]) && s.own(tokens[i+n]) && !others.any(tokens, i+n, hi) {
		return true // "Milan-based Northwind"
	}
	noun := i + 1
	for noun < hi && noun < i+n+4 && !companyNouns[tokens[noun].low] && !teamNouns[tokens[noun].low] {
		noun++
	}
	if noun >= hi || !companyNouns[tokens[noun].low] && !(teamNouns[tokens[noun].low] && weAre(tokens, lo, i-1)) && !weAre(tokens, lo, i-1) {
		return noun >= hi && i+n >= hi-1 // "Berlin-based"
	}
	for noun < hi && (companyNouns[tokens[noun].low] || tokens[noun].low == "-") {
		noun++ // "start-up"
	}
	if noun < hi && s.stranger(tokens[noun]) {
		return false
	}
	return !vocabulary("a an").any(tokens, lo, lo+1) || noun >= hi || tokens[noun].kind == punct || vocabulary("for of from with in").any(tokens, noun, noun+1)
}

// seatOf reads "head office and plant are in", "Hauptsitz der Northwind AG ist in",
// which end at i, and returns their length in tokens; 0: they do not.
func seatOf(tokens []token, i int, own selves) int {
	if i < 3 || !seatPrepositions[tokens[i-1].low] || !lies[tokens[i-2].low] {
		return 0
	}
	j := i - 2
	for j > 1 && (lies[tokens[j-1].low] || vocabulary("si se sich")[tokens[j-1].low]) {
		j--
	}
	for k := j; k > 0 && j-k <= 7; k-- {
		if n := seatHeads.endsAt(tokens, k); n > 0 {
			return i - (k - n)
		}
		t := tokens[k-1]
		if !besideSeat[t.low] &&
			!(isName(t) && (own.own(t) || legalForms[t.low])) {
			return 0
		}
	}
	return 0
}

func (s selves) seatEnd(tokens []token, from, limit int) int {
	for i := from; i < limit && i < from+14; i++ {
		if k := tokens[i]; k.kind == lineBreak || seatEnds[k.low] || ends(tokens, i) {
			return i
		}
		if k := tokens[i]; isName(k) && s.own(k) && tokens[i-1].low == "," {
			return i // "Headquartered in Milan, Northwind sells …"
		}
		if k := tokens[i]; k.low == "." && k.glued && i+1 < limit && !tokens[i+1].glued && tokens[i-1].low != "st" {
			return i // "Milan, IT. US office: Boston"
		}
		if _, counts := englishUnits[tokens[i].low]; counts {
			return i // "…, three in the United States"
		}
	}
	return min(limit, from+14)
}
