package worker_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"leadtriage/internal/facts"
	"leadtriage/internal/lead"
	"leadtriage/worker"
)

func fact(field lead.Field, value string) lead.Fact {
	return lead.Fact{Field: field, Value: value, Status: lead.Verified}
}

func values(facts []lead.Fact) map[lead.Field]string {
	m := map[lead.Field]string{}
	for _, f := range facts {
		m[f.Field] += f.Value
	}
	return m
}

// again sends another partner's lead of the company, through enrichment.
func (h *house) again(partner string) (lead.Lead, error) {
	h.t.Helper()
	r, err := h.Accept(h.t.Context(), lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: partner}, Company: lead.Company{Domain: "northwind.example"}},
		Key: "northwind.example|" + partner, By: "crm"})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.enrich(r.ID)
}

// Each field has its own time; only what is too old is looked for again, and
// what is not found again is gone.
func TestOnlyStaleFieldsAreLookedForAgain(t *testing.T) {
	h := newHouse(t)
	const day = 24 * time.Hour
	h.book.Policy.Fresh = facts.Lifetimes{Default: 30 * day, Fields: map[lead.Field]time.Duration{lead.Employees: 90 * day, lead.FoundedYear: 3650 * day}}
	answer := func(facts ...lead.Fact) {
		h.answer = func(string) (lead.Profile, error) {
			return lead.Profile{Facts: facts, Usage: lead.Usage{Calls: 1}}, nil
		}
	}
	answer(fact(lead.Employees, "250"), fact(lead.FoundedYear, "1999"), fact(lead.Technology, "HubSpot"), fact(lead.HQCity, "Milan"))
	h.again("one")
	if len(h.fields) != 0 {
		t.Errorf("a first search is for %v", h.fields)
	}
	h.clock = h.clock.Add(29 * day)
	if l, _ := h.again("two"); len(h.asked) != 1 || l.Usage.Calls != 0 || len(l.Found) != 4 {
		t.Errorf("a warm company was asked about: %v, %+v", h.asked, l.Usage)
	}
	h.clock = h.clock.Add(2 * day) // day 31
	answer(fact(lead.Technology, "Stripe"))
	l, _ := h.again("three")
	if len(h.asked) != 2 || slices.Contains(h.fields, lead.Employees) || slices.Contains(h.fields, lead.FoundedYear) || len(h.fields) != len(lead.Fields)-2 {
		t.Errorf("asked %v for %v", h.asked, h.fields)
	}
	if got := values(l.Found); len(got) != 3 || got[lead.Technology] != "Stripe" || got[lead.Employees] != "250" || got[lead.FoundedYear] != "1999" {
		t.Errorf("found %v", got)
	}
	h.clock = h.clock.Add(60 * day) // day 91: all but the year
	answer(fact(lead.Employees, "300"))
	l, _ = h.again("four")
	if got := values(l.Found); len(h.asked) != 3 || len(h.fields) != len(lead.Fields)-1 || len(got) != 2 || got[lead.Employees] != "300" {
		t.Errorf("asked for %v, found %v", h.fields, got)
	}
	// While the search fails, or nobody may be asked, what is fresh is still known.
	h.clock = h.clock.Add(31 * day)
	h.answer = func(string) (lead.Profile, error) { return lead.Profile{}, errors.New("the site is down") }
	if l, told := h.again("five"); told == nil || values(l.Found)[lead.Employees] != "300" {
		t.Errorf("%v, found %v", told, l.Found)
	}
	h.answer = unpaid
	h.again("six")
	if l, told := h.again("seven"); told == nil || values(l.Found)[lead.Employees] != "300" {
		t.Errorf("%v, found %v", told, l.Found)
	}
}

func TestRetryFreshForgets(t *testing.T) {
	h := newHouse(t)
	l, _ := h.again("one")
	if len(h.forgot) != 0 {
		t.Errorf("forgot %v", h.forgot)
	}
	h.clock = h.clock.Add(time.Second)
	if _, err := h.Retry(t.Context(), l.ID, "operator", true); err != nil {
		t.Fatal(err)
	}
	h.answer = func(string) (lead.Profile, error) { return lead.Profile{}, errors.New("the site is down") }
	h.enrich(l.ID)
	h.answer = func(string) (lead.Profile, error) { return found(0.1), nil }
	if _, told := h.enrich(l.ID); told != nil || len(h.forgot) != 2 || len(h.asked) != 3 || len(h.fields) != 0 {
		t.Errorf("%v: forgot %v, asked %v", told, h.forgot, h.asked)
	}
	h.again("two")
	if len(h.asked) != 3 {
		t.Errorf("asked %v after it was found afresh", h.asked)
	}
}

