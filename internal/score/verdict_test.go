package score_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// The cases of the article that the words come from.

func TestArticleDemoRequestFromOwnSiteIsNoEQL(t *testing.T) {
	m := model(t)
	l := from(lead.Website)
	l.Partner = lead.Partner{ID: lead.Direct, Tier: lead.NoTier}
	l.Facts, l.UseCase = fit(), "sync CRM with billing"
	l.Events = events("demo_request")
	if s := m.Score(l, now); s.Verdict != lead.MQL || s.Total != 60 {
		t.Errorf("below the threshold it is an MQL: %d %s", s.Total, s.Verdict)
	}
	l.Events = events("demo_request", "pricing_page_view")
	if s := m.Score(l, now); s.Verdict != lead.SQL || s.Total != 72 {
		t.Errorf("above the threshold it is an SQL: %d %s", s.Total, s.Verdict)
	}
}

func TestArticleReferralOfCertifiedPartnerCanBeEQL(t *testing.T) {
	l := from(lead.PartnerReferral)
	l.Partner.Tier = "certified"
	l.Facts, l.Events, l.UseCase = fit(), events("demo_request", "pricing_page_view"), "sync CRM with billing"
	s := model(t).Score(l, now)
	if s.Verdict != lead.EQL || !s.Ask {
		t.Errorf("got %s (%s)", s.Verdict, s.Because)
	}
	if want := "Score 72 and ICP fit 40 with an ecosystem signal (partner_referral) and a buying signal (demo_request, stated use case)."; s.Because.String() != want {
		t.Errorf("because %q", s.Because)
	}
}

func TestArticlePurchasedListIsUnqualifiedUntilVerified(t *testing.T) {
	m := model(t)
	for _, source := range []lead.Source{lead.PurchasedList, lead.EventList} {
		l := from(source)
		l.Facts, l.UseCase = fit(), "sync CRM with billing"
		l.Enrichment.State = lead.EnrichmentFailed
		s := m.Score(l, now)
		if s.Verdict != lead.VerdictDisqualify || s.Rule != "unverified_list" || s.Ask {
			t.Errorf("%s: %+v", source, s)
		}
		if s.Because.String() != "A bought or event list is unverified until a signal or an event arrives." || s.Total != 40 {
			t.Errorf("%s: %d, %q", source, s.Total, s.Because)
		}
		l.Events = events("docs_visit")
		if s := m.Score(l, now); s.Verdict == lead.VerdictDisqualify || s.Rule != "" {
			t.Errorf("%s with an event: %s", source, s.Verdict)
		}
		l.Events, l.Signals = nil, []lead.Signal{{Type: "shared_customer", At: ago(1)}}
		if s := m.Score(l, now); s.Verdict == lead.VerdictDisqualify {
			t.Errorf("%s with a signal: %s", source, s.Verdict)
		}
	}
}

func TestArticleOverlapWithoutUseOrReferralIsNoEQL(t *testing.T) {
	m := model(t)
	l := from(lead.Overlap)
	l.Facts, l.Events, l.UseCase = fit(), events("demo_request", "pricing_page_view"), "sync CRM with billing"
	s := m.Score(l, now)
	if s.Verdict != lead.SQL || !strings.Contains(s.Because.String(), "an overlap without use or referral is none") {
		t.Errorf("got %s: %s", s.Verdict, s.Because)
	}
	for _, signal := range []string{"integration_active", "partner_referral"} {
		l.Signals = []lead.Signal{{Type: signal, At: ago(10)}}
		if s := m.Score(l, now); s.Verdict != lead.EQL {
			t.Errorf("with %s: %s", signal, s.Verdict)
		}
		misfit := *l
		misfit.Facts = []lead.Fact{fact(lead.Industry, "mining"), fact(lead.Employees, "7")}
		if s := m.Score(&misfit, now); s.Verdict == lead.EQL {
			t.Errorf("a misfit with %s: %s", signal, s.Verdict)
		}
	}
}

