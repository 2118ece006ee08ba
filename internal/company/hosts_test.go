package company

import (
	"testing"

	"golang.org/x/net/publicsuffix"
)

func TestMailProviders(t *testing.T) {
	for _, d := range []string{"gmail.com", "googlemail.com", "libero.it", "virgilio.it", "tin.it", "legalmail.it", "gmx.de",
		"web.de", "t-online.de", "bluewin.ch", "laposte.net", "yahoo.co.uk", "Outlook.com", "mail.gmx.de", "proton.me", "icloud.com",
		"privaterelay.appleid.com", "mozmail.com", "slmail.me", "zohomail.eu"} {
		if !FreeMail(d) {
			t.Errorf("FreeMail(%q) is false", d)
		}
	}
	for _, d := range []string{"mailinator.com", "guerrillamail.com", "yopmail.com", "x.33mail.com", "10minutemail.com"} {
		if !Disposable(d) {
			t.Errorf("Disposable(%q) is false", d)
		}
	}
	for _, d := range []string{"northwind.example", "hubspot.com", "sap.com", "eni.com", "facebook.com", "siemens.com",
		"com", "it", "co.uk", "example", "", ".", "notgmail.com", "gmail.com.northwind.example"} {
		if FreeMail(d) || Disposable(d) {
			t.Errorf("%q names a company, but FreeMail is %v and Disposable %v", d, FreeMail(d), Disposable(d))
		}
	}
}

func TestPlatform(t *testing.T) {
	for _, h := range []string{"linkedin.com", "www.linkedin.com", "it.linkedin.com", "facebook.com", "acme.notion.site", "acme.wixsite.com",
		"acme.github.io", "github.io", "acme.wordpress.com", "acme.blogspot.com", "acme.blogspot.de", "acme.medium.com", "medium.com", "acme.substack.com",
		"go.hubspotpagebuilder.com", "acme.hs-sites.com", "docs.google.com", "acme.zendesk.com", "acme.myshopify.com", "ACME.Webflow.io."} {
		if !Platform(h) {
			t.Errorf("Platform(%q) is false", h)
		}
	}
	for _, h := range []string{"northwind.example", "www.zendesk.com", "zendesk.com", "northwind.uk.com", "google.com", "notlinkedin.com",
		"linkedin.com.northwind.example", "co.uk", "northwind.co.uk", "hubspot.com", "fox.com", ""} {
		if Platform(h) {
			t.Errorf("Platform(%q) is true", h)
		}
	}
}

func TestHostData(t *testing.T) {
	for name, set := range map[string]map[string]struct{}{"freemail": freemail(), "disposable": disposable()} {
		for d := range set {
			if suffix, icann := publicsuffix.PublicSuffix(d); suffix == d && icann {
				t.Errorf("%s has the public suffix %s", name, d)
			}
		}
	}
	for r := range registries() {
		if suffix, icann := publicsuffix.PublicSuffix("northwind." + r); suffix != r || icann {
			t.Errorf("%s is no private public suffix: take it out", r)
		}
		if Platform("northwind." + r) {
			t.Errorf("%s is a registry and a platform", r)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	FreeMail("x.example")
	Disposable("x.example")
	if n := testing.AllocsPerRun(100, func() { FreeMail("mail.northwind.example"); Disposable("mail.northwind.example") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDisposable(b *testing.B) {
	for b.Loop() {
		Disposable("mail.northwind.example")
	}
}

func BenchmarkReadDisposable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		lines(disposableText)
	}
}
