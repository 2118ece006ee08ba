package page

import (
	"flag"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"leadtriage/internal/lead"

	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
)

var update = flag.Bool("update", false, "write the golden files")

var base = &url.URL{Scheme: "https", Host: "northwind.example", Path: "/"}

func extractText(t *testing.T, body, contentType string) string {
	t.Helper()
	doc, err := extract([]byte(body), contentType, base, 60_000)
	if err != nil {
		t.Fatal(err)
	}
	return doc.text
}

func TestTextOfAPage(t *testing.T) {
	in, err := os.ReadFile("testdata/home.html")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := extract(in, "text/html", base, 60_000)
	if err != nil {
		t.Fatal(err)
	}
	got := "title: " + doc.title + "\nlang: " + doc.lang + "\n\n" + doc.text + "\n"
	const golden = "testdata/home.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the text differs from %s (-update writes it):\n%s", golden, got)
	}
	if strings.Contains(got, "9999") {
		t.Error("text that no visitor sees came through")
	}
}

func TestHiddenText(t *testing.T) {
	for _, test := range []struct {
		html   string
		hidden bool
	}{
		{`<p hidden>x`, true},
		{`<p hidden="until-found">x`, true},
		{`<p aria-hidden=" TRUE ">x`, true},
		{`<p aria-hidden=false>x`, false},
		{`<p style="color:red;display:none">x`, true},
		{`<p style="display:none!important">x`, true},
		{`<p style="display:/*;*/none">x`, true},
		{`<p style="\64isplay:none">x`, true},
		{`<p style="visibility:collapse">x`, true},
		{`<p style="font-size:0">x`, true},
		{`<p style="font-size:.01em">x`, true},
		{`<p style="font-size:1px">x`, true},
		{`<p style="font-size:1em">x`, false},
		{`<p style="font-size:1.2rem">x`, false},
		{`<p style="font-size:12px">x`, false},
		{`<p style="font-size:clamp(1rem,2vw,2rem)">x`, false},
		{`<p style="opacity:0%">x`, true},
		{`<p style="opacity:.9">x`, false},
		{`<p style="text-indent:-9999px">x`, true},
		{`<p style="margin-left:-20px">x`, false},
		{`<p style="clip: rect(0 0 0 0)">x`, true},
		{`<p style="clip-path: inset(100%)">x`, true},
		{`<p style="clip-path: inset(10px)">x`, false},
		{`<p style="transform: scale(0)">x`, true},
		{`<p style="transform: scale(0.9)">x`, false},
		{`<p style="background:url(display:none.png)">x`, false},
		{`<p style="color:#fff;background:#fff">x`, true},
		{`<p style="color:#fff;background:#000">x`, false},
		{`<p style="height:0;overflow:hidden">x`, true},
		{`<style>.a, p.b { display: none }</style><p class="c b">x`, true},
		{`<style>/* .y{} */ #a{position:absolute;left:-9999px}</style><p id=a>x`, true},
		{`<style>@media print { .a { display: none } }</style><p class=a>x`, false},
		{`<style>@media screen { .b { color: red } .a { display: none } } .b { color: red }</style><p class=a>x`, true},
		{`<style>@media (max-width: 9px) { .a { display: none } }</style><p class=a>x`, false},
		{`<style>.a .b { display: none } .b { color: red }</style><p class=b>x`, false},
		{`<style>.a { opacity: 0 }</style><p class=a>x`, false},
		{`<p style=";;:none;display">x`, false},
		{`<div style="display:none"><div><p>x`, true},
		{`<table><tr style="display:none"><td>x</table>`, true},
		{`<table><tr><td style="display:none">x</table>`, true},
		{`<body style="visibility:hidden">x`, false},
		{`<dialog open>x`, false},
	} {
		if got := extractText(t, test.html, "text/html"); (got == "") != test.hidden {
			t.Errorf("%s: text %q, want it hidden: %v", test.html, got, test.hidden)
		}
	}
}

func TestNumbersBesideWords(t *testing.T) {
	for body, want := range map[string]string{
		`<div><b>250</b><span>employees</span></div>`:                               "250 employees",
		`<span>250+</span><span>employees</span><span>6</span><span>offices</span>`: "250+ employees 6 offices",
		`<span>Employees</span><span>250</span>`:                                    "Employees 250",
		`€12<span>M</span>, 1<b>st</b>, 250<em></em>.`:                              "€12M, 1st, 250.",
		`Hub<b>Spot</b> 3<i>D</i>, v<b>2</b>`:                                       "HubSpot 3D, v2",
	} {
		if got := extractText(t, body, "text/html"); got != want {
			t.Errorf("%s reads %q, want %q", body, got, want)
		}
	}
}

