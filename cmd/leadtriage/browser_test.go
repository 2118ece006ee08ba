package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

var pictures = flag.String("pictures", "", "folder that the browser test draws the pictures of docs/reviewing.md in")

// browser is somebody at the demo's channel page, with real clicks.
type browser struct {
	*world
	tab context.Context
}

// browse opens the channel page in Debian's chromium. In CI it must be there.
func (w *world) browse() *browser {
	w.t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	switch {
	case path == "" && os.Getenv("CI") == "true":
		w.t.Fatal("no chromium: install it (apt-get install chromium)")
	case path == "":
		w.t.Skip("no chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("no-proxy-server", true), chromedp.Flag("lang", "en-GB"), chromedp.WindowSize(1080, 1100))
	allocator, stop := chromedp.NewExecAllocator(w.within(4*time.Minute), options...)
	w.t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	w.t.Cleanup(closeTab)
	b := &browser{w, tab}
	if err := chromedp.Do(tab); err != nil { // without a deadline, which would be the browser's
		w.t.Fatalf("start chromium: %v", err)
	}
	b.do("open the page", chromedp.Navigate(w.page), chromedp.WaitVisible(chromedp.CSS(`[data-testid="user-`+demoReviewer+`"]`)))
	return b
}

func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, 45*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

func (b *browser) press(within, testid string) {
	b.t.Helper()
	sel := within + ` [data-testid="` + testid + `"]`
	b.do("press "+sel, func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for {
			none, err := chromedp.Click(chromedp.CSS(sel), chromedp.NodeVisible)(ctx, t)
			if gone, ok := errors.AsType[*cdproto.Error](err); !ok || gone.Code != -32000 || ctx.Err() != nil {
				return none, err
			} // redrawn between looking and pressing
		}
	})
}

func (b *browser) be(user string) {
	b.t.Helper()
	sel := `[data-testid="user-` + user + `"]`
	b.do("be "+user, chromedp.Click(chromedp.CSS(sel)), chromedp.WaitVisible(chromedp.CSS(sel+`[aria-pressed="true"]`)))
}

// sees waits until the element's text has the words.
func (b *browser) sees(sel, words string) {
	b.t.Helper()
	b.holds(fmt.Sprintf("%s says %q", sel, words), fmt.Sprintf(`(document.querySelector(%s)?.innerText ?? "").includes(%s)`, quoted(sel), quoted(words)))
}

// hears waits until one of the private sentences has the words.
func (b *browser) hears(words string) {
	b.t.Helper()
	b.holds("told "+words, fmt.Sprintf(`[...document.querySelectorAll('[data-testid="ephemeral"]')].some((e) => e.innerText.includes(%s))`, quoted(words)))
}

func (b *browser) holds(what, expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, 45*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(40*time.Second))); err != nil {
		text, _ := chromedp.Run(b.tab, chromedp.Evaluate[string](`document.body.innerText`))
		b.t.Fatalf("%s: %v; the page says\n%s", what, err, text)
	}
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// lead sends a lead and gives the selector of its card once it asks.
func (b *browser) lead(body map[string]any) (id, card string, message sim.SlackMessage) {
	b.t.Helper()
	id = b.post(http.StatusAccepted, body).ID
	message = b.card(id, asking)
	card = `[data-testid="message"][data-ts="` + message.TS + `"]`
	b.do("see the card of "+id, chromedp.WaitVisible(chromedp.CSS(card+` [data-testid="action-lead_approve"]`)))
	return id, card, message
}

