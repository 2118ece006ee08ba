package enrich

import (
	"math"
	"strings"

	"leadtriage/internal/company"
)

var (
	revenueWords = vocabulary(`revenue revenues sales turnover fatturato ricavi umsatz jahresumsatz umsatzerlöse umsätze affaires fatturiamo facturó facturamos facturación ingresos`)
	revenueDoubt = vocabulary(`added adds add cut cuts managed lost valuation valued worth raised funding fund investment investments invest invested invests goal target forecast expect expects expected aim hope want erwarten planen esperamos prevediamo attendons
		will would plan plans customers clients customer client saved savings up rose grew grow increased increase fell dropped decline
		loss profit ebitda orders per average each partner partners parent group processed payments under below nearly
		investimento investimenti valutazione raccolto obiettivo previsto prevede clienti cliente utile perdita gruppo
		bewertung investition investitionen ziel erwartet plant kunden gewinn verlust konzern gruppe
		más over above exceeding oltre über mehr`)
	currencies = map[string]string{
		"$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
		"£": "GBP", "gbp": "GBP", "chf": "CHF", "franken": "CHF", "francs": "CHF", "¥": "JPY", "jpy": "JPY", "yen": "JPY",
		"cad": "CAD", "aud": "AUD", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN",
	}
)

// bearsRevenue reports whether the passage states the company's sales: the
// amount to the last digit given, its currency, its year when the value names one.
func bearsRevenue(value company.Money, p passage, own selves) bool {
	tokens := p.page.tokens
	for i := p.from; i < p.to; i++ {
		a, ok := amountAt(tokens, i)
		if !ok || a.to > p.to {
			continue
		}
		if math.Abs(a.n-float64(value.Amount)) > 0.5 || !inCurrency(tokens, a, value.Currency, p) {
			continue
		}
		lo, hi := clause(tokens, a.from, a.to)
		if lo > 0 && tokens[lo-1].low == ":" && a.from-lo <= 2 {
			lo, _ = clause(tokens, lo-1, a.to) // "Annual revenue: €12m"
		}
		from, to := sentence(tokens, a.from, a.to)
		if by := vocabulary("by um del"); by.any(tokens, a.from-1, a.from) || by.any(tokens, a.from-2, a.from-1) && currencies[tokens[a.from-1].low] != "" || someFirm[tokens[from].low] && companyNouns.any(tokens, from+1, from+4) {
			continue // "rose by", "a company with"
		}
		if label := labelEnd(tokens, a.from); label < 0 {
			continue // "Sales of tickets: $12 million"
		} else if label < a.from {
			lo = max(label-4, p.from) // "Revenue (2025): $12M"
		}
		said := revenueWords.any(tokens, max(lo, p.from, a.from-8), min(hi, p.to, a.to+4))
		said = said || vocabulary("sold").any(tokens, a.from-1, a.from) && vocabulary("worth").any(tokens, a.to, a.to+3)
		if said && !revenueDoubt.any(tokens, from, to) && (value.Year == 0 || namesYear(tokens, p, value.Year)) && !qualified(tokens, a.from) && own.ours(p, a.from, a.to, salesNouns) && !own.ofGroup(tokens, from, a.from) && !others.any(tokens, from, a.from) {
			return true
		}
	}
	return false
}

func inCurrency(tokens []token, a amount, currency string, p passage) bool {
	after := a.to
	if vocabulary("of di de d").any(tokens, after, after+1) {
		after++ // "14,5 milioni di euro"
	}
	if after+1 < len(tokens) && tokens[after].low == "us" && strings.HasPrefix(tokens[after+1].low, "dollar") {
		after++ // "2.27 billion US dollars"
	}
	if tokens[min(after, len(tokens)-1)].low == "'" {
		after++ // "12 millions d'euros"
	}
	for _, i := range []int{a.from - 1, after} {
		if i < p.from || i >= p.to || currencies[tokens[i].low] != currency {
			continue
		}
		// "C$", "A$" and "US$"; a Hong Kong dollar is not one of the United States.
		if before := i - 1; before >= 0 && currency == "USD" && tokens[i].low == "$" && tokens[i].glued && tokens[before].kind == word && tokens[before].low != "us" {
			return false
		}
		if before := i - 1; before >= 0 && strings.HasPrefix(tokens[i].low, "dollar") && i == a.to && tokens[before].kind == word && tokens[before].low != "us" && scales[tokens[before].low].factor == 0 {
			return false
		}
		return true
	}
	return false
}

func namesYear(tokens []token, p passage, year int) bool {
	for i := p.from; i < p.to; i++ {
		if tokens[i].kind == number && len(tokens[i].raw) == 4 && int(tokens[i].n) == year {
			return true
		}
	}
	return false
}
