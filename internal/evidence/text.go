package evidence

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"leadtriage/internal/lead"

	"golang.org/x/text/unicode/norm"
)

// Limits, in runes.
const (
	minQuote   = 3   // letters and digits
	maxQuote   = 600 // as recorded; a longer one stands nowhere
	maxContext = 70  // of what is shown on either side of a quote, and of its heading
)

// Text is one page's text as it was shown, ready for looking up quotes. Lines that
// start with "> " hold others' words, lines that start with "#" are headings.
type Text struct {
	raw    string
	tokens []token
}

// token is a word, a number with its separators, a sign that counts (50 %, R&D, 500+)
// or a dash between two of them. All other marks only separate.
type token struct {
	folded     string // NFKC, lower case
	start, end int    // bytes of the text
}

// NewText reads a page's text once for all quotes.
func NewText(s string) Text { return Text{s, tokenize(s)} }

// Find returns where the quote stands in the company's own words; stands is true
// also where it stands in others' words alone, own is false then. Word for word:
// white space, case, Unicode form and the marks between words, cells and lines
// aside, nothing may differ, and no word or number is cut.
func (t Text) Find(quote string) (p lead.Passage, stands, own bool) {
	if utf8.RuneCountInString(quote) > maxQuote {
		return p, false, false
	}
	sought := tokenize(quote)
	if strings.Contains(quote, "&") && t.next(0, sought) < 0 {
		sought = tokenize(html.UnescapeString(quote)) // the model read an escaped page
	}
	if meaningful(sought) < minQuote {
		return p, false, false
	}
	for i := t.next(0, sought); i >= 0; i = t.next(i+1, sought) {
		stands = true
		from, to := t.tokens[i].start, t.tokens[i+len(sought)-1].end
		if t.others(from, to) {
			continue
		}
		return t.passage(from, to), true, true
	}
	return p, stands, false
}

// next is the token from i on at which the sequence stands; below 0: there is none.
func (t Text) next(i int, sought []token) int {
	for ; i < len(t.tokens); i++ {
		if t.at(i, sought) {
			return i
		}
	}
	return -1
}

// at reports whether the sequence stands at token i and cuts no number there:
// "500 people" does not stand in "12 500 people", nor "200 people" in "51-200 people".
func (t Text) at(i int, sought []token) bool {
	end := i + len(sought)
	if len(sought) == 0 || end > len(t.tokens) {
		return false
	}
	for j, k := range sought {
		if t.tokens[i+j].folded != k.folded {
			return false
		}
	}
	return !t.joined(i-1, i) && !t.joined(end-1, end)
}

// joined reports whether tokens i and j, neighbours, are parts of one number: a group
// of three digits behind a blank, or figures with a dash between them.
func (t Text) joined(i, j int) bool {
	if i < 0 || j >= len(t.tokens) {
		return false
	}
	a, b := t.tokens[i], t.tokens[j]
	switch gap := t.raw[a.end:b.start]; {
	case a.folded == "-" || b.folded == "-":
		return gap == "" && (isNumber(a.folded) || isNumber(b.folded))
	case !isNumber(a.folded) || !isNumber(b.folded):
		return false
	default:
		return utf8.RuneCountInString(gap) == 1 && gap != "\n" && len(a.folded) <= 3 && len(b.folded) == 3
	}
}

// others reports whether a line that the span touches holds others' words.
func (t Text) others(from, to int) bool {
	start := strings.LastIndexByte(t.raw[:from], '\n') + 1
	for line := range strings.SplitSeq(t.raw[start:to], "\n") {
		if strings.HasPrefix(line, othersMark) {
			return true
		}
	}
	return false
}

const othersMark = "> "

