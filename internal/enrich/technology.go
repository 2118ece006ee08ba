package enrich

import (
	"unicode"

	"leadtriage/internal/company"
)

var (
	// usesIt stand before the technologies that a company uses.
	usesIt = phraseList(`
		use
		uses
		using
		has used
		have used
		ve used
		usamos
		utiliza
		utilizamos
		crm es
		travaillent avec
		run on
		runs on
		running on
		powered by
		built on
		built with
		build on
		rely on
		relies on
		work in
		works in
		hosted on
		proudly powered by
		crm ist
		crm è
		crm est
		crm-system ist
		lives in
		live in
		is kept in
		are kept in
		is managed in
		are managed in
		utilisent
		verwalten wir mit
		verwalten wir in
		arbeiten wir mit
		gestiamo con
		standardised on
		standardized on
		crm is
		crm of choice is
		stack is
		stack includes
		stack :
		stack consists of
		utilizziamo
		usiamo
		utilizza
		usa
		ci affidiamo a
		lavoriamo con
		si basa su
		basato su
		nutzen
		nutzt
		verwenden
		verwendet
		setzen auf
		setzt auf
		setzen
		arbeiten mit
		arbeitet mit
		tourne sur
		utilise
		utilisons
		läuft auf
		laufen auf
		basiert auf`)
	// ownSubjects say who uses it; the company's name does so too.
	ownSubjects = vocabulary(`nuestro nuestra nuestros nuestras empresa we our company firm agency noi nostra nostro nostre azienda società wir unser unsere unserem unternehmen nous notre nos`)
	// besideSubject may stand between the subject and the verb.
	besideSubject = vocabulary(`now also currently internally all already team company own website site store shop webshop platform product crm sales marketing
		support itself has have been is are whole entire engineering finance operations data infrastructure business stack tech and account teams departments staff service success
		oggi sempre tutti team sito negozio piattaforma
		heute alle auch intern plattform vertrieb marketing einkauf service
		pipeline contacts leads deals commerciaux
		boutique équipe équipes equipo de ventas - online e-commerce web commerciale vendite assistenza onlineshop ' s hosted built powered proudly`)
	// firstPerson verbs need no subject.
	firstPerson = vocabulary(`usamos utilizamos utilizziamo usiamo affidiamo lavoriamo gestiamo`)
	// betweenUse may stand between the verb and the name, beside other names.
	betweenUse = vocabulary(`, & / and e und + - : the our as a both for on like such tools with internally daily mainly primarily currently der die das den
		unser unsere intern täglich il la lo i gli le nostro nostra per come anche auch vor allem also platform crm system software suite cloud
		marketing sales support service accounting payments billing analytics operations finance hosting tickets vertrieb`)
	// useDoubt anywhere in the sentence, and elseUses before the name, speak against it.
	useDoubt = vocabulary(`integrate integrates integrated integration integrations integrating connector connectors connect connects connecting connection plugin plugins
		plug addon add sync syncs synchronise synchronize partnership marketplace compatible import imports export exports
		migrate migrates migrated migrating migration alternative alternatives replace replaces replaced replacing instead competitor competitors vs versus
		not no never longer stopped formerly until former used previously unlike certified reseller api sdk extension evaluate evaluating trial testing
		integra integrazione integrazioni connettore connettori collega collegare compatibile importa esporta migrazione alternativa invece non mai più fino
		certificati certificata certificato rivenditore
		integrationen integriert integrieren anbindung anbindungen schnittstelle schnittstellen konnektor partnerschaft kompatibel importieren exportieren
		migrieren statt ersetzt ersetzen nicht kein keine nie mehr früher bis zertifiziert zertifizierte
		intégration intégrations connecteur plus pas jamais`)
	elseUses = vocabulary(`partner partners customer customers client clients you your users user if consult consulting consultants implement implements implementing
		implementation expert experts train training help helps helping sell sells resell consider considering plan plans planning will would may might could
		can try test whether want wants companies businesses merchants retailers brands agencies most many guests suppliers everyone anyone who
		cliente clienti se consulenza implementazione aiutiamo vendiamo vostro vostri tuo tuoi chi
		kunden kunde falls wenn ihr ihre sie beraten beratung implementierung helfen verkaufen planen werden wollen
		clients client vous votre clientes su sus tu tus`)
)

