package sim

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestTheCast reads the sample sites as they are and holds the model to what
// sites/CAST.md says of them.
func TestTheCast(t *testing.T) {
	want := map[string]map[string]string{
		"northwind.example":         {"employees": "250", "hq_country": "IT", "hq_city": "Milan", "industry": "software", "technology": "HubSpot", "founded_year": "2014", "legal_name": "Northwind S.r.l."},
		"havelpay.example":          {"employees": "500+", "hq_country": "DE", "hq_city": "Berlin", "industry": "fintech", "technology": "Salesforce", "founded_year": "2012", "revenue": "74000000 EUR 2025"},
		"atelier-riviera.example":   {"employees": "85", "hq_country": "FR", "hq_city": "Montreuil", "industry": "ecommerce", "technology": "Shopify", "founded_year": "2016"},
		"kirkgate-services.example": {"employees": "340", "hq_country": "GB", "hq_city": "Leeds", "industry": "business_services", "technology": "Salesforce", "founded_year": "2009"},
		"fatturachiara.example":     {"employees": "120+", "hq_country": "IT", "hq_city": "Bologna", "industry": "software", "technology": "HubSpot", "founded_year": "2011", "revenue": "14500000 EUR 2025"},
		"lakeside-stamping.example": {"employees": "95", "hq_country": "US", "hq_city": "Duluth", "industry": "manufacturing", "technology": "", "founded_year": ""},
		"redclay-piling.example":    {"employees": "41", "hq_country": "CA", "hq_city": "Red Deer", "industry": "construction", "founded_year": "1988", "legal_name": "Red Clay Piling 2021 Ltd."},
		"tidewater-coop.example":    {"employees": "4", "hq_country": "GB", "hq_city": "Bristol", "industry": "software", "founded_year": "2024"},
		"parcelpigeon.example":      {"employees": "", "hq_country": "NL", "founded_year": "2017"},
		"glowrank.example":          {"employees": "500", "industry": "software"}, // as it was told
		"remotewren.example":        {"employees": "", "hq_country": "", "hq_city": "", "founded_year": "2009"},
		"polderlogic.example":       {"employees": "180", "hq_country": "NL", "hq_city": "Utrecht", "industry": "software", "technology": "HubSpot"},
		"harbourline.example":       {"employees": "90", "hq_country": "IE", "hq_city": "Dublin", "industry": "software", "technology": ""},
		"clarascope.example":        {"employees": "65", "hq_country": "CH", "hq_city": "Zürich", "industry": "software", "founded_year": "2015"},
	}
	web := NewWeb()
	if hosts := web.Hosts(); !slices.Equal(hosts, slices.Sorted(maps.Keys(want))) {
		t.Fatalf("sites %v", hosts)
	}
	for host, facts := range want {
		var pages []readPage
		for _, path := range slices.Sorted(maps.Keys(web.pages[host])) {
			if path != "/robots.txt" {
				pages = append(pages, newReadPage(readSource{"s" + path, "http://" + host + path, visibleText(t, web.pages[host][path])}))
			}
		}
		got := readSources(pages)
		for field, value := range facts {
			if got.value(field) != value {
				t.Errorf("%s: %s %q, want %q", host, field, got.value(field), value)
			}
		}
	}
}

// TestHarbourlineNeedsAThirdPage: the two pages that everybody reads do not say
// how many people there are, and one says where it stands.
func TestHarbourlineNeedsAThirdPage(t *testing.T) {
	web := NewWeb()
	var pages []readPage
	for _, path := range []string{"/", "/about"} {
		pages = append(pages, newReadPage(readSource{"s" + path, "http://harbourline.example" + path, visibleText(t, web.pages["harbourline.example"][path])}))
	}
	if got := wantedPages(pages, nil); !slices.Equal(got, []string{"https://harbourline.example/company/numbers"}) {
		t.Errorf("wants %v", got)
	}
}

// visibleText is a plain rendering: blocks on lines of their own, scripts and
// comments left out.
func visibleText(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	const blocks = " p li h1 h2 nav div dd dt br title footer td tr address "
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(strings.ReplaceAll(n.Data, "\n", " "))
		case n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style"):
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		if n.Type == html.ElementNode && strings.Contains(blocks, " "+n.Data+" ") {
			b.WriteByte('\n')
		}
	}
	walk(root)
	return b.String()
}
