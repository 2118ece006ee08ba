package sim

import (
	"fmt"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func probeText(s string) string {
	doc, _ := html.Parse(strings.NewReader(s))
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode { b.WriteString(strings.Join(strings.Fields(" "+n.Data+" x"), " ")[0:]); s := b.String(); b.Reset(); b.WriteString(strings.TrimSuffix(s, "x")) }
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style") { return }
		for c := n.FirstChild; c != nil; c = c.NextSibling { walk(c) }
		if n.Type == html.ElementNode && strings.Contains(" p li h1 h2 nav div dd dt br title footer td address ", " "+n.Data+" ") { b.WriteString("\n") }
	}
	walk(doc)
	return b.String()
}

func TestProbe(t *testing.T) {
	w := NewWeb()
	for _, h := range w.Hosts() {
		var src []readPage
		i := 0
		for p, body := range w.pages[h] {
			if p == "/robots.txt" { continue }
			i++
			src = append(src, pp(fmt.Sprint("s", i), "http://" + h + p, probeText(body)))
		}
		fmt.Println("=====", h, "wanted", wantedPages(src, nil))
		r := readSources(src)
		for _, f := range r.Facts { fmt.Printf("  %-14s %-40q %.2f %q\n", f.Field, f.Value, f.Confidence, f.Quote) }
		fmt.Println("  ", r.Summary)
	}
	raw, _ := os.ReadFile("/work/shared/companies.json")
	var cs struct{ Companies []struct{ ID, Domain, Passage string; Truth map[string]any } }
	json.Unmarshal(raw, &cs)
	for _, c := range cs.Companies {
		fmt.Println("=====", c.ID, c.Truth)
		r := readSources([]readPage{pp("s1", "https://"+c.ID+".com/", c.Passage)})
		for _, f := range r.Facts { fmt.Printf("  %-14s %-40q %.2f %q\n", f.Field, f.Value, f.Confidence, f.Quote) }
	}
}
func pp(a,b,c string) readPage { return newReadPage(readSource{a,b,c}) }
