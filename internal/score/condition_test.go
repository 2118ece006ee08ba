package score_test

import (
	"reflect"
	"strings"
	"testing"

	"leadtriage/internal/lead"
	"leadtriage/internal/score"
)

// fitting is the shipped model with the use case's four points given to a
// condition instead.
func fitting(t testing.TB, when string) *score.Model {
	t.Helper()
	return model(t, "- rule: use_case\n      points: 4\n      fact: use_case", "- rule: own\n      points: 4\n      when: "+when)
}

const listRule = "- rule: unverified_list\n    sources: [event_list, purchased_list]\n    without: [signals, events]\n    because: a bought or event list is unverified until a signal or an event arrives"

// refusing is the shipped model with one disqualification rule, a condition.
func refusing(t testing.TB, when string) *score.Model {
	t.Helper()
	return model(t, listRule, "- rule: own\n    when: "+when+"\n    because: our own rule says so")
}

// known is a lead whose company is known well.
func known() *lead.Lead {
	l := from(lead.PartnerReferral)
	l.Facts = append(fit(), fact(lead.FoundedYear, "2009"), fact(lead.Revenue, "2270000000 USD 1998"), fact(lead.HQCity, "Trento"),
		lead.Fact{Field: lead.BusinessModel, Value: "B2B", Status: lead.Unverified})
	l.UseCase, l.Contact.Title, l.CRM = "sync CRM with billing", "VP Revenue Operations", map[string]string{"segment": "smb"}
	l.UTM.Campaign, l.Company.Domain = "fall-webinar", "northwind.example"
	l.Events, l.Touchpoints = events("demo_request", "docs_visit"), touches("a", "b")
	l.Signals = []lead.Signal{{Type: "integration_active", At: ago(10)}}
	return l
}

