package enrich

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of a quote, in runes after folding.
const (
	minQuote = 3
	maxQuote = 400
)

// text is a page as it is compared: NFKC, typographic quotes and dashes plain,
// invisible characters gone, white space one blank, or one line break where
// there was one. raw keeps the case, low has none; both have the same length.
type text struct {
	raw, low []rune
	flat     string // low with line breaks as blanks, for looking up quotes
	tokens   []token
	over     *over
}

// over remembers whether a page says that the company has closed, and its tokens
// without the marks that only separate.
type over struct {
	looked, closed bool
	bare           []int
}

// closed reports whether the page says that the company has closed.
func (t text) closed() bool {
	if !t.over.looked {
		t.over.looked = true
		t.over.closed = endings(t.flat) && closed.any(t.tokens, 0, len(t.tokens))
	}
	return t.over.closed
}

func fold(s string) text {
	t := text{over: &over{}}
	var marks []mark
	blank := ' '
	pending := false
	s = norm.NFKC.String(separateOddNumbers(s))
	t.raw = make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r > ' ' && r < 0x7f:
		case unicode.IsSpace(r):
			if r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' {
				blank = '\n'
			}
			pending = len(t.raw) > 0
			continue
		case r == '\u00ad' || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || r == utf8.RuneError:
			continue
		}
		if pending {
			t.raw = append(t.raw, blank)
		}
		if isMark(r, len(t.raw) == 0 || t.raw[len(t.raw)-1] == '\n') {
			marks = append(marks, mark{len(t.raw), r})
		}
		pending, blank = false, ' '
		t.raw = append(t.raw, plain(r))
	}
	t.low = make([]rune, len(t.raw))
	for i, r := range t.raw {
		if r >= 'a' && r <= 'z' {
			t.low[i] = r
		} else {
			t.low[i] = unicode.ToLower(r)
		}
	}
	t.flat = strings.ReplaceAll(string(t.low), "\n", " ")
	t.tokens = unbroken(scan(t.raw, t.low))
	t.quote(marks)
	return t
}

// unbroken leaves out line breaks within a sentence: behind a word in lower case
// that needs another one, and from there on while lines go on in lower case.
func unbroken(tokens []token) []token {
	kept, joined := tokens[:0], false
	for i, k := range tokens {
		if k.kind != lineBreak {
			kept = append(kept, k)
			continue
		}
		goesOn := i+1 < len(tokens) && (tokens[i+1].kind != punct || currencies[tokens[i+1].low] != "")
		joined = goesOn && (unfinished(kept, tokens[i+1].kind == number) || joined && tokens[i+1].raw == tokens[i+1].low)
		if !joined {
			kept = append(kept, k)
		}
	}
	return kept
}

// unfinished reports whether a sentence cannot end with the last token, where a
// number follows or another word.
func unfinished(tokens []token, beforeNumber bool) bool {
	if len(tokens) < 2 {
		return false
	}
	last, before := tokens[len(tokens)-1], tokens[len(tokens)-2]
	if last.kind != word || last.raw != last.low || before.kind != word {
		return false
	}
	return needsMore[last.low] && !vocabulary("log sign opt check plug")[before.low] || beforeNumber && counting[last.low]
}

// needsMore are prepositions and articles that something follows; counting verbs
// stand before a number.
var (
	needsMore = vocabulary(`of in with about over nearly around than the a an our for at by
		mit von über rund etwa im als der die das den seit unser unsere
		di con da dal nel circa oltre il un una nostro nostra
		de du avec environ le la un une notre depuis en
		el desde nuestro nuestra`)
	counting = vocabulary(`are employ employs employing has have sind beschäftigt beschäftigen zählt siamo impiega conta contiamo
		sommes emploie employons compte comptons somos emplea tiene`)
)

// folded remembers texts that were folded, so that none is twice.
type folded map[string]text

func (f folded) of(s string) text {
	t, ok := f[s]
	if !ok {
		t = fold(s)
		f[s] = t
	}
	return t
}