func TestVerdicts(t *testing.T) {
	// strong is a lead that fits, was referred and asked for a demo: 36 + 52.
	strong := func(change func(*lead.Lead)) *lead.Lead {
		l := from(lead.PartnerReferral)
		l.Facts = fit()
		l.Events = events("demo_request", "integration_install", "pricing_page_view")
		change(l)
		return l
	}
	for name, tc := range map[string]struct {
		change  func(*lead.Lead)
		verdict lead.Verdict
		ask     bool
		because string
	}{
		"all there":              {func(*lead.Lead) {}, lead.EQL, true, "with an ecosystem signal (partner_referral)"},
		"no signal":              {func(l *lead.Lead) { l.Source = lead.Website }, lead.SQL, false, "but no ecosystem signal."},
		"direct has no referrer": {func(l *lead.Lead) { l.Partner.ID = lead.Direct }, lead.SQL, false, "but no ecosystem signal."},
		"expired referral": {func(l *lead.Lead) { l.ReferredOn = day(91) }, lead.SQL, false,
			"but no live ecosystem signal: partner_referral expired: it is 91 days old, 90 at most count."},
		"undated referral": {func(l *lead.Lead) { l.ReferredOn = "" }, lead.SQL, false,
			"but no live ecosystem signal: partner_referral is not dated, for the lead has no referred_on."},
		"referral of 90 days": {func(l *lead.Lead) { l.ReferredOn = day(90) }, lead.EQL, true, ""},
		"co-sell":             {func(l *lead.Lead) { l.Source = lead.CoSell }, lead.EQL, true, "(co_sell)"},
		"newest signal counts": {func(l *lead.Lead) {
			l.ReferredOn = day(300)
			l.Signals = []lead.Signal{{Type: "partner_referral", At: ago(200)}, {Type: "partner_referral", At: ago(5)}, {Type: "partner_referral", At: ago(100)}}
		}, lead.EQL, true, ""},
		"weak signal alone": {func(l *lead.Lead) {
			l.Source, l.Signals, l.Touchpoints = lead.Marketplace, []lead.Signal{{Type: "marketplace_click", At: ago(5)}}, touches("a")
		}, lead.SQL, false, "marketplace_click counts only with 2 touched assets, 1 on record."},
		"weak signal and two assets": {func(l *lead.Lead) {
			l.Source, l.Signals, l.Touchpoints = lead.Marketplace, []lead.Signal{{Type: "marketplace_click", At: ago(5)}}, touches("a", "b")
		}, lead.EQL, true, "(marketplace_click)"},
		"no buying signal": {func(l *lead.Lead) { l.Events = events("integration_install", "pricing_page_view", "trial_started") }, lead.Nurture, true,
			"Score 80 without a buying signal; one of demo_request, budget_confirmed, contact_sales, use_case_stated would make it a marketing lead."},
		"use case buys": {func(l *lead.Lead) {
			l.Events, l.UseCase = events("integration_install", "pricing_page_view"), "sync CRM with billing"
		}, lead.EQL, true, "a buying signal (stated use case)"},
		"brief use case does not": {func(l *lead.Lead) {
			l.Events, l.UseCase = events("integration_install", "pricing_page_view", "trial_started"), "CRM sync"
		}, lead.Nurture, true, ""},
		"no fit": {func(l *lead.Lead) {
			l.Facts, l.Events = fit()[1:2], events(lead.EventTypes...)
		}, lead.MQL, true, "but ICP fit 10 is below 20."},
		"score short": {func(l *lead.Lead) { l.Events = events("demo_request") }, lead.MQL, true, "but the score 56 is below 70."},
		"exactly enough": {func(l *lead.Lead) {
			l.Facts, l.Events = []lead.Fact{fact(lead.Industry, "software"), fact(lead.HQCountry, "IT")}, events("demo_request", "integration_install", "contact_sales")
		}, lead.EQL, true, "Score 70 and ICP fit 20"},
		"both short": {func(l *lead.Lead) { l.Facts, l.Events = nil, events("demo_request") }, lead.MQL, false,
			"It has a buying signal (demo_request), but ICP fit 0 is below 20 and the score 20 is below 70."},
		"signal and 39": {func(l *lead.Lead) {
			l.Facts, l.Events = fit()[:2], []lead.Event{{Type: "demo_request", At: ago(14)}}
		}, lead.MQL, false, ""},
		"signal and 40": {func(l *lead.Lead) { l.Facts, l.Events = append(fit()[:1], fit()[2]), events("demo_request") }, lead.MQL, true, ""},
		"nothing":       {func(l *lead.Lead) { l.Source, l.Facts, l.Events = lead.Website, nil, nil }, lead.Nurture, false, "Score 0"},
		"incomplete": {func(l *lead.Lead) {
			l.Source, l.Facts, l.Events, l.Enrichment.State = lead.Website, nil, nil, lead.EnrichmentFailed
		}, lead.Nurture, true, ""},
		"late": {func(l *lead.Lead) {
			l.Source, l.Facts, l.Events = lead.Website, nil, nil
			l.Enrichment = lead.Enrichment{State: lead.EnrichmentPending, Late: true}
		}, lead.Nurture, true, ""},
		"no company is not incomplete": {func(l *lead.Lead) {
			l.Source, l.Facts, l.Events, l.Enrichment.State = lead.Website, nil, nil, lead.EnrichmentNone
		}, lead.Nurture, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := model(t).Score(strong(tc.change), now)
			if s.Verdict != tc.verdict || s.Ask != tc.ask || !strings.Contains(s.Because.String(), tc.because) {
				t.Errorf("%d (%d+%d): %s, ask %v: %s", s.Total, s.ICP, s.Intent, s.Verdict, s.Ask, s.Because)
			}
		})
	}
}