// picture draws an element for the docs, if asked to.
func (b *browser) picture(name, sel string) {
	b.t.Helper()
	if *pictures == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.tab, 45*time.Second)
	defer cancel()
	box, err := chromedp.Run(ctx, chromedp.Evaluate[page.Viewport](fmt.Sprintf(`(async () => {
		const sel = %s;
		document.querySelector(sel).scrollIntoView({block: "center"});
		document.activeElement?.blur();
		await Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {})));
		const r = document.querySelector(sel).getBoundingClientRect(); // it may have been redrawn
		return {x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: Math.min(r.height, 1400), scale: 1};
	})()`, quoted(sel)), chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("draw %s: %v", name, err)
	}
	image, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(70)), CaptureBeyondViewport: new(true), Clip: &box})
		return r.Data, err
	})
	switch {
	case err != nil:
		b.t.Fatalf("draw %s: %v", name, err)
	case len(image) > 150_000:
		b.t.Errorf("%s has %d bytes", name, len(image))
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".webp"), image, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// TestInTheBrowser is a reviewer's day at the channel page; -pictures draws what
// docs/reviewing.md shows of it.
func TestInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {undo: 10m}")
	b := w.browse()
	const modal = `[data-testid="modal"][open]`
	closed := func() { b.holds("the form is closed", `!document.querySelector('[data-testid="modal"]').open`) }

	id, card, _ := b.lead(fit("northwind.example"))
	b.be("U0CLEO")
	b.press(card, "action-lead_approve")
	b.hears("Only configured reviewers")
	b.be(demoReviewer)
	b.picture("card", card)
	b.press(card, "action-lead_details")
	b.sees(modal, "Every line of the score")
	b.picture("details", modal)
	b.press(modal, "modal-close")
	closed()
	b.do("double click", chromedp.DoubleClick(chromedp.CSS(card+` [data-testid="action-lead_approve"]`)))
	b.sees(card, "Approved by")
	b.holds("the card asks nothing any more", `!document.querySelector('`+card+` [data-testid="action-lead_approve"]')`)
	b.sees(card, "View thread")
	b.picture("decided", card)
	if r := w.record(id); r.Stage != lead.Approved || count(r, "approved") != 1 {
		t.Errorf("stage %s after %d approvals", r.Stage, count(r, "approved"))
	}
	b.press(card, "action-lead_undo")
	b.sees(card, "Undone by")
	b.press(card, "action-lead_approve")
	b.holds("the card is decided in its second round", `document.querySelector('`+card+`')?.innerText.includes("Review round 2") && !document.querySelector('`+card+` [data-testid="action-lead_approve"]')`)

	b.press(card, "replies")
	const timeline = `.thread article:last-child`
	b.sees(timeline, "Undone by")
	b.picture("thread", timeline)
	b.do("close the thread", chromedp.Click(chromedp.CSS("#panel-close"), chromedp.NodeVisible))

	// Somebody else decides while the screen still shows the buttons.
	id, card, message := b.lead(fit("havelpay.example"))
	b.holds("the page hears of nothing", `(() => {
		const ask = fetch, caughtUp = new Promise((now) => (window.catchUp = now));
		window.fetch = async (to, how) => { if (String(to).startsWith("api/state")) await caughtUp; return ask(to, how); };
		return true;
	})()`)
	w.click("U0BRUNO", message, "lead_approve")
	w.card(id, settled)
	b.press(card, "action-lead_approve")
	w.told(demoReviewer, "already approved")
	b.holds("the page hears again", `(catchUp(), true)`)
	b.hears("was already approved by @Bruno Conti")
	b.sees(card, "Approved by @Bruno Conti")
	if r := w.record(id); count(r, "approved") != 1 || r.Review.By != "U0BRUNO" {
		t.Errorf("%d approvals, review %+v", count(r, "approved"), r.Review)
	}

	id, card, _ = b.lead(plain("polderlogic.example"))
	b.press(card, "action-lead_approve")
	b.sees(modal, "The approval stands")
	b.picture("why", modal)
	b.do("say why", chromedp.SendKeys(chromedp.CSS(modal+` [data-testid="field-note"]`), "Sales knows them for years"))
	b.press(modal, "modal-submit")
	closed()
	b.sees(card, "Sales knows them for years")
	if r := w.record(id); !r.Review.Override || r.Review.Note != "Sales knows them for years" {
		t.Errorf("review %+v", r.Review)
	}

	id, card, _ = b.lead(fit("clarascope.example"))
	b.press(card, "action-lead_reject")
	b.sees(modal, "Reject this lead")
	b.do("choose a reason", chromedp.SetValue(chromedp.CSS(modal+` [data-testid="field-reason"]`), "no_intent"),
		chromedp.SendKeys(chromedp.CSS(modal+` [data-testid="field-note"]`), "They only compare prices"))
	b.picture("reject", modal)
	b.press(modal, "modal-submit")
	closed()
	b.sees(card, "No real intent to buy")
	if r := w.record(id); r.Stage != lead.Rejected || r.Review.Reason != "no_intent" {
		t.Errorf("stage %s, review %+v", r.Stage, r.Review)
	}

	id, card, _ = b.lead(fit("tidewater-coop.example"))
	edit := func() {
		b.press(card, "action-lead_edit")
		b.do("choose from the menu", chromedp.Click(chromedp.CSS(card+` [role="menuitem"]`), chromedp.NodeVisible))
		b.sees(modal, "Edit facts")
	}
	edit()
	b.picture("edit", modal)
	b.do("write a number", chromedp.SetValue(chromedp.CSS(modal+` [data-testid="field-employees"]`), "5"))
	b.press(modal, "modal-submit")
	closed()
	b.sees(card, "Edited by")
	b.sees(card, "View thread") // drawn for the last time: an open menu stays

	// Somebody else decides while the form is open: the form says so.
	edit()
	if status, body := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey, map[string]any{"decision": "reject", "reason": "wrong_data"}); status != http.StatusOK {
		t.Fatalf("the decision is answered %d: %s", status, body)
	}
	b.do("write another number", chromedp.SetValue(chromedp.CSS(modal+` [data-testid="field-employees"]`), "500"))
	b.press(modal, "modal-submit")
	b.sees(modal, "already rejected")
	b.press(modal, "modal-close")
	closed()
	if r := w.record(id); count(r, "edited") != 1 || r.Stage != lead.Rejected {
		t.Errorf("%d edits, stage %s", count(r, "edited"), r.Stage)
	}
	b.holds("every block is drawn", `!document.querySelector(".unknown")`)
	if strings.Contains(w.log.String(), "level=ERROR") {
		t.Error("the service logged an error")
	}
}

