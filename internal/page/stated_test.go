package page

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// statedBy reads a page of northwind.example and returns what it states, one
// "field=value" a statement, and whom it claims to be.
func statedBy(t *testing.T, body string, header http.Header) ([]Statement, string) {
	t.Helper()
	at := &url.URL{Scheme: "https", Host: "northwind.example", Path: "/"}
	doc, err := extract([]byte(body), "text/html; charset=utf-8", at, 60_000)
	if err != nil {
		t.Fatal(err)
	}
	stated, _, claims := doc.markup.statements("northwind.example", header, time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	return stated, claims
}

func summary(stated []Statement) string {
	var all []string
	for _, s := range stated {
		all = append(all, string(s.Field)+"="+s.Value)
	}
	return strings.Join(all, " ")
}

func block(json string) string {
	return `<title>Northwind – billing</title><script type="application/ld+json">` + json + `</script>`
}

// org is a block with one organisation of ours that has the given members.
func org(members string) string {
	return block(`{"@context":"https://schema.org","@type":"Organization","name":"Northwind","url":"https://northwind.example/",` + members + `}`)
}

func TestStructuredData(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"all of it", org(`"legalName":"Northwind S.r.l.","numberOfEmployees": 180,"foundingDate":"2008-03-01","naics":"513210",
			"address":{"@type":"PostalAddress","addressLocality":"Milano","addressCountry":"IT"}`),
			"legal_name=Northwind S.r.l. employees=180 founded_year=2008 industry=513210 hq_country=IT hq_city=Milano"},
		{"number as text", org(`"numberOfEmployees":"51-200"`), "employees=51-200"},
		{"quantity", org(`"numberOfEmployees":{"@type":"QuantitativeValue","value":"180"}`), "employees=180"},
		{"range", org(`"numberOfEmployees":{"@type":"QuantitativeValue","minValue":51,"maxValue":200}`), "employees=51-200"},
		{"at least", org(`"numberOfEmployees":{"minValue":500}`), "employees=500+"},
		{"range and value", org(`"numberOfEmployees":{"value":7,"minValue":51,"maxValue":200}`), ""},
		{"several counts", org(`"numberOfEmployees":[180,5000]`), ""},
		{"one count in a list", org(`"numberOfEmployees":[180]`), "employees=180"},
		{"count said twice", org(`"numberOfEmployees":180,"numberOfEmployees":5000`), ""},
		{"an object for a number", org(`"numberOfEmployees":{"value":{"value":5000}}`), ""},
		{"country as an object", org(`"address":{"addressCountry":{"@type":"Country","name":"Italy"}}`), "hq_country=Italy"},
		{"address as text", org(`"address":"Via Roma 1, 20125 Milano, Italy"`), "hq_country=Via Roma 1, 20125 Milano, Italy"},
		{"two addresses, one country", org(`"address":[{"addressCountry":"IT","addressLocality":"Milano"},{"addressCountry":"IT","addressLocality":"Roma"}]`), "hq_country=IT"},
		{"two countries", org(`"address":[{"addressCountry":"IT"},{"addressCountry":"DE"}]`), ""},
		{"dates that are none", org(`"foundingDate":"long ago"`), ""},
		{"closed on a day", org(`"dissolutionDate":"2026-11-20"`), "company_status=closed"},
		{"closed in a month", org(`"dissolutionDate":"2026-11"`), "company_status=closed"},
		{"closed in a year", org(`"dissolutionDate":"2019"`), "company_status=closed"},
		{"closed tomorrow", org(`"dissolutionDate":"2026-11-21"`), ""},
		{"closed next year", org(`"dissolutionDate":"2027"`), ""},
		{"closed some day", org(`"dissolutionDate":"soon"`), ""},
		{"not closed", org(`"dissolutionDate":""`), ""},
		{"another one that closed", org(`"subOrganization":{"@type":"Organization","name":"Northwind","dissolutionDate":"2019"}`), ""},
		{"in a graph", block(`{"@context":"https://schema.org","@graph":[{"@type":"WebSite","url":"https://northwind.example/"},{"@type":["Organization","Brand"],"@id":"https://northwind.example/#org","name":"Northwind","numberOfEmployees":180}]}`), "employees=180"},
		{"in a list", block(`[{"@context":"http://schema.org","@type":"Corporation","name":"Northwind","url":"northwind.example","numberOfEmployees":180}]`), "employees=180"},
		{"a full type", block(`{"@context":{"@vocab":"https://schema.org/"},"@type":"https://schema.org/LocalBusiness","name":"Northwind","url":"/","numberOfEmployees":180}`), "employees=180"},
		{"nested as publisher", block(`{"@context":"https://schema.org","@type":"WebPage","publisher":{"@type":"Organization","name":"Northwind","url":"https://www.northwind.example","numberOfEmployees":180}}`), "employees=180"},
		{"without an address, by its name", block(`{"@context":"https://schema.org","@type":"Organization","name":"Northwind S.r.l.","numberOfEmployees":180}`), "employees=180"},
		{"twice the same", org(`"numberOfEmployees":180`) + org(`"numberOfEmployees":180`), "employees=180"},
		{"beside a branch", org(`"numberOfEmployees":180`) + block(`{"@context":"https://schema.org","@type":"LocalBusiness","name":"Northwind Berlin","url":"https://northwind.example/offices/berlin","numberOfEmployees":12}`), "employees=180"},
		{"beside a customer", org(`"numberOfEmployees":180`) + block(`{"@context":"https://schema.org","@type":"Organization","name":"Contoso","url":"https://contoso.example/","numberOfEmployees":9000}`), "employees=180"},
		{"description of the home page", `<meta name="description" content="Billing software.">`, "description=Billing software."},
	} {
		t.Run(test.name, func(t *testing.T) {
			stated, claims := statedBy(t, test.body, nil)
			if got := summary(stated); got != test.want || claims != "" {
				t.Errorf("states %q (claims %q), want %q", got, claims, test.want)
			}
		})
	}
}

