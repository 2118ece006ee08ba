package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// The functions that the model knows what to do with (CONTRACT "Model functions").
const (
	fetchFunction  = "fetch_page"
	recordFunction = "record_firmographics"
	readFunction   = "read_quotes"
)

// maxFetches is how many pages the model asks for before it settles for what
// it has.
const maxFetches = 2

// think is the model: it reads quotes where it is asked to; else it reads the sources
// of the conversation, asks for a page that it knows of, and records what it found.
func (l labels) think(p *modelPrompt) modelReply {
	if _, ok := p.tool(readFunction); ok {
		return modelReply{calls: []modelCall{{name: readFunction, arguments: encodeArguments(map[string]any{"readings": l.readings(p.texts)})}}}
	}
	if p.form.name == readFunction {
		return modelReply{text: encodeArguments(map[string]any{"readings": l.readings(p.texts)})}
	}
	sources := findSources(p.texts)
	if _, ok := p.tool(fetchFunction); ok && len(p.called) < maxFetches {
		if urls := l.wantedPages(sources, p.called); len(urls) > 0 {
			if !p.parallel {
				urls = urls[:1]
			}
			var r modelReply
			for _, u := range urls {
				r.calls = append(r.calls, fetchCall(u))
			}
			return r
		}
	}
	found := l.claims(sources)
	if tool, ok := p.tool(recordFunction); ok {
		return modelReply{calls: []modelCall{{name: recordFunction, arguments: recordArguments(tool, found)}}}
	}
	if p.form.name != "" {
		return modelReply{text: recordArguments(p.form, found)}
	}
	return modelReply{text: found.Summary}
}

func fetchCall(url string) modelCall {
	return modelCall{name: fetchFunction, arguments: encodeArguments(map[string]string{"url": url})}
}

// oneMorePage is what a model says that never has enough.
func oneMorePage(r modelReply, p *modelPrompt) modelReply {
	if _, ok := p.tool(fetchFunction); !ok {
		return r
	}
	base := "https://company.example"
	if sources := findSources(p.texts); len(sources) > 0 {
		if u, err := url.Parse(sources[0].URL); err == nil {
			base = u.Scheme + "://" + u.Host
		}
	}
	return modelReply{calls: []modelCall{fetchCall(fmt.Sprintf("%s/more/%d", base, len(p.called)+1))}}
}

// recordArguments are what was found, less what a strict schema would not let
// a model say.
func recordArguments(t modelTool, found reading) string {
	accepts := func(string) bool { return true }
	if t.strict {
		accepts = acceptor(t)
	}
	allowed := reading{Facts: []readFact{}, Summary: found.Summary}
	for _, f := range found.Facts {
		if more := append(allowed.Facts, f); accepts(encodeArguments(reading{more, found.Summary})) {
			allowed.Facts = more
		}
	}
	return encodeArguments(allowed)
}

func encodeArguments(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("encode arguments: %v", err))
	}
	return strings.TrimSpace(b.String())
}