func TestTouchedAssets(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*lead.Lead)
		single bool
	}{
		"none": {func(*lead.Lead) {}, true},
		"one":  {func(l *lead.Lead) { l.Touchpoints = touches("https://acme.example/webinar") }, true},
		"two":  {func(l *lead.Lead) { l.Touchpoints = touches("https://acme.example/webinar", "case study") }, false},
		"same with another UTM": {func(l *lead.Lead) {
			l.Touchpoints = touches("https://acme.example/w?utm_source=a", "http://ACME.example/w/#top")
		}, true},
		"same name": {func(l *lead.Lead) { l.Touchpoints = touches("Webinar", " webinar ") }, true},
		"two without a name": {func(l *lead.Lead) {
			l.Touchpoints = []lead.Touchpoint{{Type: "webinar", Owner: "partner"}, {Type: "webinar", Owner: "owned"}}
		}, false},
		"one twice, no name":     {func(l *lead.Lead) { l.Touchpoints = []lead.Touchpoint{{Type: "webinar"}, {Type: "webinar"}} }, true},
		"somebody else's":        {func(l *lead.Lead) { l.Touchpoints = touches("a", "b"); l.Touchpoints[1].Owner = "competitor" }, true},
		"an event's asset":       {func(l *lead.Lead) { l.Touchpoints = touches("a"); l.Events[0].Asset = "b" }, false},
		"the landing page isn't": {func(l *lead.Lead) { l.Touchpoints = touches("a"); l.LandingURL = "https://www.example.com/landing" }, true},
	} {
		l := from(lead.PartnerReferral)
		l.Events = events("demo_request", "docs_visit")
		tc.change(l)
		if got := slices.Contains(model(t).Score(l, now).Flags, lead.FlagSingleAsset); got != tc.single {
			t.Errorf("%s: single_asset %v, want %v", name, got, tc.single)
		}
	}
}