func TestHostileStructuredData(t *testing.T) {
	const people = `"numberOfEmployees":5000`
	contoso := `{"@context":"https://schema.org","@type":"Organization",` + people + `,`
	deep := strings.Repeat(`{"@context":"https://schema.org","@graph":[`, 40) + `{"@type":"Organization","name":"Northwind",` + people + `}` + strings.Repeat(`]}`, 40)
	for _, test := range []struct{ name, body string }{
		{"another company's address", block(contoso + `"name":"Northwind","url":"https://contoso.example/"}`)},
		{"another company's id", block(contoso + `"name":"Northwind","@id":"https://contoso.example/#org","url":"https://northwind.example/"}`)},
		{"an address without scheme", block(contoso + `"name":"Northwind","url":"contoso.example"}`)},
		{"an address without slashes", block(contoso + `"name":"Northwind","url":"//contoso.example/"}`)},
		{"one of two addresses", block(contoso + `"name":"Northwind","url":["https://northwind.example/","https://contoso.example/"]}`)},
		{"address said twice", block(contoso + `"name":"Northwind","url":"https://contoso.example/","url":"https://northwind.example/"}`)},
		{"a look-alike", block(contoso + `"name":"Northwind","url":"https://northwind.example.contoso.example/"}`)},
		{"a user name that looks like ours", block(contoso + `"name":"Northwind","url":"https://northwind.example@contoso.example/"}`)},
		{"another company's name", block(contoso + `"name":"Contoso Ltd","url":"https://northwind.example/"}`)},
		{"another company's name alone", block(contoso + `"name":"Contoso Ltd"}`)},
		{"a name that is a domain", block(contoso + `"name":"www.contoso.example","url":"https://northwind.example/"}`)},
		{"nobody's", block(contoso + `"description":"a company"}`)},
		{"two that both say they are the site", org(people) + org(`"numberOfEmployees":20`)},
		{"a branch alone beside another", block(`{"@context":"https://schema.org","@graph":[{"@type":"LocalBusiness","name":"Northwind A","url":"/a/a",` + people + `},{"@type":"LocalBusiness","name":"Northwind B","url":"/b/b",` + people + `}]}`)},
		{"owner of the site", org(`"parentOrganization":{"@type":"Organization","name":"Northwind","url":"https://northwind.example/",` + people + `}`)},
		{"a part of it", org(`"department":{"@type":"Organization","name":"Northwind","url":"https://northwind.example/",` + people + `}`)},
		{"a product", block(`{"@context":"https://schema.org","@type":"Product","name":"Northwind","url":"https://northwind.example/",` + people + `}`)},
		{"another vocabulary", block(`{"@context":"https://contoso.example/vocabulary","@type":"Organization","name":"Northwind","url":"https://northwind.example/",` + people + `}`)},
		{"no vocabulary", block(`{"@type":"Organization","name":"Northwind","url":"https://northwind.example/",` + people + `}`)},
		{"in a comment", `<!-- ` + org(people) + ` -->`},
		{"in a template", `<template>` + org(people) + `</template>`},
		{"in a hidden element", `<body><div hidden>` + org(people) + `</div>`},
		{"in a noscript", `<body><noscript>` + org(people) + `</noscript>`},
		{"in a textarea", `<body><textarea>` + org(people) + `</textarea>`},
		{"in another script", `<script type="text/template">` + org(people)},
		{"as text", `<p>&lt;script type="application/ld+json"&gt;{"@context":"https://schema.org",` + people + `}`},
		{"in a picture", `<body><svg><script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization","name":"Northwind","url":"/",` + people + `}</script></svg>`},
		{"broken", block(`{"@context":"https://schema.org","@type":"Organization","name":"Northwind",` + people)},
		{"two values", block(`{"@context":"https://schema.org"}{"@type":"Organization","name":"Northwind",` + people + `}`)},
		{"too deep", block(deep)},
		{"too long", org(`"x":"` + strings.Repeat("x", maxBlockBytes) + `",` + people)},
		{"behind too many", strings.Repeat(block(`{}`), maxBlocks) + org(people)},
		{"behind too many items", block(`[` + strings.Repeat(`{},`, maxJSONItems) + `{"@context":"https://schema.org","@type":"Organization","name":"Northwind",` + people + `}]`)},
		{"a quote of a page's length", org(`"numberOfEmployees":{"x":"` + strings.Repeat("x", 500) + `","value":5000}`)},
		{"a site of another name", `<meta property="og:site_name" content="https://contoso.example">` + org(people)},
		{"a page of another site", `<meta property="og:url" content="https://contoso.example/about">` + org(people)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if stated, _ := statedBy(t, test.body, nil); len(stated) != 0 {
				t.Errorf("states %q", summary(stated))
			}
		})
	}
}

