package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// each calls f for every lead of the filter, merged ones left out.
func each(ctx context.Context, lists Lists, filter lead.Filter, f func(d *lead.Dossier)) error {
	filter.Limit = 200
	for {
		page, err := lists.List(ctx, filter)
		if err != nil {
			return err
		}
		for i := range page.Leads {
			if d := &page.Leads[i]; d.Lead.Stage != lead.Merged {
				f(d)
			}
		}
		if filter.Cursor = page.Next; filter.Cursor == "" {
			return nil
		}
	}
}

// asset is a page or a partner's asset that leads came by or touched.
type asset struct {
	name        string
	partners    map[string]bool
	leads, eqls int
	deals       map[string]lead.Money // by deal, or by lead where there is none: each counts once
	first, last time.Time
}

// Ages from which an asset is named: it is old, or has gone quiet.
const (
	oldAsset   = 183 * 24 * time.Hour
	quietAsset = 90 * 24 * time.Hour
)

// Assets lists the landing pages and partners' assets that leads came by or touched since,
// the ones with most EQLs first.
func Assets(ctx context.Context, lists Lists, since, now time.Time) (Table, error) {
	all := map[string]*asset{}
	err := each(ctx, lists, lead.Filter{Since: since}, func(d *lead.Dossier) {
		l := &d.Lead
		touched := map[string]time.Time{}
		if name := page(l.LandingURL); name != "" {
			touched[name] = l.CreatedAt
		}
		for _, t := range l.Touchpoints {
			if name := page(t.Asset); name != "" && t.Owner == "partner" && touched[name].Before(t.At) {
				touched[name] = t.At
			}
		}
		for name, at := range touched {
			a := all[name]
			if a == nil {
				a = &asset{name: name, partners: map[string]bool{}, deals: map[string]lead.Money{}, first: at, last: at}
				all[name] = a
			}
			a.add(d, at)
		}
	})
	if err != nil {
		return Table{}, err
	}
	list := slices.SortedFunc(maps.Values(all), func(a, b *asset) int {
		return cmp.Or(cmp.Compare(b.eqls, a.eqls), cmp.Compare(b.leads, a.leads), cmp.Compare(a.name, b.name))
	})
	t := Table{Title: "Assets", Columns: []string{"asset", "partners", "leads", "EQL", "EQL share", "pipeline", "last touched", "to look at"}}
	for _, a := range list {
		look := ""
		switch {
		case now.Sub(a.last) > quietAsset:
			look = fmt.Sprintf("quiet for %d days", int(now.Sub(a.last).Hours()/24))
		case now.Sub(a.first) > oldAsset:
			look = "older than six months"
		}
		var pipeline []lead.Money
		for _, key := range slices.Sorted(maps.Keys(a.deals)) {
			pipeline = a.deals[key].AddTo(pipeline)
		}
		t.Rows = append(t.Rows, []string{a.name, strings.Join(slices.Sorted(maps.Keys(a.partners)), ", "), strconv.Itoa(a.leads), strconv.Itoa(a.eqls),
			share(a.eqls, a.leads), money(pipeline), a.last.Format(time.DateOnly), look})
	}
	return t, nil
}

func (a *asset) add(d *lead.Dossier, at time.Time) {
	a.leads++
	a.partners[d.Lead.Partner.ID] = true
	if d.Lead.Stage == lead.Approved {
		a.eqls++
	}
	if at.Before(a.first) {
		a.first = at
	}
	if at.After(a.last) {
		a.last = at
	}
	for _, o := range d.Outcomes {
		if o.Amount.Currency != "" {
			a.deals[cmp.Or(o.DealID, "lead "+d.Lead.ID)] = o.Amount
		}
	}
}

// page is an address without what differs from visitor to visitor; empty: it is none.
func page(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.") + strings.TrimSuffix(u.Path, "/")
}
