package page

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"leadtriage/internal/lead"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// lines collects visible text as lines.
type lines struct {
	buf  []byte // the lines, one right behind another; last the one being written
	from int    // where that one starts
	list []line // those that have ended

	lead  string // mark of the next line: "- ", "## "
	gap   string // owed between the last text and the next: "", " ", " | "
	data  int    // data tables we are in
	cells int    // data-table cells we are in: there a new block is only a gap
	pre   int    // elements we are in that keep their line breaks
	links int    // links and buttons met so far
	link  int    // of these, those we are in
	plain int    // pieces of text met outside of them

	sheet  sheet           // what it hides is left out
	named  map[string]bool // what namesOthers said of a class
	quotes int             // elements we are in that hold the words of others
	said   bool            // the row we are in holds some
}

// line is one that has ended.
type line struct {
	start, end int    // in lines.buf
	mark       string // "- ", "## ", or ""
	quoted     bool
	joined     bool // to the one before
}

// unread elements hold nothing a visitor reads as the page's words.
var unread = set(atom.Head, atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Math, atom.Iframe, atom.Object,
	atom.Embed, atom.Canvas, atom.Audio, atom.Video, atom.Select, atom.Datalist, atom.Textarea, atom.Input, atom.Noframes, atom.Title,
	atom.Del, atom.S, atom.Strike) // struck out: taken back

var blocks = set(atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details,
	atom.Dialog, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.Header, atom.Hgroup,
	atom.Hr, atom.Legend, atom.Main, atom.Nav, atom.Ol, atom.P, atom.Search, atom.Section, atom.Summary, atom.Ul, atom.Menu, atom.Tbody,
	atom.Thead, atom.Tfoot, atom.Table, atom.Tr, atom.Pre, atom.Br, atom.Li, atom.Td, atom.Th,
	atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6)

// parting elements hold what stands by itself: their lines are never joined.
var parting = set(atom.Html, atom.Body, atom.Main, atom.Section, atom.Aside, atom.Header, atom.Footer, atom.Nav, atom.Form, atom.Ul,
	atom.Ol, atom.Menu, atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Pre)

func set(atoms ...atom.Atom) map[atom.Atom]bool {
	all := map[atom.Atom]bool{}
	for _, a := range atoms {
		all[a] = true
	}
	return all
}

var marks = map[atom.Atom]string{
	atom.Li: "- ", atom.H1: "# ", atom.H2: "## ", atom.H3: "### ", atom.H4: "#### ", atom.H5: "##### ", atom.H6: "###### ",
}

// node writes the visible text under n. The parser refuses deep nesting, so
// recursion is bounded.
func (w *lines) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		if w.link == 0 && strings.TrimSpace(n.Data) != "" {
			w.plain++
		}
		if w.pre > 0 {
			w.preformatted(n.Data)
		} else {
			if meets(w.buf[w.from:], n.Data) {
				w.owe(" ")
			}
			w.text(n.Data)
		}
	case html.ElementNode:
		switch {
		case unread[n.DataAtom] || hidden(n) || w.sheet.hides(n):
		case w.quotes > 0 || !w.foreign(n):
			w.element(n)
		case w.cells > 0:
			w.said = true
			w.element(n)
		default:
			w.end()
			w.quotes++
			w.element(n)
			w.end()
			w.quotes--
		}
	}
}

// meets reports whether a number ends one text and a word starts the next, or the
// other way round: "<b>250</b><span>employees</span>", which a style sheet sets apart.
// "12<span>M</span>" is one figure.
func meets(before []byte, next string) bool {
	last, _ := utf8.DecodeLastRune(before)
	first, _ := utf8.DecodeRuneInString(next)
	switch {
	case unicode.IsDigit(last) || last == '+':
		end := strings.IndexFunc(next, noLetter)
		return end >= wordLetters || end < 0 && len(next) >= wordLetters
	case unicode.IsDigit(first):
		return len(before)-1-bytes.LastIndexFunc(before, noLetter) >= wordLetters
	}
	return false
}

const wordLetters = 3 // fewer belong to a number: "12M", "50 km"

func noLetter(r rune) bool { return !unicode.IsLetter(r) }

// element writes what stands under n, as its name says.
func (w *lines) element(n *html.Node) {
	if blocks[n.DataAtom] {
		w.end()
	}
	alone := len(w.buf) == w.from
	from, links, plain := len(w.list), w.links, w.plain
	switch {
	case n.DataAtom == atom.Table && isData(n):
		w.data++
		w.children(n)
		w.data--
	case n.DataAtom == atom.Tr && w.data > 0:
		w.row(n)
	case n.DataAtom == atom.Dl:
		for c := range n.ChildNodes() {
			if c.DataAtom == atom.Dt {
				w.end()
				w.join(n, from)
				from = len(w.list)
			}
			w.node(c)
		}
	case n.DataAtom == atom.Pre:
		w.pre++
		w.children(n)
		w.pre--
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
		w.links++
		w.link++
		w.children(n)
		w.link--
	default:
		if mark := marks[n.DataAtom]; mark != "" && w.cells == 0 {
			w.lead = mark
		}
		w.children(n)
	}
	if blocks[n.DataAtom] {
		w.end()
		if marks[n.DataAtom] != "" {
			w.lead = ""
		}
	}
	listOfLinks := w.links-links > 1 && w.plain == plain
	if alone && len(w.buf) == w.from && !listOfLinks && !parting[n.DataAtom] {
		w.join(n, from)
	}
}

