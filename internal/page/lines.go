package page

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// lines collects visible text as lines.
type lines struct {
	out   strings.Builder
	line  strings.Builder
	lead  string // written before the next text of a new line: "- ", "## "
	gap   string // owed between the last text and the next: "", " ", " | "
	cells int    // data-table cells we are in: there a new block is only a gap
	pre   int    // elements we are in that keep their line breaks

	sheet  sheet           // what it hides is left out
	named  map[string]bool // what namesOthers said of a class
	quotes int             // elements we are in that hold the words of others
	parts  int             // sections, articles and their like that we are in
	under  int             // rank of the heading we are under that introduces others; 0: none
}

// unread elements hold nothing a visitor reads as the page's words.
var unread = map[atom.Atom]bool{
	atom.Head: true, atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true, atom.Math: true,
	atom.Iframe: true, atom.Object: true, atom.Embed: true, atom.Canvas: true, atom.Audio: true, atom.Video: true,
	atom.Del: true, atom.S: true, atom.Strike: true, // struck out: taken back
	atom.Select: true, atom.Datalist: true, atom.Textarea: true, atom.Input: true, atom.Noframes: true, atom.Title: true,
}

var blocks = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Aside: true, atom.Blockquote: true, atom.Body: true, atom.Caption: true,
	atom.Center: true, atom.Dd: true, atom.Details: true, atom.Dialog: true, atom.Div: true, atom.Dl: true, atom.Dt: true,
	atom.Fieldset: true, atom.Figcaption: true, atom.Figure: true, atom.Footer: true, atom.Form: true, atom.Header: true,
	atom.Hgroup: true, atom.Hr: true, atom.Legend: true, atom.Main: true, atom.Nav: true, atom.Ol: true, atom.P: true,
	atom.Search: true, atom.Section: true, atom.Summary: true, atom.Ul: true, atom.Menu: true, atom.Tbody: true,
	atom.Thead: true, atom.Tfoot: true, atom.Table: true, atom.Tr: true, atom.Pre: true, atom.Br: true, atom.Li: true,
	atom.Td: true, atom.Th: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
}

var marks = map[atom.Atom]string{
	atom.Li: "- ", atom.H1: "# ", atom.H2: "## ", atom.H3: "### ", atom.H4: "#### ", atom.H5: "##### ", atom.H6: "###### ",
}

// node writes the visible text under n. The parser refuses deep nesting, so
// recursion is bounded.
func (w *lines) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		if w.pre > 0 {
			w.preformatted(n.Data)
		} else {
			if meets(w.line.String(), n.Data) {
				w.owe(" ")
			}
			w.text(n.Data)
		}
		return
	case n.Type == html.ElementNode && (unread[n.DataAtom] || hidden(n) || w.sheet.hides(n)):
		return
	case n.Type == html.CommentNode || n.Type == html.DoctypeNode:
		return
	case n.Type == html.ElementNode && w.quotes == 0 && w.foreign(n):
		w.quote(n)
		return
	}
	w.element(n)
}

// meets reports whether a number ends one text and a word starts the next, or the
// other way round: "<b>250</b><span>employees</span>", which a style sheet sets apart.
// "12<span>M</span>" is one figure.
func meets(before, next string) bool {
	const least = 3 // letters of a word
	noLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(next)
	switch {
	case unicode.IsDigit(last) || last == '+':
		end := strings.IndexFunc(next, noLetter)
		return end >= least || end < 0 && len(next) >= least
	case unicode.IsDigit(first):
		return len(before)-1-strings.LastIndexFunc(before, noLetter) >= least
	}
	return false
}

// element writes what stands under n, as its name says.
func (w *lines) element(n *html.Node) {
	under := w.under
	switch n.DataAtom {
	case atom.Section, atom.Article, atom.Aside, atom.Main:
		w.parts++
		defer func() { w.end(); w.parts--; w.under = under }()
	case atom.Footer, atom.Address, atom.Nav:
		if w.parts == 0 {
			w.end()
			w.under = 0
			defer func() { w.end(); w.under = under }()
		}
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		rank := len(marks[n.DataAtom]) - 1
		w.end()
		if rank <= w.under {
			w.under = 0
		}
		defer func() {
			if w.under == 0 && rank > 1 && w.cells == 0 && introducesOthers(textOf(n)) {
				w.under = rank
			}
		}()
	}
	switch {
	case n.DataAtom == atom.Table && isData(n):
		w.table(n)
	case blocks[n.DataAtom]:
		w.end()
		if mark, ok := marks[n.DataAtom]; ok && w.cells == 0 {
			w.lead = mark
		}
		if n.DataAtom == atom.Pre {
			w.pre++
			defer func() { w.pre-- }()
		}
		w.children(n)
		w.end()
		if _, ok := marks[n.DataAtom]; ok {
			w.lead = ""
		}
	case n.DataAtom == atom.Sup || n.DataAtom == atom.Sub:
		// The number of a footnote is no digit of the number before it.
		w.owe(" ")
		if small := textOf(n); small != "" && strings.Trim(small, "0123456789") == "" {
			w.text("[" + small + "]")
		} else {
			w.children(n)
		}
		w.owe(" ")
	case n.DataAtom == atom.A || n.DataAtom == atom.Button:
		if prev := n.PrevSibling; prev != nil && prev.DataAtom == n.DataAtom {
			w.owe(" ") // menus without white space between their entries
		}
		w.children(n)
	default:
		w.children(n)
	}
}

