package enrich

import "unicode"

// A sentence's subject is the company when it says "we", the company's name, or a
// noun for a company behind an article; "the hospital", "our dealers" and "this
// role" are others.

var (
	determiners = vocabulary(`the this that these those our my your his her their its every each another some many most
		der die das den dem des dieser diese dieses jeder jede unser unsere unserem unseren unserer ihr ihre ihrem
		il lo la gli le l nostro nostra nostri nostre questo questa ogni suo sua
		los las este esta su tu nuestro nuestra nuestros nuestras
		les notre nos ce cette chaque son sa votre vos`)
	// companyNouns are what a company calls itself.
	companyNouns = vocabulary(`company firm business agency organisation organization startup start-up start up enterprise corporation maker manufacturer producer provider
		supplier vendor developer specialist consultancy studio house cooperative brand venture spin-off
		unternehmen firma gesellschaft betrieb familienunternehmen familienbetrieb traditionsunternehmen softwareunternehmen softwarehaus hersteller anbieter dienstleister agentur
		maschinenbauer spezialist mittelständler haus konzern genossenschaft
		azienda società impresa agenzia realtà produttore
		entreprise société agence maison éditeur fabricant empresa compañía`)
	// hired are companies that work for another, which says "our" of them.
	hired = vocabulary("supplier provider vendor manufacturer producer developer consultancy lieferant anbieter hersteller dienstleister produttore fabricant éditeur")
	// romance nouns stand before their adjectives: "la società milanese".
	romance = vocabulary("azienda società impresa agenzia realtà sede organico squadra fatturato entreprise société agence maison équipe siège effectif chiffre empresa compañía equipo plantilla")
	// phraseEnds follow the noun of a subject.
	phraseEnds = vocabulary(`of in at with from for on by to since which that who whom where and or but as near across around
		now currently today also only still already presently recently then originally officially proudly
		based headquartered located situated registered founded established made
		di del della dello dell dei degli delle a ad con da dal in per e che oggi attualmente attiva situata fondata
		von vom mit im aus seit für des der am an bei zum zur und die heute derzeit aktuell insgesamt weltweit mittlerweile gegründete
		con en desde hoy está tiene emplea y
		du de d à avec en dans et qui aujourd depuis
		lies sits stands consists comprises numbers totals totalled amounts amounted reached grew can will would must may might should could do does did loves love like likes build
		befindet liegt lag beträgt betrug umfasst besteht verfügt arbeitet wurde werden sind
		supera raggiunge ammonta trova composta composto compte comprend situé située`)
	// otherPersons are subjects that are no company.
	otherPersons = vocabulary("he she i you lui lei vous")
	// heads are the nouns that a statement of the field may have for its subject,
	// beside those for a company; what narrows one of them makes it a part.
	peopleHeads = vocabulary("equipo plantilla team staff workforce headcount crew people family belegschaft squadra organico équipe effectif number anzahl numero profile")
	seatNouns   = vocabulary("sede headquarters headquarter hq office seat home address hauptsitz firmensitz stammsitz unternehmenssitz sitz zentrale firmenzentrale sede siège team")
	salesNouns  = vocabulary("revenue revenues sales turnover umsatz jahresumsatz umsatzerlöse fatturato ricavi chiffre affaires profile")
	tradeNouns  = vocabulary("platform product solution software app tool tools products solutions suite mission focus plattform produkt lösung piattaforma prodotto soluzione plateforme produit")
	storyNouns  = vocabulary("historia story history journey geschichte storia histoire year")
	wholeWords  = vocabulary(`- core whole entire full total global international worldwide world growing strong small large diverse talented passionate remote distributed dedicated multicultural current
		head main corporate central new own registered legal group annual yearly consolidated net company business firm gesamte ganze neue neuer neuen eigene weltweite
		globale internazionale intero intera attuale legale centrale principale operativa annuo annuale aziendale social annuel mondial mondiale commercial
		first product software`)
)

// about reports whether the sentence that starts at lo speaks of the company when
// it comes to from: whether its last subject before there is none, or the company,
// or a noun in heads that nothing narrows.
func (s selves) about(tokens []token, lo, from int, heads set) bool {
	company := true
	for i := lo; i < from; i++ {
		if !startsClause(tokens, lo, i) {
			continue
		}
		switch k := tokens[i]; {
		case ownVoice[k.low] && !determiners[k.low]:
			company = true
		case otherPersons[k.low] && !(k.low == "i" && i+1 < from && (determiners[tokens[i+1].low] || tokens[i+1].kind == number)):
			company = false
		case determiners[k.low]:
			company = !notOurs[k.low] && s.companyLike(tokens, i+1, from, heads)
		case k.kind == word && unicode.IsUpper([]rune(k.raw)[0]) && s.own(k):
			end, _ := s.nameAt(tokens, i, from)
			company = !s.branch(tokens, i, end) && (s.companyLike(tokens, end, from, heads) || !genitive(tokens, end) && !governs(tokens, end, from))
		}
	}
	return company
}

