package sim

import (
	"regexp"
	"strings"
	"unicode"
)

// place is where a company says its head office is.
type place struct {
	city    string
	country string // ISO 3166-1 alpha-2
	quote   string
	weight  int
}

func findCountry(src readPage) (finding, bool) {
	p := src.office
	return finding{p.country, p.quote, p.weight}, p.country != ""
}

func findCity(src readPage) (finding, bool) {
	p := src.office
	return finding{p.city, p.quote, p.weight}, p.city != ""
}

// placeKeys are words before which, or after which, a head office is named.
var placeKeys = []struct {
	re     *regexp.Regexp
	weight int
}{
	{regexp.MustCompile(`(?i)\b(?:head ?office|headquarter(?:s|ed)?|HQ|Hauptsitz|Firmensitz|Unternehmenssitz|Zentrale|sede (?:centrale|principale)|quartier generale|siège(?: social)?|sede central|hoofdkantoor|hoofdvestiging)\b`), 4},
	{regexp.MustCompile(`(?i)\b(?:mit Sitz|con sede|registered office|sede legale|Sitz der Gesellschaft|main office|our home is)\b`), 3},
	{regexp.MustCompile(`(?i)\b(?:is based|are based|based|ansässig|basata|con base|basée?|gevestigd|located|sits at|works from|operates from|at home in|zu Hause in|addressLocality|address|Adresse|indirizzo)\b`), 2},
	{regexp.MustCompile(`(?i)\b(?:company|firm|maker|contractor|cooperative|agency|studio|start-?up|consultancy|shop|scale-up|family business|outfit)\s+(?:in|of|from)\b`), 1},
	{regexp.MustCompile(`^(?:[\p{Lu}][\p{L}]+ ){1,4}(?:of|from|in)\b`), 1},
}

var (
	// notOurs are offices that are not the company's head office.
	notOurs    = regexp.MustCompile(`(?i)(customers?|clients?|users|Kunden|clienti|former|moved (?:from|out of)|previous|until \d{4}|ehemalige[rn]?|ex)\W+(?:\w+\W+){0,2}$`)
	placeRun   = regexp.MustCompile(`^(?:` + placeWord + `)(?:[ ]` + placeWord + `){0,5}(?:,\s?` + placeWord + `(?:[ ]` + placeWord + `){0,4}){0,5}`)
	streetLike = regexp.MustCompile(`(?i)(\b(street|st\.?|road|rd\.?|avenue|ave\.?|lane|parkway|place|square|quay|floor|suite|unit|house|court|way|drive|building|via|viale|corso|piazza|largo|rue|quai|boulevard|allée|platz|allee|weg|ufer|damm|gasse|gracht|kade|straat|laan|bahnhofstrasse)\b|stra(?:ß|ss)e|weg\b|platz\b|gasse\b|straat\b|kade\b|\d)`)
	postcode   = regexp.MustCompile(`^(?:[A-Z]{1,2}-)?\d{4,5}(?: [A-Z]{2})? `)
	postcodeGB = regexp.MustCompile(`\s?\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b`)
	postcodeUS = regexp.MustCompile(`\s\d{5}(?:-\d{4})?$`)
	postcodeCA = regexp.MustCompile(`\s[A-Z]\d[A-Z] ?\d[A-Z]\d$`)
	beforeKey  = regexp.MustCompile(`((?:[\p{Lu}][\p{L}’'-]+ ?){1,3}(?:, (?:[\p{Lu}][\p{L}]+ ?){1,2})?)\s*$`)
	cityBased  = regexp.MustCompile(`\b([\p{Lu}][\p{L}]+(?: [\p{Lu}][\p{L}]+)?)(?:-based| start-?up| scale-up| software house)`)
	imprint    = regexp.MustCompile(`(?:,|·|\||–|-)\s*((?:[A-Z]{1,2}-)?\d{4,5}(?: [A-Z]{2})? [\p{Lu}][\p{L}’' -]+(?:\([A-Z]{2}\))?)(?:\s*[,·|–-]\s*([\p{Lu}][\p{L} ]+))?`)
)

const placeWord = `(?:[\p{Lu}\d][\p{L}\d.’'/-]*|am|an der|an|der|di|del|della|de|la|le|sur|upon|on|the|den|’s|sous|im)`

// placeHints are what every sentence that names a head office holds one of.
var placeHints = append(strings.Split("office|headquart|hq|sitz|zentrale|sede|quartier|siège|hoofd|based|ansässig|basat|con base|basé|gevestigd|located|sits at|from|home|zu hause|address|adresse|indirizzo| in | of |startup|start-up|software house", "|"), strings.Split("0123456789", "")...)

