package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/config"
	"leadtriage/internal/lead"
	"leadtriage/internal/score"
)

// span is how far back to look: a number of days (30d), a duration, or a day.
type span struct {
	back time.Duration
	from time.Time
}

func (s *span) UnmarshalText(b []byte) error {
	text := string(b)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			s.back = time.Duration(n) * 24 * time.Hour
			return nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		s.back = d
		return nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		s.from = day
		return nil
	}
	return fmt.Errorf("%q is not a span; write 30d, 12h or a day such as 2026-11-01", text)
}

// moment is a time on the command line; none: now.
type moment struct{ time.Time }

func (m *moment) UnmarshalText(b []byte) (err error) {
	if m.Time, err = time.Parse(time.RFC3339, string(b)); err != nil {
		return fmt.Errorf("%q is not a time; write one such as 2026-11-22T12:00:00Z", b)
	}
	return nil
}

func (m moment) orNow() time.Time {
	if m.IsZero() {
		return time.Now()
	}
	return m.Time
}

func (s span) start(now time.Time) time.Time {
	if s.back > 0 {
		return now.Add(-s.back)
	}
	return s.from
}

// rescored is a recorded lead whose score another model, or another version of
// the configured one, would change.
type rescored struct {
	ID      string       `json:"id"`
	Company string       `json:"company"`
	Partner string       `json:"partner"`
	Stage   lead.Stage   `json:"stage"`
	From    lead.Verdict `json:"from"`
	To      lead.Verdict `json:"to"`
	Was     int          `json:"was"`
	Is      int          `json:"is"`
	Because string       `json:"because"`
	// Decided is what people said, as it stands; empty: nothing.
	Decided lead.Decision `json:"decided,omitempty"`
}

// agreement is how far a model's proposals and people's decisions agree.
type agreement struct {
	Agrees int `json:"agrees"` // proposed as eql and approved, or not and rejected
	EQL    int `json:"eql"`    // proposed as eql, of those decided
	Right  int `json:"right"`  // of these approved: the precision of eql is right of eql
	Missed int `json:"missed"` // approved, and not proposed as eql
}

func (g *agreement) add(v lead.Verdict, d lead.Decision) {
	switch eql := v == lead.EQL; {
	case eql && d == lead.Approve:
		g.EQL, g.Right, g.Agrees = g.EQL+1, g.Right+1, g.Agrees+1
	case eql:
		g.EQL++
	case d == lead.Approve:
		g.Missed++
	default:
		g.Agrees++
	}
}

func (g agreement) String() string {
	precision := ""
	if g.EQL > 0 {
		precision = fmt.Sprintf(" (%.0f %%)", 100*float64(g.Right)/float64(g.EQL))
	}
	return fmt.Sprintf("agrees with %d; of %d proposed as eql they approved %d%s, and %d that were not", g.Agrees, g.EQL, g.Right, precision, g.Missed)
}

// people is a replay against what people decided.
type people struct {
	Decided  int            `json:"decided"`
	Recorded agreement      `json:"recorded"`
	Replayed agreement      `json:"replayed"`
	Foreseen map[string]int `json:"foreseen"` // by reason: rejected, proposed as eql, and not by this model
}

// move is a cell of the matrix of verdicts.
type move struct {
	From lead.Verdict `json:"from"`
	To   lead.Verdict `json:"to"`
}

// tally is what a replay comes to; it does not grow with the number of leads.
type tally struct {
	Model      string    `json:"model"`
	Hash       string    `json:"hash"`
	Since      time.Time `json:"since"`
	Leads      int       `json:"leads"`
	Unscored   int       `json:"unscored"`   // came in, not scored yet
	Changed    int       `json:"changed"`    // verdicts
	Unreadable int       `json:"unreadable"` // left out: their rows are damaged
	Cards      [2]int    `json:"cards"`      // leads that a person is asked about: recorded, replayed
	People     people    `json:"people"`
	moves      map[move]int
	rejections map[string]string // the reason, by lead
}

