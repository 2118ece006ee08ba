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
	isOrMakes = vocabulary(`is are we our company firm maker provider manufacturer producer supplier vendor agency business group
		startup start-up platform develops develop builds build makes make manufactures manufacture produces produce offers offer provides provide
		sells sell designs design delivers deliver creates create specialist specialists processes contractor investor distributor wholesaler
		retailer consultancy cooperative studio bank insurer carrier industry sector
		è siamo azienda società impresa fornitore produttore produce produciamo sviluppa sviluppiamo offre offriamo fornisce forniamo realizza
		realizziamo vende vendiamo progetta progettiamo agenzia settore cooperativa
		ist sind wir unternehmen firma anbieter hersteller entwickelt entwickeln produziert produzieren bietet bieten verkauft verkaufen
		liefert liefern fertigt fertigen agentur dienstleister branche familienunternehmen spezialist
		est sommes entreprise éditeur fabricant agence développe développons fournit fabrique vend shop`)
	// serves turns what follows into somebody else's industry.
	serves = vocabulary(`for to with in into from by at across serve serves serving help helps helping customers customer clients client users
		like use uses using used partner partners integrates invest invests investor investors investing backed formerly former not no never without
		buy buys buying purchase runs run via through against instead than
		per con nel nella nei nelle negli da dal dalla clienti cliente usa usiamo utilizza utilizziamo non ex aiuta aiutiamo
		für mit bei von vom aus kunden kunde nutzt nutzen verwendet verwenden setzt setzen nicht kein keine hilft helfen ehemals ohne
		pour avec dans chez`)
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
			if inName(tokens, i, end, name) || modifies(tokens, slug, end) || othersNext.any(tokens, end, end+2) {
				continue
			}
			if isOrMakes.any(tokens, lo, hi) && !servesOthers(tokens, lo, i, own) && own.ours(p, i, end) {
				return true
			}
		}
	}
	return false
}

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
