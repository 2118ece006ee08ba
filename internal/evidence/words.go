package evidence

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"leadtriage/internal/company"
)

// word is a run of letters, a run of digits, or a currency sign. Of scripts that
// set no spaces between words, each letter is one.
type word struct {
	raw, key   string // as written; in lower case without accents
	start, end int    // bytes of text.s
	kind       byte   // 'a' letters, '0' digits, '$' a currency sign
	glued      bool   // to the word before it: "365" of "D365"
}

type text struct {
	s     string // NFKC, digits in ASCII
	words []word // without each "and" between two others
	loud  bool   // no letter is small
}

// read takes a text apart, some 7 µs for 300 runes.
func read(s string) text {
	if !ascii(s) {
		s = norm.NFKC.String(strings.Map(plain, s))
	}
	t := text{s: s, words: make([]word, 0, len(s)/4+1), loud: true}
	w := word{}
	for i, r := range s + " " {
		kind := kindOf(r)
		t.loud = t.loud && !unicode.IsLower(r)
		if w.kind == 'a' && unicode.IsMark(r) || kind != 0 && kind == w.kind && kind < 'b' && kind != '$' {
			continue // within the word
		}
		glued := (w.kind == 'a' || w.kind == '0') && (kind == 'a' || kind == '0')
		if w.kind != 0 {
			w.end, w.raw = i, s[w.start:i]
			if w.key = strings.ToLower(w.raw); !ascii(w.key) {
				w.key = company.Fold(w.raw)
			}
			if !t.joins(w) {
				t.words = append(t.words, w)
			}
		}
		w = word{start: i, kind: kind, glued: glued}
	}
	return t
}

// plain makes digits of any script ASCII ones and spaces of footnote marks and
// fractions, of which NFKC would make digits, and drops what is not seen.
func plain(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case unicode.Is(unicode.No, r):
		return ' '
	case unicode.Is(unicode.Cf, r):
		return -1
	case r == '’', r == '‘':
		return '\''
	case r == '٬':
		return ','
	case r == '٫':
		return '.'
	}
	for _, digits := range unicode.Nd.R16 { // blocks of ten, from zero
		if lo := rune(digits.Lo); lo <= r && r <= rune(digits.Hi) {
			return '0' + (r-lo)%10
		}
	}
	return r
}

// kindOf is a word's kind, 'b' for a letter that is a word by itself, 0 for none.
func kindOf(r rune) byte {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		return 'a'
	case '0' <= r && r <= '9':
		return '0'
	case r == '$':
		return '$'
	case r < utf8.RuneSelf:
		return 0
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer):
		return 'b'
	case unicode.IsLetter(r):
		return 'a'
	case unicode.Is(unicode.Sc, r):
		return '$'
	}
	return 0
}

// joins reports whether the word is an "and" between two others.
func (t text) joins(w word) bool {
	switch w.raw {
	case "and", "und", "et", "ed", "e", "y", "AND", "UND", "ET", "ED":
		return w.start > 0 && t.s[w.start-1] == ' ' && w.end+1 < len(t.s) && t.s[w.end] == ' '
	}
	return false
}

func ascii(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(b byte) bool { return b >= utf8.RuneSelf })
}

// gap is what stands between a word and the one before it.
func (t text) gap(i int) string { return t.s[t.words[i-1].end:t.words[i].start] }

// whole reports whether no letter or digit is glued to words i to j.
func (t text) whole(i, j int) bool {
	return !t.words[i].glued && (j == len(t.words) || !t.words[j].glued)
}

// capital reports whether one of the words i to j does not begin small.
func (t text) capital(i, j int) bool {
	return slices.ContainsFunc(t.words[i:j], func(w word) bool {
		r, _ := utf8.DecodeRuneInString(w.raw)
		return w.kind != '0' && !unicode.IsLower(r)
	})
}

// upper reports whether words i to j are all capitals, as abbreviations are.
func (t text) upper(i, j int) bool {
	return !slices.ContainsFunc(t.words[i:j], func(w word) bool {
		return w.raw == strings.ToLower(w.raw) || w.raw != strings.ToUpper(w.raw)
	})
}

// phrase appends words i to j to buf, folded or as written, with one space between.
func (t text) phrase(buf []byte, i, j int, raw bool) []byte {
	for k, w := range t.words[i:j] {
		if k > 0 && !w.glued {
			buf = append(buf, ' ')
		}
		if raw {
			buf = append(buf, w.raw...)
		} else {
			buf = append(buf, w.key...)
		}
	}
	return buf
}

// spaced is the phrase of a whole text, folded.
func spaced(s string) string {
	t := read(s)
	return string(t.phrase(nil, 0, len(t.words), false))
}

// find returns every run of whole words, from and to, that spells the name
// written together or apart.
func (t text) find(name string) (at [][2]int) {
	name = strings.ReplaceAll(spaced(name), " ", "")
	for i := range t.words {
		rest, ok := name, name != ""
		for j := i; ok && rest != "" && j < len(t.words); j++ {
			if rest, ok = strings.CutPrefix(rest, t.words[j].key); ok && rest == "" && t.whole(i, j+1) {
				at = append(at, [2]int{i, j + 1})
			}
		}
	}
	return at
}
