package enrich

import (
	_ "embed"
	"strings"
	"sync"

	"leadtriage/internal/company"

	"golang.org/x/text/language"
)

//go:embed places.txt
var placesFile string

// place is a country said by name, by one of its states, or by a city.
type place struct {
	name    []token
	country string
	city    bool // weaker: many towns are called Dublin
}

// homonyms are countries that share their name with something nearer.
var homonyms = vocabulary("georgia jersey guinea niger jordan chad mali togo cuba peru lebanon")

var gazetteer = sync.OnceValue(func() []place {
	var all []place
	city := false
	for line := range strings.Lines(placesFile) {
		line = strings.TrimSpace(line)
		code, names, ok := strings.Cut(line, ":")
		switch {
		case line == "-":
			city = true
		case ok && line[0] != '#':
			for name := range strings.SplitSeq(names, ";") {
				all = append(all, place{words(name), code, city})
			}
		}
	}
	for _, code := range countryCodes() {
		for _, name := range company.CountryNames(code) {
			if seq := words(name); len(seq) > 0 && !(len(seq) == 1 && homonyms[seq[0].low]) {
				all = append(all, place{seq, code, false})
			}
		}
	}
	return all
})

// countryCodes lists the ISO 3166-1 alpha-2 codes.
func countryCodes() []string {
	var codes []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if r, err := language.ParseRegion(code); err == nil && r.IsCountry() && r.String() == code {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

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
		basée à`)
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
		subsidiary branch distributor reseller warehouse event conference european american asian regional north south former formerly previously originally
		until was were used no not never without fully remote remotely moving relocate relocating will emea apac
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
		siège social`)
	seatPrepositions = vocabulary("in at a ad à")
	lies             = vocabulary("is are located situated ist è liegt befindet sich situata ubicata est trova sont situé située")
	seatOwners       = vocabulary("our its unser unserem unsere nostra notre")
	// besideSeat may stand between the head office and its verb.
	besideSeat = vocabulary("of the our and der die des unserer unseres dell ' della di del l e und de du notre company firm firma gesellschaft unternehmens azienda società entreprise plant factory werk stabilimento")
	// staffed are words of doubt that are none about "our head office".
	staffed          = vocabulary(`customers customer clients client users teams employees people engineers developers dipendenti mitarbeiter kunden clienti`)
	cityPrepositions = vocabulary("in a ad à zu")
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
		case !seatDoubt[low]:
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
	case "in":
		if !companyNouns[noun.low] {
			return false
		}
		lo, _ := sentence(tokens, i, i+1)
		for j := i - 3; j > lo && j > i-9; j-- {
			if vocabulary("a an").any(tokens, j, j+1) {
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
	is := from
	for is < i && !vocabulary("are re sind siamo sommes")[tokens[is].low] {
		is++
	}
	for j := is + 1; j < i; j++ {
		k := tokens[j]
		_, counted := amountAt(tokens, j)
		if !counted && k.kind != number && !beforeTeam[k.low] && !teamNouns[k.low] && !companyNouns[k.low] && !vocabulary("of von di now today over about around some")[k.low] && peopleAdjectives[k.low] == false {
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

// address reads a line with a street and its number: an imprint or a footer.
func address(p passage, own selves) (seat, bool) {
	tokens := p.page.tokens
	for i := p.from; i < p.to; i++ {
		if !street(tokens[i].low) {
			continue
		}
		numbered := false
		for j := max(p.from, i-5); j < min(p.to, i+6); j++ {
			numbered = numbered || tokens[j].kind == number
		}
		from, to := sentence(tokens, i, i+1)
		to = addressEnd(tokens, to)
		if !numbered || seatDoubt.any(tokens, from, to) || places.any(tokens, from, i) || !own.lives(p, i) {
			continue
		}
		start := i
		for start+1 < to && tokens[start].low != "," && tokens[start].kind != lineBreak && tokens[start].kind != number {
			start++ // a street may be called after a country
		}
		return seat{start, min(p.to, to)}, true
	}
	return seat{}, false
}

// addressEnd goes on from the end of a street's line or cell over those that
// continue the address: "10115 Berlin", "Boston, MA 02110", "Deutschland".
func addressEnd(tokens []token, to int) int {
	for range 4 {
		start := to
		for start > 0 && start < len(tokens) && !ends(tokens, start-1) && ends(tokens, start) {
			start++
		}
		end := start
		postal := false
		for end < len(tokens) && !ends(tokens, end) {
			k := tokens[end]
			named := k.kind == word && isName(k)
			if !named && k.kind != number && !vocabulary(", - ( ) the am an der im in sur de la am a d ' .")[k.low] {
				return to
			}
			postal = postal || k.kind == number && len(k.raw) >= 4 || named && placeAt(tokens, end)
			end++
		}
		if !postal || end-start > 9 || end == start {
			return to
		}
		to = end
		if to < len(tokens) && tokens[to].kind != number && tokens[to].kind != word {
			to++
		}
	}
	return to
}

// placeAt reports whether a known place stands at i.
func placeAt(tokens []token, i int) bool {
	for _, pl := range gazetteer() {
		if at(tokens, i, pl.name) && isPlaceName(tokens, i, len(pl.name)) {
			return true
		}
	}
	return false
}

// nameplate reads a line that has nothing but the company's registered name and
// its place, as at the foot of a page: "© 2026 Northwind GmbH, Berlin, Germany".
func nameplate(p passage, own selves) (seat, bool) {
	tokens := p.page.tokens
	from, to := lineStart(tokens, p.from), lineEnd(tokens, p.from)
	i := from
	for i < to && (tokens[i].kind == number || tokens[i].kind == punct || tokens[i].low == "copyright") {
		i++
	}
	if i >= to || i < p.from || p.to > to+1 {
		return seat{}, false
	}
	start := i
	for i < to && !plateBreaks[tokens[i].low] || i+1 < to && hasForm(tokens[i+1:i+2]) {
		i++
	}
	if i >= to || i-start > 9 || own.firm(tokens, start, i) != ownFirm || !hasLegalForm(tokens[start:i]) {
		return seat{}, false
	}
	end := own.seatEnd(tokens, i+1, min(p.to, to))
	if end <= i+1 {
		return seat{}, false
	}
	for _, k := range tokens[i+1 : end] {
		if k.kind == word && !isName(k) && k.low != "the" || k.kind == number {
			return seat{}, false
		}
	}
	return seat{i, end}, true
}

// plateBreaks stand between a registered name and its place.
var plateBreaks = vocabulary(", - | · •")

func hasForm(seq []token) bool { return len(seq) == 1 && legalForms[seq[0].low] }

// street reports whether a word in lower case is, or ends like, one for a street.
func street(low string) bool {
	if streetWords[low] {
		return true
	}
	for _, end := range []string{"strasse", "straße", "gasse", "allee", "platz", "weg", "ring", "damm", "ufer", "str", "straat", "gracht", "kade"} {
		if len(low) > len(end)+2 && strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}

// bearsCountry reports whether the passage places the head office in the
// country, and in no other one.
func bearsCountry(code string, p passage, own selves) bool {
	for _, s := range seats(p, own) {
		if countryOf(p.page.tokens, s) == code || completed(p, s, own) == code {
			return true
		}
	}
	return false
}

// completed is the country of a seat that names a city alone, by a line of the
// page that has the company's name, the city and one country; else empty.
func completed(p passage, s seat, own selves) string {
	tokens := p.page.tokens
	if countryOf(tokens, s) != "" || s.from+1 >= s.to {
		return ""
	}
	end := s.from + 1
	for end < s.to && isName(tokens[end]) && tokens[end].kind == word {
		end++
	}
	city := tokens[s.from+1 : end]
	if len(city) == 0 || end < s.to && vocabulary(", ( -").any(tokens, end, end+1) && !ends(tokens, end) {
		return "" // more is said of where it is
	}
	found := map[string]bool{}
	for _, i := range find(tokens, 0, len(tokens), city) {
		from, to := lineStart(tokens, i), lineEnd(tokens, i)
		if i == s.from+1 || tokens[from].quoted || own.firm(tokens, from, i) != ownFirm {
			continue
		}
		if code := countryOf(tokens, seat{i, min(to, i+8)}); code != "" {
			found[code] = true
		}
	}
	if len(found) == 1 {
		return only(found)
	}
	return ""
}

// countryOf is the one country that the seat names; empty: none or several. A
// named country or state outweighs a city's.
func countryOf(tokens []token, s seat) string {
	named, byCity := map[string]bool{}, map[string]bool{}
	for _, pl := range gazetteer() {
		for _, i := range find(tokens, s.from, s.to, pl.name) {
			if !isPlaceName(tokens, i, len(pl.name)) {
				continue
			}
			if pl.city {
				byCity[pl.country] = true
			} else {
				named[pl.country] = true
			}
		}
	}
	switch {
	case len(named) == 1:
		return only(named)
	case len(named) > 1:
		return ""
	}
	state, abbreviated := stateAt(tokens, s)
	switch {
	case abbreviated && (len(byCity) == 0 || byCity[state]):
		return state
	case len(byCity) == 1 && !abbreviated:
		return only(byCity)
	}
	return ""
}

// isPlaceName refuses "us" and "it" in lower case, "New Jersey" for Jersey and
// "South Sudan" for Sudan.
func isPlaceName(tokens []token, i, n int) bool {
	if n == 1 && len(tokens[i].raw) <= 3 && tokens[i].raw != strings.ToUpper(tokens[i].raw) {
		return false
	}
	if n == 1 && len(tokens[i].raw) <= 2 && tokens[i].low != "us" && tokens[i].low != "uk" {
		return false
	}
	if !isName(tokens[i]) {
		return false
	}
	return i == 0 || !vocabulary("new northern north south southern equatorial papua american east west western").any(tokens, i-1, i) ||
		vocabulary("new north south west").any(tokens, i, i+1)
}

// stateAt reads ", TX" or ", MA 02110" behind a city. country is empty where the two
// letters may be those of another country: ", CA" without a number.
func stateAt(tokens []token, s seat) (country string, ok bool) {
	for i := s.from + 1; i < min(s.to, len(tokens)); i++ {
		k := tokens[i]
		if tokens[i-1].low != "," || k.kind != word || len(k.raw) != 2 || k.raw != strings.ToUpper(k.raw) {
			continue
		}
		zip := i+1 < len(tokens) && tokens[i+1].kind == number && len(tokens[i+1].raw) == 5
		switch {
		case states[k.low] && (zip || !isCountry(k.raw)):
			return "US", true
		case provinces[k.low] && !isCountry(k.raw):
			return "CA", true
		case isCountry(k.raw) && !states[k.low]:
			return k.raw, true
		}
		return "", true
	}
	return "", false
}

func isCountry(code string) bool {
	r, err := language.ParseRegion(code)
	return err == nil && r.IsCountry() && r.String() == code
}

var (
	states    = vocabulary(`al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy`)
	provinces = vocabulary("ab bc mb nb ns on pe qc sk")
)

func only(set map[string]bool) string {
	for k := range set {
		return k
	}
	return ""
}

// bearsCity reports whether the passage places the head office in the city, by
// whichever of its names.
func bearsCity(city string, p passage, own selves) bool {
	found := seats(p, own)
	if len(found) == 0 || !cityLike(city) {
		return false
	}
	for _, name := range append([]string{city}, company.CityNames(city)...) {
		if seq := words(name); len(seq) > 0 && len(seq) <= 5 && namesCity(seq, p.page.tokens, found) {
			return true
		}
	}
	return false
}

func namesCity(seq, tokens []token, seats []seat) bool {
	for _, s := range seats {
		for _, i := range find(tokens, s.from, s.to, seq) {
			if !isName(tokens[i]) || longerPlace(tokens, i, i+len(seq), s.to) {
				continue
			}
			before := tokens[max(i-1, 0)]
			switch {
			case i > 0 && (cityPrepositions[before.low] || before.kind == number && len(before.raw) >= 4):
				return true
			case i > 0 && (before.low == ":" || before.low == "is") && i-1 >= s.from:
				return true
			case i > 0 && before.low == "of" && followedByPlace(tokens, i+len(seq), s.to):
				return true
			case i+len(seq) <= s.to && seatAfter.startsAt(tokens, i+len(seq)) > 0:
				return true
			case (followedByPlace(tokens, i+len(seq), s.to) || followedByState(tokens, i+len(seq), s.to)) && (before.low == "," || seatAfter.startsAt(tokens, s.to) > 0):
				return true
			}
		}
	}
	return false
}

// cityLike refuses countries and states given for a city, save those that are both.
func cityLike(city string) bool {
	seq := words(city)
	if vocabulary("singapore monaco luxembourg washington québec quebec").any(seq, 0, 1) || len(seq) == 2 && at(seq, 0, words("new york")) {
		return true
	}
	for _, pl := range gazetteer() {
		if !pl.city && len(pl.name) == len(seq) && at(seq, 0, pl.name) {
			return false
		}
	}
	return true
}

// longerPlace refuses "Stamford" in "Stamford Place".
func longerPlace(tokens []token, from, end, limit int) bool {
	if from > 0 && isName(tokens[from-1]) && tokens[from-1].kind == word && !beforeCity[tokens[from-1].low] {
		return true
	}
	return end < limit && tokens[end].kind == word && isName(tokens[end]) && seatAfter.startsAt(tokens, end) == 0
}

// followedByState reads ", MA" behind a city.
func followedByState(tokens []token, i, limit int) bool {
	return i+1 < limit && tokens[i].low == "," && len(tokens[i+1].raw) == 2 && (states[tokens[i+1].low] || provinces[tokens[i+1].low])
}

func followedByPlace(tokens []token, i, limit int) bool {
	if i < limit && tokens[i].low == "," {
		i++
	}
	for _, pl := range gazetteer() {
		if i < limit && at(tokens, i, pl.name) && isPlaceName(tokens, i, len(pl.name)) {
			return true
		}
	}
	return false
}