// Limits of what is short enough to be read as one.
const (
	maxJoined      = 5   // lines: an address has as many
	maxJoinedRunes = 160 // of all together
)

// join makes one line of those that n left since from, if they are few and short
// and the one is the other's label, value or continuation: a term and what it
// says, a figure and what it counts, a year and what came to pass, the lines of an
// address. It does not where they hold more than that: headings, lists, lines
// that were joined before, or nothing but lines that stand by themselves.
func (w *lines) join(n *html.Node, from int) {
	group := w.list[from:]
	if len(group) < 2 || len(group) > maxJoined {
		return
	}
	if text := w.buf[group[0].start:]; len(text) > utf8.UTFMax*maxJoinedRunes || utf8.RuneCount(text) > maxJoinedRunes {
		return
	}
	whole := 0
	for i, l := range group {
		text := w.buf[l.start:l.end]
		switch {
		case l.joined || l.quoted != group[0].quoted:
			return
		case l.mark == "" || i == 0 && l.mark == marks[n.DataAtom]:
		case l.mark[0] != '#' || !isFigure(text):
			return
		}
		if isWhole(text) {
			whole++
		}
	}
	if whole == len(group) {
		return
	}
	for i := range group {
		group[i].joined = i > 0
	}
	if group[0].mark != marks[n.DataAtom] {
		group[0].mark = ""
	}
}

// isFigure reports whether a line is a number and no more: "500+", "€ 12M".
func isFigure(text []byte) bool {
	words := bytes.FieldsFunc(text, noLetter)
	return bytes.ContainsAny(text, "0123456789") && len(bytes.Join(words, nil)) < wordLetters
}

// isWhole reports whether a line needs no other: a sentence, or a number with
// what it counts ("500+ employees").
func isWhole(text []byte) bool {
	last := text[len(text)-1]
	return last == '.' || last == '!' || text[0] >= '0' && text[0] <= '9' && !isFigure(text)
}

func (w *lines) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

// row writes a row of a data table as one line.
func (w *lines) row(tr *html.Node) {
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
	w.said = false
}

// isData tells a table of data from one that lays out the page. The search ends
// at the first nested table, so every node is visited once.
func isData(table *html.Node) bool {
	return !holds(table, atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.Ul, atom.Ol, atom.Form, atom.Nav, atom.Section, atom.Article,
		atom.Header, atom.Footer)
}

// text writes inline text: white space collapses, invisible runes vanish.
func (w *lines) text(s string) {
	for i := 0; i < len(s); {
		if w.gap == "" && len(w.buf) > w.from {
			start := i
			for i < len(s) && s[i] > ' ' && s[i] <= '~' {
				i++
			}
			if w.buf = append(w.buf, s[start:i]...); i == len(s) {
				return
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case unicode.IsSpace(r) || r > unicode.MaxLatin1 && unicode.Is(unicode.Z, r):
			w.owe(" ")
		case lead.Invisible(r):
		default:
			w.buf = append(w.buf, w.gap...)
			w.gap = ""
			w.buf = utf8.AppendRune(w.buf, r)
		}
	}
}

// owe notes a gap; a stronger one is not weakened.
func (w *lines) owe(gap string) {
	if len(w.buf) > w.from && w.gap == "" {
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
	if len(w.buf) == w.from {
		return
	}
	w.list = append(w.list, line{start: w.from, end: len(w.buf), mark: w.lead, quoted: w.quotes > 0 || w.said})
	w.from, w.lead = len(w.buf), ""
}

func (w *lines) done() string {
	w.end()
	var out strings.Builder
	out.Grow(len(w.buf) + 4*len(w.list))
	for i, l := range w.list {
		if l.joined {
			out.WriteString(" | ")
		} else {
			if i > 0 {
				out.WriteByte('\n')
			}
			if l.quoted {
				out.WriteString(quoteMark)
			}
			out.WriteString(l.mark)
		}
		out.Write(w.buf[l.start:l.end])
	}
	return out.String()
}

// textOf returns the words under n as one line.
func textOf(n *html.Node) string {
	w := lines{cells: 1, quotes: 1}
	w.children(n)
	return string(w.buf)
}

func oneLine(s string) string {
	var w lines
	w.text(s)
	return string(w.buf)
}
