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
		{"what else its figure holds", `<figure><blockquote>Great!</blockquote><p>` + said + `</figure>`, false},
		{"a caption of a picture", `<figure><img src=a><figcaption>` + said + `</figcaption></figure>`, true},
		{"a quotation in a line", `<p>Jane said <q>` + said + `</q> to us.`, false},
		{"a source in a line", `<p><cite>` + said + `</cite>`, false},
		{"a quotation with blocks", `<q><p>` + said + `</p></q>`, false},
		{"after a quotation in a line", `<p><q>Great!</q> ` + said, true},
		{"a container named testimonial", `<div class="Testimonial__text"><p>` + said + `</div>`, false},
		{"a container named in camel case", `<div class="css-1x customerQuote"><p>` + said + `</div>`, false},
		{"a span named in a list of classes", `<p><span class="lead review-text">` + said + `</span>`, false},
		{"a plugin's block", `<div class="wp-block-quote is-layout">` + said + `</div>`, false},
		{"a German name", `<section id="kundenstimmen">` + said + `</section>`, false},
		{"an Italian name", `<section class="recensioni-slider">` + said + `</section>`, false},
		{"an Italian name of three words", `<section class="casi-di-successo">` + said + `</section>`, false},
		{"schema.org", `<div itemscope itemtype="https://schema.org/Review">` + said + `</div>`, false},
		{"RDFa", `<div typeof="Review">` + said + `</div>`, false},
		{"a part of a review", `<p itemprop="reviewBody">` + said, false},
		{"a role", `<div role="blockquote">` + said + `</div>`, false},
		{"a case study", `<article class="card card--case-study">` + said + `</article>`, false},
		{"a row of a table", `<table><tr class="testimonial"><td>Globex</td><td>` + said + `</td></tr></table>`, false},
		{"a row with such a cell", `<table><tr><td>` + said + `</td><td class="testimonial">Great!</td></tr></table>`, false},
		{"the row after it", `<table><tr><td><q>Great!</q></td></tr><tr><td>` + said + `</td></tr></table>`, true},
		{"an answer to choose", `<form><label><input type=radio>` + said + `</label></form>`, true},
		{"words for the blind", `<section aria-label="Customer reviews">` + said + `</section>`, true},
		{"under a heading", `<h2>What our customers say</h2><div><p>` + said + `</div>`, true},
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
				if own := !strings.HasPrefix(line, quoteMark); own != test.own {
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
		"/": true, "/about": true, "/en/company": true, "/customers/globex": false, "/en/customers/globex.html": false, "/customers": true, "/blog/2019/we-grow": true,
		"/case-studies/globex/": false, "/referenzen": false, "/it/casi-di-successo/globex": false, "/careers": true, "/customer-care": true, "/blog/how-to-review-a-plan": true,
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

// Words of others within a line get a line of their own.
func TestQuotationsWithinALine(t *testing.T) {
	for body, want := range map[string]string{
		`<p>She said <q>we are "2,000" people</q>.`:                                 "She said\n> we are \"2,000\" people\n.",
		`<ul><li><q>Great.</q> <cite>Jane, Globex</cite></ul><p>Us.`:                "> - Great. | Jane, Globex\nUs.",
		`<blockquote><div><div>500+</div><div>Employees</div></div></blockquote>`:   "> 500+ | Employees",
		`<table><tr><td>Globex</td><td><cite>Great</cite></td></tr><tr><td>Us</td>`: "> Globex | Great\nUs",
	} {
		if got := extractText(t, body, "text/html; charset=utf-8"); got != want {
			t.Errorf("%s reads %q, want %q", body, got, want)
		}
	}
}
