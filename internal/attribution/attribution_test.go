package attribution_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"leadtriage/internal/attribution"
	"leadtriage/internal/lead"
)

var (
	noon     = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	partners = []attribution.Partner{{ID: "acme", Sources: []string{"acme-apps", "ACME_mp"}}, {ID: "globex", Sources: []string{"gx"}}}
	keyed    = attribution.Weights{Name: "first_key_last", First: 40, Key: 40, Last: 20}
	spread   = attribution.Weights{Name: "first_last_partner", First: 40, Last: 40, Partner: 20}
	buying   = []string{"demo_request", "contact_sales"}
)

func TestWhereALeadCameFrom(t *testing.T) {
	for name, tc := range map[string]struct {
		sender, utm, medium, landing, referrer string
		partner, says, named, ai               string
		flags                                  []string
	}{
		"its partner's id":               {sender: "acme", utm: "acme", medium: "referral", partner: "acme", says: "partner", named: "acme"},
		"an alias, in any case":          {sender: "acme", utm: " Acme_MP ", partner: "acme", says: "partner", named: "acme"},
		"another partner's link":         {sender: "acme", utm: "gx", medium: "referral", partner: "acme", says: "partner", named: "globex", flags: []string{lead.FlagUTMPartner}},
		"nobody sent it, a link did":     {sender: lead.Direct, utm: "gx", partner: "globex", says: "partner", named: "globex", flags: []string{lead.FlagUTMPartner}},
		"another medium":                 {sender: "acme", utm: "acme", medium: "cpc", partner: "acme", says: "partner", named: "acme", flags: []string{lead.FlagUTMMedium}},
		"a stranger":                     {sender: "acme", utm: "newsletter", partner: "acme", says: "unknown", flags: []string{lead.FlagUTMUnknown}},
		"own campaigns need no name":     {sender: lead.Direct, utm: "newsletter", partner: lead.Direct, says: "unknown"},
		"an AI that cites a partner":     {sender: "acme", utm: "chatgpt.com", landing: "https://own.example/p?utm_source=acme-apps&utm_medium=referral", partner: "acme", says: "ai", named: "acme", ai: "chatgpt"},
		"an AI credits the named one":    {sender: "acme", utm: "ai_overview", landing: "https://own.example/?utm_source=gx", partner: "globex", says: "ai", named: "globex", ai: "ai_overview", flags: []string{lead.FlagUTMPartner}},
		"an AI as referrer":              {sender: lead.Direct, referrer: "https://www.perplexity.ai/search?q=x", landing: "https://own.example/?utm_source=acme", partner: "acme", named: "acme", ai: "perplexity", flags: []string{lead.FlagUTMPartner}},
		"an AI that only the link names": {sender: lead.Direct, landing: "https://own.example/?utm_source=chatgpt.com", partner: lead.Direct, ai: "chatgpt"},
		"an AI behind a partner's link":  {sender: lead.Direct, landing: "https://own.example/?utm_source=acme&utm_medium=referral&utm_source=chatgpt.com", partner: "acme", named: "acme", ai: "chatgpt", flags: []string{lead.FlagUTMPartner}},
		"an AI and nobody":               {sender: lead.Direct, referrer: "https://copilot.microsoft.com/", partner: lead.Direct, ai: "copilot"},
		"behind a #":                     {sender: lead.Direct, landing: "https://own.example/app#/plans?utm_source=gx&utm_medium=referral", partner: "globex", named: "globex", flags: []string{lead.FlagUTMPartner}},
		"behind a second ?":              {sender: lead.Direct, landing: "https://own.example/?plan=1?utm_source=gx", partner: "globex", named: "globex", flags: []string{lead.FlagUTMPartner}},
		"with &amp;":                     {sender: lead.Direct, landing: "https://own.example/?plan=1&amp;utm_source=gx", partner: "globex", named: "globex", flags: []string{lead.FlagUTMPartner}},
		"in capitals":                    {sender: lead.Direct, landing: "https://own.example/?UTM_Source=gx", partner: "globex", named: "globex", flags: []string{lead.FlagUTMPartner}},
		"escaped twice":                  {sender: "acme", landing: "https://own.example/?utm_source=acme%252Dapps", partner: "acme", named: "acme"},
		"damaged beyond reading":         {sender: "acme", landing: "https://own.example/?utm_source%3Dgx", partner: "acme", says: "unknown", flags: []string{lead.FlagUTMUnknown}},
		"nothing":                        {sender: "acme", partner: "acme"},
		"an address that only pretends":  {sender: "acme", referrer: "https://perplexity.ai.evil.example/", partner: "acme"},
	} {
		t.Run(name, func(t *testing.T) {
			l := &lead.Lead{Submission: lead.Submission{Partner: lead.Partner{ID: tc.sender}, ReferredOn: "2026-11-20", LandingURL: tc.landing, Referrer: tc.referrer,
				UTM: lead.UTM{Source: tc.utm, Medium: tc.medium}}}
			a := attribution.New(partners, keyed, buying).Attribute(l)
			if a.Partner != tc.partner || a.UTM != tc.says || a.Named != tc.named || a.AI != tc.ai || !slices.Equal(a.Flags, tc.flags) {
				t.Errorf("%+v", a)
			}
			if len(a.Credits) != 1 || a.Credits[0] != (lead.Credit{Partner: tc.partner, PPM: attribution.Whole}) {
				t.Errorf("credits %v", a.Credits)
			}
		})
	}
}