// So many leads of one company at once are one search.
func TestManyLeadsOfACompanyAreOneSearch(t *testing.T) {
	h := newHouse(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	h.answer = func(string) (lead.Profile, error) { close(entered); <-leave; return found(0.1), nil }
	first := h.accept("northwind.example")
	ended := make(chan error)
	go func() { ended <- h.Flow.Enrich(t.Context(), first) }()
	<-entered
	if _, told := h.again("two"); func() bool { kind, after := lead.KindOf(told); return kind != lead.Throttled || after != time.Second }() {
		t.Errorf("a second worker is told %v", told)
	}
	close(leave)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if l, told := h.again("two"); told != nil || len(h.asked) != 1 || l.Usage.Calls != 0 {
		t.Errorf("%v, asked %v", told, h.asked)
	}
}

// lateLease has something happen between a worker's look at the record and its lease.
type lateLease struct {
	facts.Records
	before func()
}

func (l *lateLease) LeaseCompany(ctx context.Context, domain string, now time.Time, lease time.Duration) (lead.Lease, error) {
	if before := l.before; before != nil {
		l.before = nil
		before()
	}
	return l.Records.LeaseCompany(ctx, domain, now, lease)
}

// A worker that looked before another one was through, and leases after it.
func TestWhatWasFoundMeanwhileIsNotLookedForAgain(t *testing.T) {
	h := newHouse(t)
	first := h.accept("northwind.example")
	h.book.Records = &lateLease{h.records, func() { h.again("two") }}
	if l, told := h.enrich(first); told != nil || len(h.asked) != 1 || l.Usage.Calls != 0 || values(l.Found)[lead.Employees] != "250" {
		t.Errorf("%v, asked %v, %+v", told, h.asked, l.Usage)
	}
	if lease, err := h.records.LeaseCompany(t.Context(), "northwind.example", h.clock, time.Minute); !lease.Mine || err != nil {
		t.Errorf("the lease was kept: %v", err)
	}
}

// Some CRMs write a person's name where they know no company's.
func TestAPersonsNameIsNoCompanysName(t *testing.T) {
	for _, c := range []struct{ company, contact, partner, told string }{
		{"Firm", "Zelda Quartz", "Ada at Acme", "Firm"},
		{"Quartz S.r.l.", "Zelda Quartz", "", ""},
		{"Zelda Quartz", "Zelda Quartz", "", ""},
		{"QUARTZ, Zelda (private)", "Zelda Quartz", "", ""},
		{"Ada Byron", "", "Ada Byron", ""},
	} {
		h := newHouse(t)
		r, err := h.Accept(t.Context(), lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme", Contact: c.partner},
			Contact: lead.Contact{Name: c.contact}, Company: lead.Company{Name: c.company, Domain: "firm.example"}}, Key: "firm.example|acme", By: "crm"})
		if err != nil {
			t.Fatal(err)
		}
		if _, told := h.enrich(r.ID); told != nil || len(h.asked) != 1 || h.name != c.told {
			t.Errorf("%+v: %v, told %q", c, told, h.name)
		}
	}
}