// TestInTheBrowserOnAPhone: each card of the demo, and one of a lead with long names,
// is no taller than 500 px on a screen of 390, in each language.
func TestInTheBrowserOnAPhone(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en", "it"} {
		t.Run(locale, func(t *testing.T) {
			w := newWorld(t, nil)
			w.start("slack: {rate: 9, locale: " + locale + "}")
			b := w.browse()
			b.do("hold a phone", chromedp.EmulateViewport(390, 1500))
			leads, err := cast(w.now())
			if err != nil {
				t.Fatal(err)
			}
			long := fit("fatturachiara.example")
			long["partner"] = map[string]any{"id": "brightside-agency", "tier": "certified", "contact": "Konstantin von Hohenberg-Sonnenfeld"}
			long["contact"] = map[string]any{"email": "bartholomew@fatturachiara.example", "name": "Bartholomew Featherstonehaugh-Cholmondeley", "title": "Vice President of Revenue Operations, EMEA"}
			long["company"] = map[string]any{"name": "Donaudampfschifffahrts-Elektrizitätswerke Betriebs- und Verwaltungsgesellschaft mbH", "employees": 12, "country": "DE"}
			long["use_case"] = "We would like to bring what our partners tell us about their customers into one place, so that nobody types it in twice"
			for _, part := range append(leads, part{Lead: long}) {
				if status, body := w.request(http.MethodPost, "/v1/leads", demoCRMKey, part.Lead); status/100 != 2 {
					t.Fatalf("%d: %s", status, body)
				}
			}
			b.holds("the cards are there", `document.querySelectorAll('[data-testid="action-lead_approve"]').length >= 13`)
			heights, err := chromedp.Run(b.tab, chromedp.Evaluate[map[string]float64](`Object.fromEntries([...document.querySelectorAll('[data-testid="message"]')]
				.filter((m) => m.querySelector('[data-testid="action-lead_approve"]')).map((m) => [m.innerText, m.getBoundingClientRect().height]))`))
			if err != nil {
				t.Fatal(err)
			}
			if locale == "en" {
				b.picture("phone", `[data-testid="message"]`)
			}
			for card, height := range heights {
				if height > 500 {
					t.Errorf("%.0f px:\n%s", height, card)
				}
			}
		})
	}
}