func TestFlagsAndGates(t *testing.T) {
	l := from(lead.PartnerReferral)
	l.Facts, l.UseCase = fit(), "sync CRM with billing"
	l.Events = []lead.Event{{Type: "integration_install", At: ago(1)}, {Type: "integration_install", At: ago(2)}}
	m := model(t, "threshold: 70", "threshold: 60")
	s := m.Score(l, now)
	if s.Verdict != lead.EQL || !slices.Equal(s.Flags, []string{lead.FlagSingleTrigger, lead.FlagSingleAsset}) {
		t.Errorf("flags alone keep nobody out: %s %q", s.Verdict, s.Flags)
	}
	m = model(t, "threshold: 70", "threshold: 60", "single_trigger: {fewer_than: 2, gate: false}", "single_trigger: {fewer_than: 2, gate: true}")
	if s = m.Score(l, now); s.Verdict != lead.SQL || !strings.HasSuffix(s.Because.String(), "but it shows 1 of 2 required kinds of intent events.") {
		t.Errorf("as a gate: %s: %s", s.Verdict, s.Because)
	}
	m = model(t, "threshold: 70", "threshold: 60", "single_asset: {fewer_than: 2, gate: false}", "single_asset: {fewer_than: 2, gate: true}")
	if s = m.Score(l, now); s.Verdict != lead.SQL || !strings.HasSuffix(s.Because.String(), "but it touched 0 of 2 required assets.") {
		t.Errorf("as a gate: %s: %s", s.Verdict, s.Because)
	}
	l.Events = append(l.Events, events("docs_visit", "webinar_attended")...)
	if s = m.Score(l, now); !slices.Contains(s.Flags, lead.FlagSingleTrigger) {
		t.Errorf("reading and listening are not of the buying stage: %q", s.Flags)
	}
	l.Events = append(l.Events, events("timeline_stated")...)
	l.Touchpoints = touches("a", "b")
	if s = m.Score(l, now); s.Verdict != lead.EQL || s.Flags == nil || len(s.Flags) != 0 {
		t.Errorf("two of each: %s %q", s.Verdict, s.Flags)
	}
}

// Of the four marks of BANT a model may want so many; the sentence and what would change
// it name what is missing, and the model's faults the range.
func TestBANTIsAGateByNumber(t *testing.T) {
	l := from(lead.PartnerReferral)
	l.Facts, l.UseCase, l.Events = fit(), "sync CRM with billing", events("demo_request", "integration_install")
	const at = "threshold: 70"
	for _, tc := range []struct {
		bant            string
		more            []string
		verdict         lead.Verdict
		because, change string
	}{
		{"0", nil, lead.EQL, "", ""},
		{"1", nil, lead.EQL, "", ""},
		{"2", nil, lead.SQL, "but it shows 1 of 2 required marks of BANT.", "A confirmed budget today would bring it to 92 and make it eql."},
		{"3", nil, lead.SQL, "but it shows 1 of 3 required marks of BANT.", "A confirmed budget and a confirmed authority today would bring it to 92 and make it eql."},
		{"3", []string{"authority_confirmed", "timeline_stated"}, lead.EQL, "", ""},
		{"4", []string{"authority_confirmed", "timeline_stated"}, lead.SQL, "but it shows 3 of 4 required marks of BANT.", "A confirmed budget today would bring it to 92 and make it eql."},
	} {
		m, with := model(t, at, at+"\ngates: {bant: "+tc.bant+"}"), *l
		with.Events = append(slices.Clip(l.Events), events(tc.more...)...)
		s := m.Score(&with, now)
		if s.Verdict != tc.verdict || !strings.HasSuffix(s.Because.String(), tc.because) {
			t.Errorf("bant %s, with %v: %s: %s", tc.bant, tc.more, s.Verdict, s.Because)
		}
		if got := m.Change(&with, now).String(); tc.change != "" && got != tc.change {
			t.Errorf("bant %s, with %v: %s\nwant %s", tc.bant, tc.more, got, tc.change)
		}
	}
}

// A referral dated tomorrow, where it is tomorrow already, is 0 days old.
func TestTheFutureIsNew(t *testing.T) {
	l := from(lead.PartnerReferral)
	l.Facts, l.Events = fit(), events("demo_request", "integration_install")
	l.ReferredOn = lead.Date(now.Add(24 * time.Hour).Format(time.DateOnly))
	if s := model(t).Score(l, now); s.Verdict != lead.EQL {
		t.Errorf("%s: %s", s.Verdict, s.Because)
	}
}
