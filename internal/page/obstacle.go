package page

import (
	_ "embed"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"leadtriage/internal/company"
)

//go:embed obstacles.txt
var obstaclesText string

// maxObstacle is how many words a page has at most that is a wall: one that only tells
// of such things says more.
const maxObstacle = 80

// longestRefresh is how many seconds a page may stand before it leads elsewhere; one
// that stands longer is meant to be read.
const longestRefresh = 10

// obstacle says why a page is not the company's; "": nothing speaks against it.
func (d *document) obstacle() string {
	words := fold(strings.ReplaceAll(d.text, "\n", " "))
	if strings.Count(words, " ") < maxObstacle {
		for why, phrases := range company.Rows(obstaclesText) {
			for _, phrase := range phrases {
				if strings.Contains(" "+words+" ", " "+phrase+" ") {
					return why
				}
			}
		}
	}
	if d.empty && len(d.markup.blocks) == 0 && len(d.markup.inline)+len(d.markup.traces) > 0 {
		return "only scripts would fill it"
	}
	return ""
}

var (
	refreshTarget = regexp.MustCompile(`(?i)^\s*(\d*)[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*['"]?\s*([^'"]+)`)
	scriptTarget  = regexp.MustCompile(`(?:^|[^\w.])(?:(?:window|document|self|top)\.)?location(?:\.href)?` +
		`(?:\s*=\s*|\.(?:replace|assign)\()\s*["']([^"'\s]*/[^"'\s]*)["']`)
)

// leadsTo is where a page sends a browser at once, beside what its status line says; nil:
// it does not.
func (d *document) leadsTo(header http.Header) *url.URL {
	for _, refresh := range []string{header.Get("Refresh"), d.markup.refresh} {
		m := refreshTarget.FindStringSubmatch(refresh)
		if m == nil {
			continue
		}
		if seconds, _ := strconv.Atoi(m[1]); seconds <= longestRefresh {
			return d.target(strings.TrimSpace(m[2]))
		}
	}
	for _, script := range d.markup.inline {
		if m := scriptTarget.FindStringSubmatch(script); m != nil && d.empty {
			return d.target(m[1])
		}
	}
	return nil
}

func (d *document) target(address string) *url.URL {
	u, err := d.markup.base.Parse(address)
	if err != nil || pageKey(u) == pageKey(d.markup.at) && u.Scheme == d.markup.at.Scheme {
		return nil
	}
	return u
}