// What belongs together is one line, and nothing else is.
func TestLinesThatBelongTogether(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"a definition", `<dl><dt>Employees</dt><dd>250</dd><dt>Founded</dt><dd>1998</dd></dl>`, "Employees | 250\nFounded | 1998"},
		{"definitions in groups", `<dl><div><dt>Employees</dt><dd>250</dd></div><div><dt>Founded</dt><dd>1998</dd></div></dl>`, "Employees | 250\nFounded | 1998"},
		{"a definition of two", `<dl><dt>Offices<dd>Milan<dd>Rome<dt>Staff<dd>250</dl>`, "Offices | Milan | Rome\nStaff | 250"},
		{"a long definition", `<dl><dt>Who we are<dd>` + strings.Repeat("very long ", 20) + `</dl>`, "Who we are\n" + strings.TrimSpace(strings.Repeat("very long ", 20))},
		{"figures in a grid", `<div><div><div>500+</div><div>Employees</div></div><div><div>60+</div><div>Countries</div></div></div>`, "500+ | Employees\n60+ | Countries"},
		{"labels above", `<section><div><p>Employees</p><p>500+</p></div><div><p>Countries</p><p>60</p></div></section>`, "Employees | 500+\nCountries | 60"},
		{"figures in wrappers", `<div><div><span><p>500+</p></span></div><div><div><p>Employees</p></div></div></div>`, "500+ | Employees"},
		{"figures in links", `<div><a href=/a><div>500+</div><div>Employees</div></a><a href=/b><div>60+</div><div>Countries</div></a></div>`, "500+ | Employees\n60+ | Countries"},
		{"a figure as a heading", `<div><h3>500+</h3><p>Employees</p></div><div><h3>€ 2M</h3><p>Revenue</p></div>`, "500+ | Employees\n€ 2M | Revenue"},
		{"a heading", `<div><h3>Employees</h3><p>500+</p></div>`, "### Employees\n500+"},
		{"a heading in two lines", `<h1>Billing<br>for teams</h1><p>Us`, "# Billing | for teams\nUs"},
		{"cells that say all", `<div><div>500+ employees</div><div>60+ countries</div></div>`, "500+ employees\n60+ countries"},
		{"prose", `<div><p>We are 250.</p><p>We are growing!</p></div>`, "We are 250.\nWe are growing!"},
		{"an address", `<address>Northwind S.r.l.<br>Via Sammartini 41<br>20125 Milano<br>Italy</address>`, "Northwind S.r.l. | Via Sammartini 41 | 20125 Milano | Italy"},
		{"an address in a footer", `<footer><p>© Northwind</p><div><p>Via Sammartini 41</p><p>20125 Milano</p></div></footer>`, "© Northwind\nVia Sammartini 41 | 20125 Milano"},
		{"a timeline", `<ol><li><b>1998</b><p>Founded in Milan</p></li><li><div>2004</div><div>Second office, in Rome.</div></li></ol>`, "- 1998 | Founded in Milan\n- 2004 | Second office, in Rome."},
		{"a timeline of articles", `<article><time>1998</time><p>Founded in Milan</p></article><article><time>2004</time><p>Rome</p></article>`, "1998 | Founded in Milan\n2004 | Rome"},
		{"a list", `<div><p>Offices</p><ul><li>Milan</li><li>Rome</li></ul></div>`, "Offices\n- Milan\n- Rome"},
		{"a menu", `<div><p><a href=/a>About</a></p><p><a href=/b>Imprint</a></p></div>`, "About\nImprint"},
		{"parts of a page", `<body><p>Northwind</p><p>Milan</p>`, "Northwind\nMilan"},
		{"six lines", `<div><p>a<p>b<p>c<p>d<p>e<p>f</div>`, "a\nb\nc\nd\ne\nf"},
		{"a cell of a table", `<table><tr><td>Address<td>Via Roma 1<br>20125 Milano</table>`, "Address | Via Roma 1 20125 Milano"},
		{"somebody's words beside ours", `<div><p>500+</p><q>Employees</q></div>`, "500+\n> Employees"},
	} {
		if got := extractText(t, test.body, "text/html; charset=utf-8"); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestCharsets(t *testing.T) {
	const words = "Köln, größer, naïve, 50 €"
	latin, _ := charmap.Windows1252.NewEncoder().String(words)
	utf16, _ := xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM).NewEncoder().String("<p>" + words)
	for name, test := range map[string]struct{ body, contentType string }{
		"utf-8":                    {"<p>" + words, "text/html; charset=utf-8"},
		"utf-8 declared as latin1": {"<p>" + words, "text/html; charset=iso-8859-1"},
		"latin1 in meta":           {`<meta charset="windows-1252"><p>` + latin, "text/html"},
		"latin1 in the header":     {"<p>" + latin, "text/html; charset=ISO-8859-1"},
		"undeclared latin1":        {"<p>" + latin, "text/html"},
		"utf-16 with mark":         {utf16, "text/html; charset=utf-8"},
		"utf-8 with mark":          {"\uFEFF<p>" + words, "text/html"},
		"cut within a rune":        {"<p>" + words + "\xe2\x82", "text/html; charset=iso-8859-1"},
		"unknown charset":          {"<p>" + words, "text/html; charset=klingon"},
		"plain text":               {words, "Text/Plain; charset=utf-8"},
		"invisible runes":          {"<p>K\u200Böln, gr\u00ADößer,\u202E naï\u2066ve,\u3164 50\u00A0€\uE000\U000E0041\x01", "text/html; charset=utf-8"},
	} {
		if got := extractText(t, test.body, test.contentType); got != words {
			t.Errorf("%s: %q, want %q", name, got, words)
		}
	}
	if got := extractText(t, "<p>latin \xe4 declared as utf-8", "text/html; charset=utf-8"); !utf8.ValidString(got) {
		t.Errorf("invalid UTF-8 came through: %q", got)
	}
}

