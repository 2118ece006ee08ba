package slack

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// Limits of Block Kit, in characters of the escaped text
// (https://docs.slack.dev/reference/block-kit).
const (
	maxHeader  = 150
	maxSection = 3000
	maxOption  = 75 // label of a choice
	maxOptions = 100
	maxURL     = 1000 // ours: Slack takes 3000, a link that long helps nobody
)

// safe makes untrusted text inert inside mrkdwn and cuts it to max characters:
// it cannot mention, link, format, turn into an emoji, change the direction of
// what follows or begin a line of its own.
func safe(s string, max int) string {
	return clamp(inert(shortcodes(addresses(cleanStart(s, max+2)))), max)
}

// label is what safe is to mrkdwn for plain_text objects, which know no formatting.
func label(s string, max int) string { return clamp(shortcodes(addresses(cleanStart(s, max+2))), max) }

// clean folds s into one line of visible characters: control, bidi and
// zero-width characters go, white space becomes single spaces, bytes that are
// not UTF-8 become U+FFFD, and at most three combining marks stay on a letter.
func clean(s string) string { return cleanStart(s, len(s)) }

// cleanStart is what clean makes of s up to its most-th character. What is
// clamped to max needs two more: one to be cut, and one that tells what the
// mark before it does.
func cleanStart(s string, most int) string {
	var b strings.Builder
	space, marks := false, 0
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if most <= 0 {
			break
		}
		switch {
		case unicode.IsSpace(r), r == '\u2800':
			space = true
			continue
		case lead.Invisible(r):
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > 3 {
				continue
			}
		default:
			marks = 0
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
			most--
		}
		space = false
		b.WriteRune(r)
		most--
	}
	return b.String()
}

// inert replaces what formats in mrkdwn by look-alikes. Zero-width characters
// beside the marks would not do: Slack takes them for the edge of a word, where
// a mark counts. An underscore inside a word formats nothing and stays.
func inert(s string) string {
	if !strings.ContainsAny(s, "*_~`") {
		return s
	}
	runes := []rune(s)
	out := make([]rune, len(runes))
	inWord := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	for i, r := range runes {
		switch {
		case r == '*':
			r = '∗'
		case r == '~':
			r = '∼'
		case r == '`':
			r = 'ˋ'
		case r == '_' && !(inWord(i-1) && inWord(i+1)):
			r = 'ˍ'
		}
		out[i] = r
	}
	return string(out)
}

// addresses keeps Slack from making links of addresses that a text names.
func addresses(s string) string { return strings.ReplaceAll(s, "://", "∶//") }

// shortcodes replaces each colon that opens an emoji's name (:smile:) by a
// look-alike.
func shortcodes(s string) string {
	if strings.Count(s, ":") < 2 {
		return s
	}
	runes := []rune(s)
	opener := -1 // the last colon with nothing but a name after it
	for i, r := range runes {
		switch {
		case r == ':':
			if opener >= 0 && i > opener+1 {
				runes[opener] = '∶'
			}
			opener = i
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("_-+'.", r):
			opener = -1
		}
	}
	return string(runes)
}

// clamp escapes &, < and > and cuts the result to max characters, never inside
// an entity or a rune, with an ellipsis where it was cut. Characters are
// counted as UTF-16 units, the stricter reading of Slack's limits.
func clamp(s string, max int) string {
	var b strings.Builder
	n, fit := 0, 0 // fit: bytes that leave room for the ellipsis
	for _, r := range s {
		e := string(r)
		switch r {
		case '&':
			e = "&amp;"
		case '<':
			e = "&lt;"
		case '>':
			e = "&gt;"
		}
		if n += length(e); n > max {
			return strings.TrimRight(b.String()[:fit], " ") + "…"
		}
		b.WriteString(e)
		if n < max {
			fit = b.Len()
		}
	}
	return b.String()
}

// length counts UTF-16 units.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// pack joins whole lines into as few texts of at most max characters as it
// takes, and says how many lines each has.
func pack(lines []string, max int) (texts []string, sizes []int) {
	room := 0
	for _, l := range lines {
		if size := length(l) + 1; len(texts) > 0 && size <= room {
			texts[len(texts)-1] += "\n" + l
			sizes[len(sizes)-1]++
			room -= size
		} else {
			texts, sizes = append(texts, l), append(sizes, 1)
			room = max - length(l)
		}
	}
	return texts, sizes
}

var plainHost = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?$`)

// link renders an http(s) URL as a Slack link that is labelled with its own
// host, so that a label cannot lie. Anything else gives "".
func link(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return ""
	}
	u.Host = strings.ToLower(u.Host)
	if !plainHost.MatchString(u.Host) {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c <= ' ', c >= 0x7f, strings.IndexByte("<>|\"`\\^{}*_~", c) >= 0:
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		default:
			b.WriteByte(c)
		}
	}
	if b.Len() > maxURL {
		return ""
	}
	return "<" + b.String() + "|" + clamp(strings.TrimPrefix(u.Host, "www."), 80) + ">"
}

func mrkdwn(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.MarkdownType, s, false, true)
}

func plain(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.PlainTextType, s, false, false)
}

func section(s string) *slackapi.SectionBlock { return slackapi.NewSectionBlock(mrkdwn(s), nil, nil) }
