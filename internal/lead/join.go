package lead

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Referral is a way in which a lead came, at its newest: a duplicate that joins
// adds its own.
type Referral struct {
	Source Source `json:"source"`
	On     Date   `json:"on"`
}

// strength orders the sources by what they say of the partner relation: joined
// duplicates have the source of the strongest. One that is capped (ai_citation)
// stands below those that are not, so that joining never lowers a score.
var strength = []Source{PartnerReferral, CoSell, Integration, Marketplace, CoMarketing, Backlink, Overlap, Website,
	AICitation, EventList, PurchasedList}

// AllReferrals are the ways in which the lead came, one or more.
func (l *Lead) AllReferrals() []Referral {
	if len(l.Referrals) == 0 {
		return []Referral{{l.Source, l.ReferredOn}}
	}
	return l.Referrals
}

// Join folds a later one with the same key into the lead. It reports whether
// anything was new.
//
// Joining gives the same whatever the order, and again nothing new: touchpoints,
// events, signals, contacts, technologies and referrals are sets; the referral
// date is the earliest; the newest consent stands; where they disagree in a word, that of the earliest
// referral stands, on one day the longer one. Only which contact is the first,
// and the company's domain, are the first that arrived.
func (c *Case) Join(o Incoming) bool {
	c.Sender = o.By
	said := func(string) Date { return o.ReferredOn }
	c.Lead.own(o.By, func(alone *Lead) { alone.say(ownRoom, &Own{Submission: o.Submission}) })
	before := c.Lead.Source
	changed := c.hear(c.Lead.fold(recordRoom, &o.Submission, said))
	if c.Lead.Source == o.Source && (c.Lead.Inferred || c.Lead.Source != before) {
		c.Lead.Inferred = o.SourceInferred
	}
	if changed {
		c.Lead.Batch, c.Lead.Quiet = c.Lead.Batch && o.Batch, c.Lead.Quiet && o.Quiet
		c.Note(o.By, "joined", cameBy, string(o.Source), o.Partner.ID)
	}
	return changed
}

// begin is the first submission. What it says twice is on record once.
func (l *Lead) begin(r room, o *Submission) {
	l.Submission = *o
	l.Touchpoints, l.Events, l.Signals = nil, nil, nil
	l.add(r, o.Touchpoints, o.Events, o.Signals)
}

// fold adds what another submission says; said is the day of the referral that
// brought each of its words. news is the time of the newest event or signal among it.
func (l *Lead) fold(r room, o *Submission, said func(word string) Date) (changed bool, news time.Time) {
	changed = l.foldReferrals([]Referral{{o.Source, o.ReferredOn}})
	changed = l.foldWords(o, said) || changed
	more, news := l.add(r, o.Touchpoints, o.Events, o.Signals)
	changed = more || changed
	changed = l.foldContacts(r, []Contact{o.Contact}) || changed
	if technologies := merged(l.Company.Technologies, o.Company.Technologies); !slices.Equal(technologies, l.Company.Technologies) {
		l.Company.Technologies, changed = technologies, true
	}
	if consent := l.Consent.or(o.Consent); consent != l.Consent {
		l.Consent, changed = consent, true
	}
	if l.Company.Domain == "" && o.Company.Domain != "" {
		l.Company.Domain, changed = o.Company.Domain, true
	}
	if l.Enrichment.State == EnrichmentNone && l.Company.Domain != "" {
		l.Enrichment.State = EnrichmentPending
	}
	l.ReferredOn = min(l.ReferredOn, o.ReferredOn)
	return changed, news
}

// merged are the names of both lists in order, the first of them.
func merged(have, more []string) []string {
	if grow(&have, more, func(a, b string) bool { return a == b }) {
		have = slices.Sorted(slices.Values(have))
	}
	return have[:min(len(have), mostNames)]
}

// foldReferrals keeps of each source the newest referral.
func (l *Lead) foldReferrals(more []Referral) bool {
	before := l.AllReferrals()
	all := slices.Clone(before)
	for _, r := range more {
		if i := slices.IndexFunc(all, func(h Referral) bool { return h.Source == r.Source }); i >= 0 {
			all[i].On = max(all[i].On, r.On)
		} else {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Referral) int {
		return cmp.Compare(slices.Index(strength, a.Source), slices.Index(strength, b.Source))
	})
	l.Referrals, l.Source = all, all[0].Source
	return !slices.Equal(all, before)
}