func TestClaimsOfAnotherCompany(t *testing.T) {
	website := func(url string) string {
		return block(`{"@context":"https://schema.org","@type":"WebSite","url":"` + url + `"}`)
	}
	for _, test := range []struct{ body, want string }{
		{`<meta property="og:site_name" content="www.contoso.example">`, "contoso.example"},
		{`<meta property="og:site_name" content="Contoso.com">`, "contoso.com"},
		{`<meta property="og:site_name" content="Northwind.com">`, ""},
		{`<meta property="og:site_name" content="Node.js">`, ""},
		{`<meta property="og:site_name" content="Contoso">`, ""},
		{`<meta property="og:url" content="https://www.contoso.example/">`, "contoso.example"},
		{`<meta property="og:url" content="https://northwind.de/">`, ""},
		{`<meta property="og:url" content="https://northwind.webflow.io/">`, ""},
		{`<meta property="og:url" content="/about">`, ""},
		{`<meta property="og:url" content="http://localhost:3000/">`, ""},
		{website("https://contoso.example/"), "contoso.example"},
		{website("https://northwind.example/"), ""},
		{website("https://contoso.example/") + org(`"numberOfEmployees":180`), ""},
		{block(`{"@context":"https://schema.org","@type":"Organization","name":"Contoso","url":"https://contoso.example/"}`), "contoso.example"},
		{block(`{"@context":"https://schema.org","@type":"Article","about":{"@type":"Organization","name":"Contoso","url":"https://contoso.example/"}}`), ""},
	} {
		if _, claims := statedBy(t, test.body, nil); claims != test.want {
			t.Errorf("%s: claims %q, want %q", test.body, claims, test.want)
		}
	}
}

