package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// allLines is how many score lines a card shows in full; of more, the weightiest
// halfLines on either side stay.
const (
	allLines  = 12
	halfLines = 6
)

func (c *card) verdict() string {
	if c.l.Score == nil {
		return "—"
	}
	if s, ok := c.say.verdicts[c.l.Score.Verdict]; ok {
		return s
	}
	return cmp.Or(said(string(c.l.Score.Verdict), 40), "—")
}

func (c *card) total() int {
	if c.l.Score == nil {
		return 0
	}
	return c.l.Score.Total
}

// proposal is the verdict, the score as a bar, and the sentence behind it.
func (c *card) proposal() string {
	s := c.l.Score
	if s == nil {
		return c.say.notScored
	}
	head := fmt.Sprintf(c.say.proposed, c.verdict(), bar(s.Total), s.Total)
	points := fmt.Sprintf(c.say.points, s.ICP, cmp.Or(c.o.ICPMax, 40), s.Intent, cmp.Or(c.o.IntentMax, 60))
	return c.join(head, points, said(s.Because, 500))
}

// bar has ten cells, one for each full ten points.
func bar(total int) string {
	n := min(max(total/10, 0), 10)
	return strings.Repeat("▰", n) + strings.Repeat("▱", 10-n)
}

// scoreLines lists what speaks for the lead, most points first, then what
// speaks against it, most points missed first.
func (c *card) scoreLines() []slackapi.Block {
	if c.l.Score == nil {
		return nil
	}
	var yes, no []lead.Line
	for _, l := range c.l.Score.Lines {
		if l.Points > 0 {
			yes = append(yes, l)
		} else {
			no = append(no, l)
		}
	}
	slices.SortStableFunc(yes, func(a, b lead.Line) int { return cmp.Compare(b.Points, a.Points) })
	slices.SortStableFunc(no, func(a, b lead.Line) int { return cmp.Compare(b.Max-b.Points, a.Max-a.Points) })
	hidden := 0
	if len(yes)+len(no) > allLines {
		y := min(len(yes), max(halfLines, allLines-len(no)))
		n := min(len(no), allLines-y)
		hidden = len(yes) + len(no) - y - n
		yes, no = yes[:y], no[:n]
	}
	blocks := c.side(nil, c.say.forLead, yes)
	blocks = c.side(blocks, c.say.againstLead, no)
	if hidden > 0 {
		blocks = append(blocks, slackapi.NewContextBlock("", mrkdwn(fmt.Sprintf(c.say.moreLines, hidden))))
	}
	return blocks
}

func (c *card) side(blocks []slackapi.Block, title string, lines []lead.Line) []slackapi.Block {
	if len(lines) == 0 {
		return blocks
	}
	texts := []string{title}
	for _, l := range lines {
		texts = append(texts, c.scoreLine(l, 150))
	}
	return c.addLines(blocks, 2, texts)
}

func (c *card) scoreLine(l lead.Line, max int) string {
	rule := cmp.Or(c.say.term(l.Rule), "—")
	return fmt.Sprintf(c.say.line, l.Points, l.Max, rule, cmp.Or(said(l.Reason, max), "—"))
}
