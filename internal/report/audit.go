package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// tally counts what became of leads that have something in common.
type tally struct{ leads, approved, rejected, won, lost int }

func (t *tally) add(d *lead.Dossier) {
	t.leads++
	switch d.Lead.Stage {
	case lead.Approved:
		t.approved++
	case lead.Rejected:
		t.rejected++
	}
	for _, o := range slices.Backward(d.Outcomes) { // the newest first
		switch o.Type {
		case lead.ClosedWon:
			t.won++
			return
		case lead.ClosedLost, lead.NotAccepted:
			t.lost++
			return
		}
	}
}

func (t *tally) cells() []string {
	decided, ended := t.approved+t.rejected, t.won+t.lost
	return []string{strconv.Itoa(t.leads), strconv.Itoa(decided), share(t.approved, decided), interval(t.approved, decided),
		strconv.Itoa(ended), share(t.won, ended), interval(t.won, ended)}
}

var tallyColumns = []string{"leads", "decided", "approved", "likely", "ended", "won", "likely"}

// shift is how many points the usual remedy moves between ICP fit and intent (SPEC section 6).
const shift = 5

// Audit holds the scoring model against what people decided and what became of the leads
// that came in since: by score, by line; what a shift between ICP fit and intent would have
// changed; and reasons for rejections that repeat. threshold is the model's. It proposes
// nothing from under 50 leads a side.
func Audit(ctx context.Context, lists Lists, since time.Time, threshold int) ([]Table, error) {
	bands, with := map[int]*tally{}, map[string]*tally{}
	reasons := map[string]int{}
	shifts := []shifted{{by: shift}, {by: -shift}}
	var all tally
	err := each(ctx, lists, lead.Filter{Since: since}, func(d *lead.Dossier) {
		s := d.Lead.Score
		if s == nil {
			return
		}
		all.add(d)
		tallied(bands, min(s.Total/10, 9)).add(d)
		for i := range shifts {
			shifts[i].add(s, threshold)
		}
		for _, line := range s.Lines {
			if t := tallied(with, line.Rule); line.Points > 0 {
				t.add(d)
			}
		}
		if r := d.Review(); r != nil && r.Decision == lead.Reject && r.Reason != "" {
			reasons[r.Reason]++
		}
	})
	if err != nil {
		return nil, err
	}
	byScore := Table{Title: "By score", Columns: append([]string{"score"}, tallyColumns...)}
	for band := range 10 {
		if t := bands[band]; t != nil {
			byScore.Rows = append(byScore.Rows, append([]string{fmt.Sprintf("%d–%d", band*10, band*10+9+band/9)}, t.cells()...))
		}
	}
	for _, s := range shifts {
		byScore.Notes = append(byScore.Notes, fmt.Sprintf("With ICP fit %d and intent %d of the 100, %d leads would have reached %d, and %d no more.",
			ofICP+s.by, ofIntent-s.by, s.up, threshold, s.down))
	}
	byLine := Table{Title: "By line: leads with points of it beside leads without",
		Columns: []string{"line", "with", "approved", "won", "without", "approved", "won", "tells apart"}}
	for _, rule := range slices.Sorted(maps.Keys(with)) {
		a := with[rule]
		b := all.without(a)
		byLine.Rows = append(byLine.Rows, []string{rule, strconv.Itoa(a.leads), share(a.approved, a.approved+a.rejected), share(a.won, a.won+a.lost),
			strconv.Itoa(b.leads), share(b.approved, b.approved+b.rejected), share(b.won, b.won+b.lost), tells(a, b)})
	}
	rejected := Table{Title: "Why leads were rejected", Columns: []string{"reason", "leads", "what to do"}}
	for _, reason := range slices.SortedFunc(maps.Keys(reasons), func(a, b string) int { return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b)) }) {
		do := ""
		if reasons[reason] >= enough {
			do = "it repeats: a disqualification rule could spare reviewers these leads; try one with score --replay"
		}
		rejected.Rows = append(rejected.Rows, []string{strings.ReplaceAll(reason, "_", " "), strconv.Itoa(reasons[reason]), do})
	}
	if all.won < enough || all.lost < enough {
		byLine.Notes = append(byLine.Notes, fmt.Sprintf("%d won and %d lost: under %d a side no change of the model is proposed.", all.won, all.lost, enough))
	}
	return []Table{byScore, byLine, rejected}, nil
}

func tallied[K comparable](by map[K]*tally, key K) *tally {
	if by[key] == nil {
		by[key] = &tally{}
	}
	return by[key]
}

// without are the leads that are not among those of another tally.
func (t *tally) without(o *tally) *tally {
	return &tally{t.leads - o.leads, t.approved - o.approved, t.rejected - o.rejected, t.won - o.won, t.lost - o.lost}
}

// tells says whether what ended was won more or less often with the line, as far as the
// samples are large enough and their likely shares lie apart.
func tells(with, without *tally) string {
	a, b := with.won+with.lost, without.won+without.lost
	if a < enough || b < enough {
		return "too few"
	}
	lowA, highA := likely(with.won, a)
	lowB, highB := likely(without.won, b)
	switch {
	case lowA > highB:
		return "yes: it speaks for a win"
	case highA < lowB:
		return "yes: it speaks against"
	}
	return "no"
}

// What the score has of the 100 for ICP fit and for intent.
const ofICP, ofIntent = 40, 60

// shifted counts the leads that would have crossed the threshold, had ICP fit so many points
// more of the 100 and intent as many less.
type shifted struct{ by, up, down int }

func (f *shifted) add(s *lead.Score, threshold int) {
	now := s.ICP*(ofICP+f.by)/ofICP + s.Intent*(ofIntent-f.by)/ofIntent
	switch {
	case s.Total < threshold && now >= threshold:
		f.up++
	case s.Total >= threshold && now < threshold:
		f.down++
	}
}
