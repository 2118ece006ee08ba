package page

import (
	"regexp"
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
	style = strings.ToLower(style)
	colours := map[string]string{}
	clipped, empty := false, false
	for declaration := range strings.SplitSeq(style, ";") {
		property, value, _ := strings.Cut(declaration, ":")
		value, _, _ = strings.Cut(value, "!")
		property, value = strings.TrimSpace(property), strings.TrimSpace(value)
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