// replay scores the recorded leads again by the other model, or by the
// configured one, each as of the moment its recorded score was computed for.
func (c scoreCmd) replay(a *app, rules, other *score.Model) error {
	rules = cmp.Or(other, rules)
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	t := tally{Model: rules.String(), Hash: rules.Hash(), Since: c.Since.start(c.Now.orNow().UTC()), moves: map[move]int{}, People: people{Foreseen: map[string]int{}}}
	if t.rejections, err = records.Reads.Rejections(a.ctx, t.Since); err != nil {
		return err
	}
	total, err := records.Reads.Count(a.ctx, t.Since)
	if err != nil {
		return err
	}
	bar := a.bar(total, "replay")
	list := &replayList{a: a, json: c.JSON}
	err = records.Reads.Each(a.ctx, t.Since, func(l lead.Lead, unreadable error) error {
		bar.Add(1)
		if unreadable != nil {
			t.Unreadable++
			fmt.Fprintf(a.errOut, "lead %s is left out: %v\n", l.ID, unreadable)
			return nil
		}
		r, differs := t.add(rules, &l)
		if !differs || c.ChangesOnly && r.From == r.To {
			return nil
		}
		return list.add(r)
	})
	bar.Finish()
	if err != nil {
		return err
	}
	return list.end(&t)
}

// add re-scores one lead and reports whether score or verdict would change.
func (t *tally) add(rules *score.Model, l *lead.Lead) (rescored, bool) {
	t.Leads++
	was := l.Score
	if was == nil {
		t.Unscored++
		return rescored{}, false
	}
	is := rules.Score(l, was.At)
	t.moves[move{was.Verdict, is.Verdict}]++
	if was.Ask {
		t.Cards[0]++
	}
	if is.Ask {
		t.Cards[1]++
	}
	if was.Verdict != is.Verdict {
		t.Changed++
	}
	decided := decisionOn(l)
	if decided != "" {
		t.People.Decided++
		t.People.Recorded.add(was.Verdict, decided)
		t.People.Replayed.add(is.Verdict, decided)
		if reason := t.rejections[l.ID]; decided == lead.Reject && reason != "" && was.Verdict == lead.EQL && is.Verdict != lead.EQL {
			t.People.Foreseen[reason]++
		}
	}
	if was.Verdict == is.Verdict && was.Total == is.Total {
		return rescored{}, false
	}
	return rescored{ID: l.ID, Company: companyName(l), Partner: l.Partner.ID, Stage: l.Stage,
		From: was.Verdict, To: is.Verdict, Was: was.Total, Is: is.Total, Because: is.Because.String(), Decided: decided}, true
}

// decisionOn is what people said of the lead, as its stage tells.
func decisionOn(l *lead.Lead) lead.Decision {
	stage := l.Stage
	if stage == lead.Archived {
		stage = l.ArchivedFrom
	}
	return map[lead.Stage]lead.Decision{lead.Approved: lead.Approve, lead.Rejected: lead.Reject}[stage]
}

var verdicts = []lead.Verdict{lead.EQL, lead.SQL, lead.MQL, lead.Nurture, lead.VerdictDisqualify}

// replayList prints leads as they come, so that memory stays flat.
type replayList struct {
	a    *app
	json bool
	rows int
}

