package page

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// link is an anchor of a page: where it leads and what it says, folded.
type link struct {
	url  *url.URL
	text string
}

const maxLinks = 2000 // of one page

func readLinks(root *html.Node, base *url.URL) []link {
	var links []link
	for n := range root.Descendants() {
		if n.DataAtom == atom.Base && n.Namespace == "" {
			if u, err := base.Parse(strings.TrimSpace(attr(n, "href"))); err == nil {
				base = u
			}
		}
		if n.DataAtom != atom.A || !hasAttr(n, "href") {
			continue
		}
		u, err := base.Parse(strings.TrimSpace(attr(n, "href")))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		u.Fragment, u.RawFragment = "", ""
		var w lines
		w.children(n)
		links = append(links, link{u, fold(clamp(strings.ReplaceAll(w.done(), "\n", " "), 100))})
		if len(links) == maxLinks {
			break
		}
	}
	return links
}

// bestLink returns the link that most looks like leading to a page of kind k;
// nil when none does.
func bestLink(links []link, k kind, usable func(*url.URL) bool) *url.URL {
	var best *url.URL
	top := 0
	for _, l := range links {
		if score := k.score(l); score > top && usable(l.url) {
			best, top = l.url, score
		}
	}
	return best
}

// score is above 0 for a link that may lead to a page of kind k. Equal names
// beat contained ones, short paths beat long ones.
func (k kind) score(l link) int {
	segments := pathWords(l.url)
	if len(segments) == 0 {
		return 0
	}
	byPath := k.match(segments[len(segments)-1])
	byText := k.match(l.text)
	if byPath == 0 && byText == 0 {
		return 0
	}
	score := 2*max(byPath, byText) + min(byPath, byText)/4
	score -= 25 * max(0, len(segments)-2)
	if l.url.RawQuery != "" {
		score -= 10
	}
	return score
}

// match says how well words name the kind: 0 not at all, 50 to 100 contained or
// equal, less the farther down its list the name stands.
func (k kind) match(words string) int {
	if words == "" {
		return 0
	}
	if i := slices.Index(k.names, words); i >= 0 {
		return 100 - min(i, 40)
	}
	if strings.Count(words, " ") > 4 {
		return 0
	}
	padded := " " + words + " "
	for i, name := range k.names {
		if strings.Contains(padded, " "+name+" ") {
			return 50 - min(i, 40)
		}
	}
	return 0
}

// pathWords returns the parts of u's path as words, without file endings and
// index pages; none for an address that is no page.
func pathWords(u *url.URL) []string {
	var words []string
	for part := range strings.SplitSeq(u.Path, "/") {
		ending := strings.ToLower(path.Ext(part))
		if strings.Contains(".pdf.jpg.jpeg.png.gif.svg.webp.zip.doc.docx.xls.xlsx.ppt.pptx.mp4.mp3.xml.json.css.js.ics.vcf.", ending+".") && ending != "" {
			return nil
		}
		if w := fold(strings.TrimSuffix(part, path.Ext(part))); w != "" && w != "index" {
			words = append(words, w)
		}
	}
	return words
}

// fold brings a name to lower case words without accents, parted by one space.
func fold(s string) string {
	var out strings.Builder
	gap := false
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r) || invisible(r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && out.Len() > 0 {
				out.WriteByte(' ')
			}
			gap = false
			out.WriteRune(r)
		default:
			gap = true
		}
	}
	return out.String()
}
