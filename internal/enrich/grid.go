package enrich

// Figures are often set as a grid of numbers and what they count, one below the
// other. Which of the two comes first shows at the ends of the run of lines.
type gridOrder int

const (
	noGrid      gridOrder = iota
	labelFirst            // "Employees", "90", "Countries", "12"
	numberFirst           // "90", "employees", "12", "countries"
	either                // "Employees", "90", "Head office"
)

// grid tells the order of the run of lines that the number stands in, alone in its line.
func grid(tokens []token, c count) gridOrder {
	first, last := lineStart(tokens, c.from), lineEnd(tokens, c.to)
	if !figure(tokens, first, last) {
		return noGrid
	}
	number := true // the line at the near end of the run is a number's
	start := first
	for above := start; above > 0; {
		from := lineStart(tokens, above-1)
		if figure(tokens, from, above-1) == number || !number && !figure(tokens, from, above-1) || number && !caption(tokens, from, above-1) {
			break
		}
		start, above, number = from, from, !number
	}
	opens := number
	number = true
	end := last
	for end < len(tokens) {
		to := lineEnd(tokens, end+1)
		if figure(tokens, end+1, to) == number || !number && !figure(tokens, end+1, to) || number && !caption(tokens, end+1, to) {
			break
		}
		end, number = to, !number
	}
	switch {
	case opens && !number:
		return numberFirst
	case !opens && !number: // a title above, or something else than a figure below
		return either
	case !opens && number:
		return labelFirst
	}
	return noGrid
}

// figure reports whether a line is a number and nothing else.
func figure(tokens []token, from, to int) bool {
	for from < to && lineMarks[tokens[from].low] {
		from++
	}
	for i := from; i < to && i < from+3; i++ {
		if c, ok := countAt(tokens, i); ok {
			return c.to == to && c.from == from
		}
	}
	return false
}

// caption reports whether a line is short and has no number: what one counts.
func caption(tokens []token, from, to int) bool {
	if to-from == 0 || to-from > 5 {
		return false
	}
	for _, k := range tokens[from:to] {
		if k.kind == number {
			return false
		}
	}
	return !ends(tokens, to-1)
}

// captioned reads "250" with "employees" alone in the line below.
func captioned(tokens []token, c count, p passage) bool {
	if c.to >= len(tokens) || tokens[c.to].kind != lineBreak {
		return false
	}
	n := headNouns.startsAt(tokens, c.to+1)
	end := c.to + 1 + n
	if n == 0 || end > p.to || end != lineEnd(tokens, end) {
		return false
	}
	order := grid(tokens, c)
	return order == numberFirst || order == either && countLabels.endsAt(tokens, lineStart(tokens, c.from)-1) == 0
}
