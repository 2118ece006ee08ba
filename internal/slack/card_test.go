package slack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	slackapi "github.com/slack-go/slack"
	"pgregory.net/rapid"

	"leadtriage/internal/lead"
	"leadtriage/internal/slack"
)

var update = flag.Bool("update", false, "write the golden files")

var monday = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// northwind is a complete lead under review.
func northwind() lead.Dossier {
	page := func(value, quote string) []lead.Evidence {
		return []lead.Evidence{{URL: "https://northwind.example/about", Quote: quote, Value: value}}
	}
	return lead.Dossier{
		Lead: lead.Lead{
			ID: "0193f1c2-7a00-7000-8000-000000000001", Stage: lead.AwaitingReview,
			Submission: lead.Submission{
				Partner: lead.Partner{ID: "acme-integrations", Tier: "gold", Contact: "Ada at Acme"}, ReferredOn: "2026-11-20",
				Source:  lead.PartnerReferral,
				Contact: lead.Contact{Email: "jane@northwind.example", Name: "Jane Doe", Title: "VP Revenue Operations"},
				Company: lead.Company{Name: "Northwind", Domain: "northwind.example"},
				Signals: []lead.Signal{{Type: "partner_referral", At: monday.AddDate(0, 0, -3), By: "Ada at Acme"}},
				UseCase: "sync CRM with billing",
			},
			Facts: []lead.Fact{
				{Field: lead.Technology, Value: "HubSpot", Status: lead.Verified, Evidence: page("", "We run on HubSpot.")},
				{Field: lead.Industry, Value: "software", Status: lead.Verified, Evidence: page("", "makes accounting software")},
				{Field: lead.Employees, Value: "250", Status: lead.Verified, Evidence: page("", "our team of 250")},
				{Field: lead.HQCountry, Value: "IT", Status: lead.Given, By: "key:crm"},
				{Field: lead.Revenue, Value: "20000000 EUR 2025", Status: lead.Unverified, Evidence: page("", "")},
				{Field: lead.FoundedYear, Value: "2011", Status: lead.Conflicting, Evidence: []lead.Evidence{
					{URL: "https://northwind.example/about", Quote: "founded in 2011", Value: "2011"},
					{URL: "https://northwind.example/press", Quote: "since 2009", Value: "2009"}}},
			},
			Enrichment: lead.Enrichment{State: lead.EnrichmentDone},
			Score: &lead.Score{Total: 78, ICP: 33, Intent: 45, Model: "default@1", Verdict: lead.EQL,
				Because: lead.Reason{Text: "Partner referral, demo request, ICP 33 and score 78."},
				Flags:   []string{lead.FlagSingleAsset},
				Lines: []lead.Line{
					{Rule: "industry", Group: "icp", Points: 12, Max: 12, Reason: lead.Reason{Text: "software is one of the target industries"}},
					{Rule: "employees", Group: "icp", Points: 10, Max: 10, Reason: lead.Reason{Text: "250 is within 50–2000"}},
					{Rule: "headquarters", Group: "icp", Points: 8, Max: 8, Reason: lead.Reason{Text: "IT is in the EU"}},
					{Rule: "technology", Group: "icp", Points: 0, Max: 6, Reason: lead.Reason{Text: "neither HubSpot nor Salesforce is verified"}},
					{Rule: "use_case", Group: "icp", Points: 3, Max: 4, Reason: lead.Reason{Text: "stated by the lead"}},
					{Rule: "demo_request", Group: "intent", Points: 20, Max: 20, Reason: lead.Reason{Text: "4 days ago"}},
				}},
			CreatedAt: monday, UpdatedAt: monday,
		},
		Reviews: []lead.Review{{ID: "rv_1", LeadID: "0193f1c2-7a00-7000-8000-000000000001", Round: 1, OpenedAt: monday}},
	}
}