func TestWhatASiteIsCalled(t *testing.T) {
	const sitename, application = `<meta property="og:site_name" content=" Northwind  Billing ">`, `<meta name="application-name" content="Northwind App">`
	own := `<script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization","name":"Northwind Ltd","url":"/"}</script>`
	foreign := `<script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization","name":"Contoso","url":"https://contoso.example/"}</script>`
	for body, want := range map[string]string{
		sitename + own + application:                                   "Northwind Billing",
		own + application:                                              "Northwind Ltd",
		application + foreign:                                          "Northwind App",
		`<title>About us | North-Wind</title>` + foreign:               "North-Wind",
		`<title>About us - Northwind</title>`:                          "Northwind",
		`<title>Billing for teams: plans — Northwind GmbH · x</title>`: "Northwind GmbH",
		`<title>Northwind-Software – Billing</title>`:                  "Northwind-Software",
		`<title>Welcome</title>`:                                       "",
		``:                                                             "",
		`<meta property="og:site_name" content="write to a@b.example">`:             "write to [mailbox]",
		`<meta property="og:site_name" content="` + strings.Repeat("ü", 200) + `">`: strings.Repeat("ü", maxSiteRunes),
	} {
		doc, err := extract([]byte(body), "text/html; charset=utf-8", base, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ := doc.markup.statements("northwind.example", nil, time.Now()); got != want {
			t.Errorf("%s: called %q, want %q", body, got, want)
		}
	}
}

// A quote is what stands in the page, with nothing private in it.
func TestQuotes(t *testing.T) {
	stated, _ := statedBy(t, org("\"numberOfEmployees\" :\n  {\"value\": 180}, \"legalName\":\"Northwind S.r.l., jane@northwind.example\""), nil)
	var quotes []string
	for _, s := range stated {
		quotes = append(quotes, s.Quote)
	}
	want := `"legalName":"Northwind S.r.l., [mailbox]" | "numberOfEmployees" : {"value": 180}`
	if got := strings.Join(quotes, " | "); got != want {
		t.Errorf("quotes %s, want %s", got, want)
	}
}

func TestFingerprints(t *testing.T) {
	for _, test := range []struct{ body, header, want, quote string }{
		{`<script src="//js.hs-scripts.com/48210993.js">`, "", "HubSpot", "//js.hs-scripts.com/48210993.js"},
		{`<script src="https://kirkgate.my.salesforce.com/embeddedservice/menu/fab.js">`, "", "Salesforce", ""},
		{`<form action="https://webto.salesforce.com/servlet/servlet.WebToLead?encoding=UTF-8">`, "", "Salesforce", ""},
		{`<script>window.piAId = '1234'; piAId = '900';</script>`, "", "Pardot", "piAId = '1234'"},
		{`<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC">`, "", "Google Analytics", ""},
		{`<script async src="https://www.googletagmanager.com/gtag/js?id=AW-1">`, "", "Google Ads", ""},
		{`<script src="https://js.stripe.com/v3/">`, "", "Stripe", ""},
		{`<link rel="stylesheet" href="/wp-content/themes/x/style.css">`, "", "WordPress", "/wp-content/themes/x/style.css"},
		{`<link rel="stylesheet" href="https://blog.northwind.example/wp-content/plugins/woocommerce/a.css">`, "", "WooCommerce WordPress", ""},
		{`<meta name="generator" content="TYPO3 CMS">`, "", "TYPO3", "generator: TYPO3 CMS"},
		{`<img src="https://images.ctfassets.net/abc/x.png">`, "", "Contentful", ""},
		{``, "Cf-Ray: 8a1-FRA", "Cloudflare", "Cf-Ray: 8a1-FRA"},
		{``, "Server: Vercel", "Vercel", ""},
		{``, "Set-Cookie: PrestaShop-a1b2=secret; Path=/", "PrestaShop", "Set-Cookie: PrestaShop-a1b2"},
		// what proves nothing
		{`<p>We integrate with HubSpot, Salesforce, Stripe and Shopify. js.hs-scripts.com`, "", "", ""},
		{`<a href="https://js.hs-scripts.com/1.js">HubSpot</a><img src="/logos/hubspot.svg" alt="HubSpot">`, "", "", ""},
		{`<script src="https://js.hs-scripts.com.contoso.example/1.js">`, "", "", ""},
		{`<script src="/vendor/js.hs-scripts.com/1.js">`, "", "", ""},
		{`<script src="https://nothubspot-hs-scripts.com/1.js">`, "", "", ""},
		{`<!-- <script src="//js.hs-scripts.com/1.js"></script> --><template><script src="//js.hs-scripts.com/1.js"></script></template>`, "", "", ""},
		{`<noscript><iframe src="https://calendly.com/x"></iframe></noscript>`, "", "", ""},
		{`<img src="https://contoso.example/wp-content/uploads/logo.png">`, "", "", ""},
		{`<script type="application/json">{"text":"hbspt.forms.create("}</script>`, "", "", ""},
		{`<script src="javascript:hbspt.forms.create()">`, "", "", ""},
		{``, "X-Powered-By: PHP", "", ""},
	} {
		header := http.Header{}
		if name, value, ok := strings.Cut(test.header, ": "); ok {
			header.Add(name, value)
		}
		stated, _ := statedBy(t, test.body, header)
		var names []string
		for _, s := range stated {
			names = append(names, s.Value)
			if s.Field != lead.Technology || s.By != ByFingerprint || s.Quote == "" || strings.Contains(s.Quote, "secret") {
				t.Errorf("%s: %+v", test.body, s)
			}
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.body, test.header, got, test.want)
		}
		if test.quote != "" && stated[0].Quote != test.quote {
			t.Errorf("%s: quote %q, want %q", test.body, stated[0].Quote, test.quote)
		}
	}
}

