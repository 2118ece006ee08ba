package enrich

import (
	"slices"
	"strings"
	"sync"

	"leadtriage/internal/company"
)

// industryAliases are every industry's names as tokens, longest first.
var industryAliases = sync.OnceValue(func() map[string]phrases {
	m := map[string]phrases{}
	for _, slug := range company.IndustrySlugs() {
		for _, name := range company.IndustryNames(slug) {
			if seq := words(name); len(seq) > 0 {
				m[slug] = append(m[slug], seq)
			}
		}
		slices.SortFunc(m[slug], func(a, b []token) int { return len(b) - len(a) })
	}
	return m
})

var (
	// isOrMakes ties what follows or stands before it to the company itself.
	isOrMakes = vocabulary(`is are company firm maker provider manufacturer producer supplier vendor agency business group
		startup start-up platform develops develop builds build makes make manufactures manufacture produces produce offers offer provides provide
		sells sell designs design delivers deliver operate operates creates create specialist specialists processes contractor investor distributor wholesaler
		retailer consultancy cooperative studio bank insurer carrier industry sector
		è siamo azienda società impresa fornitore produttore produce produciamo sviluppa sviluppiamo offre offriamo fornisce forniamo realizza
		realizziamo vende vendiamo progetta progettiamo agenzia settore cooperativa
		ist sind unternehmen firma anbieter hersteller entwickelt entwickeln produziert produzieren bietet bieten verkauft verkaufen
		liefert liefern fertigt fertigen agentur dienstleister branche familienunternehmen spezialist
		es somos empresa desarrolla desarrollamos fabrica fabricamos ofrece ofrecemos
		diseñamos diseña conçoit concevons fabriquons est sommes édite éditons entreprise éditeur fabricant agence développe développons fournit fabrique vend shop`)
	// serves turns what follows into somebody else's industry.
	serves = vocabulary(`about sobre for to with in into from by at across serve serves serving help helps helping customers customer clients client users
		like use uses using used partner partners integrates invest invests investor investors investing backed formerly former not no never without
		buy buys buying purchase need needs want wants seek seeks love loves runs run via through against instead than
		per con nel nella nei nelle negli da dal dalla clienti cliente usa usiamo utilizza utilizziamo non ex aiuta aiutiamo
		für mit bei von vom aus kunden kunde nutzt nutzen verwendet verwenden setzt setzen nicht kein keine hilft helfen ehemals ohne
		pour avec dans chez para en clientes ayudamos`)
	// ownField undoes a preposition: "specialised in software".
	ownField = phraseList(`
		specialised in
		specialized in
		specialises in
		specializes in
		specialising in
		specializing in
		specialist in
		specialists in
		leader in
		leaders in
		active in
		operates in
		operating in
		works in the
		active in the
		operates in the
		operating in the
		leader in the
		specializzata in
		specializzati in
		specializzato in
		attiva nel settore
		opera nel settore
		nel settore
		nel settore della
		nel settore dei
		nel settore delle
		anbieter von
		hersteller von
		entwickler von
		spezialisiert auf
		tätig in der
		in der branche`)
	// othersNext after an alias says that the word described somebody else.
	othersNext = vocabulary(`customers clients users partners buyers teams customer client clienti cliente kunden kunde for' companies' industry-specific`)
)

// bearsIndustry reports whether the passage says that the company is of the
// industry. The company's own name proves nothing, nor does its customers' field.
func bearsIndustry(slug string, p passage, name phrases, own selves) bool {
	tokens := p.page.tokens
	for _, alias := range industryAliases()[slug] {
		for i := p.from; i < p.to; i++ {
			end := hyphenated(tokens, i, alias)
			if end == 0 || end > p.to {
				continue
			}
			lo, hi := clause(tokens, i, end)
			lo, hi = max(lo, p.from), min(hi, p.to)
			if inName(tokens, i, end, name) || modifies(tokens, slug, end) || othersNext.any(tokens, end, end+2) || isSomebody(tokens, end, hi, own) || !isFirm(tokens[end-1], alias) && (narrows(tokens, end) || vocabulary("you we they i it people everyone").any(tokens, pastFirm(tokens, end), pastFirm(tokens, end)+1)) {
				continue
			}
			said := makes(tokens, lo, i) && !relative(tokens, lo, i) && !forStaff(tokens, lo, hi) || ours(tokens, lo, i, alias) || isFirm(tokens[end-1], alias) && !treated(tokens, lo, i, own) || entitles(tokens, i, end, alias, own) ||
				(firmNouns.any(tokens, end, min(end+1, hi)) || len(alias) > 1 && firmNouns[tokens[end-1].low]) && !anothers(tokens, lo, i) || labelledTrade(tokens, i, end) && !under(tokens, i, own)
			if said && !servesOthers(tokens, lo, i, own) && (entitles(tokens, i, end, alias, own) || own.unnamed(p, i, end, false) && (ours(tokens, lo, i, alias) || own.about(tokens, lo, pastFirm(tokens, end), tradeNouns))) {
				return true
			}
		}
	}
	return false
}

