package sim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	sentenceEnd  = regexp.MustCompile(`[.!?…]["”»)]?\s+`)
	abbreviation = regexp.MustCompile(`(?i)(?:^|[\s.(])(?:[a-z]|co|inc|ltd|corp|st|no|nr|n|mr|mrs|dr|ca|bzw|inkl|mio|mrd|approx|tel|vs|jr|sig|art|etc|spa|srl)$`)
	clauseBreak  = regexp.MustCompile(`;\s|\s[–—]\s|:\s`)
)

// sentences cuts a text into lines and these into sentences; every piece is an
// exact part of the text.
func sentences(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		start := 0
		for _, m := range sentenceEnd.FindAllStringIndex(line, -1) {
			next, _ := utf8.DecodeRuneInString(line[m[1]:])
			if unicode.IsLower(next) || abbreviation.MatchString(line[start:m[0]]) {
				continue
			}
			out = append(out, strings.TrimSpace(line[start:m[1]]))
			start = m[1]
		}
		if rest := strings.TrimSpace(line[start:]); rest != "" {
			out = append(out, rest)
		}
	}
	return out
}

// clauseAround returns the part of a sentence that holds the bytes from a to b,
// and where that part begins.
func clauseAround(s string, a, b int) (string, int) {
	from, to := 0, len(s)
	for _, m := range clauseBreak.FindAllStringIndex(s, -1) {
		if m[1] <= a {
			from = m[1]
		}
		if m[0] >= b && m[0] < to {
			to = m[0]
		}
	}
	return s[from:to], from
}

// quoteMax is how long a quote may be, in bytes: the prompt asks for a whole
// sentence of at most 300 characters.
const quoteMax = 280

// quoteAround is the sentence round the bytes from a to b, or of a longer one an
// exact piece between two spaces.
func quoteAround(s string, a, b int) string {
	if len(s) <= quoteMax {
		return s
	}
	spare := max(0, quoteMax-(b-a)) / 2
	lo, hi := max(0, a-spare), min(len(s), b+spare)
	for lo > 0 && lo < a && s[lo-1] != ' ' {
		lo++
	}
	for hi < len(s) && hi > b && s[hi] != ' ' {
		hi--
	}
	return strings.TrimSpace(s[lo:hi])
}

// near returns the text before and after a match, each at most n bytes, of the
// same clause.
func near(s string, a, b, n int) (before, after string) {
	clause, from := clauseAround(s, a, b)
	a, b = a-from, b-from
	return clause[max(0, a-n):a], clause[b:min(len(clause), b+n)]
}

// wordStart is a word's beginning; RE2's own \b knows ASCII letters only.
const wordStart = `(?:^|[^\p{L}\d])`

// number is a count with or without separators of thousands, or in words up
// to twelve.
const number = `(?:\d{1,3}(?:[.,'’\x{00a0}\x{202f} ]\d{3})+|\d+(?:[.,]\d)?k|\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve` +
	`|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|deux|trois|quatre|cinq|sept|huit|neuf|dix)`

var numberWords = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12,
	"due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6, "sette": 7, "otto": 8, "nove": 9, "dieci": 10, "undici": 11, "dodici": 12,
	"deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
}

// readNumber is the value of what matched number.
func readNumber(s string) (int, bool) {
	s = strings.ToLower(s)
	if n, ok := numberWords[s]; ok {
		return n, true
	}
	if k, ok := strings.CutSuffix(s, "k"); ok {
		f, err := strconv.ParseFloat(strings.ReplaceAll(k, ",", "."), 64)
		return int(f*1000 + 0.5), err == nil
	}
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// hasNumber reports whether a sentence holds a number, in digits or in words.
func hasNumber(s string) bool {
	if hasDigit(s) {
		return true
	}
	for w := range strings.FieldsSeq(s) {
		if _, ok := numberWords[strings.ToLower(w)]; ok {
			return true
		}
	}
	return false
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// lowerInPlace is s in lower case with every byte where it was.
func lowerInPlace(s string) string {
	if lower := strings.ToLower(s); len(lower) == len(s) {
		return lower
	}
	return s
}

// findPhrase returns where the first of the phrases stands, from the start of a
// word on; -1: none does.
func findPhrase(lower string, phrases []string) (from, to int) {
	for _, p := range phrases {
		for at := 0; ; {
			i := strings.Index(lower[at:], p)
			if i < 0 {
				break
			}
			at += i
			if r, _ := utf8.DecodeLastRuneInString(lower[:at]); at == 0 || !unicode.IsLetter(r) {
				return at, at + len(p)
			}
			at += len(p)
		}
	}
	return -1, -1
}