// branch reports whether the company's name at [i, end) goes on to that of a part of
// it: "Northwind Germany", "Northwind Foundation".
func (s selves) branch(tokens []token, i, end int) bool {
	if end-i < 2 || legalForms[tokens[end-1].low] || s.own(tokens[end-1]) {
		return false
	}
	if vocabulary("foundation academy school university stiftung fondazione akademie fondation")[tokens[end-1].low] {
		return true
	}
	for _, pl := range gazetteer() {
		if !pl.city && at(tokens, end-len(pl.name), pl.name) {
			return true
		}
	}
	return false
}

var (
	// notOurs point at the reader's company or at any.
	notOurs = vocabulary("your their his her every each another some many most jeder jede ogni chaque votre vos tuo tua vostro vostra su tu deine eure")
	// kin of a company are not the company: "our sister company".
	kin = vocabulary("parent sister mother partner customer client holding former competitor rival portfolio target mutter tochter schwester madre sorella controllante mère sœur")
)

// startsClause reports whether a subject may start at i.
func startsClause(tokens []token, lo, i int) bool {
	if i == lo {
		return true
	}
	before := tokens[i-1]
	return before.kind == punct && before.low != "'" && before.low != "-" || before.kind == lineBreak || joinsClauses[before.low]
}

var joinsClauses = vocabulary("and but while whereas because und aber während if when whether wenn falls ob quando quand e ma mentre et mais of dass che que")

// companyLike reads the noun phrase behind an article or a name at i.
func (s selves) companyLike(tokens []token, i, to int, heads set) bool {
	for i < to && determiners[tokens[i].low] {
		i++ // "il nostro team"
	}
	first := max(i, 1)
	if genitive(tokens, i) { // "Northwind's headquarters"
		i += 2
	}
	head, narrowed := token{}, false
	for ; i < to && !phraseEnds[tokens[i].low] && !finite[tokens[i].low]; i++ {
		k := tokens[i]
		switch {
		case notOurs[k.low], kin[k.low]:
			return false
		case k.kind == number, k.kind == lineBreak, k.kind == punct && k.low != "-" && k.low != "'" && k.low != "&":
			i = to
			continue
		case genitive(tokens, i): // "the company's headquarters"
			if !companyNouns[head.low] && !s.own(head) {
				return false
			}
			head, narrowed = token{}, false
			i++
			continue
		case romance[k.low] && (heads[k.low] || companyNouns[k.low]):
			branch := vocabulary("agence agenzia agencia")[k.low] && vocabulary("de di").any(tokens, i+1, i+2)
			return !(branch && i+2 < to && placeAt(tokens, i+2))
		case head.low != "" && !wholeWords[head.low] && !s.own(head):
			narrowed = true
		}
		if k.kind == word {
			head = k
		}
	}
	if hired[head.low] && ownVoice[tokens[first-1].low] {
		return false // "our supplier"
	}
	switch {
	case head.low == "", legalForms[head.low], s.own(head):
		return true
	case companyNouns[head.low]:
		return !others[head.low]
	}
	return heads[head.low] && (!narrowed || tradeNouns[head.low])
}

// genitive reports whether "'s" stands at i.
func genitive(tokens []token, i int) bool {
	return i >= 0 && i+1 < len(tokens) && tokens[i].low == "'" && tokens[i+1].low == "s"
}

// governs reports whether the words at i, which follow the company's name, are
// nouns with a verb of their own: "Northwind users are", not "Northwind boasts".
func governs(tokens []token, i, to int) bool {
	start := i
	for i < to && tokens[i].kind == word && !phraseEnds[tokens[i].low] && !finite[tokens[i].low] {
		i++
	}
	return i > start && i < to && finite[tokens[i].low] && !phraseEnds[tokens[i].low]
}

// anothers reports whether the noun for a company that ends at i is that of another
// one: "a firm" that nobody "is", or "the firm" behind a preposition, as in "owned
// by a company", "we bought a firm", "unlike the company".
func anothers(tokens []token, lo, i int) bool {
	for j := i - 1; j >= lo && j >= i-6; j-- {
		k := tokens[j]
		if !someFirm[k.low] && !determiners[k.low] {
			continue
		}
		if j == lo {
			return false
		}
		before := tokens[j-1]
		if someFirm[k.low] {
			return before.kind == word && !isA[before.low] && !isName(before)
		}
		return vocabulary("by of with for from at to like unlike than von bei mit da di per chez par pour")[before.low]
	}
	return false
}

// isA stand before what a company is: "is a", "remains a", "as a".
var isA = vocabulary(`is are am re s become becomes became remain remains as now still today also and
	ist sind bin wurde bleiben bleibt als è siamo sono diventata come est sommes comme`)

// denied finds "don't", "isn't", which are three tokens.
func denied(tokens []token, from, to int) bool {
	for i := max(from, 2); i < to; i++ {
		if tokens[i].low == "t" && tokens[i-1].low == "'" && tokens[i].glued {
			return true
		}
	}
	return false
}

// followed reports whether a participle that opens a sentence, at from, is about
// something else than the company: "Established in 2015, our Berlin team …".
func (s selves) followed(tokens []token, from, to int) bool {
	lo, hi := sentence(tokens, from, to)
	if lo != from {
		return false
	}
	for i := to; i+1 < hi; i++ {
		if tokens[i].low == "," && determiners[tokens[i+1].low] {
			return !s.companyLike(tokens, i+1, hi, peopleHeads)
		}
	}
	return false
}