// Many leads of a company that the model is of no use for spend its attempts
// together, and each of them has what was found all the same.
func TestUselessAnswersAreTheCompanys(t *testing.T) {
	h := newHouse(t)
	h.book.Policy.Attempts = 3
	useless := func(kind lead.FaultKind) func(string) (lead.Profile, error) {
		return func(string) (lead.Profile, error) {
			return lead.Profile{Facts: []lead.Fact{fact(lead.LegalName, "Northwind S.r.l.")}, Usage: lead.Usage{Calls: 2}}, lead.Faultf(kind, 0, "ask the model: rubbish")
		}
	}
	h.answer = useless(lead.Temporary)
	var ids []string
	for _, partner := range []string{"one", "two", "three", "four"} {
		l, told := h.again(partner)
		if kind, after := lead.KindOf(told); partner != "one" && kind != lead.Throttled || after > time.Second || l.Enrichment.State != lead.EnrichmentPending || values(l.Found)[lead.LegalName] == "" {
			t.Errorf("%s: %v, %+v", partner, told, l)
		}
		ids = append(ids, l.ID)
	}
	if len(h.asked) != 1 {
		t.Errorf("asked %d times at once", len(h.asked))
	}
	round := func() (given int) {
		h.clock = h.clock.Add(time.Minute)
		for _, id := range ids {
			l, _ := h.enrich(id)
			if l.Enrichment.State == lead.EnrichmentFailed && values(l.Found)[lead.LegalName] != "" {
				given++
			}
		}
		return given
	}
	if given := round(); given != 0 || len(h.asked) != 2 {
		t.Errorf("%d given up after %d", given, len(h.asked))
	}
	if given := round(); given != len(ids) || len(h.asked) != 3 {
		t.Errorf("%d given up after %d", given, len(h.asked))
	}
	if l, _ := h.again("five"); l.Enrichment.State != lead.EnrichmentFailed || len(h.asked) != 3 {
		t.Errorf("a later lead: %+v, asked %d times", l.Enrichment, len(h.asked))
	}
	// An operator asks again, and once: what cannot be mended by trying is known at once.
	h.answer = useless(lead.Permanent)
	if _, err := h.Retry(t.Context(), ids[0], "operator", false); err != nil {
		t.Fatal(err)
	}
	h.enrich(ids[0])
	if l, _ := h.again("six"); l.Enrichment.State != lead.EnrichmentFailed || len(h.asked) != 4 {
		t.Errorf("another lead: %+v, asked %d times", l.Enrichment, len(h.asked))
	}
	// To be throttled is no failed attempt.
	h.answer = useless(lead.Throttled)
	h.Retry(t.Context(), ids[0], "operator", false)
	h.enrich(ids[0])
	if h.again("a seventh"); len(h.asked) != 6 {
		t.Errorf("throttled, asked %d times", len(h.asked))
	}
	h.answer = useless(lead.Permanent)
	h.enrich(ids[0])
	// A day later the company has its attempts again.
	h.answer = useless(lead.Temporary)
	h.clock = h.clock.Add(h.book.Policy.GiveUp)
	if l, _ := h.again("seven"); l.Enrichment.State != lead.EnrichmentPending || len(h.asked) != 8 {
		t.Errorf("a day later: %+v, asked %d times", l.Enrichment, len(h.asked))
	}
	h.clock = h.clock.Add(time.Minute)
	h.answer = func(string) (lead.Profile, error) { return found(0.1), nil }
	if l, told := h.again("eight"); told != nil || values(l.Found)[lead.Employees] != "250" {
		t.Errorf("%v, %+v", told, l)
	}
}

func unread(value string) lead.Profile {
	f := fact(lead.Employees, value)
	f.Status, f.Reason = lead.Unverified, lead.NewReason(lead.NotReadYet)
	return lead.Profile{Facts: []lead.Fact{f}, Unread: []lead.Unread{{Fact: f}}, Usage: lead.Usage{Calls: 1}}
}

func read(p lead.Profile) (lead.Profile, error) {
	p.Usage, p.Facts, p.Unread = lead.Usage{Calls: 1}, nil, nil
	for _, f := range []string{"250"} {
		p.Facts = append(p.Facts, fact(lead.Employees, f))
	}
	return p, nil
}

// A first reading is paid once: while the second one fails it waits with the company,
// and is resumed alone.
func TestSecondReadingIsResumedAlone(t *testing.T) {
	h := newHouse(t)
	down := lead.Faultf(lead.Temporary, 0, "second reading: down")
	h.answer = func(string) (lead.Profile, error) { return unread("250"), down }
	h.resume = func(p lead.Profile) (lead.Profile, error) { p.Usage = lead.Usage{}; return p, down }
	l, told := h.again("one")
	if told == nil || len(l.Found) != 1 || l.Found[0].Status != lead.Unverified || l.Usage.Calls != 1 {
		t.Fatalf("%v, %+v", told, l.Found)
	}
	h.clock = h.clock.Add(time.Minute)
	if l, told = h.enrich(l.ID); told == nil || len(h.asked) != 1 || h.resumed != 1 {
		t.Errorf("%v: asked %v, resumed %d times", told, h.asked, h.resumed)
	}
	h.resume = read
	h.clock = h.clock.Add(time.Minute)
	if l, told = h.enrich(l.ID); told != nil || l.Found[0].Status != lead.Verified || len(h.asked) != 1 || l.Usage.Calls != 2 {
		t.Errorf("%v, %+v, asked %v, usage %+v", told, l.Found, h.asked, l.Usage)
	}
	if l, told = h.again("two"); told != nil || l.Found[0].Status != lead.Verified || h.resumed != 2 {
		t.Errorf("%v, %+v, resumed %d times", told, l.Found, h.resumed)
	}
}

