package attribution

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// Source is what the partner's links carry as utm_source: the first that is configured, else
// its id; ok: the partner is known.
func (r *Rules) Source(partner string) (source string, ok bool) {
	i := slices.IndexFunc(r.partners, func(p Partner) bool { return p.ID == partner })
	if i < 0 {
		return partner, len(r.partners) == 0 && anID.MatchString(partner)
	}
	return slices.Concat(r.partners[i].Sources, []string{partner})[0], true
}

// Link says which partner a link to one of our sites names, and what is wrong with its UTM
// parameters (SPEC section 1), a sentence each. on is the partner on whose page it stands;
// empty: anybody's.
func (r *Rules) Link(u *url.URL, on string) (partner string, faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	q := lead.Parameters(u.String())
	source, medium := q.Get("utm_source"), q.Get("utm_medium")
	if u.Query().Get("utm_source") != source {
		fault("its utm_source is not where it belongs, is in capitals or escaped: analytics tools do not read it")
	}
	partner = r.named(&lead.Lead{Submission: lead.Submission{Partner: lead.Partner{ID: on}}}, source, medium)
	switch wanted, _ := r.Source(on); {
	case len(q["utm_source"]) > 1 || len(q["utm_medium"]) > 1:
		fault("utm_source or utm_medium stands in it twice")
	case source == "" && on == "":
		fault("it lacks utm_source: no partner is credited")
	case source == "":
		fault("it lacks utm_source=%s", wanted)
	case partner == "":
		if near := strict.Nearest(normal(source), slices.Sorted(maps.Keys(r.byUTM))); near != "" {
			fault("utm_source %q names no partner; did you mean %s?", source, near)
		} else {
			fault("utm_source %q names no partner", source)
		}
	case on != "" && partner != on:
		fault("utm_source %q names %s, and the page is of %s: write %s", source, partner, on, wanted)
	case source != strings.ToLower(strings.TrimSpace(source)):
		fault("utm_source %q has capitals or blanks: analytics tools count it apart", source)
	}
	if source != "" && medium != "referral" {
		fault("utm_medium is %q: write referral", medium)
	}
	return partner, faults
}