func goldens() map[string]func() ([]slackapi.Block, string) {
	draw := func(d lead.Dossier, o slack.CardOptions) func() ([]slackapi.Block, string) {
		return func() ([]slackapi.Block, string) { return slack.Card(&d, o), slack.Fallback(&d, o) }
	}
	named := slack.CardOptions{Partner: func(id string) string {
		return map[string]string{"acme-integrations": "Acme Integrations"}[id]
	}}

	incomplete := northwind()
	incomplete.Lead.Facts = nil
	incomplete.Lead.Enrichment = lead.Enrichment{State: lead.EnrichmentPending, Late: true}
	approvedAt := monday.Add(-48 * time.Hour)
	incomplete.Lead.Conflicts = []lead.Conflict{{Partner: "globex", ReferredOn: "2026-10-01", First: true, Decision: lead.Approve, DecidedAt: &approvedAt},
		{Partner: lead.Direct, ReferredOn: "2026-11-20"}}
	incomplete.Lead.Score.Verdict, incomplete.Lead.Score.Total, incomplete.Lead.Score.ICP = lead.MQL, 49, 4

	decided := northwind()
	decided.Lead.Stage = lead.Rejected
	decided.Reviews[0].Decision, decided.Reviews[0].By, decided.Reviews[0].DecidedAt = lead.Reject, "U0ADA0001", monday.Add(time.Minute)
	decided.Reviews[0].Reason, decided.Reviews[0].Note = "not_our_customer", "Mostly *services*, <!channel>"

	override := northwind()
	override.Lead.Stage = lead.Approved
	override.Lead.Score.Verdict = lead.MQL
	override.Reviews[0].Decision, override.Reviews[0].By, override.Reviews[0].DecidedAt = lead.Approve, "key:ops", monday.Add(time.Minute)
	override.Reviews[0].Override, override.Reviews[0].Reason = true, "Known to sales for years"

	edited := northwind()
	edited.Lead.Facts[2] = lead.Fact{Field: lead.Employees, Value: "300", Status: lead.Given, Confidence: 1, By: "U1"} // any id that `reviewers` takes

	undoable, again := northwind(), northwind()
	undoable.Reviews[0].Decision, undoable.Reviews[0].By, undoable.Reviews[0].DecidedAt = lead.Approve, "U0ADA0001", monday
	again.Reviews = []lead.Review{undoable.Reviews[0], {ID: "rv_2", Round: 2, OpenedAt: monday}}
	again.Reviews[0].UndoneBy, again.Reviews[0].UndoneAt = "U0BOB0001", monday.Add(30*time.Second)
	revoked := northwind()
	revoked.Reviews = []lead.Review{undoable.Reviews[0], {ID: "rv_2", Round: 2, OpenedAt: monday}}
	revoked.Reviews[0].UndoneBy, revoked.Reviews[0].UndoneAt, revoked.Reviews[0].UndoneWhy = "U0BOB0001", monday.Add(time.Hour), "bought *elsewhere*"
	first := named
	first.Round = 1
	inTime := named
	inTime.Undo, inTime.Now = time.Minute, monday.Add(59*time.Second)

	return map[string]func() ([]slackapi.Block, string){
		"edited":     draw(edited, named),
		"undoable":   draw(undoable, inTime),
		"italian":    draw(inItalian()),
		"undone":     draw(again, named),
		"revoked":    draw(revoked, first),
		"reopened":   draw(revoked, named),
		"complete":   draw(northwind(), named),
		"incomplete": draw(incomplete, slack.CardOptions{NoReviewers: true}),
		"decided":    draw(decided, named),
		"override":   draw(override, named),
	}
}

// inItalian has everything that is said otherwise in Italian: a big number, money,
// a first of the month, a configured reason of the operator's own.
func inItalian() (lead.Dossier, slack.CardOptions) {
	d := northwind()
	d.Lead.ReferredOn = "2026-11-01"
	d.Lead.Facts[2].Value = "1200-5000"
	d.Reviews[0].Decision, d.Reviews[0].By, d.Reviews[0].DecidedAt = lead.Reject, "U0ADA0001", monday.Add(time.Minute)
	d.Reviews[0].Reason = "no_intent"
	return d, slack.CardOptions{Locale: "it-IT", Reasons: []slack.Reason{{ID: "no_intent", Label: "No real intent to buy"}, {ID: "x", Label: "Own"}}}
}