func (t Text) passage(from, to int) lead.Passage {
	lineStart := strings.LastIndexByte(t.raw[:from], '\n') + 1
	lineEnd := len(t.raw)
	if n := strings.IndexByte(t.raw[to:], '\n'); n >= 0 {
		lineEnd = to + n
	}
	above, below := "", ""
	if lineStart > 0 {
		above = t.raw[strings.LastIndexByte(t.raw[:lineStart-1], '\n')+1 : lineStart-1]
	}
	if lineEnd < len(t.raw) {
		below, _, _ = strings.Cut(t.raw[lineEnd+1:], "\n")
	}
	return lead.Passage{
		Heading: Cut(t.heading(lineStart), maxContext),
		Before:  last(context(t.raw[lineStart:from], above), maxContext),
		Text:    OneLine(t.raw[from:t.behind(to)]),
		After:   Cut(context(t.raw[t.behind(to):lineEnd], below), maxContext),
	}
}

// behind is to with the marks that end a word or a sentence.
func (t Text) behind(to int) int {
	for to < len(t.raw) && strings.IndexByte(`.!?)"`, t.raw[to]) >= 0 {
		to++
	}
	return to
}

// heading is the nearest one that ends before a byte.
func (t Text) heading(before int) string {
	for before > 0 {
		start := strings.LastIndexByte(t.raw[:before-1], '\n') + 1
		if line := t.raw[start : before-1]; strings.HasPrefix(line, "#") {
			return strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
		before = start
	}
	return ""
}

// context is the rest of a line, or where that has no word the line next to it. A heading
// above is shown as such, and one below begins something else.
func context(rest, next string) string {
	switch {
	case strings.ContainsFunc(rest, isWord):
		return OneLine(rest)
	case strings.ContainsFunc(next, isWord) && next[0] != '#':
		return OneLine(next)
	}
	return ""
}

// OneLine makes one line of printable text.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return r <= ' ' || r >= 0x7f && r < 0xa1 || r == '\u2028' || r == '\u2029'
	}), " ")
}

// Cut is the text, or so many runes of its beginning with a … at the end.
func Cut(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes-1]) + "…"
}

func last(s string, runes int) string {
	if n := utf8.RuneCountInString(s); n > runes {
		return "…" + string([]rune(s)[n-runes+1:])
	}
	return s
}

func tokenize(s string) []token {
	tokens := make([]token, 0, len(s)/6+1)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		end := i + size
		switch {
		case unicode.Is(unicode.Nd, r):
			end = numberEnd(s, i)
		case isWord(r):
			for end < len(s) {
				r, size := utf8.DecodeRuneInString(s[end:])
				if !isWord(r) && r != '\u00ad' {
					break
				}
				end += size
			}
		case counts(r):
		case isDash(r) && i > 0 && bounded(s, i, end):
		default:
			i = end
			continue
		}
		tokens = append(tokens, token{fold(s[i:end]), i, end})
		i = end
	}
	return tokens
}

// numberEnd reads digits with one of . , ' between them.
func numberEnd(s string, i int) int {
	end := i
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.Is(unicode.Nd, r):
			i += size
			end = i
		case i == end && (r == '.' || r == ',' || r == '\'' || r == '’'):
			i += size
		default:
			return end
		}
	}
	return end
}

// isWord: letters, digits and the marks on them. A number of another kind is none:
// "250¹" is 250 with a footnote.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.M, r) || unicode.Is(unicode.Nd, r)
}

// counts are the signs that a quote may not lack or add.
func counts(r rune) bool {
	return strings.ContainsRune("%&+@/=<~$§", r) && r != utf8.RuneError || r > unicode.MaxASCII && unicode.In(r, unicode.Sc, unicode.Sm)
}

func isDash(r rune) bool { return r == '-' || r >= '‐' && r <= '―' || r == '−' || r == '﹣' }

// bounded reports whether words stand on both sides of [i, end).
func bounded(s string, i, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return isWord(before) && isWord(after)
}

func fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	if r, size := utf8.DecodeRuneInString(s); size == len(s) && isDash(r) {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u00ad':
			return -1
		case '’':
			return '\''
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}

func isNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func meaningful(tokens []token) (n int) {
	for _, k := range tokens {
		if r, _ := utf8.DecodeRuneInString(k.folded); isWord(r) {
			n += utf8.RuneCountInString(k.folded)
		}
	}
	return n
}
