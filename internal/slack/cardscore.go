package slack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"leadtriage/internal/lead"
)

// How many lines of the score a card shows for the lead, and against it.
const weighty, wanting = 3, 2

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

// proposed is the verdict with the score.
func (c *card) proposed() string {
	s := c.l.Score
	if s == nil {
		return c.say.NotScored
	}
	head := fmt.Sprintf(c.say.Proposed, c.verdict(), s.Total)
	if light := lights[s.Verdict]; light != "" {
		head = light + " " + head
	}
	if c.full {
		return head + " · " + fmt.Sprintf(c.say.Points, s.ICP, c.icpMax(), s.Intent, c.intentMax())
	}
	return head
}

// proposal adds the sentence behind the verdict, and what would change it. Of an eql the
// card needs neither; and what would bring the points that are missing says which they are.
func (c *card) proposal() string {
	s := c.l.Score
	if s == nil || !c.full && s.Verdict == lead.EQL {
		return c.proposed()
	}
	because, change := c.explained(s.Because, c.room(160, 500)), ""
	if said := c.explained(s.Change, c.room(120, 500)); said != "" && c.l.Closed == nil {
		change = fmt.Sprintf(c.say.Change, said)
	}
	if !c.full && s.Because.Code == "short" && s.Change.Code == "would_bring" {
		because = ""
	}
	return c.join(c.proposed(), because, change)
}

func (c *card) icpMax() int    { return cmp.Or(c.o.ICPMax, 40) }
func (c *card) intentMax() int { return cmp.Or(c.o.IntentMax, 60) }

// explained is a reason as it is said where it stands: some are shorter on a card.
func (c *card) explained(r lead.Reason, max int) string {
	if c.full {
		return c.say.explained(r, max)
	}
	sentences := maps.Clone(c.say.Reasons)
	maps.Copy(sentences, c.say.Short)
	return safe(lead.Language{Sentences: sentences, Show: c.say.shown}.Say(r), max)
}

// bant are the four questions of BANT, each with what is on record.
func (c *card) bant() string {
	answers := c.l.BANT()
	var marks []string
	for i, question := range c.say.Bant {
		marks = append(marks, map[bool]string{true: "●\u00a0", false: "○\u00a0"}[answers[i]]+question)
	}
	return fmt.Sprintf(c.say.Checks, strings.Join(marks, " "))
}

// weighed are the weightiest lines for the lead, then the weightiest against it.
func (c *card) weighed() string {
	if c.l.Score == nil {
		return c.bant()
	}
	yes, no := c.weigh()
	return c.join(c.bant(),
		c.side(c.say.ForLead, yes, func(l *lead.Line) int { return l.Points }),
		c.side(c.say.AgainstLead, no, func(l *lead.Line) int { return l.Points - l.Max }))
}

// weigh picks the lines that earned the most and, of the others, those that
// missed the most, more than a point. Intent that is at its cap misses nothing.
func (c *card) weigh() (yes, no []*lead.Line) {
	for i := range c.l.Score.Lines {
		if l := &c.l.Score.Lines[i]; l.Points > 0 {
			yes = append(yes, l)
		}
	}
	slices.SortStableFunc(yes, func(a, b *lead.Line) int { return cmp.Compare(b.Points, a.Points) })
	yes = atMost(yes, weighty)
	full := c.l.Score.Intent >= c.intentMax()
	for i := range c.l.Score.Lines {
		if l := &c.l.Score.Lines[i]; l.Max-l.Points > 1 && !(full && l.Group == "intent") && !slices.Contains(yes, l) {
			no = append(no, l)
		}
	}
	slices.SortStableFunc(no, func(a, b *lead.Line) int { return cmp.Compare(b.Max-b.Points, a.Max-a.Points) })
	return yes, atMost(no, wanting)
}

func (c *card) side(title string, lines []*lead.Line, points func(*lead.Line) int) string {
	var texts []string
	for _, l := range lines {
		said := strings.Replace(fmt.Sprintf("%+d\u00a0", points(l)), "-", "−", 1) + cmp.Or(c.say.term(l.Rule), "—")
		if points(l) < 0 {
			said += ", " + cmp.Or(c.why(*l, 40), "—")
		}
		texts = append(texts, said)
	}
	if len(texts) == 0 {
		return ""
	}
	return fmt.Sprintf(title, strings.Join(texts, " · "))
}

// why is a line's reason for somebody who has just read its rule.
func (c *card) why(l lead.Line, max int) string {
	if l.Reason.Code == lead.FieldMissing && l.Rule == string(l.Fact) {
		return c.say.NotStated
	}
	return c.explained(l.Reason, max)
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
