package page

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"leadtriage/internal/company"

	"golang.org/x/net/publicsuffix"
)

// claims returns the domain of another company that the page says it is of: by
// the name or address of its site, or by structured data that describes somebody
// else alone. "" when it does not.
func (s *survey) claims(domain string, g graph) string {
	if other := foreignName(s.siteName, domain); other != "" {
		return other
	}
	if other := foreignAddress(s.siteURL, domain); other != "" {
		return other
	}
	if slices.ContainsFunc(g.organizations, func(o organization) bool { return s.vouches(o, domain) }) {
		return ""
	}
	for _, site := range g.sites {
		if other := foreignAddress(site, domain); other != "" {
			return other
		}
	}
	if len(g.organizations) == 1 && g.organizations[0].top {
		return foreignAddress(g.organizations[0].text("url"), domain)
	}
	return ""
}

// called is what the page says its site is called, where its own organisation has
// that name: else the part of its title that resembles the domain; "" for none.
func (s *survey) called(domain, name string) string {
	if first := cmp.Or(s.siteName, name, s.application); first != "" {
		return first
	}
	for part := range strings.SplitSeq(titleParts.Replace(s.title), "|") {
		if part = strings.TrimSpace(part); resembles(part, firstLabel(domain)) {
			return part
		}
	}
	return ""
}

var titleParts = strings.NewReplacer(" - ", "|", "–", "|", "—", "|", "·", "|", ":", "|")

// foreignAddress returns the registrable domain of an absolute address when that
// is another company's. A platform is none, nor is the same name elsewhere
// (northwind.de of northwind.example).
func foreignAddress(address, domain string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || company.Platform(u.Hostname()) {
		return ""
	}
	other, err := company.Domain(u.Hostname())
	if err != nil || other == domain || firstLabel(other) == firstLabel(domain) {
		return ""
	}
	return other
}

// foreignName is foreignAddress for a name that is written like an address.
func foreignName(name, domain string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if strings.ContainsAny(name, " \t@") || !strings.Contains(name, ".") {
		return ""
	}
	if strings.Contains(name, "://") {
		return foreignAddress(name, domain)
	}
	host, _, _ := strings.Cut(name, "/")
	_, managed := publicsuffix.PublicSuffix(host)
	if !managed && !strings.HasPrefix(name, "www.") {
		return "" // Node.js
	}
	return foreignAddress("https://"+name, domain)
}

func firstLabel(domain string) string {
	first, _, _ := strings.Cut(domain, ".")
	return first
}

// ownOrganization returns the organisation of the page that is the site itself;
// false where none or more than one may be meant.
func (s *survey) ownOrganization(domain string, g graph) (organization, bool) {
	var own []organization
	for _, o := range g.organizations {
		same := func(p organization) bool { return p.raw == o.raw }
		if s.vouches(o, domain) && !slices.ContainsFunc(own, same) {
			own = append(own, o)
		}
	}
	if len(own) > 1 {
		own = slices.DeleteFunc(own, func(o organization) bool {
			return !o.publisher && !g.publishers[o.text("@id")] && !s.isRoot(o.text("url"))
		})
	}
	if len(own) != 1 {
		return organization{}, false
	}
	return own[0], true
}

// vouches reports whether o is the company itself: what it gives as its address
// and id is of the domain, and its name is the site's. Without an address the
// name must be the domain's.
func (s *survey) vouches(o organization, domain string) bool {
	addressed := false
	for _, key := range []string{"url", "@id"} {
		m, ok := o.members[key]
		if !ok {
			continue
		}
		for _, raw := range each(m.raw) {
			text := member{raw: raw}.text()
			if text == "" || strings.HasPrefix(text, "_:") {
				continue
			}
			if o.doubled[key] || !s.isOwn(text, domain) {
				return false
			}
			addressed = addressed || key == "url" || !strings.HasPrefix(text, "#")
		}
	}
	names := []string{o.text("name"), o.text("legalName"), o.text("alternateName")}
	if slices.ContainsFunc(names, func(n string) bool { return foreignName(n, domain) != "" }) {
		return false
	}
	named := slices.ContainsFunc(names, func(n string) bool { return n != "" })
	switch {
	case slices.ContainsFunc(names, func(n string) bool { return resembles(n, firstLabel(domain)) }):
		return true
	case !addressed:
		return false
	}
	return !named || slices.ContainsFunc(names, func(n string) bool { return resembles(n, s.siteName) || resembles(n, s.title) })
}

// isOwn reports whether an address, or what is written like one, is of the domain.
func (s *survey) isOwn(address, domain string) bool {
	u, err := s.at.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	if bare, _, _ := strings.Cut(address, "/"); bare != "" && strings.Contains(bare, ".") && !strings.ContainsAny(bare[:1], ".#?") && !strings.Contains(address, "://") {
		host = bare // contoso.example, without a scheme
	}
	owner, err := company.Domain(host)
	return err == nil && owner == domain
}

// isRoot reports whether an address is a home page, in a language perhaps.
func (s *survey) isRoot(address string) bool {
	u, err := s.at.Parse(address)
	if err != nil || address == "" {
		return false
	}
	return len(strings.Trim(u.Path, "/")) <= len("en-us") && !strings.Contains(strings.Trim(u.Path, "/"), "/")
}

// resembles reports whether a company's name and what a page calls itself have
// their main word in common: the name's first one of three letters or more.
func resembles(name, called string) bool {
	words := fold(called)
	joined := strings.ReplaceAll(words, " ", "")
	for word := range strings.FieldsSeq(fold(name)) {
		if len([]rune(word)) < 3 || articles[word] {
			continue
		}
		return slices.Contains(strings.Fields(words), word) || len(joined) >= 3 && strings.HasPrefix(strings.ReplaceAll(fold(name), " ", ""), joined)
	}
	return joined != "" && strings.ReplaceAll(fold(name), " ", "") == joined
}

var articles = map[string]bool{"the": true, "die": true, "der": true, "das": true, "les": true, "los": true}
