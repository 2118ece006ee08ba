// Package prompts holds what is said to the model: the instructions and the
// function schemas as files, and the rendering of a company and of its pages.
// It decides nothing.
package prompts

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"leadtriage/internal/lead"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Edition counts the wordings of both readings, and Version names them: it stands on
// every fact found with them. Raise it with any change that may change an answer.
// What was found by an older edition is read a second time again.
const (
	Edition = 3
	Version = "firmographics@3"
)

// Names of the functions that the model may call.
const (
	FetchPage           = "fetch_page"
	RecordFirmographics = "record_firmographics"
	ReadQuotes          = "read_quotes"
)

// maxName is how many runes of a company's name are shown; a name is sent by
// others and may be of any length.
const maxName = 120

var (
	//go:embed system.md
	system string
	//go:embed fetch_page.json
	fetchPage []byte
	//go:embed record_firmographics.json
	recordFirmographics []byte
	//go:embed industries.md
	industries string
	//go:embed read_quotes.md
	readQuotes string
	//go:embed read_quotes_fields.md
	readQuotesFields string
	//go:embed read_quotes.json
	readQuotesTool []byte
)

// Tool is a function that the model may call. Schema is a strict JSON Schema:
// every property is required and none may be added.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"parameters"`
}

var tools = []Tool{mustTool(fetchPage), mustTool(recordFirmographics)}

// System is the text that comes first. It is the same for every company, so
// that a provider's prompt cache can keep it.
func System() string { return system + "\n" + industries }

// Tools lists the functions in the order in which they are offered.
func Tools() []Tool { return append([]Tool(nil), tools...) }

// User opens the conversation about one company; its sources follow. The name
// may be empty. Where fields are named, nothing else is asked for.
func User(name, domain string, fields []lead.Field) string {
	name = clip(name)
	only := ""
	if len(fields) > 0 {
		only = fmt.Sprintf("Record these fields only; the others are known: %s.\n", listed(fields))
	}
	return fmt.Sprintf("<company name=\"%s\" domain=\"%s\"/>\n%sIts pages so far:\n", attribute(name), attribute(domain), only)
}

func listed(fields []lead.Field) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(fields), " ", ", "), "[]")
}

// clip is a name as one line of at most maxName runes.
func clip(name string) string {
	name = strings.Join(strings.Fields(clean(name)), " ")
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName])
	}
	return name
}

// Source renders a page. The text is escaped, so that no page can close its
// source or open another one; invisible characters are left out.
func Source(id, url, text string) string {
	return fmt.Sprintf("<source id=\"%s\" url=\"%s\">%s</source>\n", attribute(id), attribute(url), escape(clean(text)))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escape(s string) string { return escaper.Replace(s) }

func attribute(s string) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	return strings.ReplaceAll(escape(s), `"`, "&quot;")
}

// clean drops invalid bytes, control characters and invisible format characters
// (zero-width, bidirectional, tags), which can carry text that no reader sees.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= ' ' && r < 0x7f, r == '\n' || r == '\t':
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// mustTool decodes an embedded file; only a broken build panics.
func mustTool(file []byte) Tool {
	var t Tool
	if err := json.Unmarshal(file, &t); err != nil {
		panic(fmt.Sprintf("prompts: decode a function: %v", err))
	}
	var short bytes.Buffer
	if json.Compact(&short, t.Schema) == nil { // blanks are tokens
		t.Schema = short.Bytes()
	}
	return t
}
