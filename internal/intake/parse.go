package intake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// Bounds of a lead, in characters and entries (CONTRACT "A lead, as sent").
const (
	maxID         = 100
	maxLine       = 200
	maxName       = 10000 // CRMs know no bound that all share; a card shows the beginning
	maxURL        = 2048
	maxUseCase    = 2000
	maxNotes      = 10000
	maxLocale     = 35
	maxHistory    = 200 // touchpoints, events and signals, each
	maxTechnology = 50
	maxCRM        = 20
)

// ParseLead reads a lead as sent into normal form, with its duplicate key. Either
// the faults are empty or the incoming lead is; the sender's name and the idempotency
// key are the caller's to add.
func ParseLead(raw []byte, rules Rules, now time.Time) (lead.Incoming, Faults) {
	var faults Faults
	f, ok := parseBody(raw, &faults)
	if !ok {
		return lead.Incoming{}, faults
	}
	s, key, inferred := readSubmission(f, rules, now)
	f.close()
	faults.require(s, slices.Concat(rules.Always, rules.Required[s.Source]))
	if len(faults) > 0 {
		return lead.Incoming{}, faults
	}
	return lead.Incoming{Submission: s, Key: strings.ToLower(key + "|" + s.Partner.ID), SourceInferred: inferred}, nil
}

// readSubmission also returns what the lead is known by, beside its partner, and
// whether its source is what the links say.
func readSubmission(f *form, rules Rules, now time.Time) (s lead.Submission, key string, inferred bool) {
	s = lead.Submission{
		Partner:    readPartner(f, rules),
		ReferredOn: readReferral(f, now),
		Source:     choice(f, "source", lead.Sources...),
		Product:    f.line("product", maxLine),
	}
	s.Contact, s.Company, key = readContactAndCompany(f)
	s.UTM = readUTM(f)
	s.LandingURL = f.parsed("landing_url", maxURL, func(s string) (string, bool) { return s, webURL(s) },
		"is not a web address: send one that begins with https:// or http://")
	s.Referrer = f.line("referrer", maxURL) // whatever a browser said
	s.Source = cmp.Or(s.Source, rules.Source)
	if inferred = s.Source == ""; inferred {
		s.Source = saidByLinks(&s)
	}
	f.each("touchpoints", maxHistory, func(t *form) { s.Touchpoints = append(s.Touchpoints, readTouchpoint(t, now)) })
	f.each("events", maxHistory, func(e *form) { s.Events = append(s.Events, readEvent(e, rules, now)) })
	f.each("signals", maxHistory, func(e *form) { s.Signals = append(s.Signals, readSignal(e, now)) })
	s.UseCase = f.prose("use_case", maxUseCase)
	s.Notes = f.prose("notes", maxNotes)
	s.CRM = readCRM(f)
	s.GAClientID = f.line("ga_client_id", maxID)
	s.Consent = readConsent(f, s.ReferredOn, now)
	s.Locale = f.parsed("locale", maxLocale, func(s string) (string, bool) {
		tag, err := language.Parse(s)
		return tag.String(), err == nil
	}, "is not a language tag: send one such as en or it-IT")
	return s, key, inferred
}

// saidByLinks is the source of a lead that names none. But for an AI's link it implies
// no signal and earns nothing.
func saidByLinks(s *lead.Submission) lead.Source {
	switch {
	case s.AISource() != "":
		return lead.AICitation
	case s.Partner.ID == lead.Direct:
		return lead.Website
	}
	return lead.Backlink
}

func readPartner(f *form, rules Rules) lead.Partner {
	p := f.object("partner")
	defer p.close()
	id := p.line("id", maxID)
	p.require("id", id != "" || f.recorded, "the partner that sent the lead; %q for a lead that no partner sent", lead.Direct)
	if strings.ContainsFunc(id, func(r rune) bool { return !idRune(r) }) {
		p.fault("id", "has characters that an id cannot have: use letters, digits, and . _ -")
		id = ""
	}
	tier := p.line("tier", maxID)
	contact := p.line("contact", maxName)
	if f.recorded {
		return lead.Partner{ID: strings.ToLower(id), Tier: tier, Contact: contact}
	}
	known, ok := rules.partner(id)
	if id != "" && !ok {
		p.fault("id", "names a partner that is not known here: known are %s; add it under partners in the configuration", rules.known())
	}
	tiers := ""
	if ok && id != "" && len(known.Tiers) > 0 {
		tiers = ", one of " + strings.Join(known.Tiers, ", ")
	}
	p.require("tier", tier != "", "the programme tier the partner is in%s", tiers)
	return lead.Partner{ID: known.ID, Tier: readTier(p, tier, known), Contact: contact}
}

