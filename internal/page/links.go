package page

import (
	_ "embed"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"

	"golang.org/x/text/unicode/norm"
)

// link is an anchor of a page: where it leads, what the last part of its path
// and its text say, folded, and how many parts the path has.
type link struct {
	url        *url.URL
	path, text string
	depth      int
}

// links reads the anchors that lead to pages.
func (s *survey) links() []link {
	var links []link
	for _, a := range s.anchors {
		u, err := s.base.Parse(strings.TrimSpace(attr(a, "href")))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		u.Fragment, u.RawFragment = "", ""
		if parts := pathWords(u); len(parts) > 0 {
			links = append(links, link{u, parts[len(parts)-1], fold(clamp(textOf(a), 100)), len(parts)})
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
	byPath, byText := k.match(l.path), k.match(l.text)
	if byPath == 0 && byText == 0 {
		return 0
	}
	score := 2*max(byPath, byText) + min(byPath, byText)/4
	score -= 25 * max(0, l.depth-2)
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
	for i, name := range k.names {
		if strings.Contains(" "+words+" ", " "+name+" ") {
			return 50 - min(i, 40)
		}
	}
	return 0
}

// noPages are endings of files that are none.
var noPages = strings.Fields("pdf jpg jpeg png gif svg webp zip doc docx xls xlsx ppt pptx mp4 mp3 xml json css js ics vcf")

// pathWords returns the parts of u's path as words, without file endings and
// index pages; none for an address that is no page.
func pathWords(u *url.URL) []string {
	var words []string
	for part := range strings.SplitSeq(u.Path, "/") {
		ending := strings.ToLower(path.Ext(part))
		if ending != "" && slices.Contains(noPages, ending[1:]) {
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
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || lead.Invisible(r) {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(s)))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// Legal is the Kind of terms and privacy policies.
const Legal = "legal"

//go:embed kinds.txt
var kindsText string

// kind is a sort of page that tells about a company.
type kind struct {
	name  string
	names []string // of its links and paths, best first
}

// kinds are the pages Site looks for beside the home page, most telling first.
var kinds = func() (all []kind) {
	for name, names := range company.Rows(kindsText) {
		all = append(all, kind{name, names})
	}
	return all
}()
