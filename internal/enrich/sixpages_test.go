package enrich_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"

	"golang.org/x/net/html"
)

// sixPages is a site of six pages of 50 kB, built like those that a CMS makes: scripts,
// menus, a cookie banner, prose that differs from page to page, and a footer on each.
func sixPages() map[string][]byte {
	head := `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s – Northwind</title>
<meta name="description" content="Northwind makes billing software."><meta property="og:site_name" content="Northwind">
<script src="//js.hs-scripts.com/48210993.js" async></script>
<script>` + strings.Repeat("window.dataLayer=window.dataLayer||[];function track(e){dataLayer.push({event:e,at:Date.now()})}\n", 90) + `</script>
<style>` + strings.Repeat(".card>.title{font-size:1.25rem;line-height:1.4;margin:0 0 .5rem}\n", 90) + `</style></head><body class="page">`
	var menu strings.Builder
	for i := range 60 {
		fmt.Fprintf(&menu, `<li class="menu-item menu-item-%d"><a class="link" href="/products/feature-%d"><span>Feature number %d</span></a></li>`, i, i, i)
	}
	nav := `<header><nav><a href="/about">About us</a> <a href="/imprint">Imprint</a> <a href="/contact">Contact</a> <a href="/careers">Careers</a> <a href="/pricing">Pricing</a><ul>` +
		menu.String() + `</ul></nav></header><div class="cookies"><p>We use cookies and similar techniques to show you a better site, to count visits and to remember what you chose.
Read how in our policy, or change it at any time.</p><button>Accept all</button><button>Only necessary ones</button></div><main>`
	words := strings.Fields(`ledger invoice renewal price customer month contract credit trial plan team account report close market partner product season order margin
		forecast quarter receipt balance reminder template approval schedule rate discount region channel currency tax audit folder entry change review`)
	section := func(page, i int) string {
		var prose strings.Builder
		for n := range 42 {
			fmt.Fprintf(&prose, "%s ", words[(page*31+i*17+n*(7+i))%len(words)])
		}
		return fmt.Sprintf(`<section class="block"><div class="inner"><div class="row"><h2>Why the %s of every %s matters</h2><p>Each %sis kept, <a href="/x%d">as we wrote</a>.</p>
<ul><li style="margin:0">A %s for the %s</li></ul><svg viewBox="0 0 24 24"><path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2z"/></svg>
<img src="/img/%d-%d.png" srcset="/img/%d-%d-2.png 2x, /img/%d-%d-3.png 3x" loading="lazy" width="640" height="360" alt="a chart"></div></div></section>`+"\n",
			words[(page+i)%len(words)], words[(page*5+i*3)%len(words)], prose.String(), i, words[i%len(words)], words[(i+page)%len(words)], page, i, page, i, page, i)
	}
	tail := `</main><footer><p>Northwind S.r.l., Via Sammartini 41, 20125 Milano, Italy, P. IVA IT09911990965, <a href="mailto:info@northwind.example">info@northwind.example</a></p>` +
		strings.Replace(menu.String(), "Feature", "Guide", -1) + `</footer></body></html>`
	bodies := map[string][]byte{}
	for n, path := range []string{"/", "/about", "/imprint", "/contact", "/careers", "/pricing"} {
		var body strings.Builder
		fmt.Fprintf(&body, head, path)
		body.WriteString(nav)
		if path == "/about" {
			body.WriteString(`<h2>Who we are</h2><p>Northwind is a software company. We employ 250 people. Northwind was founded in 2014, and is headquartered in Milano, Italy.</p>`)
		}
		for i := 0; body.Len() < 50_000-len(tail); i++ {
			body.WriteString(section(n, i))
		}
		body.WriteString(tail)
		bodies[path] = []byte(body.String())
	}
	return bodies
}

// northwind is what a model takes from the six pages.
func northwind() []claim {
	const all, foot = "Northwind was founded in 2014, and is headquartered in Milano, Italy.", "Northwind S.r.l., Via Sammartini 41, 20125 Milano, Italy"
	return []claim{
		{lead.Industry, "software", "s2", "Northwind is a software company.", 1}, {lead.Employees, "250", "s2", "We employ 250 people.", 1},
		{lead.HQCountry, "IT", "s2", all, 1}, {lead.HQCity, "Milano", "s2", all, 1}, {lead.FoundedYear, "2014", "s2", all, 1},
		{lead.LegalName, "Northwind S.r.l.", "s1", foot, 1}, {lead.Description, "software company", "s2", "Northwind is a software company.", 1},
	}
}

func sixPageSite(tb testing.TB) (*page.Reader, map[string][]byte) {
	bodies := sixPages()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, ok := bodies[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(body)
			return
		}
		http.NotFound(w, r)
	}))
	tb.Cleanup(server.Close)
	resolve, err := page.ParseResolve("*=" + strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		tb.Fatal(err)
	}
	reader := page.NewReader(page.Options{Resolve: resolve, KeepFor: -1})
	tb.Cleanup(reader.Close)
	return reader, bodies
}

// tokens are some four bytes each.
func tokens(c enrich.Conversation) int {
	n := len(c.System) + len(c.User)
	for _, t := range c.Tools {
		n += len(t.Description) + len(t.Schema)
	}
	return n / 4
}

// What six pages cost: both readings together stay below 8 000 tokens of prompt, and
// the second below a fifth of the first, its answer included.
func TestTokensOfSixPages(t *testing.T) {
	reader, _ := sixPageSite(t)
	m := &script{turns: turns(records(northwind()...))}
	p, err := enricher(t, options(reader, m)).Enrich(t.Context(), "", site)
	if err != nil || len(verifiedFacts(p)) < 6 {
		t.Fatal(err, p.Facts)
	}
	first, second := tokens(m.heard[0]), tokens(m.second[0])
	recorded := len(m.turns[0].Calls[0].Arguments) / 4
	answer := strings.Count(m.second[0].User, "<quote") * len(`{"id":"q1","values":["Milano"],"of":"registered_address","when":"none"},`) / 4
	t.Logf("first reading: %d tokens and %d in its answer; second: %d and %d", first, recorded, second, answer)
	if first+second > 8000 || (second+answer)*5 > first+recorded {
		t.Error("that is too much")
	}
}

// BenchmarkSixPages is what a cold company costs beside the model: six pages of
// 50 kB are read, their markup is looked at, and seven facts are checked and read twice.
// The processor time, which includes the little server, is cpu-ms/op; parses is how
// many times that of parsing the six pages as HTML it is, on the same machine.
func BenchmarkSixPages(b *testing.B) {
	reader, bodies := sixPageSite(b)
	model := &script{turns: turns(records(northwind()...))}
	e := enricher(b, options(reader, model))
	work := func() {
		model.heard, model.second = nil, nil
		p, err := e.Enrich(b.Context(), "", site)
		if err != nil || len(verifiedFacts(p)) < 6 || strings.Count(model.heard[0].User, "<source ") != 6 {
			b.Fatal(p.Facts, err)
		}
	}
	work() // tables that are made once
	var worked, parsed time.Duration
	for b.Loop() {
		before := processorTime()
		work()
		between := processorTime()
		for _, body := range bodies {
			if _, err := html.Parse(bytes.NewReader(body)); err != nil {
				b.Fatal(err)
			}
		}
		worked, parsed = worked+between-before, parsed+processorTime()-between
	}
	b.ReportMetric(float64(worked.Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(worked)/float64(parsed), "parses")
}
