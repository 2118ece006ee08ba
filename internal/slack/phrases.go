package slack

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// phrasebook says the sentences of the score in another language. A score is
// recorded with its reasons in English, and a record must read the same in
// years; so the translation starts from the sentence, pattern by pattern, and
// works for every score on record. What no pattern knows stays as it is: it is
// an operator's own sentence, or a value.
type phrasebook struct {
	patterns func() []phrase // the first that fits is taken; nil: English, which a score speaks itself
	say      *catalogue
}

// phrase is a pattern and its translation. %s stands for any text and %l for a
// list, which are translated in turn; %d is a number, %q stands in quotes. They
// keep their order. Beside parentheses they hold none.
type phrase struct {
	pattern *regexp.Regexp
	in      string
}

// phrases compiles pairs of lines, the English one first; nil without any.
func phrases(text string) func() []phrase {
	if text == "" {
		return nil
	}
	return sync.OnceValue(func() (list []phrase) {
		english := ""
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			switch {
			case line == "":
			case english == "":
				english = line
			default:
				p := regexp.QuoteMeta(english)
				p = strings.NewReplacer(`%s \(`, `([^()]+?) \(`, `%s\)`, `([^()]+)\)`, `%l\)`, `([^()]+)\)`, "%s", "(.+?)", "%l", "(.+?)", "%d", `([0-9]+)`, "%q", `"(.*)"`).Replace(p)
				list = append(list, phrase{regexp.MustCompile("^(?i)" + p + "$"), line})
				english = ""
			}
		}
		return list
	})
}

var placeholder = regexp.MustCompile("%[sldq]")

// translate leaves a sentence as it is where there is no phrasebook. Texts are
// short: what is longer than any sentence of ours is not one.
func (b phrasebook) translate(s string) string {
	if b.patterns == nil || len(s) > 1500 {
		return s
	}
	out := b.said(s, 8)
	if first, size := utf8.DecodeRuneInString(s); unicode.IsUpper(first) && out != s && size > 0 {
		first, size = utf8.DecodeRuneInString(out)
		out = string(unicode.ToUpper(first)) + out[size:]
	}
	return out
}

func (b phrasebook) said(s string, depth int) string {
	if term, ok := b.say.Terms[strings.ReplaceAll(s, " ", "_")]; ok {
		return term
	}
	if depth == 0 {
		return s
	}
	for _, p := range b.patterns() {
		m := p.pattern.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		args := slices.Clone(m[1:])
		return placeholder.ReplaceAllStringFunc(p.in, func(kind string) string {
			arg := args[0]
			args = args[1:]
			switch kind {
			case "%s":
				return b.said(arg, depth-1)
			case "%l":
				return b.listed(arg, depth-1)
			}
			return arg
		})
	}
	return s
}

// list is translate for what may be a list.
func (b phrasebook) list(s string) string {
	if b.patterns == nil {
		return s
	}
	return b.listed(s, 8)
}

// cut is strings.Cut at the first joint that stands in no parentheses.
func cut(s, joint string) (before, after string, ok bool) {
	depth := 0
	for i := range s {
		switch {
		case s[i] == '(':
			depth++
		case s[i] == ')':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], joint):
			return s[:i], s[i+len(joint):], true
		}
	}
	return s, "", false
}

func (b phrasebook) listed(s string, depth int) string {
	if !strings.Contains(s, "; ") {
		if out := b.said(s, depth); out != s || depth == 0 {
			return out
		}
	}
	for _, joint := range [][2]string{{"; ", "; "}, {", ", ", "}, {" and ", " " + b.say.And + " "}, {" or ", " " + b.say.Or + " "}} {
		if before, after, ok := cut(s, joint[0]); ok {
			return b.listed(before, depth-1) + joint[1] + b.listed(after, depth-1)
		}
	}
	return s
}