func TestCardGolden(t *testing.T) {
	for name, card := range goldens() {
		t.Run(name, func(t *testing.T) {
			blocks, text := card()
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(map[string]any{"text": text, "blocks": blocks}); err != nil {
				t.Fatal(err)
			}
			validate(t, blocks)
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("the card differs from %s; run with -update and look at the change\n%s", path, got.Bytes())
			}
		})
	}
}

func TestCardWordsForARound(t *testing.T) {
	d := northwind()
	d.Reviews[0].Decision, d.Reviews[0].By, d.Reviews[0].DecidedAt = lead.Reject, "U0ADA0001", monday
	d.Reviews = append(d.Reviews, lead.Review{ID: "rv_2", Round: 2})

	newest := words(t, slack.Card(&d, slack.CardOptions{}))
	if !strings.Contains(newest, "In round 1: ") || !strings.Contains(newest, "Review round 2") || !strings.Contains(newest, "rv_2") {
		t.Errorf("the second round does not tell of the first:\n%s", newest)
	}
	old := words(t, slack.Card(&d, slack.CardOptions{Round: 1}))
	if strings.Contains(old, "lead_approve") || !strings.Contains(old, "*Rejected* by <@U0ADA0001>") {
		t.Errorf("the first round is not shown as decided:\n%s", old)
	}
	d.Reviews[0].Decision = ""
	if old := words(t, slack.Card(&d, slack.CardOptions{Round: 1})); strings.Contains(old, "lead_approve") {
		t.Errorf("a round that was overtaken has buttons:\n%s", old)
	}
	d.Reviews = nil
	if bare := words(t, slack.Card(&d, slack.CardOptions{})); strings.Contains(bare, "lead_approve") {
		t.Errorf("a lead that nobody is asked about has buttons:\n%s", bare)
	}
}

// What was proposed at the decision is said of it for good, whatever is proposed later.
func TestAnOverrideIsOfTheProposalOfItsTime(t *testing.T) {
	d := northwind()
	c := lead.Case{Lead: d.Lead, Reviews: d.Reviews, Now: monday}
	c.Lead.Score.Verdict = lead.MQL
	if err := c.Decide(lead.DecisionInput{ReviewID: "rv_1", Decision: lead.Approve, By: "U0ADA0001"}); err != nil {
		t.Fatal(err)
	}
	d = lead.Dossier{Lead: c.Lead, Reviews: c.Reviews, History: c.Notes}
	d.Lead.Score.Verdict = lead.EQL // an event came after it
	decided := words(t, slack.Card(&d, slack.CardOptions{}))
	d.Reviews = append(d.Reviews, lead.Review{ID: "rv_2", Round: 2})
	for _, card := range []string{decided, words(t, slack.Card(&d, slack.CardOptions{}))} {
		if !strings.Contains(card, "*Override*: the proposal was MQL.") {
			t.Errorf("the card says\n%s", card)
		}
	}
}

