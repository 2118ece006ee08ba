package company

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDomain(t *testing.T) {
	for in, want := range map[string]string{
		"northwind.example":                           "northwind.example",
		"  WWW.Northwind.Example. ":                   "northwind.example",
		"https://www.northwind.example/about?x=1#y":   "northwind.example",
		"HTTPS://user:secret@shop.northwind.example/": "northwind.example",
		"//cdn.northwind.example/x.js":                "northwind.example",
		"northwind.example:8443":                      "northwind.example",
		"northwind.example/a@b.example":               "northwind.example",
		"jane@mail.northwind.co.uk":                   "northwind.co.uk",
		"mailto:jane@northwind.example?subject=hello": "northwind.example",
		"https://northwind.example@other.example/":    "other.example",
		"straße.example":                              "xn--strae-oqa.example",
		"xn--strae-oqa.example":                       "xn--strae-oqa.example",
		"ＮＯＲＴＨＷＩＮＤ．example":                           "northwind.example",
		"north--wind.example":                         "north--wind.example",
		"northwind.uk.com":                            "northwind.uk.com",
		"shop.northwind.de.com":                       "northwind.de.com",
		"linkedin.com/company/northwind":              "linkedin.com",
		"gmail.com":                                   "gmail.com",
	} {
		if got, err := Domain(in); err != nil || got != want {
			t.Errorf("Domain(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestDomainRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "write it like northwind.example",
		"   ":                                "write it like",
		"northwind":                          "single word",
		"localhost":                          "single word",
		"com":                                "single word",
		"co.uk":                              "public suffix",
		"printer.local":                      "only inside a network",
		"db.internal":                        "only inside a network",
		"1.in-addr.arpa":                     "only inside a network",
		"127.0.0.1":                          "IP address",
		"http://127.1/":                      "IP address",
		"0x7f.1":                             "IP address",
		"2130706433":                         "IP address",
		"http://[::1]:80/":                   "IP address",
		"::1":                                "",
		"①②⑦.⓪.⓪.①":                          "IP address",
		"2.225e-308":                         "no domain name",
		"a..example":                         "no domain name",
		"-a.example":                         "no domain name",
		"a-.example":                         "no domain name",
		"under_score.example":                "no domain name",
		"two words.example":                  "no domain name",
		"ftp://northwind.example":            "http and https",
		"file:///etc/passwd":                 "http and https",
		"javascript:alert(1)":                "no domain name",
		`https://northwind.example\@x.org`:   "no domain name",
		"northwind.example?m=jane@x.example": "no domain name",
		strings.Repeat("a", 64) + ".example": "no domain name",
		strings.Repeat("a.", 200) + "com":    "no domain name",
		strings.Repeat("a", 5000):            "no domain name",
		"\xff\xfe.example":                   "no domain name",
	} {
		got, err := Domain(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Domain(%.60q) = %q, %v; want an error with %q", in, got, err, want)
		}
		if errors.Is(err, ErrPlatform) {
			t.Errorf("Domain(%.60q) says that it is a platform: %v", in, err)
		}
	}
}

func TestDomainOfPlatformPage(t *testing.T) {
	for _, in := range []string{"acme.github.io", "https://acme.notion.site/Home", "acme.wixsite.com/site",
		"acme.blogspot.com", "shop.myshopify.com", "github.io", "jane@acme.github.io"} {
		_, err := Domain(in)
		if !errors.Is(err, ErrPlatform) || !strings.Contains(err.Error(), "the company's own domain") {
			t.Errorf("Domain(%q): %v; want ErrPlatform and what to do", in, err)
		}
	}
}

func TestDomainErrorsHideMailbox(t *testing.T) {
	for _, in := range []string{"jane.doe@localhost", "jane.doe@127.0.0.1", "jane.doe@co.uk", "jane.doe@a..b",
		"jane.doe@acme.github.io", "jane.doe@x y", "https://jane.doe:x@co.uk/jane.doe"} {
		if _, err := Domain(in); err == nil || strings.Contains(err.Error(), "jane") {
			t.Errorf("Domain(%q): %v", in, err)
		}
	}
}

func TestHost(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.Northwind.example:443/x": "www.northwind.example",
		"acme.github.io":                      "acme.github.io",
		"co.uk":                               "co.uk",
		"bücher.example.":                     "xn--bcher-kva.example",
	} {
		if got, err := Host(in); err != nil || got != want {
			t.Errorf("Host(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"jane@northwind.example", "10.0.0.1", "[fe80::1%25eth0]", "", "/about"} {
		if got, err := Host(in); err == nil {
			t.Errorf("Host(%q) = %q; want an error", in, got)
		}
	}
}

func TestDomainTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`(https?://)?([a-zA-Z0-9üßé-]{1,8}\.){1,4}(com|co\.uk|example|github\.io|uk\.com|de)(:[0-9]{1,4})?(/[a-z@?#]{0,9})?`),
		).Draw(t, "in")
		first, err := Domain(in)
		if err != nil {
			return
		}
		if second, err := Domain(first); err != nil || second != first {
			t.Fatalf("Domain(%q) = %q, and of that %q, %v", in, first, second, err)
		}
		if host, err := Host(first); err != nil || host != first {
			t.Fatalf("Host(%q) = %q, %v", first, host, err)
		}
	})
}