func readTier(p *form, tier string, partner Partner) string {
	if tier == "" {
		return ""
	}
	if len(partner.Tiers) == 0 {
		if strings.ContainsFunc(tier, func(r rune) bool { return !idRune(r) && r != ' ' }) {
			p.fault("tier", "has characters that a tier cannot have: use letters, digits, spaces, and . _ -")
		}
		return strings.ToLower(tier)
	}
	i := slices.IndexFunc(partner.Tiers, func(t string) bool { return strings.EqualFold(t, tier) })
	if i < 0 {
		p.fault("tier", "is not a tier of this partner: %s has %s", partner.ID, strings.Join(partner.Tiers, ", "))
		return ""
	}
	return partner.Tiers[i]
}

func idRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
}

// readReferral takes any day that has begun somewhere on Earth.
func readReferral(f *form, now time.Time) lead.Date {
	const name = "referred_on"
	s := f.line(name, 100)
	f.require(name, s != "" || f.recorded, "the day of the referral, such as 2026-11-20")
	if s == "" {
		return ""
	}
	d, err := lead.ParseDate(s)
	switch {
	case err != nil:
		f.fault(name, "is not a day: send YYYY-MM-DD, such as 2026-11-20")
	case !f.recorded && d.Time().After(now.UTC().Add(14*time.Hour)):
		f.fault(name, "is in the future: send the day the partner referred the lead")
	case d.Time().Before(earliest):
		f.fault(name, "is before the year 2000: send the day the partner referred the lead")
	}
	return d
}

func readUTM(f *form) lead.UTM {
	u := f.object("utm")
	defer u.close()
	return lead.UTM{
		Source:   u.line("source", maxLine),
		Medium:   u.line("medium", maxLine),
		Campaign: u.line("campaign", maxLine),
		Term:     u.line("term", maxLine),
		Content:  u.line("content", maxLine),
	}
}

// readConsent dates a yes without a time by the referral, and a no by now: it must not
// lose against an older yes.
func readConsent(f *form, referred lead.Date, now time.Time) (c lead.Consent) {
	f = f.object("consent")
	defer f.close()
	if f.sent == nil {
		return c
	}
	c.Basis, c.PartnerMayBeTold = f.line("basis", maxID), f.truth("partner_may_be_told")
	switch day, err := lead.ParseDate(f.text("at")); {
	case f.text("at") == "" && c.PartnerMayBeTold:
		c.At = string(referred)
	case f.text("at") == "":
		c.At = now.UTC().Format(time.RFC3339)
	case err != nil:
		if at := f.moment("at", now); !at.IsZero() {
			c.At = at.Format(time.RFC3339)
		}
	case !f.recorded && day.Time().After(now.Add(24*time.Hour)):
		f.fault("at", "is in the future: send when it was given or withdrawn")
	default:
		c.At = string(day)
	}
	return c
}

func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

func readTouchpoint(t *form, now time.Time) lead.Touchpoint {
	p := lead.Touchpoint{
		Type:  t.line("type", maxID),
		Owner: choice(t, "owner", "owned", "partner"),
		Asset: readAsset(t),
		At:    t.moment("at", now),
	}
	t.require("type", p.Type != "", "what kind of contact it was, such as webinar")
	if utm := readUTM(t); utm != (lead.UTM{}) {
		p.UTM = &utm
	}
	return p
}

func readEvent(e *form, rules Rules, now time.Time) lead.Event {
	known := rules.events()
	if e.recorded { // by a model that named other events
		known = append(known, strings.ToLower(e.line("type", maxID)))
	}
	v := lead.Event{Type: choice(e, "type", known...), At: e.moment("at", now), Asset: readAsset(e)}
	e.require("type", v.Type != "", "what the person did, one of %s", strings.Join(rules.events(), ", "))
	return v
}

func readSignal(e *form, now time.Time) lead.Signal {
	v := lead.Signal{Type: choice(e, "type", lead.SignalTypes...), At: e.moment("at", now), By: e.line("by", maxLine)}
	e.require("type", v.Type != "", "the ecosystem signal, one of %s", strings.Join(lead.SignalTypes, ", "))
	return v
}

// readAsset takes a name or a web address; any other kind of address is refused.
func readAsset(f *form) string {
	s := f.line("asset", maxURL)
	if strings.Contains(s, "://") && !webURL(s) {
		f.fault("asset", "is not a web address: send one that begins with https:// or http://, or a name")
		return ""
	}
	return s
}