func TestCardShowsTheWeightiestLines(t *testing.T) {
	d := northwind()
	d.Lead.Score.Lines = nil
	for i := range 30 {
		d.Lead.Score.Lines = append(d.Lead.Score.Lines, lead.Line{Rule: "r", Points: max(0, 15-i), Max: 20 + i, Reason: lead.Reason{Text: "because"}})
	}
	got := words(t, slack.Card(&d, slack.CardOptions{}))
	for _, want := range []string{"*For*  +15\u00a0r · +14\u00a0r · +13\u00a0r", "*Against*  −49\u00a0r, because · −48\u00a0r, because"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
	if strings.Contains(got, "+12\u00a0") || strings.Contains(got, "−47\u00a0") {
		t.Errorf("a light line is shown:\n%s", got)
	}
}

// What a company that has closed was scored at matters less than that; approving it asks first.
func TestCardOfACompanyThatHasClosed(t *testing.T) {
	d := northwind()
	d.Lead.Score.Verdict, d.Lead.Score.Change = lead.MQL, lead.Why("would_make", "eql").With(lead.Why("use_case_stated"))
	open := slack.Card(&d, slack.CardOptions{})
	if got := words(t, open); !strings.Contains(got, "EQL with a stated use case") || strings.Contains(got, "confirm\"") {
		t.Errorf("the card of an open company says:\n%s", got)
	}
	d.Lead.Closed = &lead.Evidence{Quote: "Acme has ceased trading"}
	blocks := slack.Card(&d, slack.CardOptions{})
	validate(t, blocks)
	got := words(t, blocks)
	closed, proposed := strings.Index(got, "*The company has closed*: “Acme has ceased trading”"), strings.Index(got, "*MQL* proposed")
	if closed < 0 || closed > proposed || strings.Contains(got, "→") || strings.Count(got, "closed") > 3 ||
		!regexp.MustCompile(`"action_id":"lead_approve",[^}]*"confirm":`).MatchString(got) {
		t.Errorf("the card says:\n%s", got)
	}
	if details := words(t, slack.Details(&d, slack.CardOptions{}).Blocks.BlockSet); strings.Contains(details, "→") || !strings.Contains(details, "ceased trading") {
		t.Errorf("Details say:\n%s", details)
	}
}

func TestCardShowsBANT(t *testing.T) {
	d := northwind()
	want := func(marks string) {
		t.Helper()
		if got := words(t, slack.Card(&d, slack.CardOptions{})); !strings.Contains(got, "*BANT*  "+strings.ReplaceAll(marks, "_", "\u00a0")) {
			t.Errorf("want %s:\n%s", marks, got)
		}
	}
	want("○_budget ○_authority ●_need ○_timing")
	d.Lead.UseCase = "CRM sync" // two words state none
	d.Lead.Events = []lead.Event{{Type: "budget_confirmed"}, {Type: "authority_confirmed"}, {Type: "timeline_stated"}}
	want("●_budget ●_authority ○_need ●_timing")
	d.Lead.Events = []lead.Event{{Type: "use_case_stated"}}
	want("○_budget ○_authority ●_need ○_timing")
}

// A card tells what a decision rests on; ids, the model and the legend are in Details.
func TestCardLeavesTheRestToDetails(t *testing.T) {
	d := northwind()
	d.Lead.Score.Lines[5].Points, d.Lead.Score.Lines[5].Reason = 12, lead.Why("capped", "8", "60").With(lead.Why("in_full", "4"))
	card, details := words(t, slack.Card(&d, slack.CardOptions{})), words(t, slack.Details(&d, slack.CardOptions{}).Blocks.BlockSet)
	for _, there := range []string{"Lead " + d.Lead.ID, "default@1", "✓ verified on a page", "4 days ago; 8 of its points do not count: intent counts 60 at most"} {
		if strings.Contains(card, there) || !strings.Contains(details, there) {
			t.Errorf("%q is on the card, or not in Details:\n%s\n%s", there, card, details)
		}
	}
}

func TestCardOfACompanyThatManyPartnersRefer(t *testing.T) {
	d := northwind()
	d.Lead.Score.Flags = []string{lead.FlagOtherPartner}
	for range 10 {
		d.Lead.Conflicts = append(d.Lead.Conflicts, lead.Conflict{Partner: "globex", ReferredOn: "2026-10-01"})
	}
	d.Lead.ConflictCount = 75
	card, details := words(t, slack.Card(&d, slack.CardOptions{})), words(t, slack.Details(&d, slack.CardOptions{}).Blocks.BlockSet)
	for said, shown := range map[string]int{card: 1, details: 5} {
		if strings.Count(said, "Also from") != shown || !strings.Contains(said, fmt.Sprintf("And %d more", 75-shown)) {
			t.Errorf("want %d:\n%s", shown, said)
		}
	}
}

func TestCardOfAPersonWithoutACompany(t *testing.T) {
	d := northwind()
	d.Lead.Company, d.Lead.Facts, d.Lead.Contact = lead.Company{}, nil, lead.Contact{Email: "jane@mail.example"}
	got := words(t, slack.Card(&d, slack.CardOptions{}))
	if !strings.Contains(got, "jane@mail.example") {
		t.Errorf("a free-mail lead cannot be told from another:\n%s", got)
	}
	d.Lead.Company.Domain = "northwind.example"
	if got := words(t, slack.Card(&d, slack.CardOptions{})); strings.Contains(got, "jane@mail.example") {
		t.Errorf("an address is shown where the company is known:\n%s", got)
	}
}

func TestALeadWithoutAPartner(t *testing.T) {
	d := northwind()
	d.Lead.Partner = lead.Partner{ID: lead.Direct, Tier: lead.NoTier}
	d.Lead.Score.Lines[0].Reason = lead.Why("off_list", "industry", "fintech", "1").With(lead.Why("a_value", "industry", "it_services"))
	for locale, want := range map[string][3]string{
		"en": {"Lead to review: Northwind, without a partner. ", "*Northwind*, without a partner", "IT services is not on the list: fintech"},
		"it": {"Lead da valutare: Northwind, senza partner. ", "*Northwind*, senza partner", "servizi informatici non è nell'elenco: fintech"},
	} {
		o := slack.CardOptions{Locale: locale}
		got := slack.Fallback(&d, o) + words(t, slack.Card(&d, o)) + words(t, slack.Details(&d, o).Blocks.BlockSet)
		for _, words := range want {
			if !strings.Contains(got, words) {
				t.Errorf("%q is missing:\n%s", words, got)
			}
		}
		if strings.Contains(got, lead.Direct) {
			t.Errorf("our own word for it is shown:\n%s", got)
		}
	}
}

func TestCardShowsWhatWasSentBeforeFactsAreSettled(t *testing.T) {
	d := northwind()
	d.Lead.Facts, d.Lead.Company.Employees = nil, "51-200"
	if got := words(t, slack.Card(&d, slack.CardOptions{})); !strings.Contains(got, "51–200 employees\u00a0✎") {
		t.Errorf("the given number is missing:\n%s", got)
	}
}

// Whatever a lead, a page or a model says, the card keeps Block Kit's limits and
// nothing in it mentions, links elsewhere, or changes direction.
func TestAnyCardIsValidAndInert(t *testing.T) {
	naughty := corpus(t)
	rapid.Check(t, func(t *rapid.T) {
		d := anyDossier(t, naughty)
		o := slack.CardOptions{NoReviewers: rapid.Bool().Draw(t, "nobody"), Round: rapid.IntRange(0, 3).Draw(t, "round")}
		blocks := slack.Card(&d, o)
		validate(t, blocks)
		if len(blocks) > 20 {
			t.Fatalf("%d blocks", len(blocks))
		}
		assertInert(t, &d, append(texts(t, blocks), slack.Fallback(&d, o)))
		assertModal(t, &d, slack.Details(&d, o))
	})
}

var (
	markup = regexp.MustCompile(`<[^>]*>`)
	ours   = regexp.MustCompile(`^<(https?://[!-;=?-{}-~]+\|[a-z0-9.:-]+…?|!date\^-?\d+\^\{date_short\} \{time\}\|[0-9 :UTC-]+)>$`)
	named  = regexp.MustCompile(`:[a-z0-9_+-]+:`)
	direct = regexp.MustCompile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c\x00-\x08\x0b-\x1f]")
)

