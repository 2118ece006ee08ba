package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"leadtriage/internal/lead"
)

// TestConsoleInTheBrowser goes through the console at a desk, by keys alone where it
// decides, and on a phone in the dark; -pictures draws what docs/console.md shows.
func TestConsoleInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {undo: 10m}")
	b := w.browse()
	ids := map[string]string{}
	for _, firm := range []string{"northwind", "havelpay", "clarascope", "polderlogic"} {
		ids[firm], _, _ = b.lead(fit(firm + ".example"))
	}
	to := func(path string) {
		b.do("open "+path, chromedp.Navigate(w.api+path), chromedp.WaitVisible(chromedp.CSS("main")))
	}
	// arrives waits until a page that is on its way says the words.
	arrives := func(sel, words string) {
		b.t.Helper()
		ctx, cancel := context.WithTimeout(b.tab, 45*time.Second)
		defer cancel()
		for {
			there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(document.querySelector(%s)?.innerText ?? "").includes(%s)`, quoted(sel), quoted(words))))
			if err == nil && there {
				return
			}
			select {
			case <-ctx.Done():
				text, _ := chromedp.Run(b.tab, chromedp.Evaluate[string](`document.body.innerText`))
				b.t.Fatalf("%s never says %q: %v; the page says\n%s", sel, words, err, text)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	fitsThePage := func(what string) {
		b.t.Helper()
		b.holds(what+" is no wider than the screen", `document.documentElement.scrollWidth <= innerWidth`)
	}

	b.do("sit at a desk", chromedp.EmulateViewport(1280, 900))
	to("/console/leads/" + ids["northwind"])
	arrives("main", "API key")
	b.do("write a wrong key", chromedp.SendKeys(chromedp.CSS(`[data-testid="key"]`), "wrong\r"))
	arrives("main", "not known here")
	b.do("write the key", chromedp.SendKeys(chromedp.CSS(`[data-testid="key"]`), demoOperatorKey+"\r"))
	arrives("main", "4 leads wait")
	b.picture("console-inbox", "body")

	card := `[data-lead="` + ids["northwind"] + `"]`
	b.holds("the button is reached by keys", `(document.querySelector('`+card+` [data-testid="approve"]').focus(), document.activeElement.matches("summary"))`)
	b.do("approve by keys", chromedp.KeyEvent("\r"))
	b.holds("the form is open", `document.querySelector('`+card+` details[open] form')`)
	b.press(card, "approve-send")
	arrives(`[data-testid="said"]`, "Approved: ")
	w.until(ids["northwind"], "approved", func(r lead.Record) bool { return r.Stage == lead.Approved && r.Review.By == "operator" })
	b.press("", "undo")
	arrives(`[data-testid="said"]`, "Taken back")
	arrives("main", "4 leads wait")

	card = `[data-lead="` + ids["clarascope"] + `"]`
	b.press(card, "reject")
	b.do("choose a reason", chromedp.SetValue(chromedp.CSS(card+` [data-testid="reason"]`), "no_intent"), chromedp.SendKeys(chromedp.CSS(card+` [data-testid="note"]`), "They only compare prices"))
	b.press(card, "reject-send")
	arrives(`[data-testid="said"]`, "Rejected: ")
	if r := w.record(ids["clarascope"]); r.Stage != lead.Rejected || r.Review.Reason != "no_intent" || r.Review.Note != "They only compare prices" {
		t.Errorf("stage %s, review %+v", r.Stage, r.Review)
	}
	// What comes in appears by itself.
	arrives(`[data-testid="sum"]`, "3 leads wait")
	b.post(http.StatusAccepted, fit("brackenfield.example"))
	arrives(`[data-testid="sum"]`, "4 leads wait")

	to("/console/leads")
	b.do("search", chromedp.SendKeys(chromedp.CSS(`[data-testid="search"]`), "havel\r"))
	arrives("table.list tbody tr:only-child", "Northwind") // as they all are called; one has the domain
	scheme := func(name string) {
		b.do("in the "+name, func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
			return chromedp.Void{}, err
		})
	}
	scheme("dark")
	to("/console/leads/" + ids["clarascope"])
	arrives("main", "They only compare prices")
	b.holds("dark is dark", `getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 28)"`)
	b.picture("console-lead-dark", "body")
	scheme("light")
	to("/console/overview")
	arrives("main", "Leads by day")
	b.picture("console-overview", "body")
	to("/console/operate")
	arrives("main", "Queues")

	b.do("hold a phone", chromedp.EmulateViewport(390, 844))
	for _, path := range []string{"/console/", "/console/leads", "/console/leads/" + ids["clarascope"], "/console/overview", "/console/operate"} {
		to(path)
		fitsThePage(path)
	}
	to("/console/")
	b.picture("console-phone", "body")
	card = `[data-lead="` + ids["havelpay"] + `"]`
	b.press(card, "approve")
	b.press(card, "approve-send")
	arrives(`[data-testid="said"]`, "Approved: ")
	b.do("log out", chromedp.Click(chromedp.CSS(".me button"), chromedp.NodeVisible))
	arrives("main", "API key")
}