// readCRM reads ids of other systems: names with texts or numbers.
func readCRM(f *form) map[string]string {
	c := f.object("crm")
	defer c.close()
	if len(c.names) > maxCRM && !f.recorded {
		f.fault("crm", "has %d entries: at most %d are taken", len(c.names), maxCRM)
		c.names = nil
		return nil
	}
	var ids map[string]string
	for _, name := range c.names {
		if f.recorded && kind(c.sent[name]) == "an object" { // what we say of a CRM ourselves
			c.take(name, "an object")
			continue
		}
		raw := c.take(name, "text", "a number")
		if raw == nil {
			continue
		}
		if strings.ContainsFunc(name, lead.Invisible) || strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxID {
			c.fault(name, "is not a name for an id: send one line of at most %d characters", maxID)
			continue
		}
		id := string(bytes.TrimSpace(raw))
		if kind(raw) == "text" {
			id = unquote(raw)
		}
		if id = c.checked(name, id, maxLine, false); id != "" {
			if ids == nil {
				ids = map[string]string{}
			}
			ids[name] = id
		}
	}
	return ids
}

// exported is a whole number as spreadsheets and CRMs export it, such as 250.0 or 1.2E3.
var exported = regexp.MustCompile(`^[0-9]+\.0{1,2}$|^[0-9]+(\.[0-9]+)?[eE]\+?[0-9]{1,2}$`)

// number is the whole number that a number stands for.
func number(text string) (string, bool) {
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || x != float64(int64(x)) || x < 0 || x > 1e9 {
		return "", false
	}
	return strconv.FormatInt(int64(x), 10), true
}

// ParseRecord reads a lead with its facts, as the API shows one or as somebody
// wrote it by hand: what ParseLead reads, in the same normal form, and facts. It
// is no arrival, so it may lack what a lead must carry, and name events of
// another model. Its further members are returned as they are.
func ParseRecord(raw []byte) (l lead.Lead, further map[string]json.RawMessage, faults Faults) {
	f, ok := parseBody(raw, &faults)
	if !ok {
		return l, nil, faults
	}
	f.recorded = true
	l.Submission, _, _ = readSubmission(f, Rules{}, time.Time{})
	f.each("facts", 0, func(e *form) { l.Facts = append(l.Facts, readFact(e)) })
	further = f.sent
	for _, name := range f.known {
		delete(further, name)
	}
	return l, further, faults
}

func readFact(f *form) lead.Fact {
	fact := lead.Fact{
		Field:  choice(f, "field", lead.Fields...),
		Status: choice(f, "status", lead.FactStatuses...),
		By:     f.text("by"),
	}
	f.require("field", fact.Field != "", "what the fact is about, such as employees")
	f.require("status", fact.Status != "", "verified, unverified, given or conflicting")
	fact.Value = normal(fact.Field, readValue(f))
	f.require("value", fact.Value != "", "what the fact says, such as 250")
	if raw := f.take("confidence", "a number"); raw != nil {
		json.Unmarshal(raw, &fact.Confidence)
	}
	fact.Check, fact.Anchor = lead.Check(f.text("check")), lead.Anchor(f.text("anchor"))
	if raw := f.take("as_of", "a number"); raw != nil {
		json.Unmarshal(raw, &fact.AsOf)
	}
	if raw := f.take("reason", "an object"); raw != nil && json.Unmarshal(raw, &fact.Reason) != nil {
		f.fault("reason", "is not as a record has it: leave it out")
	}
	f.each("evidence", 0, func(e *form) {
		// Pages were quoted as they are, whatever letters they use.
		fact.Evidence = append(fact.Evidence, lead.Evidence{URL: e.text("url"), Quote: e.text("quote"), Value: e.text("value")})
	})
	return fact
}

func readValue(f *form) string {
	raw := f.take("value", "text", "a number")
	if raw == nil {
		return ""
	}
	if kind(raw) == "a number" {
		return string(raw)
	}
	return unquote(raw)
}

// normal is the value in the normal form of its field where it has one.
func normal(field lead.Field, value string) string {
	other, ok := value, true
	switch field {
	case lead.Industry:
		other, ok = company.Industry(value)
	case lead.HQCountry:
		other, ok = company.Country(value)
	case lead.Technology:
		other = company.Technology(value)
	case lead.Employees:
		n, err := company.ParseHeadcount(value)
		other, ok = n.String(), err == nil
	}
	if !ok {
		return value
	}
	return other
}