// bearsTechnology reports whether the passage says that the company itself uses
// the technology. value is what the model wrote.
func bearsTechnology(value string, p passage, own selves) bool {
	tokens := p.page.tokens
	spellings := [][]token{words(value), words(company.Technology(value))}
	for _, spelling := range spellings {
		for _, i := range find(tokens, p.from, p.to, spelling) {
			from, to := sentence(tokens, i, i+len(spelling))
			if !isName(tokens[i]) && tokens[i].kind != number || longerName(tokens, i+len(spelling), to) || unsure(tokens, from, to) || elseUses.any(tokens, from, i) {
				continue
			}
			if end := i + len(spelling); chosen(tokens, max(from, p.from), i, end) && own.unnamed(p, i-1, i, true) {
				return true
			}
			if stacked(tokens, p.from, i, i+len(spelling), own) {
				return true
			}
			if forOthers(tokens, i+len(spelling), to, own) {
				continue
			}
			if isOurs(tokens, i+len(spelling), to) && own.unnamed(p, i, i+1, true) {
				return true
			}
			if verb, ok := used(tokens, max(from, p.from), i, to, own.phrases); ok && own.unnamed(p, verb, verb+1, true) {
				return true
			}
		}
	}
	return false
}

// used walks back from the name at i, over other names, to the verb and from
// there to who uses it. verb is where the verb stands.
func used(tokens []token, from, i, to int, name phrases) (verb int, ok bool) {
	subject := false
	for j := i; j > from && i-j <= 14; j-- {
		if n := usesIt.endsAt(tokens, j); n > 0 && j-n >= from {
			verb = j - n
			// "Powered by Shopify" alone, in the footer of the company's own page.
			footer := vocabulary("powered proudly")[tokens[verb].low] && verb == from && to-from <= 5
			subject = subject || vocabulary("wir").any(tokens, verb, j)
			if vocabulary("works work lives live").any(tokens, verb, j) && !atWork.any(tokens, from, verb) {
				return 0, false // "our app works in HubSpot"
			}
			return verb, subject || footer || thisSite(tokens, from, verb) || firstPerson[tokens[verb].low] || ownBefore(tokens, from, verb, name)
		}
		if at, ok := handledIn(tokens, from, j); ok {
			return at, true
		}
		k := tokens[j-1]
		if k.low == "like" && usesIt.endsAt(tokens, j-1) > 0 && vocabulary("is")[tokens[j-2].low] {
			return 0, false // "Our CRM is like HubSpot"
		}
		subject = subject || k.low == "wir"
		if !betweenUse[k.low] && k.low != "wir" && !isName(k) {
			return 0, false
		}
	}
	return 0, false
}

// unsure finds what speaks against use, but "has used … since".
func unsure(tokens []token, from, to int) bool {
	for i := from; i < to; i++ {
		perfect := tokens[i].low == "used" && vocabulary("has have ve").any(tokens, i-1, i) && vocabulary("since").any(tokens, from, to)
		if useDoubt[tokens[i].low] && !perfect {
			return true
		}
	}
	return false
}

// stacked reads "Our CRM: Salesforce", "Tech stack: Salesforce, AWS", and "CRM:
// Salesforce" among the company's own figures, with the name at [i, end).
func stacked(tokens []token, from, i, end int, own selves) bool {
	j := i
	for j > from && (isName(tokens[j-1]) && !toolNouns[tokens[j-1].low] || vocabulary(", & + and e und et y").any(tokens, j-1, j)) {
		j--
	}
	start := lineStart(tokens, i)
	for start < i && lineMarks[tokens[start].low] {
		start++
	}
	if j-1 <= start || !vocabulary(": |")[tokens[j-1].low] || toolLabels.startsAt(tokens, start) != j-1-start || under(tokens, i, own) {
		return false
	}
	if vocabulary("stack tools technologies").any(tokens, start, j-1) {
		return true
	}
	return j == i && (end == len(tokens) || ends(tokens, end) || tokens[end].low == "(") && (ownVoice[tokens[start].low] || amongFigures(tokens, i))
}

// amongFigures reports whether a label of the company's own figures stands in one of
// the four lines above or below the line of i, and nothing of integrations.
func amongFigures(tokens []token, i int) bool {
	figures := false
	from, to := lineStart(tokens, i), lineEnd(tokens, i)
	for n := 0; n < 4 && from > 0; n++ {
		from = lineStart(tokens, from-1)
	}
	for n := 0; n < 4 && to < len(tokens); n++ {
		to = lineEnd(tokens, to+1)
	}
	for at := from; at < to; at = lineEnd(tokens, at) + 1 {
		first := at
		for first < to && lineMarks[tokens[first].low] {
			first++
		}
		for _, labels := range []phrases{countLabels, foundedLabels, seatHeads} {
			n := labels.startsAt(tokens, first)
			figures = figures || n > 0 && vocabulary(": |").any(tokens, first+n, first+n+1)
		}
	}
	return figures && !useDoubt.any(tokens, from, to) && !elseUses.any(tokens, from, to)
}

