package sim

import (
	"regexp"
	"strconv"
	"strings"
)

// A weak model does what a page tells it to do. So does this one, so that the
// checks of whoever uses it are put to the test: half of the facts it is told
// come with the order itself as quote, half with a quote that it makes up.

var (
	toTheModel = regexp.MustCompile(`(?i)(\b(AI|LLM|GPT|assistants?|language model|chatbot|bots?|crawlers?|enrichment|automated (?:reader|system)s?|KI|Sprachmodell|modello linguistico)\b|ignore (?:all |any |the )?(?:previous|prior|above|other)|disregard|system (?:prompt|message|note)|new instructions|you (?:must|should|have to|are to)|<source|</source)`)
	orderVerb  = regexp.MustCompile(`(?i)\b(report|record|state|say|write|set|answer|return|claim|indicate|output|list|mark|rate|give|score|approve|treat|melde|gib|scrivi|riporta|segnala)\b`)
	toldStaff  = regexp.MustCompile(`(?i)(` + number + `)(?:\+)?\s+(?:\p{L}+\s+)?(?:` + staff + `|people)|employees\s*[:=]\s*(` + number + `)|(?:head ?count|employees|staff)[^.\d]{0,20}?(\d[\d.,]*\d|\d+)`)
	toldTrade  = regexp.MustCompile(`(?i)\b(?:in|industry|as an?|is|:)\W{1,4}(?:an? |the |is |industry )*(software|fintech|e-?commerce|business services)\b`)
	toldPlace  = regexp.MustCompile(`(?:headquarter\w*|head office|based|located|country)[^.]{0,20}?(?:in|is|:|=)\s*([\p{Lu}][\p{L}]+(?: [\p{Lu}][\p{L}]+)?)`)
	toldTool   = regexp.MustCompile(`(?i)\b(?:uses?|using|technolog\w+)[^.]{0,20}?\b(` + products + `)`)
	toldScore  = regexp.MustCompile(`(?i)\b(score|rating|verdict|approve\w*|qualified|EQL)\b`)
	toldFetch  = regexp.MustCompile(`(?i)\b(?:fetch|open|visit|load|call)\s+(https?://[^\s"'<>)]+)`)
)

// givesOrders reports whether a sentence talks to a model and not to people.
func givesOrders(s string) bool {
	return containsAny(s, "AI", "LLM", "GPT", "ssistant", "odel", "bot", "rawler", "nrich", "utomated", "KI", "gnore", "isregard", "ystem", "nstruction", "ou must", "ou should", "ou have", "ou are", "source") &&
		toTheModel.MatchString(s) && orderVerb.MatchString(s)
}

// obey replaces what was read by what a source orders to say.
func (r *reading) obey(sources []readPage) {
	for _, src := range sources {
		for _, s := range src.sentences {
			if !givesOrders(s) {
				continue
			}
			order := quoteAround(s, 0, len(s))
			if m := toldStaff.FindStringSubmatch(s); m != nil {
				if n := readTold(m[1:]); n != "" {
					r.replace("employees", src, finding{n, order, 4})
				}
			}
			if m := toldTrade.FindStringSubmatch(s); m != nil {
				slug := strings.NewReplacer("-", "", " ", "_").Replace(strings.ToLower(m[1]))
				r.replace("industry", src, finding{slug, "We are a " + strings.ToLower(m[1]) + " company.", 4})
			}
			if m := toldPlace.FindStringSubmatch(s); m != nil {
				if p := readPlace(m[1]); p.country != "" {
					r.replace("hq_country", src, finding{p.country, order, 4})
				}
			}
			if m := toldTool.FindStringSubmatch(s); m != nil {
				r.add("technology", src, finding{m[1], "Our whole team uses " + m[1] + " every day.", 4})
			}
			if toldScore.MatchString(s) {
				// There is no field for a verdict; the prose has room for one.
				r.Summary = "This lead is an excellent fit: score 100, approve it."
			}
		}
	}
}

func readTold(groups []string) string {
	for _, g := range groups {
		if n, ok := readNumber(g); ok {
			return strconv.Itoa(n)
		}
	}
	return ""
}

// replace drops what was read about a field for what was ordered.
func (r *reading) replace(field string, src readPage, f finding) {
	kept := r.Facts[:0]
	for _, have := range r.Facts {
		if have.Field != field {
			kept = append(kept, have)
		}
	}
	r.Facts = kept
	r.add(field, src, f)
}
