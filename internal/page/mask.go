package page

import (
	"iter"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maskedMailbox = "[mailbox]"
	maskedPhone   = "[phone]"
	minPhone      = 7 // digits; below that a number is no phone number we mask

	// contextBytes before a number are looked at: a label with what may follow it
	// ("Telefonnummer (Zentrale, werktags):"), or the name of a register.
	contextBytes = 120
)

// Mask replaces mailboxes and phone numbers. A number counts as a phone number
// when it is written like one (a leading + or 00, an area code in parentheses
// or after a trunk 0, American 3-3-4, Italian and Spanish mobiles) or stands behind a
// word such as "Tel."; so years, head counts, amounts, ranges and register numbers stay.
func Mask(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	before := ""
	for line := range strings.Lines(text) {
		out.WriteString(maskLine(line, before))
		before = line
	}
	return out.String()
}

// MaskPath is an address whose path has its mailboxes and phone numbers masked.
func MaskPath(u *url.URL) *url.URL {
	parts := strings.Split(u.Path, "/")
	for i, part := range parts {
		parts[i] = Mask(part)
	}
	masked := *u
	if masked.Path = strings.Join(parts, "/"); masked.Path != u.Path {
		masked.RawPath = ""
	}
	return &masked
}

func maskLine(line, before string) string {
	at, bracket, numerals := sight(line)
	spoken := strings.Contains(line, " dot ") || strings.Contains(line, " DOT ")
	if !at && !bracket && !spoken && numerals < minPhone {
		return line
	}
	if at || spoken || bracket && spelledAt.MatchString(line) {
		line = mailbox.ReplaceAllString(line, maskedMailbox)
	}
	var out strings.Builder
	done := 0
	for from, to := range longNumbers(line) {
		from = wordsBefore(line, done, from)
		out.WriteString(line[done:from])
		out.WriteString(maskAround(line[from:to], done == 0 && from == 0 && labelAlone.MatchString(tail(before))))
		done = to
	}
	if done == 0 {
		return line
	}
	out.WriteString(line[done:])
	return out.String()
}

// sight is a quick look at a line: whether it may have the sign of a mailbox or a
// bracket, and how many digits it has at most.
func sight(line string) (at, bracket bool, numerals int) {
	for i := range len(line) {
		switch b := line[i]; {
		case b >= 'a' && b <= 'z':
		case b >= '0' && b <= '9':
			numerals++
		case b >= utf8.RuneSelf:
			// Digits of other scripts begin so, with what is no digit; "＠" and "﹫" too.
			if b >= 0xC0 {
				numerals++
				at = at || b == 0xEF
			}
		case b == '@':
			at = true
		case b == '(' || b == '[' || b == '{':
			bracket = true
		}
	}
	return at, bracket, numerals
}

// maskAround masks in the part of a line round one long number. follows: the
// line before is a label, so that a number right at the start is one.
func maskAround(part string, follows bool) string {
	always := func(string, string) bool { return true }
	unregistered := func(before, _ string) bool { return !register.MatchString(tail(before)) }
	part = maskNumbers(part, labelled, always)
	if follows {
		part = maskNumbers(part, first, always)
	}
	part = maskNumbers(part, lettered, unregistered)
	part = maskNumbers(part, international, func(_, number string) bool { return !roundCount.MatchString(number) })
	return maskNumbers(part, national, func(before, number string) bool {
		return unregistered(before, number) && !counts.MatchString(number)
	})
}

// longNumbers yields the stretches [from, to) of s without letters that hold
// digits enough for a phone number. The patterns are dear and look only there,
// and at the words before.
func longNumbers(s string) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		from, run := 0, 0
		for i := 0; i < len(s); {
			b, size := s[i], 1
			letter, numeral := b|0x20 >= 'a' && b|0x20 <= 'z', b >= '0' && b <= '9'
			if b >= utf8.RuneSelf {
				var r rune
				r, size = utf8.DecodeRuneInString(s[i:])
				letter, numeral = unicode.IsLetter(r), unicode.IsDigit(r)
			}
			switch {
			case numeral:
				run++
			case letter:
				if run >= minPhone && !yield(from, i) {
					return
				}
				from, run = i+size, 0
			}
			i += size
		}
		if run >= minPhone {
			yield(from, len(s))
		}
	}
}

// wordsBefore moves from back over the words that may say what a number is, at most
// to floor, and to a place between two words.
func wordsBefore(s string, floor, from int) int {
	back := max(floor, from-contextBytes)
	if back == floor {
		return floor
	}
	if i := strings.IndexByte(s[back:from], ' '); i >= 0 {
		return back + i
	}
	return from
}

const (
	// number: digits with what people put between them, on one line.
	number = `\p{Nd}(?:[ ().\-‐‑–·/]{0,3}\p{Nd}){5,16}`
	// marker: words before a phone number, in the languages we read.
	marker = `(?:tele(?:phone|fono|fon|fax|foon)|téléphone|teléfono|tel|phone|fon|fax|mobile?|móvil|cell(?:ulare|phone)?|` +
		`handy|portable|hotline|numero verde|whatsapp|call(?: us)?|sms)`
	// filler: what stands between label and number.
	filler = `(?:\s?\([^)\d]{1,20}\))?(?:\s?(?:number|numero|número|nummer|num|nr|no|n|us|at|on)\b)?[\s.:;|/°=-]{0,5}`
	start  = `(?:^|[^\p{L}\p{N}])`
	atWord = `[(\[{]\s?(?:at|@|ät|chiocciola|arroba|arobase)\s?[)\]}]`
	// dot and at: as people write them to be read by people only. Without brackets they
	// are words that stand in sentences, too.
	at     = `(?:\s?[@＠﹫]\s?|\s?` + atWord + `\s?)`
	dot    = `(?:\.|\s?[(\[{]\s?(?:dot|punkt|punto|point|\.)\s?[)\]}]\s?)`
	label  = `[\p{L}\p{N}-]+`
	domain = `(?:` + label + dot + `)+\p{L}` + label
	spoken = `(?:` + label + `(?:` + dot + `|\s(?:dot|punkt|punto|point)\s))+\p{L}` + label
	said   = `(?:` + label + `\sdot\s)+(?:com|net|org|info|io|co|eu|biz|app|dev|ai|example|[a-z]{2})\b`
)