func TestNestingBeyondReasonIsRefused(t *testing.T) {
	if _, err := extract([]byte(strings.Repeat("<div>", 100_000)), "text/html", base, 100); err == nil {
		t.Error("100 000 nested elements were read")
	}
}

func TestTitleIsBounded(t *testing.T) {
	doc, err := extract([]byte("<title>Write to a@northwind.example "+strings.Repeat("ü", 1000)+"</title>"), "text/html; charset=utf-8", base, 100)
	if err != nil || utf8.RuneCountInString(doc.title) != maxTitleRunes || !strings.HasPrefix(doc.title, "Write to [mailbox] ü") {
		t.Errorf("title %q, %v", doc.title, err)
	}
	if n := utf8.RuneCountInString(doc.text); n != 100 {
		t.Errorf("%d runes of text, want 100", n)
	}
}

func FuzzExtract(f *testing.F) {
	home, err := os.ReadFile("testdata/home.html")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(home, "text/html; charset=utf-8")
	f.Add([]byte("<table><tr><td>a<table><td>b</table><td style='dis\\play:none'>c"), "text/html")
	f.Add([]byte("<li><pre>\n\n a\r\n b<h1><title>x<svg><title>y"), "application/xhtml+xml")
	f.Add([]byte("a@b.example \xff\xfe +39 051 123 4567\nTel.\n0221 1234567"), "text/plain; charset=utf-16le")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		const limit = 500
		doc, err := extract(body, contentType, base, limit)
		if err != nil {
			return
		}
		for _, s := range []string{doc.text, doc.title} {
			if !utf8.ValidString(s) {
				t.Errorf("invalid UTF-8: %q", s)
			}
			for _, r := range s {
				if r != '\n' && (unicode.IsControl(r) || lead.Invisible(r)) {
					t.Fatalf("%q holds %U", s, r)
				}
			}
		}
		if n := utf8.RuneCountInString(doc.text); n > limit {
			t.Errorf("%d runes of text", n)
		}
		if strings.Contains(doc.text, "\n\n") || strings.Contains(doc.title, "\n") {
			t.Errorf("empty lines in %q or %q", doc.text, doc.title)
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	home, err := os.ReadFile("testdata/home.html")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(home), `<body style="opacity:0">`)
	prose := strings.Repeat("<p>In 2024 our customers in 12 countries sent more than 40 million invoices, <a href='/x'>as we wrote</a>.</p>\n", 3)
	body := []byte(strings.Repeat("<div>"+prose+rest, 50_000/len(prose+rest)))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := extract(body, "text/html; charset=utf-8", base, 60_000); err != nil {
			b.Fatal(err)
		}
	}
}
