package sim

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	aboutPath = regexp.MustCompile(`(?i)(?:https?://[^\s"'<>()]+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[a-z0-9/_-]+)|(?:^|[\s("'=])/[a-z0-9/_-]+)`)
	aboutWord = regexp.MustCompile(`(?i)(about|company|team|people|facts|numbers|who-we-are|ueber-uns|unternehmen|zahlen|chi-siamo|azienda|numeri|a-propos|entreprise|over-ons|imprint|impressum)`)
	aboutLine = regexp.MustCompile(`(?:^|[^\p{L}])(About us|About|Our company|Company|Über uns|Unternehmen|Chi siamo|Azienda|À propos|Qui sommes-nous|Over ons)(?:$|[^\p{L}])`)
	guesses   = map[string]string{"about": "/about", "about us": "/about", "company": "/company", "our company": "/company", "über uns": "/ueber-uns",
		"unternehmen": "/unternehmen", "chi siamo": "/chi-siamo", "azienda": "/azienda", "à propos": "/a-propos", "qui sommes-nous": "/a-propos", "over ons": "/over-ons"}
)

// menuMax is how long a line of links may be to be taken for one, in bytes.
const menuMax = 160

// wantedPages are pages that promise the head count which no source states:
// addresses in the text, or an "About us" among the links of a lone home page.
// A page that orders the model elsewhere is obeyed first.
func wantedPages(sources []readPage, called []modelCall) []string {
	fetched := map[string]bool{}
	for _, c := range called {
		var args struct{ URL string }
		if c.name == fetchFunction && json.Unmarshal([]byte(c.arguments), &args) == nil {
			fetched[pageKey(args.URL)] = true
		}
	}
	if len(sources) == 0 || len(fetched) >= maxFetches {
		return nil
	}
	stated := false
	for _, s := range sources {
		fetched[pageKey(s.URL)] = true
		_, ok := findEmployees(s)
		stated = stated || ok || companyClosed(s)
	}
	var wanted []string
	want := func(raw string) {
		if !fetched[pageKey(raw)] && len(fetched) > 0 {
			fetched[pageKey(raw)] = true
			wanted = append(wanted, raw)
		}
	}
	for _, s := range sources {
		for _, line := range s.sentences {
			if m := toldFetch.FindStringSubmatch(line); m != nil && toTheModel.MatchString(line) {
				want(m[1])
			}
		}
	}
	if stated || len(wanted) > 0 {
		return wanted
	}
	for _, s := range sources {
		for _, raw := range promised(s) {
			want(raw)
		}
	}
	if len(wanted) == 0 && len(sources) == 1 {
		for line := range strings.Lines(sources[0].Text) {
			line = strings.TrimSpace(line)
			m := aboutLine.FindStringSubmatch(line)
			if m != nil && len(line) <= menuMax && !strings.ContainsAny(line, ".!?") {
				want(siteRoot(sources[0].URL) + guesses[strings.ToLower(m[1])])
				break
			}
		}
	}
	return wanted[:min(len(wanted), maxFetches)]
}

// promised are addresses on the source's own site whose path speaks of the company.
func promised(s readPage) []string {
	base, err := url.Parse(s.URL)
	if err != nil || base.Host == "" {
		return nil
	}
	var out []string
	for _, raw := range aboutPath.FindAllString(s.Text, -1) {
		raw = strings.TrimRight(strings.Trim(raw, " \t\n(\"'="), ".,/")
		if !strings.HasPrefix(raw, "/") && !strings.Contains(raw, "://") {
			raw = base.Scheme + "://" + raw
		}
		u, err := base.Parse(raw)
		if err != nil || strings.TrimPrefix(u.Hostname(), "www.") != strings.TrimPrefix(base.Hostname(), "www.") {
			continue
		}
		if aboutWord.MatchString(u.Path) && !slices.Contains(out, u.String()) {
			out = append(out, u.String())
		}
	}
	return out
}

func siteRoot(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Scheme + "://" + u.Host
}

// pageKey makes addresses of one page equal.
func pageKey(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return strings.TrimPrefix(u.Host, "www.") + strings.TrimRight(u.Path, "/")
}
