package sim

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	legalForm  = regexp.MustCompile(`((?:[\p{Lu}\d][\p{L}\d&’'.-]*)(?: (?:[\p{Lu}\d][\p{L}\d’'.-]*|&|and|und|e|et|of)){0,5}),? (Ltd\.?|Limited|GmbH & Co\. KG|GmbH|AG|SE|KG|eG|S\.r\.l\.|S\.p\.A\.|Srl|SpA|S\.A\.S\.|SAS|SARL|S\.A\.|Inc\.?|LLC|Corp\.?|PLC|plc|B\.V\.|Oy|AB|ApS|S\.L\.|CIC|Co-operative Limited)(?:$|[\s,.;)·|:])`)
	beforeName = regexp.MustCompile(`^(?:(?:The|Die|Der|La|Copyright) )?(?:\d{4} )?`) // an article, the year of a copyright
	legalPlace = regexp.MustCompile(`(?i)(©|copyright|VAT|P\. ?IVA|Partita IVA|USt|HRB|Handelsregister|registered|company (?:no|number)|Impressum|SIRET|RCS|KvK|UID|legal ?name|all rights reserved|CHE-)`)
	otherFirm  = regexp.MustCompile(`(?i)\b(customer|client|partner|formerly|under the name|acquired|subsidiary of|part of|invest\w+|by|with|Kunde|cliente|neu bei)\W+(?:\w+\W+){0,2}$`)
	legalKey   = regexp.MustCompile(`(?i)legal ?name["']?\s*[:=]\s*["']?([^"'\n,]{3,60})`)
)

// legalHints are what every sentence with a legal name holds one of.
var legalHints = []string{"egal", " Ltd", "Limited", " GmbH", " AG", " SE", " KG", " eG", " S.", " Srl", " SpA", " SAS", " SARL", " Inc", " LLC", " Corp", " PLC", " plc", " B.V", " Oy", " AB", " ApS", " CIC"}

// findLegalName looks for a name with a legal form that fits the site's host,
// or that stands where imprints stand.
func findLegalName(src readPage) (finding, bool) {
	label := hostLabel(src.URL)
	var best finding
	for _, s := range src.sentences {
		if !containsAny(s, legalHints...) {
			continue
		}
		if m := legalKey.FindStringSubmatchIndex(s); m != nil && best.weight < 4 {
			best = finding{strings.TrimSpace(s[m[2]:m[3]]), quoteAround(s, m[0], m[1]), 4}
		}
		for _, m := range legalForm.FindAllStringSubmatchIndex(s, -1) {
			name := beforeName.ReplaceAllString(s[m[2]:m[5]], "")
			weight := 0
			if fitsLabel(name, label) {
				weight = 3
			}
			if legalPlace.MatchString(s) {
				weight += 2
			}
			if otherFirm.MatchString(s[:m[2]]) {
				weight -= 3
			}
			if weight > best.weight {
				best = finding{name, quoteAround(s, m[2], m[5]), weight}
			}
		}
	}
	return best, best.weight >= 2
}

// hostLabel is the name of a site without its ending: "northwind".
func hostLabel(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.TrimPrefix(u.Hostname(), "www."), ".")
	if len(parts) < 2 {
		return ""
	}
	return parts[len(parts)-2]
}

func fitsLabel(name, label string) bool {
	label = strings.ReplaceAll(label, "-", "")
	for word := range strings.FieldsSeq(strings.ToLower(name)) {
		if len(word) >= 4 && label != "" && (strings.Contains(label, word) || strings.Contains(word, label)) {
			return true
		}
	}
	return false
}

