package slack

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

var english, italian = speak("en"), speak("it")

// alike are the words that Italian business people use as they are.
var alike = []string{"EQL", "SQL", "MQL", "*BANT*  %[1]s", "budget", "Lead %[1]s", "marketplace", "co-marketing", "co-sell", "backlink"}

// TestItalianIsWhole: no sentence is missing or left in English, and each takes
// the arguments of its English one.
func TestItalianIsWhole(t *testing.T) {
	verbs := regexp.MustCompile(`%\[\d\][sd]|\{\^?(\d|of)[^}]*\}`)
	hole := regexp.MustCompile(`\{\^?(\d|of)[^}]*\}`)
	compare := func(name, en, it string) {
		takes := func(s string) []string {
			found := verbs.FindAllString(hole.ReplaceAllString(s, "{$1}"), -1)
			slices.Sort(found)
			return slices.Compact(found)
		}
		switch {
		case en == "" || it == "":
			t.Errorf("%s is missing: %q, %q", name, en, it)
		case en == it && regexp.MustCompile(`\pL{4}`).MatchString(verbs.ReplaceAllString(en, "")) && !slices.Contains(alike, en):
			t.Errorf("%s is left in English: %q", name, en)
		case !slices.Equal(takes(en), takes(it)):
			t.Errorf("%s takes %v in English and %v in Italian", name, takes(en), takes(it))
		}
		if rest := verbs.ReplaceAllString(it, ""); regexp.MustCompile(`%`).MatchString(rest) {
			t.Errorf("%s has a verb without a number: %q", name, it)
		}
	}
	en, it := reflect.ValueOf(*english), reflect.ValueOf(*italian)
	for i := range en.NumField() {
		name := en.Type().Field(i).Name
		e, f := en.Field(i), it.Field(i)
		switch {
		case !en.Type().Field(i).IsExported():
		case slices.Contains([]string{"Terms", "HistoryWords"}, name): // English has words of its own for few
			if f.Len() == 0 {
				t.Errorf("%s is empty in Italian", name)
			}
		case slices.Contains([]string{"First", "Thousands", "Point"}, name):
			if f.String() == "" || e.String() == f.String() {
				t.Errorf("%s is %q in both languages", name, f.String())
			}
		case e.Kind() == reflect.String:
			compare(name, e.String(), f.String())
		case e.Kind() == reflect.Map:
			for _, k := range slices.Concat(e.MapKeys(), f.MapKeys()) {
				said, translated := e.MapIndex(k), f.MapIndex(k)
				if !said.IsValid() || !translated.IsValid() {
					t.Errorf("only one language has %q of %s", k, name)
					continue
				}
				compare(fmt.Sprint(name, " ", k), said.String(), translated.String())
			}
		case e.Len() != f.Len():
			t.Errorf("%s: %d in English and %d in Italian", name, e.Len(), f.Len())
		case name == "Bant":
			for i := range e.Len() {
				compare(fmt.Sprint(name, i), e.Index(i).String(), f.Index(i).String())
			}
		case name == "Rejections":
			for i, r := range english.Rejections {
				if italian.Rejections[i].ID != r.ID {
					t.Errorf("reason %d is %s in English and %s in Italian", i, r.ID, italian.Rejections[i].ID)
				}
				compare("reason "+r.ID, r.Label, italian.Rejections[i].Label)
			}
		case name == "Months":
			for i, month := range english.Months {
				if italian.Months[i] == "" || italian.Months[i] == month || e.Len() != 12 {
					t.Errorf("month %d of %d is %q", i+1, e.Len(), italian.Months[i])
				}
			}
		default:
			t.Errorf("nobody compares %s", name)
		}
	}
	text, err := os.ReadFile("../lead/reasons.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[lead.ReasonCode]string
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil || !maps.Equal(english.Reasons, file) {
		t.Errorf("English reasons are not what YAML has in package lead: %v", err)
	}
	acts := append(slices.Clone(lead.ThreadActions), "parked", "disqualified", "deadline_passed", "scored", "explained", "card_delivered", "card_failed", "thread_failed",
		"reminder_failed", "backup_failed", "sent_to_review", "archived", "restored", "absorbed", "merged", "other_partner")
	for _, terms := range [][]string{lead.EventTypes, lead.SignalTypes, acts} {
		for _, id := range terms {
			if italian.Terms[id] == "" {
				t.Errorf("there is no Italian word for %s", id)
			}
		}
	}
	for _, slug := range company.IndustrySlugs() {
		if company.IndustryLabel(slug, "it") == "" {
			t.Errorf("industry %s has no Italian label", slug)
		}
	}
	flags := []string{lead.FlagClosed, lead.FlagOtherPartner, lead.FlagSingleAsset, lead.FlagSingleTrigger, lead.FlagUTMMedium, lead.FlagUTMUnknown}
	if got := slices.Sorted(maps.Keys(english.Flags)); !slices.Equal(got, flags) { // the other one names a partner
		t.Errorf("there are sentences for the flags %v, want %v", got, flags)
	}
	for _, act := range lead.ThreadActions {
		if english.Acts[act] == "" {
			t.Errorf("there is no sentence for %s", act)
		}
	}
	for _, f := range lead.Fields {
		if english.Fields[f] == "" {
			t.Errorf("there is no name for the fact %s", f)
		}
	}
}

// TestCatalogueKeys: a file says each sentence once, and nothing else.
func TestCatalogueKeys(t *testing.T) {
	for _, lang := range Locales() {
		whole, err := catalogueFiles.ReadFile("catalogue/" + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		broken := map[string]string{
			"approve is missing":   regexp.MustCompile(`(?m)^approve: .*\n`).ReplaceAllString(string(whole), ""),
			"verdicts is missing":  strings.Replace(string(whole), "\nverdicts:", "\nverdict:", 1),
			"unknown keys: aprove": string(whole) + "aprove: \"x\"\n",
			"already defined":      string(whole) + "approve: \"x\"\n",
			"approve":              regexp.MustCompile(`(?m)^approve: .*\n`).ReplaceAllString(string(whole), "approve: [x]\n"),
			"unknown field":        strings.Replace(string(whole), "\n    label: ", "\n    labels: ", 1),
		}
		for want, text := range broken {
			if _, err := readCatalogue([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", lang, err, want)
			}
		}
		for i, line := range strings.Split(string(whole), "\n") {
			if utf8.RuneCountInString(line) > 140 {
				t.Errorf("%s.yaml:%d is longer than 140 characters", lang, i+1)
			}
		}
	}
}

// TestReasons: a reason in both languages, as a card shows it.
func TestReasons(t *testing.T) {
	today := func(event string) lead.Reason { return lead.Why("happens_today", event) }
	value := func(field, v string) lead.Reason { return lead.Why("a_value", field, v) }
	for _, c := range []struct {
		reason lead.Reason
		en, it string
	}{
		{lead.Why("would_bring", "eql", "73").With(today("integration_install"), today("webinar_attended")),
			"An integration install today and an attended webinar today would bring it to 73 and make it EQL.",
			"Un'installazione dell'integrazione oggi e la partecipazione a un webinar oggi: arriverebbe a 73 e diventerebbe EQL."},
		{lead.Why("would_make", "nurture").With(today("demo_request"), lead.Why("use_case_stated"), lead.Why("asset_touched")),
			"A demo request today, a use case stated by the lead and another touched asset would make it a lead to nurture.",
			"Una richiesta di demo oggi, un'esigenza dichiarata dal lead e un altro contenuto visitato: diventerebbe nurturing."},
		{lead.Why("would_make", "mql").With(today("roi_calculator")), "The event roi_calculator today would make it MQL.", "L'evento roi_calculator oggi: diventerebbe MQL."},
		{lead.Why("in_no_band", "employees", "10000+").With(lead.Why("band_of", "50-2000"), lead.Why("band_of", "5001+")),
			"at least 10,000 is in no band of 50–2,000, 5,001 or more", "almeno 10.000 non rientra in nessuna fascia: 50–2.000, da 5.001 in su"},
		{lead.Why("off_list", "industry", "software\nbusiness_services", "1").With(value("industry", "retail")),
			"retail is not on the list: software, business services", "commercio al dettaglio non è nell'elenco: software, servizi alle imprese"},
		{lead.Why("conflicting", "industry").With(lead.Why("from_page", "industry", "healthcare", "https://a.example/about/"), lead.Why("as_sent", "industry", "insurance")),
			"healthcare on a.example/about against insurance (as sent): conflicting, earns nothing",
			"sanità sulla pagina a.example/about contro assicurazioni (come inviato): fonti discordi, non vale punti"},
		{lead.Why("on_list", "hq_country", "IT", "given"), "Italy is on the list (given)", "Italia è nell'elenco (dichiarato)"},
		{lead.Why("short", "demo_request\nstated use case").With(lead.Why("icp_below", "12", "20"), lead.Why("score_below", "34", "70")),
			"It has a buying signal (demo request, stated use case), but ICP fit 12 is below 20 and the score 34 is below 70.",
			"Ha un segnale d'acquisto (richiesta di demo, esigenza dichiarata), ma l'aderenza all'ICP 12 è sotto 20 e il punteggio 34 è sotto 70."},
		{lead.Why("lapses", "sql", "1", "69"), "With nothing new it becomes SQL tomorrow, at a score of 69.", "Senza novità diventa SQL domani, con un punteggio di 69."},
		{lead.Why("own", "unverified_list", lead.English["own_unverified_list"]), "A bought or event list is unverified until a signal or an event arrives.",
			"Una lista acquistata o di un evento non è verificata finché non arriva un segnale o un evento."},
		{lead.Why("own", "unverified_list", "Our own words."), "Our own words.", "Our own words."},
		{*lead.NewReason(lead.ReadAsOtherSubject, "branch_or_site"), "read as a branch or a site", "letto come una filiale o una sede secondaria"},
		{lead.Reason{Text: "250 is within 50–2000 (verified)"}, "250 is within 50–2000 (verified)", "250 is within 50–2000 (verified)"}, // of an older version
	} {
		if en, it := english.explained(c.reason, 500), italian.explained(c.reason, 500); en != c.en || it != c.it {
			t.Errorf("%+v\nis %q\nand %q", c.reason, en, it)
		}
	}
	for rule, want := range map[string]string{"industry": "not stated", "sector": "industry not stated"} {
		c := card{say: english, full: true}
		if got := c.why(lead.Line{Rule: rule, Fact: lead.Industry, Reason: lead.Why(lead.FieldMissing, "industry")}, 500); got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

// TestItalianHistory: nor has what the history adds to an act.
func TestItalianHistory(t *testing.T) {
	for want, detail := range map[string]lead.Reason{
		"dati: 1": lead.Why(lead.FactsCounted, "1"), "eventi: 1, segnali: 0": lead.Why(lead.AddedCounted, "1", "0"), "giro 2": lead.Why("in_round", "2"),
		"giro 1, in deroga a MQL": lead.Why("override_of", "1", "mql"), "78 EQL con default@1": lead.Why(lead.ScoredAs, "78", "eql", "default@1"),
		"segnalazione del partner da acme": lead.Why("came_by", "partner_referral", "acme"), "lista non verificata": lead.Why(lead.ByRule, "unverified_list"),
		"settore, paese": lead.Why("fields_named", lead.List([]string{"industry", "hq_country"})), "nel lead 0J9": lead.Why("into_lead", "0J9"),
		"in attesa di decisione": lead.Why("at_stage", "awaiting_review"), "lead.approved": lead.Why(lead.ToldOf, "lead.approved"),
		"round 2": {Text: "round 2"}, // of an older version
	} {
		if got := italian.explained(detail, 120); got != want {
			t.Errorf("%v is %q, want %q", detail, got, want)
		}
	}
	if got := italian.actorName(lead.BySender); got != "chi ha inviato il lead" {
		t.Errorf("the sender is %q", got)
	}
	if got := english.explained(lead.Why(lead.ScoredAs, "78", "eql", "default@1"), 120); got != "78 EQL by default@1" {
		t.Errorf("English says %q", got)
	}
}

func TestSpeak(t *testing.T) {
	for locale, want := range map[string]string{"": "en", "en": "en", "de": "en", "it": "it", "it-CH": "it", "it_IT": "it", "IT": "it", "item": "en"} {
		if got := speak(locale).lang; got != want {
			t.Errorf("%q speaks %s, want %s", locale, got, want)
		}
	}
}

func TestNumbersAndDates(t *testing.T) {
	newYear, later := time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC), time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ what, en, it string }{
		{"thousand", english.number(1200), italian.number(1200)},
		{"million", english.number(-1234567), italian.number(-1234567)},
		{"few", english.number(999), italian.number(999)},
		{"dollars", english.decimal(1234.5678, 2), italian.decimal(1234.5678, 2)},
		{"range", english.headcount("1000-5000"), italian.headcount("1000-5000")},
		{"open", english.headcount("10000+"), italian.headcount("10000+")},
		{"odd", english.headcount("a few-1000"), italian.headcount("a few-1000")},
		{"revenue", english.money("2270000000 USD 1998"), italian.money("2270000000 USD 1998")},
		{"no revenue", english.money("lots of USD"), italian.money("lots of USD")},
		{"share", english.percent(333_300) + " " + english.percent(1_000_000), italian.percent(333_300) + " " + italian.percent(1_000_000)},
		{"new year", english.day(newYear), italian.day(newYear)},
		{"later", english.day(later), italian.day(later)},
	} {
		want := map[string][2]string{
			"thousand": {"1,200", "1.200"}, "million": {"-1,234,567", "-1.234.567"}, "few": {"999", "999"}, "dollars": {"1,234.57", "1.234,57"},
			"range": {"1,000–5,000", "1.000–5.000"}, "open": {"10,000+", "10.000+"}, "odd": {"a few-1000", "a few-1000"},
			"revenue": {"USD 2,270,000,000 (1998)", "2.270.000.000 USD (1998)"}, "no revenue": {"lots of USD", "lots of USD"},
			"share":    {"33.33 % 100 %", "33,33 % 100 %"},
			"new year": {"1 January 2026", "1º gennaio 2026"}, "later": {"2 January 2026", "2 gennaio 2026"},
		}[c.what]
		if [2]string{c.en, c.it} != want {
			t.Errorf("%s: %q and %q, want %q", c.what, c.en, c.it, want)
		}
	}
}