// firmNouns behind a trade make a company of it: "software company".
var firmNouns = func() set {
	nouns := vocabulary("platform shop group insurer carrier broker bank retailer distributor wholesaler contractor consultants")
	for noun := range companyNouns {
		nouns[noun] = true
	}
	return nouns
}()

// afterTrade may follow the word for a trade; any other word in lower case would
// make it the trade of something else: "our software engineers", "software we love".
var afterTrade = vocabulary(`company companies firm business agency house maker vendor provider supplier manufacturer producer developer distributor platform startup start start-up group
	consultancy consulting specialist studio cooperative retailer organisation organization brand enterprise broker
	product products solution solutions service services tool tools system systems suite application applications app apps technology solutions stack
	for to in with from by at of on as and or but since that which who so built based headquartered located made used trusted designed founded established serving helping working
	where is are was has have employs & / e ed o di per con che a del della dei da dal und oder mit für aus der die das seit von zur zum im in de du des pour à qui et basée basé y para italiana italiano italiane française français española español
	helps supports lets makes powers runs connects automates gives saves handles manages turns brings keeps does
	society specialised specialized focused focusing dedicated active operating offering providing selling delivering gestionali gestionale industry sector
	company's worldwide globally today`)

func narrows(tokens []token, end int) bool {
	if end < len(tokens) && tokens[end].low == "-" {
		end++
	}
	return end < len(tokens) && tokens[end].kind == word && !isName(tokens[end]) && !afterTrade[tokens[end].low]
}

// relative reports whether a relative clause without a verb of trade stands before
// i: "a bakery that likes software".
func relative(tokens []token, lo, i int) bool {
	for j := lo; j+1 < i; j++ {
		if vocabulary("that which who whose che qui").any(tokens, j, j+1) && !isOrMakes.any(tokens, j+1, min(j+3, i)) {
			return true
		}
	}
	return false
}

// isSomebody reads "is Globex" behind a trade: "our marketing agency is Globex".
func isSomebody(tokens []token, i, hi int, own selves) bool {
	if i < hi && firmNouns[tokens[i].low] {
		i++
	}
	return i+1 < hi && lies[tokens[i].low] && own.stranger(tokens[i+1])
}

// pastFirm is the end of the noun for a company that may follow a trade at i.
func pastFirm(tokens []token, i int) int {
	for i < len(tokens) && (firmNouns[tokens[i].low] || tokens[i].low == "-") {
		i++
	}
	return i
}

// ours reads "our accounting software": what a company makes, not what it buys.
func ours(tokens []token, lo, i int, alias []token) bool {
	return madeThings[alias[len(alias)-1].low] && vocabulary("our unsere unser nostra nostro notre").any(tokens, max(lo, i-2), i) && !firmNouns.any(tokens, i-1, i)
}

// forStaff finds what a company offers its own people.
func forStaff(tokens []token, lo, hi int) bool {
	return vocabulary("staff employees mitarbeiter mitarbeitern dipendenti").any(tokens, lo, hi) && vocabulary("offer offers provide provides offriamo bieten").any(tokens, lo, hi)
}

// isFirm reports whether the token is a German compound for such a company.
func isFirm(k token, alias []token) bool {
	rest, ok := strings.CutPrefix(k.low, alias[0].low)
	return ok && len(alias) == 1 && germanFirms[rest]
}

// makes reports whether a word before i says what the company is or makes; a noun
// for another company is none.
func makes(tokens []token, lo, i int) bool {
	for j := lo; j < i; j++ {
		if isOrMakes[tokens[j].low] && !(companyNouns[tokens[j].low] && anothers(tokens, lo, j)) {
			return true
		}
	}
	return false
}

// treated reads "wir beraten Softwareunternehmen": a verb stands between us and them.
func treated(tokens []token, lo, i int, own selves) bool {
	we, verb := false, false
	for _, k := range tokens[lo:i] {
		switch {
		case isA[k.low]:
			return false
		case k.kind != word:
			we, verb = false, false
		case ownVoice[k.low] && !determiners[k.low], isName(k) && own.own(k):
			we = true
		case we && k.raw == k.low:
			verb = true
		}
	}
	return we && verb || anothers(tokens, lo, i)
}