func assertInert(t rapid.TB, d *lead.Dossier, texts []string) {
	t.Helper()
	decided := map[string]bool{}
	for _, r := range d.Reviews {
		decided["<@"+r.By+">"] = true
	}
	assertInertBut(t, func(m string) bool { return decided[m] }, texts)
}

// assertInertBut takes markup of our own that is right.
func assertInertBut(t rapid.TB, right func(markup string) bool, texts []string) {
	t.Helper()
	for _, s := range texts {
		for _, m := range markup.FindAllString(s, -1) {
			if !ours.MatchString(m) && !right(m) {
				t.Fatalf("foreign markup %q in %q", m, s)
			}
		}
		rest := markup.ReplaceAllString(s, "")
		if strings.ContainsAny(rest, "<>") || direct.MatchString(s) {
			t.Fatalf("not inert: %q", s)
		}
		if strings.Contains(rest, "://") {
			t.Fatalf("an address that Slack would link in %q", s)
		}
		if named.MatchString(rest) {
			t.Fatalf("an emoji by name in %q", s)
		}
	}
}

func TestEveryNaughtyStringOnEveryPlace(t *testing.T) {
	for _, s := range append(corpus(t), strings.Repeat("😀", 10_000), strings.Repeat("&", 10_000), strings.Repeat("a\n", 10_000)) {
		d := northwind()
		d.Lead.ID, d.Lead.Company.Name, d.Lead.Company.Domain, d.Lead.UseCase = s, s, s, s
		d.Lead.Contact, d.Lead.Partner = lead.Contact{Email: s, Name: s, Title: s}, lead.Partner{ID: s, Tier: s, Contact: s}
		d.Lead.Source, d.Lead.Signals[0].By = lead.Source(s), s
		d.Lead.Score.Because, d.Lead.Score.Model, d.Lead.Score.Verdict, d.Lead.Score.Flags = lead.Why("own", s, s), s, lead.Verdict(s), []string{s}
		for i := range d.Lead.Facts {
			f := &d.Lead.Facts[i]
			f.Value, f.By, f.Evidence = s, s, []lead.Evidence{{URL: "https://a.example/" + s, Quote: s, Value: s}, {URL: s, Quote: s}}
		}
		for i := range d.Lead.Score.Lines {
			d.Lead.Score.Lines[i].Rule, d.Lead.Score.Lines[i].Reason = s, lead.Why("off_list", s, s, s).With(lead.Why("from_page", s, s, s), lead.Reason{Text: s})
		}
		r := &d.Reviews[0]
		r.Decision, r.Reason, r.Note, r.By = lead.Reject, s, s, "key:"+s
		blocks := slack.Card(&d, slack.CardOptions{})
		validate(t, blocks)
		assertInert(t, &d, append(texts(t, blocks), slack.Fallback(&d, slack.CardOptions{})))
		d.Lead.Product, d.Lead.LandingURL, d.Lead.Referrer, d.Lead.Score.Change = s, "https://a.example/"+s, s, lead.Why("would_bring", s, s).With(lead.Reason{Text: s})
		d.Lead.UTM = lead.UTM{Source: s, Medium: s, Campaign: s, Term: s, Content: s}
		many := 3
		if len(s) > 5000 {
			many = 100
		}
		for range many {
			d.Lead.Touchpoints = append(d.Lead.Touchpoints, lead.Touchpoint{Type: s, Owner: s, Asset: "https://a.example/" + s, UTM: &d.Lead.UTM})
			d.Lead.Events = append(d.Lead.Events, lead.Event{Type: s, Asset: s})
			d.Lead.Signals = append(d.Lead.Signals, lead.Signal{Type: s, By: s})
			d.History = append(d.History, lead.Entry{Actor: s, Action: s, Detail: lead.Said{Reason: lead.Reason{Text: s}}})
			d.Lead.Facts = append(d.Lead.Facts, lead.Fact{Field: lead.Technology, Value: s, By: s})
			d.Lead.Score.Lines = append(d.Lead.Score.Lines, d.Lead.Score.Lines[0])
		}
		assertModal(t, &d, slack.Details(&d, slack.CardOptions{}))
	}
}

