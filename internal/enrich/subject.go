package enrich

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"leadtriage/internal/company"
	"leadtriage/internal/page"
)

// selves are the names that a company goes by on its own pages: of its domain,
// and what its home page calls itself. What an automation sent is not among them.
type selves struct {
	phrases        // as they stand in running text
	words   set    // of all names
	label   string // of the domain, without hyphens
}

// selvesOf reads the names from the pages that vouch for the company.
func selvesOf(domain string, pages []page.Page) selves {
	label, _, _ := strings.Cut(domain, ".")
	s := selves{called("", domain), set{}, strings.ReplaceAll(label, "-", "")}
	for _, p := range pages {
		if u, err := url.Parse(p.URL); err != nil || len(strings.Trim(u.Path, "/")) > len("en-us") {
			continue
		}
		for _, name := range append(strings.FieldsFunc(spacedDashes.Replace(p.Title), func(r rune) bool { return strings.ContainsRune("|·•:–—", r) }), p.Site) {
			seq := words(name)
			for len(seq) > 1 && (legalForms[seq[len(seq)-1].low] || seq[len(seq)-1].kind != word) {
				seq = seq[:len(seq)-1]
			}
			if len(seq) > 1 && vocabulary("the die der das")[seq[0].low] {
				seq = seq[1:] // "The Hub"
			}
			if len(seq) > 0 && len(seq) <= 5 && meaningful(name) >= 3 && isName(seq[0]) && !harmless()[seq[0].low] && !isFiller(seq) {
				s.phrases = append(s.phrases, seq)
			}
		}
	}
	for _, seq := range s.phrases {
		for _, k := range seq {
			if len([]rune(k.low)) >= 2 && !filler[k.low] && !legalForms[k.low] {
				s.words[k.low] = true
			}
		}
	}
	return s
}

var spacedDashes = strings.NewReplacer(" - ", "|", ", ", "|")

func isFiller(seq []token) bool {
	for _, k := range seq {
		if k.kind == word && !filler[k.low] && !harmless()[k.low] {
			return false
		}
	}
	return true
}

// own reports whether a capitalised word is part of the company's name.
func (s selves) own(k token) bool {
	if s.words[k.low] {
		return true
	}
	n := len([]rune(k.low))
	return n >= 4 && strings.HasPrefix(s.label, k.low) || len(s.label) >= 4 && strings.HasPrefix(k.low, s.label)
}

// harmless words name no company though they may be written with a capital:
// what a sentence starts with, nouns that German writes so, places, peoples.
var harmless = sync.OnceValue(func() set {
	all := vocabulary(`a an the this that these those our we us i my your you it its they their he she his her who which what where when while
		today now currently presently together overall globally worldwide internationally altogether here there at in on of from with by for to and or but as since after before over under
		about around nearly almost roughly approximately some more less than only just also both all each every not no if so then still yet than between among
		once one two three four five six seven eight nine ten eleven twelve hundred thousand million
		founded established incorporated headquartered based located employing employs employees staff people team teams workforce headcount company size number numbers total facts figures key
		business firm family owned run led managed independent privately held publicly traded leading global international national local regional
		ceo cfo coo cto it hr r&d eu uk us usa emea apac saas crm erp b2b b2c ai ok vat
		head main office headquarters hq registered seat address contact phone imprint legal notice founded industry sector location country city revenue revenues turnover sales annual
		january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
		italian german swiss dutch british english scottish welsh irish french american canadian austrian spanish european danish swedish norwegian finnish belgian portuguese polish czech australian
		nordic scandinavian bavarian tuscan milanese london-based
		il lo la i gli le un uno una l di da del della dei delle nel nella con per su tra fra e ed o oggi attualmente siamo noi ci nostro nostra nostri nostre azienda impresa società
		gruppo team dipendenti collaboratori addetti persone fondata fondato nata nato dal sede legale centrale organico numero fatturato ricavi settore contatti diamo contiamo impieghiamo abbiamo lavorano circa oltre più
		gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
		der die das den dem des ein eine einen einem einer und oder mit wir uns unser unsere unserem unseren heute derzeit aktuell insgesamt weltweit rund etwa circa über mehr als seit im in am an auf von vom zu zum zur für
		bei es sie ihr ihre gegründet gründung gründungsjahr jahr jahre jahren jahres anfang ende mitarbeiter mitarbeitende mitarbeitenden mitarbeiterinnen mitarbeitern beschäftigte beschäftigten angestellte kollegen kolleginnen menschen personen
		köpfe team teams belegschaft unternehmen unternehmens firma gesellschaft betrieb haus familienunternehmen familienbetrieb traditionsunternehmen hersteller anbieter spezialist dienstleister maschinenbauer handwerksbetrieb
		softwarehaus softwareunternehmen agentur marktführer sitz hauptsitz firmensitz stammsitz zentrale standort standorte standorten adresse anschrift kontakt impressum umsatz jahresumsatz branche mitarbeiterzahl anzahl zahlen fakten daten
		verein stiftung genossenschaft praxis kanzlei brauerei druckerei verlag start startup
		verkauf einkauf kundendienst buchhaltung marketing spenden alltag
		generation generationen hand herzen region raum land ländern europa welt teil geschäftsführung geschäftsführer inhaber entwicklung produktion vertrieb
		januar februar märz april mai juni juli august september oktober november dezember
		le la les l un une des du de et el los las y en hoy más nuestro nuestra nuestros fundada fundado gründung création fundación actualmente ad inzwischen mittlerweile nous notre nos aujourd aujourd'hui environ plus avec depuis société entreprise équipe siège effectif effectifs salariés collaborateurs fondée créée chiffre d affaires
		europe asia africa america world north south east west central eastern western northern southern
		inc ltd gmbh ag kg se srl spa llc llp plc corp co sa sas bv nv`)
	for _, names := range []set{storyNouns, legalForms, isOrMakes, ownSubjects, besideSubject, foundingWords, revenueWords, beforeCount, afterCount, peopleAdjectives} {
		for w := range names {
			all[w] = true
		}
	}
	for _, list := range []phrases{tradeLabels, headNouns, personNouns, employing, countLabels, foundedLabels, seatHeads} {
		for _, seq := range list {
			for _, k := range seq {
				all[k.low] = true
			}
		}
	}
	for w := range currencies {
		all[w] = true
	}
	for _, p := range gazetteer() {
		for _, k := range p.name {
			if len(k.low) > 1 {
				all[k.low] = true
			}
		}
	}
	return all
})

