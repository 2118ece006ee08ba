package enrich_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

const people = "We have 250 employees. We were founded in 1999."

// said is an answer of a chat server in so many words.
func said(finish, message string) func(*http.Request) (*http.Response, error) {
	return answer(200, `{"created":1796065385.59,"choices":[{"finish_reason":"`+finish+`","message":`+message+`}],"usage":{"prompt_tokens":9.0,"completion_tokens":"7"}}`)
}

// Small deviations never cost what is good beside them.
func TestWhatIsPlainlyMeantIsTaken(t *testing.T) {
	const good = `{"field":"employees","value":250,"source_id":1,"quote":"We have 250 employees.","confidence":"high"}`
	const bad = `{"field":"shoe_size","value":"42","source_id":"s1","quote":"x","confidence":1}`
	called := func(name, arguments string) string {
		return `{"role":"assistant","tool_calls":[{"function":{"name":"` + name + `","arguments":` + arguments + `}}]}`
	}
	text := func(s string) string {
		raw, _ := json.Marshal(s)
		return string(raw)
	}
	for name, message := range map[string]string{
		"arguments as an object":     called("record_firmographics", `{"facts":[`+good+`]}`),
		"a name with more around it": called("functions.record_firmographics:0", text(`{"facts":[`+good+`],"summary":null}`)),
		"a bad fact beside":          called("record_firmographics", text(`{"facts":[`+bad+`,`+good+`,7],"extra":1}`)),
		"thoughts first": `{"role":"assistant","content":` + text(`<think>Is it {employees: 240}? The page says {"n": 250}.</think>`+
			`{"facts":[`+good+`]}`) + `}`,
		"parts of text": `{"role":"assistant","content":[{"type":"text","text":` + text(`{"facts":[`+good+`]}`) + `}]}`,
	} {
		reads := said("stop", called("read_quotes", `{"readings":[{"id":"q1","values":250,"of":"whole_company","when":"now"}]}`))
		w := &wire{answers: []func(*http.Request) (*http.Response, error){said("stop", message), reads}}
		p, err := enricher(t, options(onePage(people), model(enrich.Chat, w, io.Discard))).Enrich(t.Context(), "", site)
		if err != nil || verifiedFacts(p)[lead.Employees] != "250" || len(w.bodies) != 2 || p.Usage.PromptTokens != 18 {
			t.Errorf("%s: %v, %+v after %d requests, %+v", name, err, p.Facts, len(w.bodies), p.Usage)
		}
	}
}

// An answer that was cut off before anything was said is not bought again: the error
// names the setting.
func TestACutAnswerIsNotBoughtAgain(t *testing.T) {
	for api, cut := range map[enrich.API]func(*http.Request) (*http.Response, error){
		enrich.Chat:      said("length", `{"role":"assistant","content":""}`),
		enrich.Responses: answer(200, `{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"reasoning","id":"rs_1","summary":[]}]}`),
	} {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){cut}}
		_, err := enricher(t, options(onePage(people), model(api, w, io.Discard))).Enrich(t.Context(), "", site)
		if kind, _ := lead.KindOf(err); !errors.Is(err, enrich.ErrCut) || kind != lead.Permanent || len(w.bodies) != 1 || !strings.Contains(err.Error(), "enrichment.max_output") {
			t.Errorf("%s: %v (kind %d) after %d requests", api, err, kind, len(w.bodies))
		}
	}
}

// What an endpoint refuses by its name is left out from then on, and nothing else is.
func TestRefusedParametersAreLeftOut(t *testing.T) {
	refuses := func(names ...string) func(*http.Request) (*http.Response, error) {
		return answer(422, `{"detail":[{"loc":["body","`+strings.Join(names, `"],"msg":"not known"},{"loc":["body","`)+`"],"msg":"not known"}]}`)
	}
	w := &wire{answers: []func(*http.Request) (*http.Response, error){refuses("store"), refuses("max_completion_tokens", "strict"), good(enrich.Chat)}}
	m := model(enrich.Chat, w, io.Discard)
	for range 2 {
		if _, err := m.Ask(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
	}
	for i, last := range w.bodies[2:] {
		if strings.Contains(last, `"store"`) || strings.Contains(last, `"strict"`) || !strings.Contains(last, `"max_tokens":8192`) || !strings.Contains(last, prompts.FetchPage) {
			t.Errorf("request %d is %s", i+2, last)
		}
	}
	if len(w.bodies) != 4 {
		t.Errorf("%d requests for two questions", len(w.bodies))
	}
}

// The server's own words are shown, whatever their form, cut and cleaned.
func TestAServersWordsAreShown(t *testing.T) {
	for body, want := range map[string]string{
		`[{"error":{"code":400,"message":"a function call lacks its thought_signature"}}]`: "a function call lacks its thought_signature",
		`{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"}]}`:    "Field required [body model]",
		`{"detail":"no \u0007such\nthing"}`:                                                "no such thing",
		`no JSON at all`:                                                                   "no JSON at all",
		`<html><title>Bad day</title><p>x`:                                                 "Bad day",
		`{"error":"` + strings.Repeat("long ", 200) + `"}`:                                 "long long",
	} {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){answer(400, body)}}
		_, err := model(enrich.Chat, w, io.Discard).Ask(t.Context(), question())
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("%s: %v", fmt.Sprintf("%.40s", body), err)
		}
	}
}
