package company

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed data/industries.json
var industriesText []byte

// industry is one row of the data file. Picklist holds what CRMs and networks
// offer in their lists and what is too vague to look for in running text.
type industry struct {
	Slug     string   `json:"slug"`
	Label    string   `json:"label"`
	LabelIT  string   `json:"label_it"`
	NAICS    []string `json:"naics"` // 2022, and the 2017 codes that 2022 gave up
	English  []string `json:"en"`
	Italian  []string `json:"it"`
	German   []string `json:"de"`
	French   []string `json:"fr"`
	Spanish  []string `json:"es"`
	Picklist []string `json:"picklist"`
}

type industryTable struct {
	slugs  []string
	names  map[string][]string
	labels map[string]string // of slug, in Italian
	phrase map[string]string // folded phrase: slug
	naics  map[string]string // prefix of two to six digits: slug
}

var industries = sync.OnceValue(func() industryTable {
	var rows []industry
	if err := json.Unmarshal(industriesText, &rows); err != nil {
		panic(fmt.Sprintf("industries.json: %v", err))
	}
	t := industryTable{names: map[string][]string{}, labels: map[string]string{}, phrase: map[string]string{}, naics: map[string]string{}}
	for _, r := range rows {
		t.slugs = append(t.slugs, r.Slug)
		t.labels[r.Slug] = r.LabelIT
		t.names[r.Slug] = slices.Concat([]string{r.Label}, r.English, r.Italian, r.German, r.French, r.Spanish)
		for _, name := range slices.Concat([]string{r.Slug}, t.names[r.Slug], r.Picklist) {
			t.phrase[fold(name)] = r.Slug
			t.phrase[squeeze(name)] = r.Slug
		}
		for _, code := range r.NAICS {
			t.naics[code] = r.Slug
		}
	}
	return t
})

var (
	naicsCode = regexp.MustCompile(`^(?:naics(?: 2022| 2017)?(?: code)? )?([0-9]{2,6})$`)
	naicsRow  = regexp.MustCompile(`^([0-9]{6}) \pL`)
	naicsSpan = regexp.MustCompile(`^(31 33|44 45|48 49)\b`)

	// aboutIndustry are words that say only that an industry is meant.
	aboutIndustry = regexp.MustCompile(`^(?:settore|industria|azienda|società|branche|industry|the) | (?:industry|sector|company|companies|business|firm|provider|branche|sector|industrie|unternehmen)$`)
)

// Industry returns the slug of the contract's list for a slug, for a name on
// company sites and in pick-lists (English, Italian, German; HubSpot, LinkedIn
// and Salesforce), or for a NAICS 2022 code, where the longest known prefix
// wins: 541511 is it_services by 5415. Whole phrases only, whatever their case,
// accents and punctuation; "the … industry" around one is ignored.
func Industry(s string) (slug string, ok bool) {
	if len(s) > 200 {
		return "", false
	}
	t, key := industries(), fold(s)
	if slug, ok := t.phrase[key]; ok {
		return slug, true
	}
	for _, code := range []*regexp.Regexp{naicsCode, naicsRow} {
		if m := code.FindStringSubmatch(key); m != nil {
			return t.byCode(m[1])
		}
	}
	if naicsSpan.MatchString(key) {
		return t.byCode(key[:2])
	}
	if slug, ok := t.phrase[aboutIndustry.ReplaceAllString(key, "")]; ok {
		return slug, true
	}
	slug, ok = t.phrase[strings.ReplaceAll(key, " ", "")]
	return slug, ok
}

func (t industryTable) byCode(code string) (string, bool) {
	for n := len(code); n >= 2; n-- {
		if slug, ok := t.naics[code[:n]]; ok {
			return slug, true
		}
	}
	return "", false
}

// IndustryLabel is how a list shows a slug: in Italian for "it", else in
// English. It is "" for an unknown slug.
func IndustryLabel(slug, lang string) string {
	t := industries()
	if lang == "it" {
		return t.labels[slug]
	}
	if names := t.names[slug]; len(names) > 0 {
		return names[0]
	}
	return ""
}

// IndustrySlugs returns every slug, in the contract's order.
func IndustrySlugs() []string { return slices.Clone(industries().slugs) }