var toolLabels = phraseList(`
	crm
	our crm
	unser crm
	il nostro crm
	notre crm
	nuestro crm
	crm system
	erp
	our erp
	cms
	our cms
	help desk
	our help desk
	stack
	tech stack
	our stack
	our tech stack
	technology stack
	our tools
	tools we use
	technologies we use`)

// atWork are who works in a tool, or what lives there.
var atWork = vocabulary("we wir team teams sales marketing support staff data pipeline contacts deals leads everything vertrieb einkauf")

// thisSite reads "this site is" before the verb.
func thisSite(tokens []token, from, verb int) bool {
	i := verb
	if i > from && tokens[i-1].low == "is" {
		i--
	}
	return i-2 >= from && tokens[i-2].low == "this" && vocabulary("site website store shop webshop")[tokens[i-1].low]
}

// handledIn reads "we manage our pipeline in", "we track deals with", which end at
// i. at is where the verb stands.
func handledIn(tokens []token, from, i int) (at int, ok bool) {
	if !vocabulary("in with on")[tokens[i-1].low] {
		return 0, false
	}
	for v := i - 2; v > from && v >= i-6; v-- {
		if vocabulary("manage track run handle organise organize").any(tokens, v, v+1) {
			return v, tokens[v-1].low == "we"
		}
		if !besideSubject[tokens[v].low] && !vocabulary("our all customers").any(tokens, v, v+1) {
			return 0, false
		}
	}
	return 0, false
}

// chosen reads "we chose HubSpot as our CRM" with the name at [i, end).
func chosen(tokens []token, from, i, end int) bool {
	return i-2 >= from && tokens[i-2].low == "we" && vocabulary("chose picked selected adopted use")[tokens[i-1].low] &&
		tokens[i-1].low != "use" && toolFor(tokens, end+1, vocabulary("as for").any(tokens, end, end+1))
}

// toolFor reads "our CRM", "our new help desk" at i.
func toolFor(tokens []token, i int, ok bool) bool {
	return ok && vocabulary("our").any(tokens, i, i+1) && toolNouns.any(tokens, i+1, i+4)
}

var toolNouns = vocabulary("crm cms erp helpdesk desk platform system tool shop store webshop database backend billing email analytics")

// isOurs reads "is our CRM" behind the name.
func isOurs(tokens []token, i, to int) bool {
	if i+4 < to && tokens[i].low == "is" && tokens[i+1].low == "the" && toolNouns[tokens[i+2].low] && at(tokens, i+3, weUse) {
		return true // "Salesforce is the CRM we use"
	}
	return i < to && toolFor(tokens, i+1, tokens[i].low == "is")
}

var weUse = words("we use")

// forOthers reports whether what follows the name says that it is used for others,
// or names something made round the product: "for you", "HubSpot partners".
func forOthers(tokens []token, i, to int, own selves) bool {
	if vocabulary("partner partners data experts consultants agency certified app apps users stores shops customers clients").any(tokens, i, min(i+1, to)) {
		return true
	}
	for ; i+1 < to; i++ {
		if tokens[i].low == "for" && (vocabulary("you your customers clients brands merchants others").any(tokens, i+1, min(i+3, to)) || own.stranger(tokens[i+1]) && !company.KnownTechnology(tokens[i+1].low)) {
			return true
		}
	}
	return false
}

// ownBefore reports whether the subject right before the verb is the company.
func ownBefore(tokens []token, from, verb int, name phrases) bool {
	for j := verb; j > from; j-- {
		if ownSubjects[tokens[j-1].low] {
			return !vocabulary("company firm agency azienda società unternehmen").any(tokens, j-1, j) || !someFirm.any(tokens, max(from, j-4), j-1)
		}
		if n := name.endsAt(tokens, j); n > 0 && j-n >= from {
			return true
		}
		if !besideSubject[tokens[j-1].low] {
			return false
		}
	}
	return false
}

// longerName reports whether the name goes on: Salesforce is not said in
// "Salesforce Tower", nor SAP in "SAP-Berater".
func longerName(tokens []token, i, to int) bool {
	if i >= to {
		return false
	}
	k := tokens[i]
	if k.low == "'" {
		return i+1 < to && tokens[i+1].low != "s"
	}
	return k.low == "-" && k.glued || isName(k) && k.kind == word && !productParts[k.low]
}

// productParts may follow a maker's name without changing who made it.
var productParts = vocabulary(`crm hub cloud platform suite marketing sales service enterprise online commerce cms analytics`)

func isName(k token) bool {
	first := []rune(k.raw)[0]
	return k.kind == word && unicode.IsUpper(first) || k.low == "." && k.glued
}
