package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
)

// firstReading is one company's conversation with the model, from its first pages to
// record_firmographics.
type firstReading struct {
	e        *Enricher
	name     string
	domain   string
	want     wanted
	user     string
	sources  []source
	fetched  int // pages that the model asked for
	rounds   []Round
	usage    lead.Usage
	model    string
	asked    []string    // names of the providers that the model asked
	provided []lead.Fact // by them
}

// run asks until the model has recorded. A round that uses no function as it
// should is answered with what was wrong; the second one in a row ends the talk.
func (t *firstReading) run(ctx context.Context) (record, error) {
	mistakes := 0
	// The last round is forced to record; a mistake there has one more.
	for round := 1; ; round++ {
		last := round >= t.e.opts.Limits.Rounds || t.short()
		turn, err := t.ask(ctx, last || mistakes > 0 && t.rounds[len(t.rounds)-1].Say != "")
		if err != nil {
			return record{}, err
		}
		recorded, done, mistaken := t.answer(ctx, turn, last)
		if done {
			recorded.Facts = slices.DeleteFunc(recorded.Facts, func(c claim) bool { return !t.want.has(c.Field) })
			recorded.Facts = recorded.Facts[:min(len(recorded.Facts), maxFacts)]
			return recorded, nil
		}
		if ctx.Err() != nil {
			return record{}, cancelled(ctx)
		}
		if !mistaken {
			mistakes = 0
			continue
		}
		if mistakes++; mistakes == 2 || round > t.e.opts.Limits.Rounds || turn.silenced() {
			return record{}, complaintOf(turn)
		}
	}
}

// complaintOf is the error of an answer that was of no use. One that was cut off would be
// cut off again, and be paid again.
func complaintOf(turn Turn) error {
	switch turn.Finish {
	case Refused:
		return lead.Faultf(lead.Temporary, 0, "ask the model: %w", ErrRefused)
	case Cut:
		return lead.Faultf(lead.Permanent, 0, "ask the model: %w (%d tokens)", ErrCut, turn.Usage.CompletionTokens)
	}
	return lead.Faultf(lead.Temporary, 0, "ask the model: %w", ErrRubbish)
}

// silenced reports whether the limit was reached before the model said anything.
func (t Turn) silenced() bool { return t.Finish == Cut && len(t.Calls) == 0 && t.Text == "" }

func (t *firstReading) ask(ctx context.Context, force bool) (Turn, error) {
	if spent := t.usage.PromptTokens + t.usage.CompletionTokens; spent >= t.e.opts.Limits.Tokens {
		return Turn{}, lead.Faultf(lead.Permanent, 0, "ask the model: %w (%d of %d tokens)", ErrBudget, spent, t.e.opts.Limits.Tokens)
	}
	c := Conversation{Prompt: t.e.opts.Prompts.Version, System: t.e.opts.Prompts.System, Tools: t.e.tools, User: t.user, Rounds: t.rounds}
	if force {
		c.Force = prompts.RecordFirmographics
	}
	turn, err := t.e.ask(ctx, c)
	t.usage, t.model = t.usage.Add(turn.Usage), turn.Model
	return turn, err
}

// short reports whether the token budget has room for one more question only.
func (t *firstReading) short() bool {
	if len(t.rounds) == 0 {
		return false
	}
	newest := t.rounds[len(t.rounds)-1]
	next := newest.Turn.Usage.PromptTokens + newest.Turn.Usage.CompletionTokens
	for _, a := range newest.Answers {
		next += len(a.Text) / 3 // a token is about four bytes; rather too many
	}
	return t.usage.PromptTokens+t.usage.CompletionTokens+2*next > t.e.opts.Limits.Tokens
}

// answer answers every call of the turn and notes the round. done: the facts
// are recorded. mistaken: a call was wrong, or there was none.
func (t *firstReading) answer(ctx context.Context, turn Turn, last bool) (recorded record, done, mistaken bool) {
	recorded, done, wrong := recordOf(turn)
	if done {
		return recorded, true, false
	}
	round := Round{Turn: turn}
	for _, call := range turn.Calls {
		text, mistake := wrong[call.ID], true
		if text != "" {
			text += "\nCall " + prompts.RecordFirmographics + " once more with all facts."
		} else {
			text, mistake = t.serve(ctx, call, last)
		}
		mistaken = mistaken || mistake
		round.Answers = append(round.Answers, Answer{call.ID, text})
	}
	if len(turn.Calls) == 0 {
		mistaken = true
		round.Say = strings.TrimSpace(wrong[""] + "\nCall " + prompts.RecordFirmographics + " now with the facts that the sources state, " +
			"or with an empty list if they state none. Do not answer in text.")
	}
	t.rounds = append(t.rounds, round)
	return record{}, false, mistaken
}

// recordOf joins what the turn's calls record, and says by call what is wrong with those
// that do not fit.
func recordOf(turn Turn) (all record, done bool, wrong map[string]string) {
	wrong = map[string]string{}
	for _, call := range turn.of(prompts.RecordFirmographics) {
		r, complaint := decodeRecord(call.Arguments, turn.Finish)
		if complaint != "" {
			wrong[call.ID] = complaint
			continue
		}
		done = true
		all.Facts = append(all.Facts, r.Facts...)
		all.Summary = cmp.Or(all.Summary, r.Summary)
	}
	return all, done, wrong
}

