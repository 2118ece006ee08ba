package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// weighty is how many lines of the score a card shows on either side.
const weighty = 3

// lights lets the eye find the proposal before it reads.
var lights = map[lead.Verdict]string{lead.EQL: "🟢", lead.SQL: "🔵", lead.MQL: "🟡", lead.Nurture: "⚪", lead.VerdictDisqualify: "⚫"}

func (c *card) verdict() string {
	if c.l.Score == nil {
		return "—"
	}
	return c.say.verdict(c.l.Score.Verdict)
}

func (c *card) total() int {
	if c.l.Score == nil {
		return 0
	}
	return c.l.Score.Total
}

// proposed is the verdict with the score as a bar.
func (c *card) proposed() string {
	s := c.l.Score
	if s == nil {
		return c.say.NotScored
	}
	head := fmt.Sprintf(c.say.Proposed, c.verdict(), bar(s.Total), s.Total)
	if light := lights[s.Verdict]; light != "" {
		head = light + " " + head
	}
	return head + " · " + fmt.Sprintf(c.say.Points, s.ICP, c.icpMax(), s.Intent, c.intentMax())
}

// proposal adds the sentence behind the verdict, and what would change it.
func (c *card) proposal() string {
	s := c.l.Score
	if s == nil {
		return c.say.NotScored
	}
	change := ""
	if said := c.say.explained(s.Change, 500); said != "" {
		change = fmt.Sprintf(c.say.Change, said)
	}
	return c.join(c.proposed(), c.say.explained(s.Because, 500), change)
}

func (c *card) icpMax() int    { return cmp.Or(c.o.ICPMax, 40) }
func (c *card) intentMax() int { return cmp.Or(c.o.IntentMax, 60) }

// bar has ten cells, one for each full ten points.
func bar(total int) string {
	n := min(max(total/10, 0), 10)
	return strings.Repeat("▰", n) + strings.Repeat("▱", 10-n)
}

// scoreLines are the weightiest lines for the lead beside the weightiest against it.
func (c *card) scoreLines() []slackapi.Block {
	if c.l.Score == nil {
		return nil
	}
	yes, no := c.weigh()
	return []slackapi.Block{slackapi.NewSectionBlock(nil, []*slackapi.TextBlockObject{
		mrkdwn(c.side(c.say.ForLead, yes, func(l *lead.Line) int { return l.Points })),
		mrkdwn(c.side(c.say.AgainstLead, no, func(l *lead.Line) int { return l.Points - l.Max })),
	}, nil)}
}

// weigh picks the lines that earned the most and, of the others, those that
// missed the most. Intent that is at its cap misses nothing.
func (c *card) weigh() (yes, no []*lead.Line) {
	for i := range c.l.Score.Lines {
		if l := &c.l.Score.Lines[i]; l.Points > 0 {
			yes = append(yes, l)
		}
	}
	slices.SortStableFunc(yes, func(a, b *lead.Line) int { return cmp.Compare(b.Points, a.Points) })
	yes = yes[:min(len(yes), weighty)]
	full := c.l.Score.Intent >= c.intentMax()
	for i := range c.l.Score.Lines {
		if l := &c.l.Score.Lines[i]; l.Points < l.Max && !(full && l.Group == "intent") && !slices.Contains(yes, l) {
			no = append(no, l)
		}
	}
	slices.SortStableFunc(no, func(a, b *lead.Line) int { return cmp.Compare(b.Max-b.Points, a.Max-a.Points) })
	return yes, no[:min(len(no), weighty)]
}

func (c *card) side(title string, lines []*lead.Line, points func(*lead.Line) int) string {
	texts := []string{title}
	for _, l := range lines {
		signed := strings.Replace(fmt.Sprintf("%+d", points(l)), "-", "−", 1)
		texts = append(texts, fmt.Sprintf("`%s` %s — %s", signed, cmp.Or(c.say.term(l.Rule), "—"), cmp.Or(c.why(*l, 150), "—")))
	}
	if len(lines) == 0 {
		texts = append(texts, c.say.Nothing)
	}
	return c.join(texts...)
}

// why is a line's reason for somebody who has just read its rule.
func (c *card) why(l lead.Line, max int) string {
	if l.Reason.Code == lead.FieldMissing && l.Rule == string(l.Fact) {
		return c.say.NotStated
	}
	return c.say.explained(l.Reason, max)
}

// scoreLine shows a line with its reason, and below it the fact with the
// evidence that it rests on.
func (c *card) scoreLine(l lead.Line) string {
	line := fmt.Sprintf(c.say.Line, l.Points, l.Max, cmp.Or(c.say.term(l.Rule), "—"), cmp.Or(c.why(l, 500), "—"))
	if i := c.restsOn(l); i >= 0 {
		return line + "\n        ↳ " + c.factLine(c.l.Facts[i])
	}
	if page := link(l.Evidence); page != "" {
		return line + "\n        ↳ " + page
	}
	return line
}

// restsOn is the fact that a line speaks of: the one on its page, else one that
// earns, else the first of its field; -1 for none.
func (c *card) restsOn(l lead.Line) int {
	found, rank, named := -1, 0, l.Reason.Args
	if len(l.Reason.Of) > 0 { // of several values the first
		named = l.Reason.Of[0].Args
	}
	for i := range c.l.Facts {
		f, fits := &c.l.Facts[i], 0
		switch {
		case l.Fact == "" || f.Field != l.Fact:
		case l.Evidence != "" && slices.ContainsFunc(f.Evidence, func(e lead.Evidence) bool { return e.URL == l.Evidence }):
			fits = 3
		case l.Points > 0 && f.Earns():
			fits = 2
		default:
			fits = 1
		}
		if fits > 0 && f.Earns() == (l.Points > 0) {
			fits += 3 // what earned stands with the points, what did not without
		}
		if fits > 0 && slices.Contains(named, f.Value) {
			fits += 6 // of several technologies the one that the reason names
		}
		if fits > rank {
			found, rank = i, fits
		}
	}
	return found
}
