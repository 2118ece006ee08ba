package page

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

//go:embed fingerprints.txt
var fingerprintsText string

// fingerprints are the traces that technologies leave in a page and its answer.
type fingerprints struct {
	hosts  map[string][]hostPrint // by the host, or a domain above it
	header []headerPrint
	// text are, by kind: own, part of an address on the company's own hosts; inline, part of
	// a script that stands in the page; generator, its start; cookie, the start of its name.
	text map[string][]textPrint
}

type hostPrint struct {
	name string
	by   traceKind
	path string // part of path and query; "" is any
}

type textPrint struct{ name, text string }

type headerPrint struct{ name, header, part string }

var prints = sync.OnceValue(func() fingerprints {
	all, err := readFingerprints(fingerprintsText)
	if err != nil {
		panic(err)
	}
	return all
})

// readFingerprints reads lines "Name: kind pattern; kind pattern …".
func readFingerprints(text string) (fingerprints, error) {
	all := fingerprints{hosts: map[string][]hostPrint{}, text: map[string][]textPrint{}}
	for name, list := range company.Rows(text) {
		for _, entry := range list {
			kind, pattern, ok := strings.Cut(entry, " ")
			if !ok || len(pattern) < 4 {
				return all, fmt.Errorf("fingerprint of %s: %q: write a kind and a pattern of four letters or more", name, entry)
			}
			switch kind {
			case string(byScript), string(byStyle), string(byFrame), string(byForm), string(byImage):
				host, path, _ := strings.Cut(pattern, "/")
				all.hosts[host] = append(all.hosts[host], hostPrint{name, traceKind(kind), path})
			case "own", "inline", "generator", "cookie":
				all.text[kind] = append(all.text[kind], textPrint{name, pattern})
			case "header":
				header, part, _ := strings.Cut(pattern, "=")
				all.header = append(all.header, headerPrint{name, http.CanonicalHeaderKey(header), strings.ToLower(part)})
			default:
				return all, fmt.Errorf("fingerprint of %s: unknown kind %q", name, kind)
			}
		}
	}
	return all, nil
}

// technologies are those that left a trace in the page, one statement each.
func (s *survey) technologies(domain string) []Statement {
	all := prints()
	var stated []Statement
	seen := map[string]bool{}
	found := func(name, quote string) {
		if !seen[name] {
			seen[name] = true
			stated = append(stated, Statement{lead.Technology, name, quote, ByFingerprint})
		}
	}
	for _, t := range s.traces {
		all.address(t, domain, found)
	}
	for _, script := range s.inline {
		for _, p := range all.text["inline"] {
			if i := strings.Index(script, p.text); i >= 0 {
				found(p.name, snippet(script[i:]))
			}
		}
	}
	for _, generator := range s.generator {
		for _, p := range all.text["generator"] {
			if strings.HasPrefix(strings.ToLower(generator), strings.ToLower(p.text)) {
				found(p.name, "generator: "+generator)
			}
		}
	}
	all.answer(s.header, found)
	return stated
}

func (f fingerprints) address(t trace, domain string, found func(name, quote string)) {
	host := strings.ToLower(t.url.Hostname())
	rest := strings.TrimPrefix(t.url.RequestURI(), "/")
	for above := host; above != ""; {
		for _, p := range f.hosts[above] {
			if p.by == t.by && strings.Contains(rest, p.path) {
				found(p.name, t.raw)
			}
		}
		_, above, _ = strings.Cut(above, ".")
	}
	if t.by != byScript && t.by != byStyle && t.by != byImage {
		return
	}
	if !slices.ContainsFunc(f.text["own"], func(p textPrint) bool { return strings.Contains(t.url.Path, p.text) }) {
		return
	}
	if owner, err := company.Domain(host); err != nil || owner != domain {
		return
	}
	for _, p := range f.text["own"] {
		if strings.Contains(t.url.Path, p.text) {
			found(p.name, t.raw)
		}
	}
}

// answer reads the headers that came with the page. Of a cookie only the name is quoted.
func (f fingerprints) answer(header http.Header, found func(name, quote string)) {
	for _, p := range f.header {
		for _, value := range header[p.header] {
			if strings.Contains(strings.ToLower(value), p.part) {
				found(p.name, p.header+": "+clamp(value, 100))
			}
		}
	}
	for _, cookie := range header["Set-Cookie"] {
		name, _, _ := strings.Cut(cookie, "=")
		for _, p := range f.text["cookie"] {
			if strings.HasPrefix(name, p.text) {
				found(p.name, "Set-Cookie: "+clamp(name, 100))
			}
		}
	}
}

// snippet is the start of a script, to the end of its line or statement.
func snippet(script string) string {
	script = clamp(script, 80)
	if end := strings.IndexAny(script, ";\r\n"); end > 0 {
		script = script[:end]
	}
	return script
}