// assertModal holds a modal to Slack's limits of views and texts.
func assertModal(t rapid.TB, d *lead.Dossier, view slackapi.ModalViewRequest) {
	t.Helper()
	validate(t, view.Blocks.BlockSet)
	raw, err := json.Marshal(view)
	if err != nil || len(raw) > 250_000 || len(view.Blocks.BlockSet) > 100 {
		t.Fatalf("%d blocks of %d bytes, %v", len(view.Blocks.BlockSet), len(raw), err)
	}
	assertInert(t, d, texts(t, view.Blocks.BlockSet))
}

func anyDossier(t *rapid.T, naughty []string) lead.Dossier {
	hostile := []string{"<!channel>", "<@U0EVIL01>", "<https://evil.example|northwind.example>", ":tada:", "*bold*", "> quote\n> more", "\u202eevil",
		strings.Repeat("😀", 4000), strings.Repeat("<&>", 2000), strings.Repeat("x", 9000), "a|b>c", "&amp;&lt;!here&gt;"}
	word := rapid.OneOf(rapid.SampledFrom(append(hostile, naughty...)), rapid.String())
	s := func(label string) string { return word.Draw(t, label) }
	n := func(label string, max int) int { return rapid.IntRange(0, max).Draw(t, label) }

	codes := slices.Sorted(maps.Keys(lead.English))
	reason := func(label string) lead.Reason {
		r := lead.Why(rapid.SampledFrom(append(codes, "")).Draw(t, label), s("first arg"), s("second arg"), s("third arg"))
		r.Text = s("sentence")
		return r.With(lead.Reason{Text: s("part")})
	}

	d := northwind()
	l := &d.Lead
	l.ID, l.Company.Name, l.Company.Domain, l.UseCase = s("id"), s("name"), s("domain"), s("use case")
	l.Contact = lead.Contact{Email: s("mail"), Name: s("contact"), Title: s("title")}
	l.Partner = lead.Partner{ID: s("partner"), Tier: s("tier"), Contact: s("partner contact")}
	l.Company.Employees = lead.Headcount(s("employees"))
	l.Enrichment = lead.Enrichment{State: rapid.SampledFrom([]lead.EnrichmentState{lead.EnrichmentPending, lead.EnrichmentFailed, lead.EnrichmentDone, lead.EnrichmentNone}).Draw(t, "state"), Late: true}
	l.Facts = nil
	for range n("facts", 40) {
		f := lead.Fact{Field: rapid.SampledFrom(append(lead.Fields, "odd_field")).Draw(t, "field"), Value: s("value"), By: s("by"),
			Status: rapid.SampledFrom([]lead.FactStatus{lead.Verified, lead.Unverified, lead.Given, lead.Conflicting, "odd"}).Draw(t, "status")}
		for range n("evidence", 4) {
			f.Evidence = append(f.Evidence, lead.Evidence{URL: rapid.SampledFrom([]string{"https://a.example/", "", "http://b.example?"}).Draw(t, "base") + s("url"), Quote: s("quote"), Value: s("said")})
		}
		l.Facts = append(l.Facts, f)
	}
	for range n("conflicts", 12) {
		l.Conflicts = append(l.Conflicts, lead.Conflict{Partner: s("conflict"), ReferredOn: "2026-01-02"})
	}
	if n("scored", 9) == 0 {
		l.Score = nil
	} else {
		l.Score.Lines, l.Score.Flags, l.Score.Because = nil, nil, reason("because")
		l.Score.Total = rapid.IntRange(-1000, 1000).Draw(t, "total")
		for range n("lines", 40) {
			l.Score.Lines = append(l.Score.Lines, lead.Line{Rule: s("rule"), Points: n("points", 20), Max: 20, Reason: reason("reason")})
		}
		for range n("flags", 30) {
			l.Score.Flags = append(l.Score.Flags, s("flag"))
		}
	}
	d.Reviews = nil
	for round := range n("rounds", 3) {
		r := lead.Review{ID: "rv", Round: round + 1}
		if rapid.Bool().Draw(t, "decided") {
			r.Decision = rapid.SampledFrom([]lead.Decision{lead.Approve, lead.Reject}).Draw(t, "decision")
			r.By, r.Reason, r.Note = rapid.SampledFrom([]string{"U0ADA0001", "key:ops", "key:<!here>", "<!everyone>"}).Draw(t, "who"), s("why"), s("note")
			r.Override = rapid.Bool().Draw(t, "override")
		}
		d.Reviews = append(d.Reviews, r)
	}
	return d
}

func corpus(t *testing.T) []string {
	raw, err := os.ReadFile("../../../shared/corpora/blns.json")
	if err != nil {
		return []string{"", "\u0000", "<img src=x>", "Ω≈ç√∫˜µ≤≥÷", "田中さんにあげて下さい", "﷽", "¯\\_(ツ)_/¯", "\u202etest"}
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

var blockKit = compileBlockKit()

func compileBlockKit() *jsonschema.Schema {
	schema, err := jsonschema.NewCompiler().Compile("../sim/blockkit.schema.json")
	if err != nil {
		panic(err)
	}
	return schema
}

// validate holds blocks to Block Kit's published limits.
func validate(t rapid.TB, blocks any) {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := blockKit.Validate(decoded); err != nil {
		t.Fatalf("not Block Kit: %v\n%s", err, raw)
	}
}

// texts are the strings of all text objects.
func texts(t rapid.TB, blocks any) []string {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	var found []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if s, ok := v["text"].(string); ok {
				found = append(found, s)
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(tree)
	return found
}

func words(t *testing.T, blocks []slackapi.Block) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(blocks); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