// stranger reports whether the token is a capitalised word that may be somebody
// else's name.
func (s selves) stranger(k token) bool {
	return k.kind == word && unicode.IsUpper([]rune(k.raw)[0]) && !harmless()[k.low] && !s.own(k)
}

// nameAt reads a run of capitalised words at i; foreign: it may be somebody else's
// name. A run with a word of the company's own belongs to it.
func (s selves) nameAt(tokens []token, i, to int) (end int, foreign bool) {
	if harmless()[tokens[i].low] && !s.own(tokens[i]) {
		return i, false // "Die Globex AG", "Im Verkauf"
	}
	if lo := i == 0 || ends(tokens, i-1); lo && i+1 < to && afterImperative[tokens[i+1].raw] {
		return i, false // "Meet our team"
	}
	owned := false
	for end = i; end < to && partOfName(tokens, i, end); end++ {
		owned = owned || tokens[end].kind == word && s.own(tokens[end])
		foreign = foreign || s.stranger(tokens[end])
	}
	if foreign && end > i { // "Lakeside Hotels" is not Lakeside Tools
		name := squeeze(tokens[i:end])
		owned = len(name) >= 3 && len(s.label) >= 3 && (strings.HasPrefix(s.label, name) || strings.HasPrefix(name, s.label)) ||
			owned && slices.ContainsFunc(s.phrases, func(seq []token) bool { return len(find(tokens, i, end, seq)) > 0 })
	}
	// "Double Star of Acheson, Canada"
	placed := foreign && i > 1 && (beforePlace[tokens[i-1].low] || tokens[i-1].kind == number) && end+1 < to && tokens[end].low == "," && placeAt(tokens, end+1)
	road := end > i+1 && street(tokens[end-1].low)
	return end, foreign && !owned && !placed && !road && !(end == i+1 && indefinite(tokens, i))
}

var beforePlace = vocabulary("of from near in at ,")

// afterImperative follows a verb that opens a sentence, and no name.
var afterImperative = vocabulary("and our us the your a an unser unsere il la i le nostro nostra notre")

// indefinite reports whether a capitalised word is a German noun: "ein junges Fintech".
func indefinite(tokens []token, i int) bool {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		if vocabulary("ein eine einen einem einer eines kein keine im am beim zum zur vom")[tokens[j].low] {
			return true
		}
		if tokens[j].kind != word || isName(tokens[j]) {
			return false
		}
	}
	return false
}

// lastStranger is where the last name of somebody else in [from, to) stands; ok
// is false where there is none.
func (s selves) lastStranger(tokens []token, from, to int) (start, end int, ok bool) {
	for i := from; i < to; i++ {
		next, foreign := s.nameAt(tokens, i, to)
		if foreign {
			start, end, ok = i, next, true
		}
		i = max(i, next-1)
	}
	return start, end, ok
}

// partOfName reports whether token i goes on a name that starts at run.
func partOfName(tokens []token, run, i int) bool {
	k := tokens[i]
	switch {
	case i == run:
		return k.kind == word && unicode.IsUpper([]rune(k.raw)[0])
	case k.kind == word && unicode.IsUpper([]rune(k.raw)[0]):
		return tokens[i-1].kind == word || joinsName[tokens[i-1].low]
	case joinsName[k.low]:
		return i+1 < len(tokens) && tokens[i+1].kind == word && unicode.IsUpper([]rune(tokens[i+1].raw)[0])
	}
	return false
}

var joinsName = vocabulary("& - ' .")