func (p *replayList) add(r rescored) error {
	p.rows++
	if !p.json {
		if p.rows == 1 {
			fmt.Fprintf(p.a.out, "%-26s  %-28s  %-16s  %12s → %-12s  %-8s  %s\n", "lead", "company", "partner", "verdict", "verdict", "decided", "score")
		}
		_, err := fmt.Fprintf(p.a.out, "%-26s  %-28s  %-16s  %12s → %-12s  %-8s  %d → %d\n", r.ID, column(r.Company, 28), column(r.Partner, 16), r.From, r.To, r.Decided, r.Was, r.Is)
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	opening := ",\n  "
	if p.rows == 1 {
		opening = "{\"changes\":[\n  "
	}
	_, err = fmt.Fprintf(p.a.out, "%s%s", opening, text)
	return err
}

func (p *replayList) end(t *tally) error {
	if !p.json {
		return p.summary(t)
	}
	type cell struct {
		move
		Leads int `json:"leads"`
	}
	matrix := []cell{}
	for _, m := range slices.SortedFunc(maps.Keys(t.moves), byVerdict) {
		matrix = append(matrix, cell{m, t.moves[m]})
	}
	text, err := json.Marshal(struct {
		*tally
		Matrix []cell `json:"matrix"`
	}{t, matrix})
	if err != nil {
		return err
	}
	if p.rows == 0 {
		fmt.Fprint(p.a.out, `{"changes":[`)
	}
	_, err = fmt.Fprintf(p.a.out, "\n],\"summary\":%s}\n", text)
	return err
}

func byVerdict(a, b move) int {
	return cmp.Or(slices.Index(verdicts, a.From)-slices.Index(verdicts, b.From), slices.Index(verdicts, a.To)-slices.Index(verdicts, b.To))
}

// summary is the matrix: a row for each recorded verdict, a column for each
// verdict by the model.
func (p *replayList) summary(t *tally) error {
	if p.rows > 0 {
		fmt.Fprintln(p.a.out)
	}
	head := []any{"recorded as"}
	for _, v := range verdicts {
		head = append(head, "→ "+string(v))
	}
	m := p.a.table(head...)
	for _, from := range verdicts {
		row := table.Row{from}
		for _, to := range verdicts {
			row = append(row, t.moves[move{from, to}])
		}
		m.AppendRow(row)
	}
	m.Render()
	fmt.Fprintf(p.a.out, "%d leads since %s by %s: %d verdicts would change; cards %d, by this model %d", t.Leads, t.Since.Format(time.DateOnly), t.Model, t.Changed, t.Cards[0], t.Cards[1])
	if t.Unscored > 0 {
		fmt.Fprintf(p.a.out, "; %d are not scored yet", t.Unscored)
	}
	fmt.Fprintln(p.a.out, ".")
	if who := t.People; who.Decided > 0 {
		fmt.Fprintf(p.a.out, "People decided about %d of them.\n  as recorded: %s.\n  by %s: %s.\n", who.Decided, who.Recorded, t.Model, who.Replayed)
		var foreseen []string
		for _, reason := range slices.Sorted(maps.Keys(who.Foreseen)) {
			foreseen = append(foreseen, fmt.Sprint(column(reason, 40), " ", who.Foreseen[reason]))
		}
		if len(foreseen) > 0 {
			fmt.Fprintf(p.a.out, "  Rejections that it would have foreseen: %s.\n", strings.Join(foreseen, ", "))
		}
	}
	_, err := fmt.Fprintln(p.a.out, "Nothing was written: recorded scores and decisions stay as they are.")
	return err
}

// column is text that others wrote, in the width of a column of a terminal.
func column(s string, letters int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > letters {
		return string(r[:letters-1]) + "…"
	}
	return s
}

// apply scores the leads that nobody decided by the configured model, and lists what moved.
func (c scoreCmd) apply(a *app, cfg *config.Config, rules *score.Model) error {
	flow, records, err := a.flow(cfg, rules)
	if err != nil {
		return err
	}
	defer records.Close()
	var ids []string
	stages := map[string]lead.Stage{}
	since := c.Since.start(c.Now.orNow().UTC())
	err = records.Reads.Each(a.ctx, since, func(l lead.Lead, unreadable error) error {
		if stale := l.Score == nil || l.Score.Hash != rules.Hash(); unreadable == nil && stale && (l.Stage == lead.Parked || l.Stage == lead.AwaitingReview) {
			ids = append(ids, l.ID)
			stages[l.ID] = l.Stage
		}
		return nil
	})
	if err != nil {
		return err
	}
	moved := 0
	for _, id := range ids {
		was, l, err := flow.Rescore(a.ctx, id)
		if err != nil {
			return fmt.Errorf("score lead %s: %w", id, err)
		}
		before, points := lead.Verdict("unscored"), 0
		if was != nil {
			before, points = was.Verdict, was.Total
		}
		if l.Stage != stages[id] {
			moved++
		}
		if l.Score != nil && (l.Stage != stages[id] || l.Score.Verdict != before) {
			fmt.Fprintf(a.out, "%-26s  %-28s  %s → %s  %s → %s  %d → %d\n", id, column(companyName(&l), 28), stages[id], l.Stage, before, l.Score.Verdict, points, l.Score.Total)
		}
	}
	_, err = fmt.Fprintf(a.out, "%d leads since %s are scored by %s; %d moved. Decided leads stay as they are.\n", len(ids), since.Format(time.DateOnly), rules, moved)
	return err
}