// The data file: names as everywhere else, and enough of what matters.
func TestFingerprintFile(t *testing.T) {
	all, err := readFingerprints(fingerprintsText)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for line := range strings.Lines(fingerprintsText) {
		if name, _, ok := strings.Cut(line, ": "); ok && line[0] != '#' {
			if names[name] {
				t.Errorf("%s stands twice", name)
			}
			names[name] = true
			if company.Technology(name) != name {
				t.Errorf("%q is spelled %q elsewhere", name, company.Technology(name))
			}
		}
	}
	if len(names) < 60 {
		t.Errorf("only %d technologies", len(names))
	}
	for host := range all.hosts {
		if _, err := company.Host(host); err != nil || strings.ToLower(host) != host {
			t.Errorf("host %q: %v", host, err)
		}
	}
	for _, bad := range []string{"X: script", "X: script a.b", "X: smell roses.example", "X: inline"} {
		if _, err := readFingerprints(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestManyScriptsAreBounded(t *testing.T) {
	var body strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&body, `<script src="/%d.js"></script><script>%s</script>`, i, strings.Repeat("x", 1000))
	}
	doc, err := extract([]byte(body.String()), "text/html", base, 100)
	if err != nil || len(doc.markup.traces) != maxTraces || len(doc.markup.inline) > maxInline/1000 {
		t.Errorf("%d addresses, %d scripts, %v", len(doc.markup.traces), len(doc.markup.inline), err)
	}
}
