package intake

import (
	"cmp"
	"errors"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// readContactAndCompany reads contact and company, and returns what the lead is known by: the
// company's domain (of the e-mail, else as given), or the full address where the
// e-mail names no company. A website may name a company, but is no domain as given.
func readContactAndCompany(f *form) (lead.Contact, lead.Company, string) {
	p := f.object("contact")
	address, mailHost := readEmail(p)
	contact := lead.Contact{Email: address, Name: p.line("name", maxName), Title: p.line("title", maxName)}
	p.close()

	c := f.object("company")
	given, host := readDomain(c)
	website, siteHost := readWebsite(c)
	co := lead.Company{
		Name:      c.line("name", maxName),
		Website:   website,
		Employees: lead.Headcount(readEmployees(c)),
		Industry: c.parsed("industry", maxLine, company.Industry,
			"is not known here: send one of %s, or a NAICS 2022 code", strings.Join(company.IndustrySlugs(), ", ")),
		Country:      c.parsed("country", maxLine, company.Country, "is not a country known here: send its ISO 3166-1 code, such as IT"),
		Technologies: readTechnologies(c),
	}
	c.close()

	byMail, byName, bySite := domainOf(mailHost), siteOf(host), siteOf(siteHost)
	co.Domain = cmp.Or(byName, byMail, bySite)
	// A mailbox that names no company is somebody's own, whatever company the
	// lead names beside it (SPEC section 1, duplicates).
	key := cmp.Or(byMail, strings.ToLower(address), byName)
	switch {
	case key != "" || f.recorded || p.faulty["email"] || c.faulty["domain"] || f.faulty["contact"] || f.faulty["company"]:
	case given == "":
		p.fault("email", "or company.domain is required: an e-mail address of the contact, or the domain of the company")
	default:
		c.fault("domain", "is a mail provider, a throw-away mailbox or a platform, which names no company: send the company's own domain, or contact.email")
	}
	return contact, co, key
}

// domainOf is the registrable domain of the company whose host this is, or empty
// where the host is everybody's: a mail provider, a throw-away mailbox.
func domainOf(host string) string {
	if host == "" {
		return ""
	}
	domain, err := company.Domain(host)
	if err != nil || company.FreeMail(domain) || company.FreeMail(host) || company.Disposable(domain) || company.Disposable(host) {
		return ""
	}
	return domain
}

// siteOf is domainOf for a web address: a page on a platform is its user's, not
// the platform's. Somebody who writes from the platform's mail works there.
func siteOf(host string) string {
	if company.Platform(host) {
		return ""
	}
	return domainOf(host)
}

// readEmail reads a bare address and returns it with its host in normal form.
func readEmail(p *form) (address, host string) {
	const name = "email"
	s := p.line(name, 254) // RFC 5321: a path is at most 256 with its brackets
	if s == "" {
		return "", ""
	}
	at := strings.LastIndexByte(s, '@')
	parsed, err := mail.ParseAddress(s)
	if at < 0 || err != nil || parsed.Address != s {
		p.fault(name, "is not an e-mail address: send it bare, such as jane@northwind.example")
		return "", ""
	}
	host, err = company.Host(s[at+1:])
	if err != nil {
		p.fault(name, "is not at a host of the public internet: send a work address, such as jane@northwind.example")
		return "", ""
	}
	return s[:at+1] + host, host
}

// readDomain reads the domain as given (a domain, a host or a web address) and
// its host in normal form.
func readDomain(c *form) (given, host string) {
	const name = "domain"
	given = c.line(name, maxURL)
	if given == "" {
		return "", ""
	}
	host, err := company.Host(given)
	if err == nil && !company.Platform(host) {
		_, err = company.Domain(host)
	}
	if err != nil && !errors.Is(err, company.ErrPlatform) {
		c.fault(name, "is not a domain of the public internet: send one such as northwind.example")
		return "", ""
	}
	return given, host
}

// readWebsite reads the address of the company's site; a bare host is taken as https.
func readWebsite(c *form) (website, host string) {
	const name = "website"
	s := c.line(name, maxURL)
	if s == "" {
		return "", ""
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err == nil {
		host, err = company.Host(u.Hostname())
	}
	if err != nil || !webURL(s) {
		c.fault(name, "is not a web address: send one such as https://northwind.example/")
		return "", ""
	}
	return s, host
}

func readEmployees(c *form) string {
	const name = "employees"
	raw := c.take(name, "a number", "text")
	if raw == nil {
		return ""
	}
	s, ok := unquote(raw), true
	if kind(raw) == "a number" {
		s, ok = number(string(raw))
	} else if exported.MatchString(s) {
		s, ok = number(s)
	}
	if s == "" && ok {
		return ""
	}
	n, err := company.ParseHeadcount(s)
	if !ok || err != nil {
		c.fault(name, "is not a headcount: send a number, MIN-MAX or MIN+, such as 250, 51-200 or 500+")
		return ""
	}
	return n.String()
}

func readTechnologies(c *form) []string {
	const name = "technologies"
	var names []string
	seen := map[string]bool{}
	for i, raw := range c.list(name, maxTechnology) {
		at := name + "[" + strconv.Itoa(i) + "]"
		if kind(raw) != "text" {
			c.fault(at, "must be text, not %s", kind(raw))
			continue
		}
		s := c.checked(at, unquote(raw), maxLine, false)
		if s = company.Technology(s); s != "" && !seen[strings.ToLower(s)] {
			seen[strings.ToLower(s)] = true
			names = append(names, s)
		}
	}
	return names
}