// Claims of a model that has not passed its exam wait without being asked about, until
// one passes; then leads that nobody decided are proposed again.
func TestClaimsWaitForATrustedReader(t *testing.T) {
	h := newHouse(t)
	h.answer = func(string) (lead.Profile, error) {
		p := unread("250")
		p.Unread[0].Fact.Reason = lead.NewReason(lead.ReaderNotTrusted)
		return p, nil
	}
	first, told := h.again("one")
	if told != nil || first.Stage != lead.AwaitingReview || first.Enrichment.State != lead.EnrichmentDone {
		t.Fatalf("%v, %+v", told, first)
	}
	if h.again("two"); h.resumed != 0 || len(h.asked) != 1 {
		t.Errorf("resumed %d times, asked %v", h.resumed, h.asked)
	}
	h.trusted, h.resume = true, read
	if l, _ := h.again("three"); h.resumed != 1 || l.Found[0].Status != lead.Verified {
		t.Errorf("resumed %d times, %+v", h.resumed, l.Found)
	}
	if l, _ := h.enrich(first.ID); l.Found[0].Status != lead.Verified || l.Stage != lead.AwaitingReview {
		t.Errorf("the first lead has %+v", l.Found)
	}
}

// What an older edition of the prompts found is read a second time at its next use;
// undecided leads are proposed again, decided ones never. Nothing is found anew.
func TestOlderProfilesAreReadAgain(t *testing.T) {
	h := newHouse(t)
	h.Policy.Deciders = append(h.Policy.Deciders, worker.Decider{By: "key:desk"})
	h.answer = func(string) (lead.Profile, error) {
		return lead.Profile{Facts: []lead.Fact{fact(lead.Employees, "40")}, Usage: lead.Usage{Calls: 1}}, nil
	}
	undecided, _ := h.again("one")
	decided, _ := h.again("two")
	d, err := h.records.Dossier(t.Context(), decided.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Decide(t.Context(), lead.DecisionInput{ReviewID: d.Review().ID, Decision: lead.Approve, By: "key:desk"}); err != nil {
		t.Fatal(err)
	}
	h.edition, h.resume = 3, read
	if l, told := h.again("three"); told != nil || h.reread != 1 || h.resumed != 1 || len(h.asked) != 1 || values(l.Found)[lead.Employees] != "250" {
		t.Fatalf("%v: read again %d times, %v", told, h.reread, values(l.Found))
	}
	if due := h.due(); len(due) != 1 || due[0] != undecided.ID {
		t.Errorf("due are %v", due)
	}
	if l, _ := h.enrich(undecided.ID); values(l.Found)[lead.Employees] != "250" {
		t.Errorf("the undecided lead has %v", values(l.Found))
	}
	if l, _ := h.enrich(decided.ID); values(l.Found)[lead.Employees] != "40" {
		t.Errorf("the decided lead has %v", values(l.Found))
	}
	if due := h.due(); len(due) != 0 {
		t.Errorf("still due are %v", due)
	}
	// An older worker does not overwrite what a newer one found.
	p, _, _ := h.records.Company(t.Context(), "northwind.example")
	p.Edition, p.Facts = 2, nil
	if err := h.records.SaveCompany(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if p, _, _ := h.records.Company(t.Context(), "northwind.example"); p.Edition != 3 || len(p.Facts) != 1 {
		t.Errorf("edition %d, %+v", p.Edition, p.Facts)
	}
}

// due are the leads that the sweep would take up.
func (h *house) due() (ids []string) {
	h.t.Helper()
	list, err := h.records.DueLeads(h.t.Context(), h.clock.Add(time.Minute))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	return ids
}
