package page

import (
	"net/url"
	"strings"
	"testing"
)

// What others say, and what is said of others, is marked; the rest is not.
func TestWordsOfOthersAreMarked(t *testing.T) {
	const said = "We are a team of 2,000 employees."
	for _, test := range []struct {
		name, html string
		own        bool
	}{
		{"a paragraph", `<p>` + said, true},
		{"a block quotation", `<blockquote><p>` + said + `</p></blockquote>`, false},
		{"its caption", `<figure><blockquote>Great!</blockquote><figcaption>` + said + `</figcaption></figure>`, false},
		{"a caption of a picture", `<figure><img src=a><figcaption>` + said + `</figcaption></figure>`, true},
		{"a quotation in a line", `<p>Jane said <q>` + said + `</q> to us.`, false},
		{"a source in a line", `<p><cite>` + said + `</cite>`, false},
		{"a quotation with blocks", `<q><p>` + said + `</p></q>`, false},
		{"a container named testimonial", `<div class="Testimonial__text"><p>` + said + `</div>`, false},
		{"a container named in camel case", `<div class="css-1x customerQuote"><p>` + said + `</div>`, false},
		{"a span named in a list of classes", `<p><span class="lead review-text">` + said + `</span>`, false},
		{"a plugin's block", `<div class="wp-block-quote is-layout">` + said + `</div>`, false},
		{"a German name", `<section id="kundenstimmen">` + said + `</section>`, false},
		{"an Italian name", `<section class="recensioni-slider">` + said + `</section>`, false},
		{"schema.org", `<div itemscope itemtype="https://schema.org/Review">` + said + `</div>`, false},
		{"RDFa", `<div typeof="Review">` + said + `</div>`, false},
		{"a part of a review", `<p itemprop="reviewBody">` + said, false},
		{"a role", `<div role="blockquote">` + said + `</div>`, false},
		{"a label", `<section aria-label="Customer reviews">` + said + `</section>`, false},
		{"a case study", `<article class="card card--case-study">` + said + `</article>`, false},
		{"under a heading", `<h2>What our customers say</h2><div><p>` + said + `</div>`, false},
		{"under news", `<h2>Noticias</h2><h3>Globex</h3>` + said, false},
		{"under customers in Spanish", `<h2>Nuestros clientes</h2><h3>Globex</h3>` + said, false},
		{"under a heading in a header", `<section><header><h2>Das sagen unsere Kunden</h2></header><h3>Globex</h3>` + said + `</section>`, false},
		{"after the section", `<section><h2>Testimonials</h2><p>Nice.</section><p>` + said, true},
		{"under the next heading", `<h2>Testimonials</h2><p>Nice.<h2>About us</h2><p>` + said, true},
		{"in the footer", `<h2>Our customers</h2><p>Nice.<footer>` + said + `</footer>`, true},
		{"a heading that only mentions them", `<h2>How we work with our customers and partners every day, all year</h2><p>` + said, true},
		{"a row of a table", `<table><tr class="testimonial"><td>Globex</td><td>` + said + `</td></tr></table>`, false},
		{"a cell of a table", `<table><tr><td>Globex</td><td class="testimonial">` + said + `</td></tr></table>`, false},
		{"an answer to choose", `<form><label><input type=radio>` + said + `</label></form>`, false},
		{"a page named after its theme", `<body class="has-testimonials"><p>` + said, true},
		{"a frame round the whole page", `<div class="reviews-enabled"><nav></nav><h1>Northwind</h1><p>` + said + `</div>`, true},
		{"a name that only sounds alike", `<div class="preview history storefront">` + said + `</div>`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := extractText(t, test.html, "text/html; charset=utf-8")
			for line := range strings.Lines(text) {
				line = strings.TrimSpace(line)
				if !strings.Contains(line, said) {
					continue
				}
				own := !strings.HasPrefix(line, quoteMark) && !strings.Contains(line, "“"+said+"”")
				if own != test.own {
					t.Errorf("%q", line)
				}
				return
			}
			t.Errorf("lost in %q", text)
		})
	}
}

func TestPagesAboutOthersAreMarked(t *testing.T) {
	for address, own := range map[string]bool{
		"/": true, "/about": true, "/en/company": true, "/customers/globex": false, "/de/kunden/globex.html": false, "/blog/2019/we-grow": false,
		"/case-studies/globex/": false, "/referenzen": false, "/clienti/globex": false, "/careers": true, "/customer-care": true, "/newsletter": true,
	} {
		doc, err := extract([]byte("<title>Globex</title><p>We have 900 employees."), "text/html", &url.URL{Scheme: "https", Host: "northwind.example", Path: address}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(doc.text) {
			if strings.HasPrefix(line, quoteMark) == own {
				t.Errorf("%s: %q", address, line)
			}
		}
	}
}

// Quotation marks within a quotation do not end it.
func TestQuotationsWithinQuotations(t *testing.T) {
	got := extractText(t, `<p>She said <q>we call it “the ledger" and are "2,000" people</q>.`, "text/html; charset=utf-8")
	if want := `She said “we call it ’the ledger’ and are ’2,000’ people”.`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The stems that spare most names and headings a closer look let all of the
// words through.
func TestStemsCoverTheWords(t *testing.T) {
	for _, name := range quoted().names {
		if !namesOthers("x-" + strings.ReplaceAll(name, " ", "-")) {
			t.Errorf("the name %q is never looked at", name)
		}
	}
	for _, heading := range quoted().headings {
		if !introducesOthers(heading) {
			t.Errorf("the heading %q is never looked at", heading)
		}
	}
}
