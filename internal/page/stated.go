package page

import (
	"net/http"
	"time"

	"leadtriage/internal/lead"
)

// Statement is what a page's markup states to programs: no visitor sees it.
// Value is as it stands there; its normal form is the reader's business.
type Statement struct {
	Field lead.Field
	Value string // "180", "51-200", "NL", "2008-03-01", "HubSpot"
	Quote string // the exact snippet as one line, masked: `"numberOfEmployees": 180`, a script's address
	By    string // ByJSONLD, ByFingerprint or ByMeta
}

// Who states it, with the version of the rules that read it.
const (
	ByJSONLD      = "json-ld@1"
	ByFingerprint = "fingerprint@1"
	ByMeta        = "meta@1"
)

const (
	maxQuoteRunes = 300 // a longer snippet is no evidence that a person reads
	maxStated     = 60  // of one page
	maxSiteRunes  = 120
)

// statements returns what the page states of the company with that registrable
// domain, and what it calls its site; no statement, and whom it names, where it
// says that it is another company's.
func (s *survey) statements(domain string, header http.Header, now time.Time) (stated []Statement, site, claims string) {
	orgs := organizations(s.blocks)
	own, ok := s.ownOrganization(domain, orgs)
	site = clamp(Mask(s.called(domain, oneLine(own.text("name")))), maxSiteRunes)
	if other := s.claims(domain, orgs); other != "" {
		return nil, site, other
	}
	if ok {
		stated = append(stated, own.statements(now)...)
	}
	s.header = header
	stated = append(stated, s.technologies(domain)...)
	if s.description != "" && s.isRoot(s.at.Path) {
		stated = append(stated, Statement{lead.Description, s.description, s.description, ByMeta})
	}
	kept := stated[:0]
	for _, st := range stated {
		st.Value, st.Quote = Mask(oneLine(st.Value)), Mask(oneLine(st.Quote))
		if st.Value != "" && len(kept) < maxStated && clamp(st.Quote, maxQuoteRunes) == st.Quote {
			kept = append(kept, st)
		}
	}
	return kept, site, ""
}