func (w *lines) children(n *html.Node) {
	for c := range n.ChildNodes() {
		w.node(c)
	}
}

// table writes a data table, one row a line.
func (w *lines) table(n *html.Node) {
	w.end()
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.ElementNode && (hidden(c) || w.sheet.hides(c)):
		case c.DataAtom == atom.Thead || c.DataAtom == atom.Tbody || c.DataAtom == atom.Tfoot:
			w.table(c)
		case c.DataAtom == atom.Tr && w.quotes == 0 && w.foreign(c):
			w.quotes++
			w.row(c)
			w.quotes--
		case c.DataAtom == atom.Tr:
			w.row(c)
		default:
			w.node(c)
		}
	}
	w.end()
}

func (w *lines) row(tr *html.Node) {
	w.end()
	for cell := range tr.ChildNodes() {
		w.cells++
		w.node(cell)
		w.cells--
		if cell.DataAtom == atom.Td || cell.DataAtom == atom.Th {
			w.gap = ""
			w.owe(" | ")
		}
	}
	w.end()
}

// isData tells a table of data from one that lays out the page. The search ends
// at the first nested table, so every node is visited once.
func isData(table *html.Node) bool {
	for n := range table.Descendants() {
		switch n.DataAtom {
		case atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.Ul, atom.Ol, atom.Form, atom.Nav, atom.Section, atom.Article, atom.Header, atom.Footer:
			return false
		}
	}
	return true
}

// text writes inline text: white space collapses, invisible runes vanish.
func (w *lines) text(s string) {
	for i := 0; i < len(s); {
		if w.gap == "" && w.line.Len() > 0 {
			start := i
			for i < len(s) && s[i] > ' ' && s[i] <= '~' {
				i++
			}
			if w.line.WriteString(s[start:i]); i == len(s) {
				return
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case unicode.IsSpace(r) || r > unicode.MaxLatin1 && unicode.Is(unicode.Z, r):
			w.owe(" ")
		case invisible(r):
		default:
			if w.line.Len() == 0 {
				w.line.WriteString(w.lead)
				w.lead = ""
			} else {
				w.line.WriteString(w.gap)
			}
			w.gap = ""
			w.line.WriteRune(r)
		}
	}
}

// owe notes a gap; a stronger one is not weakened.
func (w *lines) owe(gap string) {
	if w.line.Len() > 0 && w.gap == "" {
		w.gap = gap
	}
}

func (w *lines) preformatted(s string) {
	first := true
	for line := range strings.Lines(s) {
		if !first {
			w.end()
		}
		first = false
		w.text(line)
	}
}

func (w *lines) block(s string) {
	w.end()
	w.text(s)
	w.end()
}

// end ends the line.
func (w *lines) end() {
	if w.cells > 0 {
		w.owe(" ")
		return
	}
	w.gap = ""
	if w.line.Len() == 0 {
		return
	}
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
	}
	if w.quotes+w.under > 0 {
		w.out.WriteString(quoteMark)
	}
	w.out.WriteString(w.line.String())
	w.line.Reset()
}

func (w *lines) done() string {
	w.cells = 0
	w.end()
	return w.out.String()
}

// textOf returns the words under n as one line.
func textOf(n *html.Node) string {
	w := lines{cells: 1}
	w.children(n)
	return w.done()
}

func oneLine(s string) string {
	var w lines
	w.text(s)
	return w.done()
}

// invisible runes are control, format (bidi, zero width, soft hyphen), private
// use, and those that Unicode says to ignore when they cannot be shown.
func invisible(r rune) bool {
	return (r < ' ' || r > '~') && unicode.In(r, unicode.C, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
