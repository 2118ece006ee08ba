package score_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"leadtriage/internal/lead"
)

func TestWhatWouldChange(t *testing.T) {
	m := model(t)
	for name, tc := range map[string]struct {
		change func(*lead.Lead)
		want   string
	}{
		"one event": {func(l *lead.Lead) {
			l.Events = append(events("contact_sales"), lead.Event{Type: "integration_click", At: ago(1)})
		}, "A demo request today would bring it to 74 and make it eql."},
		"the least that suffices": {func(l *lead.Lead) { l.Events = events("contact_sales", "integration_install") },
			"An attended webinar today would bring it to 70 and make it eql."},
		"a fact": {func(l *lead.Lead) {
			l.Facts = append(fit()[:1:1], fit()[2], fit()[3], lead.Fact{Field: lead.Employees, Value: "250", Status: lead.Unverified})
			l.Events = events("demo_request", "contact_sales", "integration_click")
			l.Events[0].At = ago(37)
		}, "An integration install today would bring it to 74 and make it eql."},
		"a missing fact": {func(l *lead.Lead) { l.Facts, l.Events = fit()[2:], events(lead.EventTypes...) },
			"No event or signal that may still come would make it more than mql."},
		"another technology": {func(l *lead.Lead) {
			l.Facts, l.Events = []lead.Fact{fact(lead.Industry, "mining"), fact(lead.Employees, "20"), fact(lead.HQCountry, "IT"), fact(lead.Technology, "Zendesk")}, events(lead.EventTypes...)
			l.UseCase = "sync CRM with billing"
		}, "No event or signal that may still come would make it more than mql."},
		"a misfit stays one": {func(l *lead.Lead) {
			l.Facts, l.Events = []lead.Fact{fact(lead.Industry, "mining"), fact(lead.Employees, "7"), fact(lead.HQCountry, "BR"), fact(lead.Technology, "Zendesk")}, events(lead.EventTypes...)
		}, "No event or signal that may still come would make it more than mql."},
		"a signal": {func(l *lead.Lead) { l.Source, l.Events = lead.Website, events("demo_request", "integration_install") },
			"A referral by the partner today would make it eql."},
		"nothing known": {func(l *lead.Lead) { l.Facts, l.Source = nil, lead.Website },
			"A use case stated by the lead would bring it to 4 and make it mql."},
		"bought": {func(l *lead.Lead) { l.Source = lead.PurchasedList },
			"The event of a stated use case today would bring it to 42 and make it mql."},
		"eql": {func(l *lead.Lead) { l.Events = events("demo_request", "integration_install") },
			"With nothing new it becomes mql in 15 days, at a score of 68."},
		"closed": {func(l *lead.Lead) {
			l.Closed, l.Events = &lead.Evidence{Quote: "we have closed"}, events("contact_sales")
		}, ""},
		"eql tomorrow": {func(l *lead.Lead) {
			l.Events, l.ReferredOn = events("demo_request", "integration_install"), day(90)
		}, "With nothing new it becomes sql tomorrow, at a score of 76."},
	} {
		t.Run(name, func(t *testing.T) {
			l := from(lead.PartnerReferral)
			l.Facts = fit()
			tc.change(l)
			if got := m.Change(l, now).String(); got != tc.want {
				s := m.Score(l, now)
				t.Errorf("%s\nwant %s\n(%d+%d %s)", got, tc.want, s.ICP, s.Intent, s.Verdict)
			}
		})
	}
}

func TestTwoTogether(t *testing.T) {
	l := from(lead.PartnerReferral)
	l.Facts, l.Events = fit(), events("contact_sales")
	want := "A demo request and an integration install today"
	if got := model(t, "threshold: 70", "threshold: 80").Change(l, now).String(); !strings.HasPrefix(got, "A demo request today and an integration install today would bring it to 86 and make it eql.") {
		t.Errorf("%s, want %s", got, want)
	}
}

// What Change promises is what a score of the changed lead says, and asking
// changes nothing.
func TestChangeIsDeterministicAndChangesNothing(t *testing.T) {
	m := model(t)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLead(t)
		before := bytesOf(t, l)
		first := m.Change(l, now).String()
		if again := m.Change(l, now).String(); first == "" || again != first {
			t.Fatalf("%q, then %q", first, again)
		}
		if after := bytesOf(t, l); string(after) != string(before) {
			t.Fatalf("%s\n%s", before, after)
		}
	})
}

func BenchmarkChange(b *testing.B) {
	m := model(b)
	l := from(lead.PartnerReferral)
	l.Facts, l.Events = fit()[:2], events("docs_visit")
	b.ReportAllocs()
	for b.Loop() {
		m.Change(l, now)
	}
}