// headOffice returns the likeliest head office that the sentences state.
func headOffice(sentences []string) place {
	var best place
	consider := func(p place, s string, a, b, weight int) {
		if p.city == "" && p.country == "" {
			return
		}
		p.quote, p.weight = quoteAround(s, a, b), weight
		if p.country != "" {
			p.weight++
		}
		if p.weight > best.weight {
			best = p
		}
	}
	for _, s := range sentences {
		if !containsAny(lowerInPlace(s), placeHints...) {
			continue
		}
		if neverHadOne.MatchString(s) {
			continue
		}
		placed := containsPlace(s)
		for _, key := range placeKeys {
			if key.weight < 3 && !placed {
				continue
			}
			for _, m := range key.re.FindAllStringIndex(s, -1) {
				if notOurs.MatchString(s[:m[0]]) {
					continue
				}
				if p, end := placeAfter(s, m[1], reach(key.weight)); key.weight >= 3 || p.known() {
					consider(p, s, m[0], end, key.weight)
				}
				if key.weight == 4 {
					if b := beforeKey.FindStringSubmatchIndex(s[:m[0]]); b != nil {
						if p := readPlace(s[b[2]:b[3]]); p.known() {
							consider(p, s, b[2], m[1], key.weight)
						}
					}
				}
			}
		}
		if !placed {
			continue
		}
		for _, m := range cityBased.FindAllStringSubmatchIndex(s, -1) {
			if p := readPlace(s[m[2]:m[3]]); p.known() {
				consider(p, s, m[0], m[1], 1)
			}
		}
		for _, m := range imprint.FindAllStringSubmatchIndex(s, -1) {
			if p := readPlace(s[m[2]:m[1]]); p.known() {
				consider(p, s, m[2], m[1], 1)
			}
		}
	}
	return best
}

// containsPlace reports whether a sentence names a country, region or city that
// the model knows.
func containsPlace(s string) bool {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '.' }) {
		if knownWords[strings.TrimRight(w, ".")] {
			return true
		}
		if head, _, ok := strings.Cut(w, "-"); ok && knownWords[head] {
			return true
		}
	}
	return false
}

var neverHadOne = regexp.MustCompile(`(?i)\b(no|never had an?|without an?|don’t have an?|kein(?:en)?|senza(?: una)?) (?:\w+ )?(office|head ?office|headquarters|Büro|Hauptsitz|sede)\b`)

// known reports whether the place is one the model has heard of.
func (p place) known() bool { return p.country != "" }

// reach is how far from a key its place may stand, in bytes: a weak key has to
// be followed by it at once.
func reach(weight int) int {
	if weight == 1 {
		return 6
	}
	return 60
}

// placeAfter reads the place that follows a key within reach, and before the
// next comma; end is where it ends.
func placeAfter(s string, at, reach int) (p place, end int) {
	for start := at; start < len(s) && start < at+reach; {
		if run := placeRun.FindString(s[start:]); run != "" {
			start += len(run)
			if p := readPlace(run); p.city != "" || p.country != "" {
				return p, start
			}
			continue
		}
		word, _, more := strings.Cut(s[start:], " ")
		if !more || strings.ContainsAny(word, ",;)") {
			break
		}
		start += len(word) + 1
	}
	return place{}, at
}

// readPlace makes sense of "12 High Street, Leeds LS1 4AP, United Kingdom".
func readPlace(s string) place {
	var p place
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",·|()", r) }) {
		part = strings.TrimPrefix(strings.Trim(strings.TrimSpace(part), ".-– "), "the ")
		part = strings.TrimSpace(postcodeGB.ReplaceAllString(part, ""))
		part = postcodeCA.ReplaceAllString(postcodeUS.ReplaceAllString(part, ""), "")
		if code, ok := countryCode(part); ok {
			p.country = code
			continue
		}
		if code, ok := regionCountry[part]; ok {
			if p.country == "" {
				p.country = code
			}
			continue
		}
		if m := postcode.FindString(part); m != "" && !streetLike.MatchString(part[len(m):]) {
			part = part[len(m):]
		} else if streetLike.MatchString(part) {
			continue
		}
		if city := cityName(part); city != "" && (p.city == "" || cityCountry[city] != "") {
			p.city = city
		}
	}
	if p.country == "" {
		p.country = cityCountry[p.city]
	}
	return p
}

// cityName drops a district ("Berlin-Mitte") and what follows a city.
func cityName(s string) string {
	s = strings.TrimSpace(s)
	if head, _, ok := strings.Cut(s, "-"); ok && cityCountry[head] != "" {
		return head
	}
	for s != "" && cityCountry[s] == "" {
		i := strings.LastIndexByte(s, ' ')
		if i < 0 || cityCountry[s[:i]] == "" {
			break
		}
		s = s[:i]
	}
	if s == "" || !unicode.IsUpper([]rune(s)[0]) || notCities[s] {
		return ""
	}
	return s
}

var notCities = map[string]bool{"We": true, "Our": true, "The": true, "It": true, "Europe": true, "EU": true, "EMEA": true, "Wir": true, "Noi": true, "P.IVA": true, "VAT": true, "HRB": true, "Tel": true}
