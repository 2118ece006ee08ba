package page

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hidden reports whether a visitor does not see n, as far as its own attributes
// tell; for the style sheet of a page see sheet. The page as a whole is never hidden: many
// sites show it by script.
func hidden(n *html.Node) bool {
	switch {
	case n.DataAtom == atom.Html || n.DataAtom == atom.Body:
		return false
	case hasAttr(n, "hidden"), strings.EqualFold(strings.TrimSpace(attr(n, "aria-hidden")), "true"):
		return true
	case n.DataAtom == atom.Dialog && !hasAttr(n, "open"):
		return true
	}
	style := attr(n, "style")
	return style != "" && hides(style)
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?(\*/|$)`)
	cssEscape  = regexp.MustCompile(`\\([0-9a-fA-F]{1,6})\s?`)
	cssNumber  = regexp.MustCompile(`^[+-]?(\d*\.)?\d+`)
)

// hides reports whether an inline style makes its element invisible.
func hides(style string) bool {
	if strings.Contains(style, "/*") {
		style = cssComment.ReplaceAllString(style, "")
	}
	if strings.Contains(style, `\`) {
		style = cssEscape.ReplaceAllStringFunc(style, func(esc string) string {
			code, _ := strconv.ParseInt(strings.TrimSpace(esc[1:]), 16, 32)
			return string(rune(code))
		})
		style = strings.ReplaceAll(style, `\`, "")
	}
	colours := map[string]string{}
	clipped, empty := false, false
	for property, value := range declarations(style) {
		if hidesBy(property, value) {
			return true
		}
		switch property {
		case "color", "background", "background-color":
			colours[strings.TrimPrefix(property, "background")] = value
		case "overflow":
			clipped = value == "hidden"
		case "width", "height", "max-width", "max-height":
			empty = empty || value == "0" || strings.HasSuffix(value, "px") && below(value, 2)
		}
	}
	ground := colours[""] + colours["-color"]
	return clipped && empty || colours["color"] == "transparent" || ground != "" && colours["color"] == ground
}

// declarations are the properties of a style and their values, in small letters.
func declarations(style string) iter.Seq2[string, string] {
	return func(yield func(property, value string) bool) {
		for declaration := range strings.SplitSeq(strings.ToLower(style), ";") {
			property, value, _ := strings.Cut(declaration, ":")
			value, _, _ = strings.Cut(value, "!")
			if !yield(strings.TrimSpace(property), strings.TrimSpace(value)) {
				return
			}
		}
	}
}

func hidesBy(property, value string) bool {
	switch property {
	case "display":
		return value == "none"
	case "visibility", "content-visibility":
		return value == "hidden" || value == "collapse"
	case "opacity":
		return below(value, 0.1)
	case "font-size":
		absolute := strings.HasSuffix(value, "px") || strings.HasSuffix(value, "pt")
		return below(value, 0.1) || absolute && below(value, 2)
	case "text-indent", "left", "top", "right", "bottom", "margin-left", "margin-top":
		return below(value, -900)
	case "clip-path":
		return strings.HasPrefix(value, "inset(") && !below(value[len("inset("):], 50) || strings.HasPrefix(value, "circle(0")
	case "transform", "scale":
		return value == "0" || strings.HasPrefix(value, "scale(0)")
	case "clip":
		return strings.HasPrefix(value, "rect(0") || strings.HasPrefix(value, "rect(1px")
	}
	return false
}

// below compares the number at the start of a CSS value.
func below(value string, limit float64) bool {
	number, err := strconv.ParseFloat(cssNumber.FindString(value), 64)
	return err == nil && number < limit
}

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

func takesAway(style string) bool {
	for property, value := range declarations(style) {
		switch property {
		case "display", "font-size", "text-indent", "left", "top", "right", "clip", "clip-path":
			if hidesBy(property, value) {
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
