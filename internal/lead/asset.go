package lead

import (
	"net/url"
	"strings"
)

// Touched counts the distinct owned or partner assets of the lead's touchpoints
// and of its events that name one. An asset is its address without query,
// fragment and closing slash, or its name; where none was sent, the touchpoint's
// type and owner. The landing page is not counted: it has no date, and it is
// usually where a touchpoint led, so one visit would pass for two. Of a record whose
// oldest entries are folded they are at least as many as they were then.
func (l *Lead) Touched() int {
	assets := map[string]bool{}
	for _, t := range l.Touchpoints {
		switch {
		case t.Owner != "" && t.Owner != "owned" && t.Owner != "partner":
		case strings.TrimSpace(t.Asset) != "":
			assets[asset(t.Asset)] = true
		default:
			assets[t.Type+" by "+t.Owner] = true
		}
	}
	for _, e := range l.Events {
		if strings.TrimSpace(e.Asset) != "" {
			assets[asset(e.Asset)] = true
		}
	}
	return max(len(assets), l.Folded.Assets)
}

func asset(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "//") {
		return strings.ToLower(s)
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return strings.ToLower(s)
	}
	return strings.ToLower(u.Host) + strings.TrimRight(u.Path, "/")
}
