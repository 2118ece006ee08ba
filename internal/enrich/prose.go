package enrich

import (
	"strings"
)

var (
	legalForms = vocabulary(`gmbh ag kg se ug inc incorporated corp corporation ltd limited llc llp plc co company srl spa sas sarl sa sl slu ek bv nv ab as oy aps
		s.r.l s.p.a coop gesellschaft società societa`)
	nameDoubt = vocabulary(`customer customers client clients partner partners parent subsidiary formerly former previously acquired owned competitor under
		cliente clienti controllata ex già kunde kunden tochter tochtergesellschaft ehemals vormals früher`)
	// filler carries no meaning of its own.
	filler = vocabulary(`a an the and or of for to in on at by with from as is are be we our us you your it its that this their they who which
		il lo la i gli le un una di da del della dei delle e o per con su che è siamo noi nostro nostra al alla ai alle nel nella
		der die das den dem des ein eine einen einem einer und oder für von mit zu zum zur im in ist sind wir unser unsere auf`)
	negations = vocabulary("not no never nor without non mai senza nicht kein keine ohne nie t")
)

// bearsName reports whether the quote holds the registered name and the name is
// the company's: it shares a word with what the company is called.
func bearsName(value string, p passage, name phrases) bool {
	tokens, seq := p.page.tokens, words(value)
	if len(seq) == 0 || len(seq) > 14 || !hasLegalForm(seq) {
		return false
	}
	ours := false
	for _, own := range name {
		ours = ours || len(find(seq, 0, len(seq), own)) > 0 || strings.HasPrefix(squeeze(seq), squeeze(own))
	}
	if !ours {
		return false
	}
	for _, i := range find(tokens, p.from, p.to, seq) {
		from, to := sentence(tokens, i, i+len(seq))
		if !nameDoubt.any(tokens, from, to) {
			return true
		}
	}
	return false
}

// squeeze writes the words as a domain name would.
func squeeze(seq []token) string {
	var b strings.Builder
	for _, k := range seq {
		if k.kind == word || k.kind == number {
			b.WriteString(k.low)
		}
	}
	return b.String()
}

func hasLegalForm(seq []token) bool {
	joined := ""
	for _, k := range seq[max(0, len(seq)-6):] {
		if legalForms[k.low] {
			return true
		}
		if len([]rune(k.raw)) == 1 && k.kind == word {
			joined += k.low
		}
	}
	return legalForms[joined] // S.r.l., S.p.A.
}

// bearsProse reports whether a free text keeps to the words of the quote: nearly
// all its words stand there, none of its numbers is new, and nothing is denied.
func bearsProse(value string, p passage) bool {
	tokens := p.page.tokens
	said := map[string]bool{}
	denied := false
	for _, k := range tokens[p.from:p.to] {
		said[k.low] = true
		denied = denied || negations[k.low]
	}
	total, shared := 0, 0
	for _, k := range words(value) {
		switch {
		case k.kind == number:
			if !said[k.low] {
				return false
			}
		case negations[k.low]:
			return false
		case k.kind == word && !filler[k.low]:
			total++
			if said[k.low] {
				shared++
			}
		}
	}
	return !denied && total >= 1 && shared*5 >= total*4
}

// called returns how a company is named in running text: the given name without
// its legal form, and the first label of its domain.
func called(name, domain string) phrases {
	var p phrases
	label, _, _ := strings.Cut(domain, ".")
	for _, s := range []string{name, label, strings.ReplaceAll(label, "-", " ")} {
		seq := words(s)
		for len(seq) > 1 && (legalForms[seq[len(seq)-1].low] || seq[len(seq)-1].kind == punct || len([]rune(seq[len(seq)-1].raw)) == 1) {
			seq = seq[:len(seq)-1]
		}
		if meaningful(s) >= 3 && len(seq) > 0 {
			p = append(p, seq)
		}
	}
	return p
}