func TestConditionsOverALeadThatIsKnown(t *testing.T) {
	for when, want := range map[string]bool{
		`employees >= 50 and industry == "software"`: true,
		`employees > 250`:                                            false,
		`not (employees > 250)`:                                      true,
		`hq_country in ["IT", "DE"]`:                                 true,
		`hq_country not in ["IT", "DE"]`:                             false,
		`"HubSpot" in technologies`:                                  true,
		`"Salesforce" not in technologies`:                           true,
		`any(technologies, # startsWith "Hub")`:                      true,
		`len(technologies) == 1`:                                     true,
		`founded_year < 2015 and revenue > 1000000`:                  true,
		`revenue_currency == "USD"`:                                  true,
		`hq_city contains "rent"`:                                    true,
		`lower(contact.title) contains "revenue"`:                    true,
		`contact.title matches "(?i)^vp "`:                           true,
		`contact.email == ""`:                                        true,
		`company.domain endsWith ".example"`:                         true,
		`utm.campaign == "fall-webinar" and utm.term == ""`:          true,
		`crm.segment == "smb"`:                                       true,
		`crm.nothing == ""`:                                          true,
		`partner.tier == "gold" or partner.id == "x"`:                true,
		`source == "partner_referral"`:                               true,
		`use_case_words >= 3`:                                        true,
		`known(employees) && !known(legal_name)`:                     true,
		`status.business_model == "unverified"`:                      true,
		`status.industry == "verified"`:                              true,
		`known(business_model)`:                                      false,
		`employees * 2 + 1 == 501`:                                   true,
		`(employees > 1000 or industry == "software") and true`:      true,
		`employees > 1000 or industry == "mining" or known(hq_city)`: true,
	} {
		if got := line(t, fitting(t, "'"+strings.ReplaceAll(when, "'", "''")+"'").Score(known(), now), "own").Points == 4; got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
}

// What cannot be told is not so, and denying it does not make it so.
func TestConditionsOverWhatNobodyKnows(t *testing.T) {
	l := from(lead.Website)
	l.Facts = []lead.Fact{{Field: lead.Employees, Value: "7", Status: lead.Unverified}, fact(lead.Industry, "software")}
	for when, want := range map[string]bool{
		`employees < 20`:                                false,
		`not (employees >= 20)`:                         false,
		`employees != 20`:                               false,
		`hq_country not in ["IT"]`:                      false,
		`not (hq_country in ["IT"])`:                    false,
		`"HubSpot" not in technologies`:                 false,
		`not (employees > 5 and industry == "mining")`:  true, // the industry settles it
		`not (employees > 5 or industry == "mining")`:   false,
		`employees > 5 or industry == "software"`:       true,
		`not known(employees)`:                          true,
		`not (known(employees) or industry == "media")`: true,
		`status.employees == "unverified"`:              true,
	} {
		if got := line(t, fitting(t, "'"+when+"'").Score(l, now), "own").Points == 4; got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
}

// While facts are being looked for, or could not be had, nothing is missing yet.
func TestNoRuleFiresOnFactsThatAreNotInYet(t *testing.T) {
	for _, when := range []string{"not known(industry)", `status.industry == ""`, "score.icp < 5", "not (score.icp >= 5)"} {
		m := refusing(t, "'"+when+"'")
		for state, want := range map[lead.EnrichmentState]lead.Verdict{
			lead.EnrichmentPending: lead.Nurture, lead.EnrichmentFailed: lead.Nurture,
			lead.EnrichmentDone: lead.VerdictDisqualify, lead.EnrichmentNone: lead.VerdictDisqualify} {
			l := from(lead.Website)
			l.Enrichment.State = state
			if s := m.Score(l, now); s.Verdict != want {
				t.Errorf("%s, enrichment %s: %s", when, state, s.Verdict)
			}
		}
	}
}

func TestConditionsOverBehaviour(t *testing.T) {
	for when, want := range map[string]bool{
		`any(events, .type == "demo_request" and .days <= 1)`:                  true,
		`none(events, .type in ["demo_request", "contact_sales"])`:             false,
		`count(events, .days < 7) == 2`:                                        true,
		`all(touchpoints, .owner == "partner") and len(touchpoints) == 2`:      true,
		`any(signals, .type == "integration_active" and .by == "")`:            true,
		`"partner_referral" in live_signals and "co_sell" not in live_signals`: true,
		`"demo_request" in buying_signals`:                                     true,
		`event_types == 2 and assets == 2 and referred_days == 2`:              true,
		`score.total >= 60 and score.icp == 40 and score.intent == 24`:         true,
		`len(signals) == 0`: false,
	} {
		s := refusing(t, "'"+when+"'").Score(known(), now)
		if got := s.Verdict == lead.VerdictDisqualify; got != want {
			t.Errorf("%s: %v (%d+%d)", when, got, s.ICP, s.Intent)
		}
		if want && (s.Rule != "own" || s.Because.String() != "Our own rule says so.") {
			t.Errorf("%s: rule %q, because %q", when, s.Rule, s.Because)
		}
	}
}

// A range counts by its lower end, employees_max is its upper one.
func TestHeadcountsInConditions(t *testing.T) {
	for value, want := range map[string][2]bool{"250": {true, true}, "11-50": {false, false}, "40-600": {false, true}, "500+": {true, false}} {
		l := from(lead.Website)
		l.Facts = []lead.Fact{fact(lead.Employees, value)}
		got := [2]bool{line(t, fitting(t, "employees >= 50").Score(l, now), "own").Points == 4,
			line(t, fitting(t, "employees_max >= 51").Score(l, now), "own").Points == 4}
		if got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
}

func TestConditionsSayWhatTheyRestOn(t *testing.T) {
	l := from(lead.Website)
	l.Facts = []lead.Fact{{Field: lead.Employees, Value: "250", Status: lead.Verified, Evidence: []lead.Evidence{{URL: "https://northwind.example/about", Quote: "250"}}}}
	m := fitting(t, `employees > 50 and hq_country == "IT"`)
	got := line(t, m.Score(l, now).InWords(), "own")
	want := lead.Line{Rule: "own", Group: "icp", Max: 4, Fact: lead.Employees, Evidence: "https://northwind.example/about",
		Reason: lead.Reason{Text: `does not hold: employees > 50 and hq_country == "IT" (employees 250, verified; head-office country not stated)`}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	m = fitting(t, "employees > 50\n      because: big enough to have a RevOps team.")
	if got := line(t, m.Score(l, now), "own"); got.Points != 4 || got.Reason.String() != "big enough to have a RevOps team (employees 250, verified)" {
		t.Errorf("got %+v", got)
	}
}

func TestConditionsThatAreRefused(t *testing.T) {
	for when, want := range map[string]string{
		`employes > 50`:                              `:39:14: icp.rules[4].when: unknown name employes: did you mean employees?`,
		`employees > 50 and industri == "x"`:         `:39:33: icp.rules[4].when: unknown name industri: did you mean industry?`,
		`employees > "many"`:                         `invalid operation: > (these do not go together: a number and text)`,
		`employees`:                                  "a condition must be true or false",
		`employees > `:                               "the condition ends too early",
		`locale = "it"`:                              "= is not read here; compare by ==",
		`employees between 5 and 10`:                 `"between" is not expected here; compare by ==`,
		`technologies contains "HubSpot"`:            `technologies is a list: ask "…" in technologies`,
		`technologies in ["HubSpot"]`:                `technologies is a list: ask "…" in technologies`,
		`industry == "softwre"`:                      `:39:26: icp.rules[4].when: unknown industry "softwre"; did you mean software?`,
		`hq_country in ["IT", "Italy"]`:              `write the country "Italy" as IT`,
		`"hubspot crm" in technologies`:              `write the technology "hubspot crm" as HubSpot`,
		`source == "referral"`:                       `unknown source "referral"`,
		`partner.tier == "glod"`:                     `unknown tier "glod": did you mean gold?`,
		`partner.id in ["acme"]`:                     `unknown partner "acme"; known: direct, acme-integrations, x`,
		`status.employees == "verifed"`:              `unknown status "verifed": did you mean verified?`,
		`contact.titel == "x"`:                       `contact has no part titel: did you mean title?`,
		`contact == "x"`:                             "contact has parts; name one",
		`not employees > 50`:                         "`not` needs parentheses",
		`now() > 5`:                                  "unknown function now",
		`lenght(technologies) > 1`:                   "unknown function lenght",
		`technologies[0] == "HubSpot"`:               "items are not taken by number here",
		`employees > 50 ? true : false`:              "a choice is not read here",
		`(employees ?? 0) > 5`:                       "?? is not read here",
		`employees in 1..9`:                          "the operator .. is not read here",
		`employees % 2 == 0`:                         "the operator % is not read here",
		`industry == nil`:                            "there is no nil here",
		`notes matches product`:                      "matches needs a pattern in quotes",
		`notes matches "("`:                          "missing closing",
		`1 == 1`:                                     "names nothing of the lead",
		`any(technologies, known(employees))`:        "known(…) stands by itself",
		`known(contact.title)`:                       "known(…) asks about one fact: legal_name",
		`known(employees, industry)`:                 "known(…) asks about one fact",
		`count(technologies) > 2`:                    "count needs a condition for the items",
		`len(events) > 2`:                            "events is for disqualify rules",
		`score.total > 5`:                            "score is for disqualify rules",
		`$env["x"] == 1`:                             "unknown name $env",
		`let x = employees; x > 5`:                   "this is not read in a condition",
		`any(technologies, any(technologies, true))`: "one list cannot be looked through inside another",
		`any(filter(technologies, true), true)`:      "any looks through a list",
		`employees == 1` + strings.Repeat(" or employees == 1", 80): "this condition is too long",
		strings.Repeat("(", 2001):                                   "longer than 2000 letters",
	} {
		_, err := compile(strings.Replace(shipped(t), "- rule: use_case\n      points: 4\n      fact: use_case", "- rule: own\n      points: 4\n      when: '"+strings.ReplaceAll(when, "'", "''")+"'", 1))
		if err == nil {
			t.Errorf("%.60s: accepted", when)
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "model.yaml:") {
			t.Errorf("%.60s: %v\nwant %s", when, err, want)
		}
	}
}

func TestRulesThatSayTooMuchOrNothing(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, want string }{
		"both":           {"fact: use_case", "fact: use_case\n      when: employees > 5", "either a fact or a condition"},
		"neither":        {"      fact: use_case\n", "", "this rule looks at nothing"},
		"because a fact": {"fact: use_case", "fact: use_case\n      because: x", "because is for rules with a condition"},
		"takes all":      {"    sources: [event_list, purchased_list]\n    without: [signals, events]\n", "", "this rule would take every lead"},
		"typo below":     {"    without: [signals, events]", "    when: len(event) == 0", "disqualify[0].when: unknown name event: did you mean events?"},
		"typo of event":  {"    without: [signals, events]", `    when: any(events, .type == "demo_requst")`, `unknown event "demo_requst": did you mean demo_request?`},
		"typo of part":   {"    without: [signals, events]", `    when: any(events, .typ == "demo_request")`, "an item of events has no part typ: did you mean type?"},
		"typo of buying": {"    without: [signals, events]", `    when: ("demo_requst" in buying_signals)`, `unknown buying signal "demo_requst": did you mean demo_request?`},
		"typo of owner":  {"    without: [signals, events]", `    when: any(touchpoints, .owner == "partners")`, `unknown owner "partners": did you mean partner?`},
		"by number":      {"    without: [signals, events]", `    when: events[0].type == "demo_request"`, "items are not taken by number here"},
		"no part":        {"    without: [signals, events]", `    when: events.type == "demo_request"`, "events is a list; look through it"},
	} {
		_, err := compile(strings.Replace(shipped(t), tc.old, tc.new, 1))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v\nwant %s", name, err, tc.want)
		}
	}
}
