package enrich_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"

	"golang.org/x/net/html"
)

// sixPages is a site of six pages of 50 kB, built like those that a CMS makes:
// scripts, structured data, menus, prose with numbers, a footer on each.
func sixPages() (http.Handler, map[string][]byte) {
	head := `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s – Northwind</title>
<meta name="description" content="Northwind makes billing software."><meta property="og:site_name" content="Northwind">
<link rel="stylesheet" href="/wp-content/themes/northwind/style.css"><script src="//js.hs-scripts.com/48210993.js" async></script>
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite","url":"https://northwind.example/","publisher":{"@id":"https://northwind.example/#organization"}},
{"@type":"Organization","@id":"https://northwind.example/#organization","name":"Northwind","url":"https://northwind.example/","numberOfEmployees":{"@type":"QuantitativeValue","value":250},
"address":{"@type":"PostalAddress","addressLocality":"Milano","addressCountry":"IT"},"foundingDate":"2014"}]}</script>
<script>` + strings.Repeat("window.dataLayer=window.dataLayer||[];function track(e){dataLayer.push({event:e,at:Date.now()})}\n", 60) + `</script>
<style>` + strings.Repeat(".card>.title{font-size:1.25rem;line-height:1.4;margin:0 0 .5rem}\n", 60) + `</style></head><body class="page">`
	var menu strings.Builder
	for i := range 60 {
		fmt.Fprintf(&menu, `<li class="menu-item menu-item-%d"><a class="link" href="/products/feature-%d"><span>Feature number %d</span></a></li>`, i, i, i)
	}
	nav := `<header><nav><a href="/about">About us</a> <a href="/imprint">Imprint</a> <a href="/contact">Contact</a> <a href="/careers">Careers</a> <a href="/pricing">Pricing</a><ul>` + menu.String() + `</ul></nav></header><main>`
	section := `<section class="block"><div class="inner"><div class="row"><h2>Why teams stay</h2><p>In 2024 our customers in 12 countries sent more than 40 million invoices, <a href="/x">as we wrote</a>, and closed the month
in an afternoon. Plans, trials, credits &amp; renewals live in one ledger; every price change is versioned, and revenue schedules come out of the contract.</p><ul><li style="margin:0">Sepa and cards</li><li>Tax in 30 countries</li></ul>
<svg viewBox="0 0 24 24"><path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2z"/></svg><img src="/img/a.png" alt="a chart"></div></div></section>` + "\n"
	tail := `<p>Northwind is a software company. We employ 250 people. Northwind was founded in 2014.</p></main><footer><p>Northwind S.r.l., Via Sammartini 41, 20125 Milano, Italy, P. IVA IT09911990965, Tel. +39 02 1234567, <a href="mailto:info@northwind.example">info@northwind.example</a></p></footer></body></html>`
	bodies := map[string][]byte{}
	for _, path := range []string{"/", "/about", "/imprint", "/contact", "/careers", "/pricing"} {
		start := fmt.Sprintf(head, path) + nav
		bodies[path] = []byte(start + strings.Repeat(section, (50_000-len(start)-len(tail))/len(section)) + tail)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	}), bodies
}

// BenchmarkSixPages is what a cold company costs beside the model: six pages of
// 50 kB are read, their markup is looked at, and seven facts are checked. The
// processor time, which includes the little server, is cpu-ms/op; parses is how
// many times that of parsing the six pages as HTML it is, on the same machine.
func BenchmarkSixPages(b *testing.B) {
	handler, bodies := sixPages()
	server := httptest.NewServer(handler)
	defer server.Close()
	resolve, err := page.ParseResolve("*=" + strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	reader := page.NewReader(page.Options{Resolve: resolve, KeepFor: -1})
	defer reader.Close()
	model := &script{turns: turns(records(
		claim{lead.Industry, "software", "s1", "Northwind is a software company.", 1},
		claim{lead.Employees, "250", "s1", "We employ 250 people.", 1},
		claim{lead.HQCountry, "IT", "s1", "Via Sammartini 41, 20125 Milano, Italy", 1},
		claim{lead.FoundedYear, "2014", "s1", "Northwind was founded in 2014.", 1},
		claim{lead.Description, "software company", "s1", "Northwind is a software company.", 1}))}
	e := enricher(b, enrich.Options{Pages: reader, Model: model, PageRunes: 60_000})
	work := func() {
		model.heard = nil
		p, err := e.Enrich(b.Context(), "Northwind", "northwind.example")
		if err != nil || len(model.heard) != 1 || strings.Count(model.heard[0].User, "<source ") != 6 {
			b.Fatal(len(p.Facts), err)
		}
		facts := verifiedFacts(p)
		if facts[lead.Employees] != "250" || facts[lead.Technology] == "" || facts[lead.HQCity] != "Milano" {
			b.Fatal(p.Facts)
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

func processorTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
