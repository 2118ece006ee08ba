package enrich

import (
	"slices"
	"strings"
	"unicode"
)

// mark is a quotation mark, or a dash that starts a line, as it was written.
type mark struct {
	at int // runes
	r  rune
}

func isMark(r rune, lineStart bool) bool {
	return r > unicode.MaxASCII && (strings.ContainsRune("‘’‚‛“”„‟«»‹›", r) || lineStart && strings.ContainsRune("–—―", r)) || r == '"' || r == '\''
}

// quote notes which tokens are the words of somebody else: lines that start with
// ">" (as package page writes them), what stands between quotation marks and
// says something, and a line under which a person is named as its author.
func (t *text) quote(marks []mark) {
	for _, s := range quotations(t.raw, marks) {
		from, _ := slices.BinarySearchFunc(t.tokens, s[0], func(k token, at int) int { return k.start - at })
		to := from
		said := 0
		for ; to < len(t.tokens) && t.tokens[to].start < s[1]; to++ {
			if k := t.tokens[to].kind; k == word || k == number {
				said++
			}
		}
		if said >= 2 { // a single word is a name
			t.quoted(from, to)
		}
	}
	dashes := map[int]bool{}
	for _, m := range marks {
		if strings.ContainsRune("–—―", m.r) {
			dashes[m.at] = true
		}
	}
	before := -1 // where the line before starts
	for from := 0; from < len(t.tokens); {
		to := lineEnd(t.tokens, from)
		switch {
		case to == from:
		case t.tokens[from].low == ">":
			t.quoted(from, to)
		case before >= 0 && t.names(from, to, dashes) && (dashes[t.tokens[from].start] || firstPersons.any(t.tokens, before, from)):
			t.quoted(before, to)
		}
		if to > from {
			before = from
		}
		from = to + 1
	}
}

func (t *text) quoted(from, to int) {
	for i := from; i < to; i++ {
		t.tokens[i].quoted = true
	}
}

// lineEnd returns where the line that i stands in ends.
func lineEnd(tokens []token, i int) int {
	for i < len(tokens) && tokens[i].kind != lineBreak {
		i++
	}
	return i
}

// lineStart returns where the line that i stands in starts.
func lineStart(tokens []token, i int) int {
	for i > 0 && tokens[i-1].kind != lineBreak {
		i--
	}
	return i
}

var (
	firstPersons = vocabulary(`i we us our my me wir uns unser unsere unserem unseren ich mein meine noi ci nostro nostra nostri nostre io mio mia nous notre nos je`)
	jobTitles    = vocabulary(`ceo cfo coo cto cio cmo cro chro founder cofounder owner director manager head vp president chief officer lead
		geschäftsführer geschäftsführerin inhaber inhaberin leiter leiterin leitung vorstand gründer gründerin
		direttore direttrice amministratore amministratrice responsabile titolare fondatore fondatrice presidente
		directeur directrice gérant gérante fondateur fondatrice responsable président présidente`)
)

// names reports whether a line names a person as author: "— Jane Doe, Globex",
// "Jane Doe, CFO at Globex".
func (t *text) names(from, to int, dashes map[int]bool) bool {
	dashed := dashes[t.tokens[from].start]
	if dashed {
		from++
	}
	if to-from < 2 || to-from > 16 || !isName(t.tokens[from]) || !dashed && !isName(t.tokens[from+1]) {
		return false
	}
	comma := false
	for _, k := range t.tokens[from:to] {
		comma = comma || k.low == ","
		if k.kind == number || k.low == ":" {
			return false
		}
	}
	return comma && (dashed || jobTitles.any(t.tokens, from, to))
}

// quotations returns the spans of runes between quotation marks. One that is not
// closed in its line goes on to a mark that closes it in the next few, else to
// the end of the line.
func quotations(raw []rune, marks []mark) (spans [][2]int) {
	for i := 0; i < len(marks); i++ {
		m := marks[i]
		if !opens(raw, m) {
			continue
		}
		end := 0
		if single(m.r) {
			end = closeSingle(raw, marks[i:])
		} else {
			end = closeDouble(raw, marks[i:])
		}
		if end == 0 {
			continue
		}
		spans = append(spans, [2]int{m.at, end})
		for i+1 < len(marks) && marks[i+1].at < end {
			i++
		}
	}
	return spans
}

func single(r rune) bool { return strings.ContainsRune("'‘’‚‛‹›", r) }

// around are the runes beside a mark; a line's ends are blanks.
func around(raw []rune, at int) (before, after rune) {
	before, after = ' ', ' '
	if at > 0 && raw[at-1] != '\n' {
		before = raw[at-1]
	}
	if at+1 < len(raw) && raw[at+1] != '\n' {
		after = raw[at+1]
	}
	return before, after
}

func opens(raw []rune, m mark) bool {
	before, after := around(raw, m.at)
	switch m.r {
	case '–', '—', '―', '’', '”':
		return false
	case '«', '„', '‚':
		if before == ' ' {
			return true
		}
	case '»', '"':
		if before == ' ' && after == ' ' {
			return false
		}
	}
	return !unicode.IsLetter(before) && !unicode.IsDigit(before) && !strings.ContainsRune(".,;!?%)", before) && after != ' ' &&
		(m.r != '\'' || unicode.IsLetter(after))
}

const (
	maxQuotedLines = 6
	maxQuotedRunes = 3000
)

func closeDouble(raw []rune, marks []mark) int {
	start := marks[0].at
	eol := start
	for eol < len(raw) && raw[eol] != '\n' {
		eol++
	}
	depth := 0
	for _, m := range marks {
		if m.at-start > maxQuotedRunes || m.at > eol && countOf(raw[start:m.at], '\n') >= maxQuotedLines {
			break
		}
		if single(m.r) || strings.ContainsRune("–—―", m.r) {
			continue
		}
		paragraph := m.at > eol && (raw[m.at-1] == '\n')
		switch {
		case opens(raw, m) && paragraph: // each paragraph of a quotation opens it again
		case opens(raw, m):
			depth++
		default:
			depth--
		}
		if depth == 0 {
			return m.at + 1
		}
	}
	return eol
}

func countOf(runes []rune, r rune) (n int) {
	for _, have := range runes {
		if have == r {
			n++
		}
	}
	return n
}

// closeSingle takes the last mark of the line that may close: those before may be
// apostrophes. Without one there is no quotation.
func closeSingle(raw []rune, marks []mark) (end int) {
	for _, m := range marks[1:] {
		if slices.Contains(raw[marks[0].at:m.at], '\n') {
			break
		}
		before, after := around(raw, m.at)
		if single(m.r) && before != ' ' && !unicode.IsLetter(after) && !unicode.IsDigit(after) {
			end = m.at + 1
		}
	}
	return end
}