// entitled reads a page's title, "Northwind – accounting software for retailers":
// the company's name opens the line, and only a few words stand before the trade.
func entitled(tokens []token, i int, alias []token, own selves) bool {
	from := lineStart(tokens, i)
	for from < i && (tokens[from].low == "#" || tokens[from].low == ">") {
		from++
	}
	end := from
	for end < i && tokens[end].kind == word && isName(tokens[end]) && (own.own(tokens[end]) || legalForms[tokens[end].low]) {
		end++
	}
	if after := i + len(alias); after < len(tokens) && !ends(tokens, after) && !vocabulary("for from to that in - , fur für per pour").any(tokens, after, after+1) {
		return false
	}
	if end == from || end == i || !vocabulary("- | : · •")[tokens[end].low] || i-end > 4 {
		return false
	}
	for _, k := range tokens[end+1 : i] {
		if k.kind != word || finite[k.low] || ownVoice[k.low] || serves[k.low] || determiners[k.low] && k.low != "the" {
			return false
		}
	}
	return true
}

// entitles reports whether the trade stands in a title or the headline of a page.
func entitles(tokens []token, i, end int, alias []token, own selves) bool {
	return entitled(tokens, i, alias, own) || headline(tokens, i, end)
}

// headline reads "# Accounting software for small firms", what a company offers.
func headline(tokens []token, i, end int) bool {
	from := lineStart(tokens, i)
	if tokens[from].low != "#" || from+1 >= len(tokens) || tokens[from+1].low == "#" || i-from > 3 || !madeThings[tokens[end-1].low] {
		return false
	}
	for _, k := range tokens[from+1 : i] {
		if k.kind != word || finite[k.low] || serves[k.low] || determiners[k.low] && k.low != "the" || vocabulary("best top all free other used")[k.low] {
			return false
		}
	}
	return end < len(tokens) && vocabulary("for that")[tokens[end].low]
}

var madeThings = vocabulary("software platform app saas product solution plattform piattaforma")

// labelledTrade reads "Industry: Software", "Industry | Software" or the two in
// lines one below the other, with nothing behind.
func labelledTrade(tokens []token, i, end int) bool {
	return (end == len(tokens) || ends(tokens, end) || tokens[end].low == "," || tokens[end].low == "for") && labelAt(tokens, i, tradeLabels)
}

var tradeLabels = phraseList(`
	industry
	industries
	sector
	business sector
	branche
	settore
	secteur`)

// germanFirms make a kind of company of the trade before: Logistikunternehmen.
var germanFirms = vocabulary("unternehmen unternehmens firma betrieb hersteller konzern anbieter dienstleister händler haus sunternehmen sfirma sbetrieb")

// hyphenated returns the end of the alias at i, "metal-stamping" being the same
// as "metal stamping"; 0: it does not stand there.
func hyphenated(tokens []token, i int, alias []token) int {
	if i < len(tokens) && len(alias) == 1 && len(alias[0].low) >= 5 {
		if rest, ok := strings.CutPrefix(tokens[i].low, alias[0].low); ok && germanFirms[rest] {
			return i + 1
		}
	}
	if i < len(tokens) && len(alias) == 1 && alias[0].low == "software" && strings.HasSuffix(tokens[i].low, "ssoftware") {
		return i + 1 // Buchhaltungssoftware
	}
	for n, k := range alias {
		if n > 0 && i < len(tokens) && tokens[i].low == "-" && k.low != "-" {
			i++
		}
		if i >= len(tokens) || tokens[i].low != k.low {
			return 0
		}
		i++
	}
	return i
}

// modifies reports whether the alias only describes the next word, which names
// another industry: logistics software is software.
func modifies(tokens []token, slug string, end int) bool {
	if end < len(tokens) && tokens[end].low == "-" {
		end++
	}
	for other, aliases := range industryAliases() {
		if other != slug && aliases.startsAt(tokens, end) > 0 {
			return true
		}
	}
	return false
}

// servesOthers reports whether a preposition or a verb before i makes the
// industry that of others. "In 2009" is a date and harmless.
func servesOthers(tokens []token, lo, i int, own selves) bool {
	for j := lo; j < i; j++ {
		if isName(tokens[j]) && own.own(tokens[j]) {
			lo, _ = own.nameAt(tokens, j, i) // "Water Street Healthcare Partners is …"
			lo = max(lo, j+1)
			break
		}
	}
	for j := i - 1; j >= lo; j-- {
		if !serves[tokens[j].low] || tokens[j+1].kind == number {
			continue
		}
		if ownField.endsAt(tokens, j+1) > 0 || ownField.endsAt(tokens, j+2) > 0 || ownField.endsAt(tokens, j+3) > 0 {
			continue
		}
		return true
	}
	return false
}

func inName(tokens []token, from, to int, name phrases) bool {
	for _, seq := range name {
		for _, i := range find(tokens, max(0, from-len(seq)), min(len(tokens), to+len(seq)), seq) {
			if i <= from && to <= i+len(seq) {
				return true
			}
		}
	}
	return false
}
