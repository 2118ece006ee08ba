package enrich

import (
	"strings"

	"leadtriage/internal/lead"
	"leadtriage/internal/page"
)

// closing is the first sentence of the company's pages in which it says that it
// has closed; nil: none does.
func closing(pages []page.Page, own selves, known folded) *lead.Evidence {
	for _, p := range pages {
		if !endings(strings.ToLower(p.Text)) {
			continue
		}
		t := known.of(p.Text)
		for i := range t.tokens {
			n := closed.startsAt(t.tokens, i)
			if n == 0 || others.any(t.tokens, i-1, i) { // "we advise companies in liquidation"
				continue
			}
			from, to := sentence(t.tokens, i, i+n)
			said := passage{page: t, from: from, to: to}
			if said.quoted() || own.testimony(said) || commanded(said) || !own.ours(said, i, i+n, nil) {
				continue
			}
			return &lead.Evidence{URL: p.URL, Quote: clamp(string(t.raw[t.tokens[from].start:t.tokens[to-1].end]), maxSummary)}
		}
	}
	return nil
}