var (
	// ownVoice says "we", so that the rest of the sentence is about the company.
	ownVoice = vocabulary("we wir noi nous siamo contiamo impieghiamo abbiamo diamo sviluppiamo serviamo offriamo produciamo lavoriamo our unser unsere nostro nostra nostri nostre nos notre nosotros somos tenemos contamos empleamos desarrollamos ofrecemos usamos utilizamos estamos nuestro nuestra nuestros nuestras")
	// finite verbs follow the name of whom a sentence is about.
	finite = vocabulary(`is was has had have are were employs employed makes made builds offers provides develops runs uses serves sells operates lists counts became becomes helps
		ist war hat hatte beschäftigt zählt bietet entwickelt produziert macht betreibt nutzt ha aveva è era conta impiega produce offre sviluppa usa a emploie compte est
		es tiene emplea cuenta ofrece desarrolla utiliza fue`)
	// beside stands before the name of somebody whose words or affairs follow.
	beside = vocabulary("at for bei für presso per chez pour like unlike than")
	// anaphors point at whom the sentence before was about.
	anaphors = vocabulary("it they he she its their this that company firm business group sie es er unternehmen firma gesellschaft essa azienda società gruppo elle société entreprise verein stiftung")
	// hypothetical companies are none: "Imagine a firm … The company has …".
	hypothetical = vocabulary("imagine picture suppose immaginate immagina ipotizziamo angenommen imaginez imaginons supposons imagina supongamos")
	groups       = vocabulary("group groups gruppe gruppo groupe holding konzern")
	// someFirm is a company that is none in particular.
	someFirm = vocabulary("a an one any every each another ein eine jede jedes un una une ogni chaque")
)

// ours reports whether what stands at [from, to) is said of the company itself:
// nobody else is named before it in its sentence or row, nor as the subject of
// what follows, nor in the sentence before, to which it points back. heads are
// the nouns that may be its subject beside the company.
func (s selves) ours(p passage, from, to int, heads set) bool {
	lo, _ := sentence(p.page.tokens, from, to)
	return s.about(p.page.tokens, lo, from, heads) && s.unnamed(p, from, to, false)
}

// unnamed is ours without a look at the subject. products: those of others may be
// named before, as in "our CRM is Salesforce and our shop runs on Shopify".
func (s selves) unnamed(p passage, from, to int, products bool) bool {
	tokens := p.page.tokens
	lo, hi := sentence(tokens, from, to)
	if denied(tokens, lo, to) || tokens[hi-1].low == "?" {
		return false
	}
	row := lo
	for row > 0 && !(tokens[row-1].low == ";" && determiners[tokens[row].low]) && tokens[row-1].kind == punct && strings.Contains("|·•;", tokens[row-1].low) {
		row, _ = sentence(tokens, row-1, row-1)
		if tokens[row].low == "#" {
			break
		}
	}
	if start, end, ok := s.lastStranger(tokens, row, from); ok && !(products && company.KnownTechnology(squeeze(tokens[start:end]))) {
		led := start > 0 && beside[tokens[start-1].low]
		spoken := end < from && tokens[end].low == "," && end+1 < len(tokens) && (ownVoice[tokens[end+1].low] || s.own(tokens[end+1]) || founded[tokens[lo].low] && vocabulary("it the l la")[tokens[end+1].low])
		if led || !spoken {
			return false
		}
	}
	if ownVoice.any(tokens, lo, from) || s.within(tokens, lo, from) {
		return true
	}
	for i := max(to, 1); i < hi; i++ {
		end, foreign := s.nameAt(tokens, i, hi)
		if foreign && end < hi && tokens[i-1].low == "," && finite[tokens[end].low] {
			return false // "With 900 employees, Globex is …"
		}
		i = max(i, end-1)
	}
	return !s.pointsAway(tokens, lo, from)
}

func (s selves) within(tokens []token, from, to int) bool {
	for _, k := range tokens[from:to] {
		if k.kind == word && unicode.IsUpper([]rune(k.raw)[0]) && s.own(k) {
			return true
		}
	}
	return false
}

// pointsAway reports whether the sentence at lo starts with a word such as "it"
// or "the company", and the sentence before in its line is about somebody else.
func (s selves) pointsAway(tokens []token, lo, from int) bool {
	if lo == 0 || !anaphors.any(tokens, lo, min(lo+3, from)) {
		return false
	}
	above := lineStart(tokens, lo)
	for range 2 {
		above = lineStart(tokens, max(above-1, 0))
	}
	if hypothetical.any(tokens, above, lo) {
		return true
	}
	if tokens[lo-1].kind == lineBreak {
		return false
	}
	before, _ := sentence(tokens, lo-1, lo-1)
	for i := before; i < lo; i++ {
		if s.stranger(tokens[i]) && i+1 < lo && (finite[tokens[i+1].low] || legalForms[tokens[i+1].low] || i == before && tokens[i+1].low == ",") {
			return true
		}
	}
	return false
}

// ofGroup reports whether the sentence counts a group that is not called by the
// company's name: it may be that of its owners.
func (s selves) ofGroup(tokens []token, from, to int) bool {
	for i := from; i < to; i++ {
		if groups[tokens[i].low] && !(i > 0 && s.own(tokens[i-1])) && !vocabulary("di").any(tokens, i+1, i+2) {
			return true
		}
	}
	return false
}