// With no partner listed any id is one, where the link is a referral.
func TestWhereALeadCameFromWithNoPartnerListed(t *testing.T) {
	for name, tc := range map[string]struct{ sender, landing, referrer, partner, flags string }{
		"an AI by a partner's link": {lead.Direct, "https://own.example/?utm_source=acme&utm_medium=referral", "https://chatgpt.com/", "acme", "[utm_other_partner]"},
		"a partner's link":          {lead.Direct, "https://own.example/?utm_source=Acme&utm_medium=Referral", "", "acme", "[utm_other_partner]"},
		"a campaign of ours":        {lead.Direct, "https://own.example/?utm_source=newsletter&utm_medium=email", "", lead.Direct, "[]"},
		"no id":                     {lead.Direct, "https://own.example/?utm_source=our+friends&utm_medium=referral", "", lead.Direct, "[]"},
		"an AI alone":               {lead.Direct, "https://own.example/?utm_source=chatgpt.com&utm_medium=referral", "", lead.Direct, "[]"},
		"an alias of the sender":    {"acme-integrations", "https://own.example/?utm_source=acme&utm_medium=referral", "", "acme-integrations", "[]"},
	} {
		l := &lead.Lead{Submission: lead.Submission{Partner: lead.Partner{ID: tc.sender}, ReferredOn: "2026-11-20", LandingURL: tc.landing, Referrer: tc.referrer}}
		if a := attribution.New(nil, keyed, buying).Attribute(l); a.Partner != tc.partner || fmt.Sprint(a.Flags) != tc.flags {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestPresets(t *testing.T) {
	l := &lead.Lead{Submission: lead.Submission{Partner: lead.Partner{ID: "acme"}, ReferredOn: "2026-11-20",
		Events: []lead.Event{{Type: "demo_request", At: noon.AddDate(0, 0, -5)}, {Type: "docs_visit", At: noon.AddDate(0, 0, -30)}},
		Touchpoints: []lead.Touchpoint{
			{Type: "article", Owner: "owned", At: noon.AddDate(0, 0, -20)},
			{Type: "page", Owner: "owned", Asset: "https://own.example/compare?utm_source=gx", At: noon.AddDate(0, 0, -6)},
			{Type: "page", Owner: "owned", At: noon.AddDate(0, 0, -4)},
		}}}
	for weights, want := range map[attribution.Weights]string{
		keyed:                       "[{direct 400000} {globex 400000} {acme 200000}]", // first own, key before the demo, last the referral
		spread:                      "[{acme 500000} {direct 400000} {globex 100000}]",
		{Name: "own", First: 100}:   "[{direct 1000000}]",
		{Name: "own", Partner: 100}: "[{acme 500000} {globex 500000}]",
	} {
		if got := fmt.Sprint(attribution.New(partners, weights, buying).Attribute(l).Credits); got != want {
			t.Errorf("%+v: %s, want %s", weights, got, want)
		}
	}
	l.Partner.ID, l.Touchpoints[1].Asset = lead.Direct, ""
	if got := fmt.Sprint(attribution.New(partners, spread, buying).Attribute(l).Credits); got != "[{direct 1000000}]" {
		t.Errorf("no partner anywhere: %s", got)
	}
}

func TestCreditsSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cut := rapid.SliceOfN(rapid.IntRange(0, 100), 3, 3).Draw(t, "cuts")
		slices.Sort(cut)
		w := attribution.Weights{First: cut[0], Key: cut[1] - cut[0], Last: cut[2] - cut[1], Partner: 100 - cut[2]}
		l := &lead.Lead{Submission: lead.Submission{Partner: lead.Partner{ID: rapid.SampledFrom([]string{"acme", "globex", lead.Direct}).Draw(t, "partner")}, ReferredOn: "2026-11-20"}}
		l.Touchpoints = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) lead.Touchpoint {
			return lead.Touchpoint{Owner: rapid.SampledFrom([]string{"", "owned", "partner"}).Draw(t, "owner"), At: noon.AddDate(0, 0, -rapid.IntRange(0, 9).Draw(t, "days")),
				UTM: &lead.UTM{Source: rapid.SampledFrom([]string{"", "acme", "gx", "google"}).Draw(t, "utm")}}
		}), 0, 12).Draw(t, "touchpoints")
		if rapid.Bool().Draw(t, "bought") {
			l.Events = []lead.Event{{Type: "demo_request", At: noon.AddDate(0, 0, -4)}}
		}
		rules := attribution.New(partners, w, buying)
		a := rules.Attribute(l)
		var sum int64
		for _, c := range a.Credits {
			if c.PPM < 0 || c.Partner == "" {
				t.Fatalf("credit %+v", c)
			}
			sum += c.PPM
		}
		if sum != attribution.Whole {
			t.Fatalf("credits %v sum to %d", a.Credits, sum)
		}
		before, _ := json.Marshal(a)
		l.Touchpoints = rapid.Permutation(l.Touchpoints).Draw(t, "again")
		if after, _ := json.Marshal(rules.Attribute(l)); string(after) != string(before) {
			t.Fatalf("the order matters:\n%s\n%s", before, after)
		}
	})
}