func (l *Lead) foldContacts(r room, more []Contact) (changed bool) {
	for _, p := range more {
		switch {
		case p == Contact{} || p == l.Contact || slices.Contains(l.Contacts, p):
			continue
		case l.Contact == Contact{}:
			l.Contact = p
		default:
			l.Contacts = append(slices.Clip(l.Contacts), p)
		}
		changed = true
	}
	size := 0
	for i, p := range slices.Backward(l.Contacts) {
		size += len(p.Email) + len(p.Name) + len(p.Title)
		if len(l.Contacts)-i > r.entries || size > r.bytes {
			l.Folded.Contacts += i + 1
			l.Contacts = slices.Clone(l.Contacts[i+1:])
			break
		}
	}
	return changed
}

// word is one thing that two submissions may say differently.
type word struct {
	name       string
	have, more string
	take       func()
}

// foldWords keeps for each word the one of the earliest referral.
func (l *Lead) foldWords(o *Submission, said func(string) Date) (changed bool) {
	first, on := min(l.ReferredOn, o.ReferredOn), map[string]Date{}
	for _, w := range l.words(o) {
		ours, theirs := l.saidOn(w.name), said(w.name)
		if w.more != "" && (w.have == "" || theirs < ours || theirs == ours && fuller(w.more, w.have)) {
			changed = changed || w.more != w.have
			w.take()
			ours = theirs
		}
		if ours != first && (w.have != "" || w.more != "") {
			on[w.name] = ours
		}
	}
	l.SaidOn = nil
	if len(on) > 0 {
		l.SaidOn = on
	}
	return changed
}

// saidOn is the day of the referral that brought a word: the lead's own, unless
// it is on record that a later one did.
func (l *Lead) saidOn(word string) Date {
	if d, ok := l.SaidOn[word]; ok {
		return d
	}
	return l.ReferredOn
}

func fuller(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a < b }

func (l *Lead) words(o *Submission) []word {
	var all []word
	text := func(name string, have *string, more string) {
		all = append(all, word{name, *have, more, func() { *have = more }})
	}
	text("product", &l.Product, o.Product)
	text("use_case", &l.UseCase, o.UseCase)
	text("notes", &l.Notes, o.Notes)
	text("locale", &l.Locale, o.Locale)
	text("ga_client_id", &l.GAClientID, o.GAClientID)
	text("landing_url", &l.LandingURL, o.LandingURL)
	text("referrer", &l.Referrer, o.Referrer)
	text("partner.tier", &l.Partner.Tier, o.Partner.Tier)
	text("partner.contact", &l.Partner.Contact, o.Partner.Contact)
	text("company.name", &l.Company.Name, o.Company.Name)
	text("company.website", &l.Company.Website, o.Company.Website)
	text("company.employees", (*string)(&l.Company.Employees), string(o.Company.Employees))
	text("company.industry", &l.Company.Industry, o.Company.Industry)
	text("company.country", &l.Company.Country, o.Company.Country)
	// Parameters of one visit belong together.
	all = append(all, word{"utm", l.UTM.text(), o.UTM.text(), func() { l.UTM = o.UTM }})
	ids := map[string]string{}
	maps.Copy(ids, l.CRM)
	for _, id := range slices.Sorted(maps.Keys(o.CRM)) {
		if _, known := ids[id]; !known && len(ids) < mostNames {
			ids[id] = o.CRM[id]
		}
	}
	for id := range ids {
		all = append(all, word{"crm." + id, l.CRM[id], o.CRM[id], func() {
			ids[id] = o.CRM[id]
			l.CRM = ids
		}})
	}
	return all
}

func (u UTM) text() string {
	if u == (UTM{}) {
		return ""
	}
	return strings.Join([]string{u.Source, u.Medium, u.Campaign, u.Term, u.Content}, "\n")
}

// grow appends what is not there yet, and reports whether there was any. It writes
// into no array that another list may share.
func grow[T any](have *[]T, more []T, same func(a, b T) bool) bool {
	n := len(*have)
	*have = slices.Clip(*have)
	for _, m := range more {
		if !slices.ContainsFunc(*have, func(h T) bool { return same(h, m) }) {
			*have = append(*have, m)
		}
	}
	return len(*have) > n
}
