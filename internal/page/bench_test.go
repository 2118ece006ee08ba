package page

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// realPages are six pages of about 50 kB, built like those of a company that
// keeps its site with a CMS: head of tags, inline styles and scripts, a menu of
// 60 links, cards, figures in grids, icons, a cookie banner and a footer of five
// columns; menu, banner and footer are the same on all six.
func realPages() map[string][]byte {
	var menu, footer strings.Builder
	for i := range 12 {
		fmt.Fprintf(&menu, `<li id="menu-item-%d" class="menu-item menu-item-type-post_type menu-item-has-children"><a href="/products/%d" class="menu-link" aria-haspopup="true">Product line %d</a><ul class="sub-menu">`, 100+i, i, i)
		for j := range 4 {
			fmt.Fprintf(&menu, `<li class="menu-item menu-item-object-page"><a href="/products/%d/%d" class="menu-link"><span class="menu-title">Feature %d of it</span></a></li>`+"\n", i, j, j)
		}
		menu.WriteString(`</ul></li>`)
	}
	for i := range 5 {
		fmt.Fprintf(&footer, `<div class="footer-col col-md-2"><h4 class="footer-title">Column %d</h4><ul class="footer-links">`, i)
		for j := range 9 {
			fmt.Fprintf(&footer, `<li><a class="footer-link" href="/footer/%d/%d">Useful page %d</a></li>`, i, j, j)
		}
		footer.WriteString("</ul></div>\n")
	}
	head := `<!doctype html><html lang="en-GB" class="no-js"><head><meta charset="utf-8"><title>%s – Northwind</title>
<meta name="viewport" content="width=device-width"><meta name="description" content="Northwind makes billing software."><meta property="og:site_name" content="Northwind">
<link rel="stylesheet" href="/wp-content/themes/northwind/style.css"><script src="//js.hs-scripts.com/48210993.js" async></script>
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite","url":"https://northwind.example/","publisher":{"@id":"https://northwind.example/#organization"}},
{"@type":"Organization","@id":"https://northwind.example/#organization","name":"Northwind","url":"https://northwind.example/","numberOfEmployees":{"@type":"QuantitativeValue","value":250},
"address":{"@type":"PostalAddress","addressLocality":"Milano","addressCountry":"IT"},"foundingDate":"2014"}]}</script>
<script>` + strings.Repeat("window.dataLayer=window.dataLayer||[];function track(e){dataLayer.push({event:e,at:Date.now()})}\n", 60) + `</script>
<style>` + strings.Repeat(".card>.title{font-size:1.25rem;line-height:1.4;margin:0 0 .5rem}.btn,.btn--ghost{display:inline-block;border:1px solid}\n", 60) + `.sr-only,.visually-hidden{position:absolute;left:-9999px}
@media (max-width:900px){.nav{display:none}}</style></head><body class="page-template page wp-custom-logo">
<a class="sr-only" href="#main">Skip to content</a><header class="site-header"><div class="container"><a href="/" class="logo"><svg width="120" height="32" viewBox="0 0 120 32"><path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10"/></svg></a>
<nav class="nav" aria-label="Main"><ul class="menu">` + menu.String() + `</ul></nav></div></header><main id="main"><h1>%[1]s</h1>`
	section := `<section class="section section--cards py-8"><div class="container"><h2 class="section__title">Why teams stay</h2>
<p class="lead">In 2024 our customers in 12 countries sent more than 40 million invoices, <a href="/x">as we wrote</a>, and closed the month
in an afternoon. Plans, trials, credits &amp; renewals live in one ledger; every price change is versioned.</p>
<div class="cards grid grid-3"><div class="card"><svg class="icon" viewBox="0 0 24 24"><path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10"/></svg><h3 class="card__title">One ledger</h3><p style="margin:0 0 1rem">Sepa and cards, side by side, with no export in between.</p><a class="btn btn--ghost" href="/a">Read more</a></div>
<div class="card"><h3 class="card__title">Tax in 30 countries</h3><p>Rates are kept up to date by people who read the gazettes.</p><a class="btn btn--ghost" href="/b">Read more</a></div></div>
<div class="stats grid"><div class="stat"><div class="stat__number">500+</div><div class="stat__label">Employees</div></div><div class="stat"><div class="stat__number">60+</div><div class="stat__label">Countries</div></div></div>
<ul class="ticks"><li><span>Revenue recognition</span></li><li>Dunning</li><li>Usage billing</li></ul><img src="/img/a.png" alt="a chart" loading="lazy">
</div></section>` + "\n"
	tail := `</main><footer class="site-footer"><div class="container row">` + footer.String() + `</div><address>Northwind S.r.l.<br>Via Sammartini 41<br>20125 Milano<br>Italy</address>
<p class="small">P. IVA IT09911990965 · Tel. +39 02 1234567 · <a href="mailto:info@northwind.example">info@northwind.example</a> · © 2014–2026 Northwind</p></footer>
<div class="cookie-banner" role="dialog"><div class="cookie-banner__text"><p>We use cookies to run this site, to measure its use and to show you what fits. You may change your mind at any time in the <a href="/cookies">cookie settings</a>.</p></div>
<div class="cookie-banner__buttons"><button class="btn">Accept all</button><button class="btn">Only what is needed</button></div>
<table class="cookies"><thead><tr><th>Name</th><th>Purpose</th><th>Life</th></tr></thead><tbody>` + strings.Repeat(`<tr><td>_ga</td><td>counts visits</td><td>2 years</td></tr>`, 12) + `</tbody></table></div>
<script>` + strings.Repeat("(function(w,d,s){var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;f.parentNode.insertBefore(j,f)})\n", 10) + `</script></body></html>`
	pages := map[string][]byte{}
	for _, path := range []string{"/", "/about", "/imprint", "/contact", "/careers", "/pricing"} {
		start := fmt.Sprintf(head, path)
		pages[path] = []byte(start + strings.Repeat(section, (51_000-len(start)-len(tail))/len(section)) + tail)
	}
	return pages
}

// BenchmarkSixPages is what the pages of one company cost once they are
// fetched: parsed, looked at, turned into text. cpu-ms/op is processor time with
// that of the garbage collector; parses is how many times that of html.Parse
// over the same pages it is, measured in turns.
func BenchmarkSixPages(b *testing.B) {
	pages := realPages()
	var read, parsed time.Duration
	for b.Loop() {
		before := processorTime()
		for path, body := range pages {
			doc, err := extract(body, "text/html; charset=utf-8", &url.URL{Scheme: "https", Host: "northwind.example", Path: path}, 60_000)
			if err != nil {
				b.Fatal(err)
			}
			doc.markup.statements("northwind.example", nil, time.Now())
			if path == "/" {
				doc.markup.links()
			}
		}
		between := processorTime()
		for _, body := range pages {
			if _, err := html.Parse(bytes.NewReader(body)); err != nil {
				b.Fatal(err)
			}
		}
		read, parsed = read+between-before, parsed+processorTime()-between
	}
	b.ReportMetric(float64(read.Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(read)/float64(parsed), "parses")
}

func processorTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
