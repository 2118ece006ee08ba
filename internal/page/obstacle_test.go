package page

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

// siteOf reads a site whose home page is answered so; /it/ is a sound page.
func siteOf(t *testing.T, answer func(w http.ResponseWriter), opts Options) ([]Page, error) {
	r, _ := mapped(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/":
			answer(w)
		case "/it/":
			fmt.Fprint(w, "<p>Kestrel produce corde. Siamo 250 persone.</p>")
		default:
			http.NotFound(w, r)
		}
	}), opts)
	return r.Site(t.Context(), "kestrel.example")
}

func shows(s string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { fmt.Fprint(w, s) }
}

// A page that is not the company's says why nothing was read.
func TestObstaclesAreNoPages(t *testing.T) {
	for body, why := range map[string]string{
		`<title>Just a moment...</title><h1>kestrel.example</h1><h2>Verify you are human by completing the action below.</h2>`: "it refuses programs",
		`<title>Access denied</title><p>You do not have access to kestrel.example.</p>`:                                        "it refuses programs",
		`<h1>kestrel.example</h1><p>This domain may be for sale!</p><a href="https://broker.example">Buy</a>`:                  "parked or for sale",
		`<p>Diese Domain steht zum Verkauf.</p>`:                                                                               "parked or for sale",
		`<title>Welcome to nginx!</title><p>If you see this page, the web server is installed.`:                                "the web server's own page",
		`<title>Kestrel</title><div id="root"></div><noscript>You need JavaScript</noscript><script src="/main.js"></script>`:  "only scripts would fill it",
	} {
		pages, err := siteOf(t, shows(body), Options{})
		if kind, _ := lead.KindOf(err); !errors.Is(err, ErrUnreadable) || kind != lead.Permanent || !strings.Contains(err.Error(), why) || len(pages) != 0 {
			t.Errorf("%.60s: %v, %d pages", body, err, len(pages))
		}
	}
	for _, body := range []string{
		"<h1>Kestrel</h1><p>We make software that tells people from programs: access denied to bots. " + strings.Repeat("It does more than that. ", 20),
		`<title>Kestrel</title><script type="application/ld+json">{"@context":"https://schema.org","@type":"Organization","name":"Kestrel"}</script><script src="/m.js"></script>`,
		"<h1>Kestrel</h1><p>Ropes. See how it works.</p>",
	} {
		if pages, err := siteOf(t, shows(body), Options{}); err != nil || len(pages) != 1 {
			t.Errorf("%.60s: %v", body, err)
		}
	}
}

// A page that leads a browser elsewhere leads us, within the domain.
func TestPagesThatLeadElsewhere(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"meta":   shows(`<html><head><meta content="0;URL='/it/'" http-equiv="refresh"><title>Kestrel</title></head><body></body></html>`),
		"base":   shows(`<base href="/it/"><meta http-equiv=Refresh content="1; url=.">`),
		"script": shows(`<script>window.location.href = "/it/";</script>`),
		"header": func(w http.ResponseWriter) { w.Header().Set("Refresh", "0; url=/it/") },
	} {
		pages, err := siteOf(t, answer, Options{})
		if err != nil || len(pages) == 0 || !strings.Contains(pages[0].Text, "250 persone") {
			t.Errorf("%s: %+v, %v", name, pages, err)
		}
	}
	for body, is := range map[string]error{
		`<meta http-equiv="refresh" content="0;url=https://elsewhere.example/">`: ErrForeign,
		`<meta http-equiv="refresh" content="0;url=/?again">`:                    nil, // reads as a page without words
		`<meta http-equiv="refresh" content="300"><p>Kestrel makes ropes.`:       nil,
		`<meta http-equiv="refresh" content="60;url=/it/"><p>Kestrel ropes.`:     nil,
	} {
		if _, err := siteOf(t, shows(body), Options{}); !errors.Is(err, is) || is == nil && errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Wrong headers of pages that browsers show.
func TestCodings(t *testing.T) {
	const sound = "<p>Kestrel makes ropes. We are 250 people.</p>"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, sound)
	z.Close()
	for coding, body := range map[string]string{"none": sound, "utf-8": sound, "x-gzip": packed.String(), "": packed.String(), "br": ""} {
		pages, err := siteOf(t, func(w http.ResponseWriter) {
			if coding != "" {
				w.Header().Set("Content-Encoding", coding)
			}
			fmt.Fprint(w, body)
		}, Options{})
		if readable := coding != "br"; readable != (err == nil && strings.Contains(pages[0].Text, "250 people")) {
			t.Errorf("%q: %+v, %v", coding, pages, err)
		}
	}
}

// What is no text does not count towards the limit; a page that is longer all the same
// is said to be.
func TestLongStylesBeforeTheText(t *testing.T) {
	var log bytes.Buffer
	opts := Options{MaxBytes: 300_000, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	style := "<style>" + strings.Repeat(".a{color:red}", 30_000) + "</style><!--" + strings.Repeat("x", 200_000) + "-->"
	pages, err := siteOf(t, shows(style+"<p>We are 250 people.</p>"), opts)
	if err != nil || !strings.Contains(pages[0].Text, "250 people") || log.Len() != 0 {
		t.Errorf("%v, %s", err, log.String())
	}
	pages, err = siteOf(t, shows("<p>We are 250 people.</p>"+strings.Repeat("<p>More of it.</p>", 30_000)), opts)
	if err != nil || !strings.Contains(pages[0].Text, "250 people") || !strings.Contains(log.String(), "longer than is read") {
		t.Errorf("%v, %s", err, log.String())
	}
}