// foundedForms name a founding year, the surest first.
var foundedForms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(?:was )?(?:founded|incorporated|established|set up|gegründet|fondata|fondato|costituita|nata|nato|fondée?|créée|fundada|opgericht|foundingDate|Gründungsjahr|Gründung|anno di fondazione|year founded)\b[^.;\d]{0,60}?\b(1[789]\d\d|20\d\d)\b`),
	regexp.MustCompile(`(?i)\b(1[789]\d\d|20\d\d) (?:gründeten|gegründet|founded|established)`),
	regexp.MustCompile(`(?i)\b(?:in|im Jahr|im Jahre|nel|en|In)\s+(1[789]\d\d|20\d\d)\b[^.;\d]{0,60}\b(?:founded|started|set up|began|established|gegründet|gründeten|fondata|fondato|abbiamo fondato|nasce|créé|fondé|opened)`),
	regexp.MustCompile(`(?i)\b(?:started|began|opened|going back to|dates? back to|in business since|family-owned since|family business since)\b[^.;\d]{0,40}?\b(1[789]\d\d|20\d\d)\b`),
	regexp.MustCompile(`(?i)\b(?:since|seit|dal|depuis|desde|sinds)\s+(?:the year\s+)?(1[789]\d\d|20\d\d)\b`),
}

func findFounded(src readPage) (finding, bool) {
	for i, form := range foundedForms {
		for _, s := range src.sentences {
			if !hasDigit(s) {
				continue
			}
			m := form.FindStringSubmatchIndex(s)
			if m == nil {
				continue
			}
			return finding{s[m[2]:m[3]], quoteAround(s, m[0], m[1]), 4 - i}, true
		}
	}
	return finding{}, false
}

var (
	revenueWord   = regexp.MustCompile(`(?i)\b(revenues?|turnover|sales of|sales were|sold|\d{4} sales|annual sales|Umsatz|Jahresumsatz|fatturato|ricavi|chiffre d[’']affaires|omzet|ARR)\b`)
	notRevenue    = regexp.MustCompile(`(?i)\b(invest\w*|raised|valuation|funding|customers[’']?|capital|round)\b`)
	moneyAmount   = regexp.MustCompile(`(?i)(€|£|\$|EUR|CHF|USD|GBP|CAD)\s?(\d+(?:[.,]\d+)*)\s?(billion|bn|million|m\b|mln|Mrd\.?|Mio\.?|Millionen|Milliarden|milioni|miliardi|millions|k)?|(\d+(?:[.,]\d+)*)\s?(billion|bn|million|mln|Mrd\.?|Mio\.?|Millionen|Milliarden|milioni|miliardi|millions)?\s?(?:di |d[’'])?(euros?|dollars?|pounds|francs|€|EUR|CHF|USD|GBP)`)
	yearInText    = regexp.MustCompile(`\b(19\d\d|20\d\d)\b`)
	currencyWords = map[string]string{"€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "pounds": "GBP", "$": "USD", "dollar": "USD", "dollars": "USD", "francs": "CHF"}
)

func findRevenue(src readPage) (finding, bool) {
	for _, s := range src.sentences {
		if !hasDigit(s) {
			continue
		}
		word := revenueWord.FindStringIndex(s)
		if word == nil {
			continue
		}
		for _, m := range moneyAmount.FindAllStringSubmatchIndex(s, -1) {
			lo, hi := min(word[0], m[0]), max(word[1], m[1])
			if hi-lo > 80 || notRevenue.MatchString(s[lo:hi]) {
				continue
			}
			value, ok := readMoney(s, m)
			if !ok {
				continue
			}
			quote := quoteAround(s, lo, hi)
			if y := yearInText.FindString(quote); y != "" {
				value += " " + y
			}
			return finding{value, quote, 3}, true
		}
	}
	return finding{}, false
}

func readMoney(s string, m []int) (string, bool) {
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return s[m[2*i]:m[2*i+1]]
	}
	currency, digits, scale := group(1), group(2), group(3)
	if digits == "" {
		digits, scale, currency = group(4), group(5), group(6)
	}
	factor := 1.0
	switch sc := strings.ToLower(strings.TrimSuffix(scale, ".")); {
	case sc == "billion" || sc == "bn" || sc == "mrd" || sc == "milliarden" || sc == "miliardi":
		factor = 1e9
	case sc == "k":
		factor = 1e3
	case sc != "":
		factor = 1e6
	}
	var amount float64
	var err error
	if factor > 1 {
		amount, err = strconv.ParseFloat(strings.ReplaceAll(digits, ",", "."), 64)
	} else {
		amount, err = strconv.ParseFloat(strings.NewReplacer(",", "", ".", "").Replace(digits), 64)
	}
	code := strings.ToUpper(currency)
	if c, ok := currencyWords[strings.ToLower(currency)]; ok {
		code = c
	}
	return strconv.FormatInt(int64(amount*factor+0.5), 10) + " " + code, err == nil && amount > 0
}

var (
	whatItDoes = regexp.MustCompile(`(?i)` + wordStart + `(is an?|are an?|makes?|builds?|sells?|offers?|helps?|provides?|develops?|runs|processes|ist (?:ein|eine|der|die)|entwickelt|bietet|baut|è un[ao]?|sviluppa|offre|aiuta|produce|est une?|conçoit|vend|édite)\b`)
	navigation = regexp.MustCompile(`(?i)\b(cookies?|privacy|all rights reserved|©|log ?in|sign up|newsletter)\b`)
	closing    = regexp.MustCompile(`(?i)\b(shut down|has closed|is closed for good|ceased (?:operations|trading)|closed its doors|wound up|winding up|in liquidation|Betrieb eingestellt|Insolvenz|ha cessato|ha chiuso|a fermé|en liquidation)\b`)
	otherShuts = regexp.MustCompile(`(?i)\b(customer|client|competitor|rival|office|plant|shop|store|warehouse)s?\b[^.]{0,30}$`)
)

// findDescription takes the first sentence that says what the company does.
func findDescription(src readPage) (finding, bool) {
	for _, s := range src.sentences {
		n := utf8.RuneCountInString(s)
		if n < 40 || n > 240 || !strings.HasSuffix(s, ".") || !whatItDoes.MatchString(s) || navigation.MatchString(s) || givesOrders(s) {
			continue
		}
		return finding{s, s, 2}, true
	}
	return finding{}, false
}

// companyClosed reports whether a source says that the company is no more.
func companyClosed(src readPage) bool {
	for _, s := range src.sentences {
		if m := closing.FindStringIndex(s); m != nil && !otherShuts.MatchString(s[:m[0]]) {
			return true
		}
	}
	return false
}