var (
	mailbox = regexp.MustCompile(`(?i)[\p{L}\p{N}.!#$%&'*+/=?^_{|}~"-]+(?:` + at + domain + `|\s?` + atWord + `\s?` + spoken + `|\sat\s` + said + `)`)

	spelledAt = regexp.MustCompile(`(?i)` + atWord)

	// In each, group 1 is the number.
	labelled      = regexp.MustCompile(`(?i)` + start + marker + filler + `([(+＋]{0,2}` + number + `)`)
	lettered      = regexp.MustCompile(start + `[TFMP]\s?[:.]\s?([(+＋]{0,2}` + number + `)`)
	first         = regexp.MustCompile(`^[-#|>\s]*([(+＋]{0,2}` + number + `)`)
	international = regexp.MustCompile(`(?:^|[^\p{L}\p{N}+＋])([+＋] ?\(?` + number + `|00[1-9]\p{Nd}{0,2}[ ()./-]{1,3}` + number + `|00[1-9]\p{Nd}{9,13})`)
	national      = regexp.MustCompile(`(?:^|[^\p{L}\p{N}.,/-])(` +
		`\((?:0\p{Nd}{1,5}|\p{Nd}{2,3})\)[ /-]{0,3}\p{Nd}(?:[ ./-]?\p{Nd}){3,10}` + // (0221) 12 34 56
		`|0[1-9](?:[ .]\p{Nd}{2}){4}` + // 01 23 45 67 89
		`|0[1-9]\p{Nd}{0,4} ?[ /-] ?\p{Nd}{5,9}` + // 0221 / 123456, 02 12345678
		`|0[1-9]\p{Nd}{0,4} ?[ /-] ?\p{Nd}{3,4}[ -]\p{Nd}{3,5}` + // 020 7946 0018, 0800-123-4567
		`|0[1-9]\p{Nd}{1,4}(?:[ ./-]{1,3}\p{Nd}{2,5}){2,5}(?:-\p{Nd}{1,4})?` + // 044 123 45 67, 07700 900 123
		`|0[1-9]\p{Nd}{7,9}\b` + // 0612345678
		`|(?:1[- ])?[2-9]\p{Nd}{2}[-. ][2-9]\p{Nd}{2}[-. ]\p{Nd}{4}` + // 212-555-0199
		`|3\p{Nd}{2}[ ./-](?:\p{Nd}{6,7}|\p{Nd}{3}[ ./-]\p{Nd}{4}|\p{Nd}{2}[ ./-]\p{Nd}{2}[ ./-]\p{Nd}{3})\b` + // 333 1234567
		`|[69]\p{Nd}{2}(?:[ .-]\p{Nd}{2}){3}\b` + // 612 34 56 78
		`|[1-9]\p{Nd}{2,3}[-/]\p{Nd}{6,8}\b` + // 333-1234567
		`)`)

	labelAlone = regexp.MustCompile(`(?i)` + start + marker + filler + `$`)
	// roundCount: "+1.000.000 users" is no phone number.
	roundCount = regexp.MustCompile(`^[+＋] ?\p{Nd}{1,3}(?:[. ]\p{Nd}{3})?[. ]000$`)
	// counts: "250 300 2019" are figures and a year.
	counts = regexp.MustCompile(`^\p{Nd}{3} \p{Nd}{3} (?:19|20)\p{Nd}{2}$`)
	// register: what follows is a tax, register or bank number.
	register = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:vat|p\.? ?iva|partita iva|ust|uid|umsatzsteuer|steuer|tva|nif|cif|siren|siret|rcs|hr[ab]|` +
		`rea|kvk|abn|acn|duns|iban|isin|c\.? ?f|codice fiscale|handelsregister|regist(?:er|ro|ration))` +
		`(?:[^\p{L}\p{N}]|id|nr|no|num|number|numero|nummer|code|reg|registration)*(?:[a-z]{2}[ -]?)?$`)
)

// maskNumbers replaces the numbers that pattern finds and that is holds for
// phone numbers; it gets the line up to the number, and the number.
func maskNumbers(line string, pattern *regexp.Regexp, is func(before, number string) bool) string {
	var out strings.Builder
	done := 0
	for _, at := range pattern.FindAllStringSubmatchIndex(line, -1) {
		from, to := at[2], at[3]
		if found := line[from:to]; digits(found) >= minPhone && is(line[:from], found) {
			out.WriteString(line[done:from])
			out.WriteString(maskedPhone)
			done = to
		}
	}
	if done == 0 {
		return line
	}
	out.WriteString(line[done:])
	return out.String()
}

// tail is the part of s that still belongs to a number behind it.
func tail(s string) string { return s[max(0, len(s)-60):] }

func digits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
