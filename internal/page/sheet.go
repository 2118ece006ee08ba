package page

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

const maxSheet = 200 << 10 // bytes of style sheets that stand in the page

// sheet are the classes (".x") and ids ("#x") that a page's own style sheet takes
// off the screen for every visitor.
type sheet struct {
	gone  map[string]bool
	known map[string]bool // what hides said of a class attribute: a page repeats them
}

var simpleSelector = regexp.MustCompile(`^[a-z0-9]*([.#][A-Za-z_][\w-]*)$`)

var everyScreen = regexp.MustCompile(`^\s*}*\s*@media\s+(only\s+)?(screen|all)\s*$`)

// read notes the rules of one style element. Rules for some screens (@media with a condition) and
// selectors of several parts are passed over: they hide for some, or at times.
// Opacity and visibility are, too: a script fades such an element in.
func (s sheet) read(css string) {
	if strings.Contains(css, "/*") { // the pattern is dear
		css = cssComment.ReplaceAllString(css, "")
	}
	for css != "" {
		selectors, rest, ok := strings.Cut(css, "{")
		if !ok {
			return
		}
		if strings.HasPrefix(strings.TrimLeft(selectors, " \t\r\n}"), "@") {
			if css = rest; !everyScreen.MatchString(selectors) { // else its closing brace is left before the next selector
				css = afterBlock(rest)
			}
			continue
		}
		body, after, _ := strings.Cut(rest, "}")
		css = after
		if !takesAway(body) {
			continue
		}
		for selector := range strings.SplitSeq(selectors, ",") {
			if m := simpleSelector.FindStringSubmatch(strings.Trim(selector, " \t\r\n}")); m != nil {
				s.gone[m[1]] = true
			}
		}
	}
}

// afterBlock is what follows the block whose opening brace was read.
func afterBlock(css string) string {
	depth := 1
	for i := range len(css) {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return css[i+1:]
			}
		}
	}
	return ""
}

func takesAway(declarations string) bool {
	for declaration := range strings.SplitSeq(strings.ToLower(declarations), ";") {
		property, value, _ := strings.Cut(declaration, ":")
		value, _, _ = strings.Cut(value, "!")
		switch property = strings.TrimSpace(property); property {
		case "display", "font-size", "text-indent", "left", "top", "right", "clip", "clip-path":
			if hidesBy(property, strings.TrimSpace(value)) {
				return true
			}
		}
	}
	return false
}

// hides reports whether the sheet takes n off the screen, by its id or a class.
func (s sheet) hides(n *html.Node) bool {
	if len(s.gone) == 0 {
		return false
	}
	class := attr(n, "class")
	gone, known := s.known[class]
	if !known {
		gone = slices.ContainsFunc(strings.Fields(class), func(one string) bool { return s.gone["."+one] })
		s.known[class] = gone
	}
	return gone || s.gone["#"+attr(n, "id")]
}