// function is the one on offer that is called, whatever stands round its name; else the
// name itself.
func (t *firstReading) function(call Call) (name string) {
	for _, tool := range t.e.tools {
		if strings.Contains(call.Name, tool.Name) && len(tool.Name) > len(name) {
			name = tool.Name
		}
	}
	return cmp.Or(name, call.Name)
}

// serve answers a call that does not record.
func (t *firstReading) serve(ctx context.Context, call Call, last bool) (text string, wrong bool) {
	function := t.function(call)
	if p := t.e.asks(function); p != nil {
		return t.consult(ctx, p, last), false
	}
	if function != prompts.FetchPage {
		return fmt.Sprintf("There is no such function. Call %s or %s.", prompts.FetchPage, prompts.RecordFirmographics), true
	}
	var arguments struct{ URL string }
	if err := json.Unmarshal([]byte(call.Arguments), &arguments); err != nil || strings.TrimSpace(arguments.URL) == "" {
		return `The arguments must be JSON: {"url":"https://…"}.`, true
	}
	if known := t.shownAs(arguments.URL); known != "" && !last {
		return known, false
	}
	if last || t.fetched >= maxPages {
		return "No further page may be read. Call " + prompts.RecordFirmographics + " with what the sources state.", last
	}
	t.fetched++
	p, err := t.e.opts.Pages.Page(ctx, arguments.URL, t.domain)
	switch {
	case err == nil:
		if known := t.shownAs(p.URL); known != "" {
			return known, false
		}
		return t.show(p, trim(p.Text, pageRunes, len(p.Text))), false
	case errors.Is(err, page.ErrForbiddenAddress):
		return "Refused: write the full address of a public page, such as https://" + t.domain + "/about.", false
	case errors.Is(err, page.ErrForeign):
		return "Refused: only pages of " + t.domain + " may be read.", false
	case errors.Is(err, page.ErrNotFound):
		return "There is no such page.", false
	case errors.Is(err, page.ErrDisallowed):
		return "The site asks programs not to read this page.", false
	default:
		return "This page could not be read.", false
	}
}

// shownAs says which source the page is; empty: it was not shown.
func (t *firstReading) shownAs(address string) string {
	for _, s := range t.sources {
		if s.url == address {
			return "This page is source " + s.id + " already."
		}
	}
	return ""
}

// begin shows the pages that were read before the model is asked, within e's room.
// What several of them share, such as menus and footers, is shown once. Short pages
// leave their room to the long ones.
func (t *firstReading) begin(pages []page.Page) {
	shown := map[string]bool{}
	var texts []string
	for _, p := range pages {
		text := unshared(p.Text, shown)
		if p.Kind == page.Legal {
			text = trim(text, legalRunes, len(text))
		}
		texts = append(texts, text)
	}
	size := fairShare(texts, min(pagesRoom, t.e.opts.Limits.Tokens/2*4))
	for i, p := range pages {
		t.user += t.show(p, trim(texts[i], pageRunes, size))
	}
}

// legalRunes is what is shown of terms and privacy policies: who they are of stands at
// their beginning.
const legalRunes = 1500

// unshared leaves out the lines of a text that were shown before, and notes the others.
func unshared(text string, shown map[string]bool) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if key := strings.TrimSpace(line); !shown[key] {
			shown[key] = true
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// fairShare is how many bytes each text may have so that all fit the room.
func fairShare(texts []string, room int) int {
	sizes := make([]int, len(texts))
	for i, s := range texts {
		sizes[i] = len(s)
	}
	slices.Sort(sizes)
	for i, size := range sizes {
		share := room / (len(sizes) - i)
		if size > share {
			return share
		}
		room -= size
	}
	return room
}

// show notes a page as a source and renders what is shown of it.
func (t *firstReading) show(p page.Page, text string) string {
	if p.Claims != "" {
		return "This page says that it is of another company, and is left out.\n"
	}
	if strings.TrimSpace(text) == "" {
		return "This page has no text of its own.\n"
	}
	s := source{id: fmt.Sprintf("s%d", len(t.sources)+1), url: p.URL, text: p.Text}
	t.sources = append(t.sources, s)
	return prompts.Source(s.id, shownAddress(s.url), strings.TrimSpace(text))
}

// source is a page that the model was shown, or a part of it.
type source struct {
	id, url, text string
	words         *evidence.Text // of text, once a claim needed it
}

// trim shortens a text to so many runes and bytes at the end of a line; a first
// line that is longer than that is cut.
func trim(s string, runes, size int) string {
	n := 0
	for at, r := range s {
		if n++; n <= runes && at+utf8.RuneLen(r) <= size {
			continue
		}
		s = s[:at]
		if i := strings.LastIndexByte(s, '\n'); i > 0 {
			return s[:i]
		}
		break
	}
	return s
}

// shownAddress is a page's address as the model sees it: without mailboxes and
// phone numbers, too.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if query, err := url.QueryUnescape(u.RawQuery); err != nil || page.Mask(query) != query {
		u.RawQuery = ""
	}
	return page.MaskPath(u).String()
}
