package enrich

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
)

// Edition is that of the prompts: what an older one found is to be read again.
func (e *Enricher) Edition() int { return prompts.Edition }

// Trusted reports whether second readings count: the model has passed its exam, or none
// is asked for.
func (e *Enricher) Trusted(ctx context.Context) (bool, error) {
	r, err := e.Examine(ctx, context.WithoutCancel(ctx)) // an exam outlives the lead that waits for it
	return err == nil && (r == nil || e.opts.Exam.Passed(r)), err
}

// Reread is a profile of an older edition with all facts that were found in texts, the
// refused ones too, waiting for a second reading of their stored quotes; no first
// reading is paid again. The pages are read once more for what stands round the quotes;
// a quote that stands there no more is read alone if the fact was verified then, and
// counts for nothing if it was not.
func (e *Enricher) Reread(ctx context.Context, p lead.Profile) lead.Profile {
	var sure []lead.Fact
	var claims []claim
	stood := map[string]bool{}
	for _, f := range p.Facts {
		if f.Status != lead.Conflicting && e.structured(f.By) {
			f.Check = lead.ByMarkup
			if e.provides(f.By) {
				f.Check = lead.ByProvider
			}
			sure = append(sure, f)
			continue
		}
		for _, ev := range f.Evidence {
			value := cmp.Or(ev.Value, f.Value)
			if strings.HasPrefix(ev.Quote, `"`) && strings.Contains(ev.Quote, `":`) { // structured data beside a text that disagreed
				sure = append(sure, lead.Fact{Field: f.Field, Value: value, Status: lead.Verified, Check: lead.ByMarkup, Confidence: sureOfMarkup,
					By: page.ByJSONLD, Evidence: []lead.Evidence{{URL: ev.URL, Quote: ev.Quote}}})
				continue
			}
			claims = append(claims, claim{f.Field, value, ev.URL, ev.Quote, f.Confidence})
			stood[ev.Quote] = f.Status != lead.Unverified
		}
	}
	pages, _ := e.opts.Pages.Site(ctx, p.Domain) // without them the quotes are read alone
	pages = vouching(pages)
	var sources []source
	for _, pg := range pages {
		sources = append(sources, source{id: pg.URL, url: pg.URL, text: pg.Text})
	}
	for i, c := range claims {
		if stood[c.Quote] {
			sources = append(sources, source{id: strconv.Itoa(i), url: c.SourceID, text: c.Quote})
		}
	}
	p.Called, p.Edition = called(pages, p.Domain), prompts.Edition
	refused, unread := e.claimed(claims, sources, sure, prompts.Version)
	p.Facts, p.Unread = settled(slices.Concat(sure, refused)), unread
	return p
}

// structured reports whether markup or a provider stated a fact of this author.
func (e *Enricher) structured(by string) bool {
	name, _, _ := strings.Cut(by, "@")
	return e.provides(by) || strings.Contains(" "+page.ByJSONLD+" "+page.ByFingerprint+" "+page.ByMeta, " "+name+"@")
}

func (e *Enricher) provides(by string) bool {
	return slices.ContainsFunc(e.opts.Providers, func(p Provider) bool { return p.Name() == by })
}