// separateOddNumbers puts a blank for footnote marks, fractions and circled
// digits: NFKC would glue them to the number before ("250¹" to 2501).
func separateOddNumbers(s string) string {
	odd := func(r rune) bool { return r > unicode.MaxASCII && unicode.Is(unicode.No, r) }
	if strings.IndexFunc(s, odd) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if odd(r) {
			return ' '
		}
		return r
	}, s)
}

func plain(r rune) rune {
	if r < unicode.MaxASCII && r != '`' {
		return r
	}
	switch r {
	case '‘', '’', '‚', '‛', '′', '´', '`', 'ʼ', '‹', '›':
		return '\''
	case '“', '”', '„', '‟', '«', '»', '″':
		return '"'
	case '‐', '‑', '‒', '–', '—', '―', '−', '﹣':
		return '-'
	}
	return r
}

// passage is one place where a quote stands in a page.
type passage struct {
	page     text
	from, to int // tokens of the quote: [from, to)
}

// quoted reports whether a word of the passage is somebody else's.
func (p passage) quoted() bool {
	return slices.ContainsFunc(p.page.tokens[p.from:p.to], func(k token) bool { return k.quoted })
}

// passages finds every place where the quote stands as whole words; at most 20.
// The model reads an escaped page, and may quote "R&amp;D".
func (t text) passages(quote string) []passage {
	found := t.places(quote)
	if len(found) == 0 && strings.Contains(quote, "&") {
		found = t.places(html.UnescapeString(quote))
	}
	if len(found) == 0 {
		found = t.scattered(quote)
	}
	return found
}

// scattered finds a quote that a model put together out of cells, list items and
// lines, with other marks between them than the page's: "Employees: 250" of the
// row "Employees | 250". Its words and numbers stand there in this order.
func (t text) scattered(quote string) (found []passage) {
	q := fold(quote)
	sought := q.without(separators)
	if len(sought) < 2 || len(q.raw) > maxQuote {
		return nil
	}
	if t.over.bare == nil {
		t.over.bare = t.without(separators)
	}
	bare := t.over.bare
	for i := 0; i+len(sought) <= len(bare) && len(found) < 20; i++ {
		n := 0
		for n < len(sought) && t.tokens[bare[i+n]].low == q.tokens[sought[n]].low {
			n++
		}
		if n == len(sought) {
			found = append(found, passage{t, bare[i], bare[i+n-1] + 1})
		}
	}
	return found
}

// separators are the marks between cells, items and lines.
var separators = vocabulary("| , : · • # *")

// without lists the tokens but line breaks, the given marks and dashes that stand
// between blanks.
func (t text) without(marks set) []int {
	kept := make([]int, 0, len(t.tokens))
	for i, k := range t.tokens {
		dash := k.low == "-" && (!k.glued || i+1 == len(t.tokens) || !t.tokens[i+1].glued)
		if k.kind != lineBreak && !dash && !(k.kind == punct && marks[k.low]) {
			kept = append(kept, i)
		}
	}
	return kept
}

func (t text) places(quote string) []passage {
	q := strings.Trim(fold(quote).flat, ` "'-•*·`)
	if n := utf8.RuneCountInString(q); n > maxQuote || meaningful(q) < minQuote {
		return nil
	}
	var found []passage
	for start := 0; len(found) < 20; {
		i := strings.Index(t.flat[start:], q)
		if i < 0 {
			break
		}
		from := utf8.RuneCountInString(t.flat[:start+i])
		to := from + utf8.RuneCountInString(q)
		if p, ok := t.passage(from, to); ok {
			found = append(found, p)
		}
		start += i + 1
		for start < len(t.flat) && !utf8.RuneStart(t.flat[start]) {
			start++
		}
	}
	return found
}

func meaningful(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// passage turns a span of runes into one of tokens. A span that cuts a word or a
// number is none: "250 employees" does not stand in "1,250 employees".
func (t text) passage(from, to int) (passage, bool) {
	p := passage{page: t, from: -1}
	first, _ := slices.BinarySearchFunc(t.tokens, from+1, func(k token, at int) int { return k.end - at })
	for i := first; i < len(t.tokens) && t.tokens[i].start < to; i++ {
		k := t.tokens[i]
		if k.start < from || k.end > to {
			return p, false
		}
		if p.from < 0 {
			p.from = i
		}
		p.to = i + 1
	}
	return p, p.from >= 0
}
