package page

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/language"
)

// Limits of what is kept of one page beside its text.
const (
	maxLinks      = 2000
	maxBlocks     = 20        // of structured data
	maxBlockBytes = 100 << 10 // of one block; a longer one is not read
	maxTraces     = 500       // addresses that a page loads or sends to
	maxInline     = 200 << 10 // bytes of scripts that stand in the page
)

// survey is what one walk over a parsed page finds beside its text.
type survey struct {
	at          *url.URL // the page itself
	base        *url.URL // what its links are relative to
	title       string   // as it stands, one line
	description string
	siteName    string // og:site_name
	application string // application-name
	siteURL     string // og:url
	refresh     string // where the page leads, as it stands
	generator   []string
	lang        string
	anchors     []*html.Node // links whose address and text nobody has read yet
	blocks      []string     // of JSON-LD
	traces      []trace
	inline      []string // scripts that stand in the page
	header      http.Header
	sheet       sheet
}

// trace is an address that a visitor's browser loads from, or sends to.
type trace struct {
	by  traceKind
	raw string // as it stands
	url *url.URL
}

type traceKind string

const (
	byScript traceKind = "script"
	byStyle  traceKind = "style"
	byFrame  traceKind = "frame"
	byForm   traceKind = "form"
	byImage  traceKind = "image"
)

func surveyed(root *html.Node, base *url.URL) *survey {
	s := &survey{at: base, base: base, sheet: sheet{map[string]bool{}, map[string]bool{}}}
	room := maxInline
	s.children(root, &room)
	return s
}

// children looks at every element under n but those that only stand in a
// template. The parser refuses deep nesting, so recursion is bounded.
func (s *survey) children(n *html.Node, room *int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || c.DataAtom == atom.Template {
			continue
		}
		if c.Namespace == "" {
			s.element(c, room)
		}
		s.children(c, room)
	}
}

func (s *survey) element(n *html.Node, room *int) {
	switch n.DataAtom {
	case atom.Html:
		if tag, err := language.Parse(attr(n, "lang")); err == nil && s.lang == "" {
			if base, sure := tag.Base(); sure != language.No {
				s.lang = base.String()
			}
		}
	case atom.Title:
		if s.title == "" && n.FirstChild != nil {
			s.title = oneLine(n.FirstChild.Data)
		}
	case atom.Base:
		if u, err := s.base.Parse(strings.TrimSpace(attr(n, "href"))); err == nil {
			s.base = u
		}
	case atom.Meta:
		s.meta(strings.ToLower(attr(n, "name")+attr(n, "property")), attr(n, "content"))
		if strings.EqualFold(attr(n, "http-equiv"), "refresh") && s.refresh == "" {
			s.refresh = attr(n, "content")
		}
	case atom.A:
		if len(s.anchors) < maxLinks && hasAttr(n, "href") {
			s.anchors = append(s.anchors, n)
		}
	case atom.Script:
		s.script(n, room)
	case atom.Style:
		if n.FirstChild != nil && len(n.FirstChild.Data) <= maxSheet && !hasAttr(n, "media") {
			s.sheet.read(n.FirstChild.Data)
		}
	case atom.Link:
		if rel := strings.ToLower(attr(n, "rel")); rel == "stylesheet" || rel == "preload" || rel == "modulepreload" {
			s.trace(byStyle, attr(n, "href"))
		}
	case atom.Iframe:
		s.trace(byFrame, attr(n, "src"))
	case atom.Form:
		s.trace(byForm, attr(n, "action"))
	case atom.Img:
		s.trace(byImage, attr(n, "src"))
	}
}

func (s *survey) meta(name, content string) {
	switch name {
	case "description":
		s.description = oneLine(content)
	case "og:description":
		if s.description == "" {
			s.description = oneLine(content)
		}
	case "og:site_name":
		s.siteName = clamp(oneLine(content), maxTitleRunes)
	case "application-name":
		s.application = oneLine(content)
	case "og:url":
		s.siteURL = strings.TrimSpace(content)
	case "generator":
		s.generator = append(s.generator, clamp(oneLine(content), maxTitleRunes))
	}
}

// script keeps structured data and what runs; a script of another type is text.
func (s *survey) script(n *html.Node, room *int) {
	kind := strings.ToLower(strings.TrimSpace(attr(n, "type")))
	kind, _, _ = strings.Cut(kind, ";")
	var text string
	if n.FirstChild != nil {
		text = n.FirstChild.Data
	}
	switch {
	case kind == "application/ld+json":
		if len(s.blocks) < maxBlocks && len(text) <= maxBlockBytes && !concealed(n) {
			s.blocks = append(s.blocks, text)
		}
	case hasAttr(n, "src"):
		s.trace(byScript, attr(n, "src"))
	case kind == "" || kind == "module" || strings.HasSuffix(kind, "javascript"):
		if len(text) <= *room {
			*room -= len(text)
			s.inline = append(s.inline, text)
		}
	}
}

// concealed reports whether n stands within an element that is hidden.
func concealed(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && hidden(p) {
			return true
		}
	}
	return false
}

func (s *survey) trace(by traceKind, raw string) {
	raw = strings.TrimSpace(raw)
	if raw == "" || len(raw) > 2000 || len(s.traces) == maxTraces {
		return
	}
	u, err := s.base.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return
	}
	s.traces = append(s.traces, trace{by, raw, u})
}
