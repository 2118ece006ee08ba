package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"leadtriage/internal/lead"
)

// days are how far an overview looks back, and newest how many decisions at most.
const (
	days   = 30
	newest = 5000
)

// waits are the classes of how long a decision took.
var waits = []struct {
	label string
	below time.Duration
}{{"15 min", 15 * time.Minute}, {"1 h", time.Hour}, {"4 h", 4 * time.Hour}, {"1 day", 24 * time.Hour}, {"3 days", 72 * time.Hour}, {"more", 1<<63 - 1}}

func whole(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
func dollars(v float64) string {
	return "$" + strconv.FormatFloat(v, 'g', 3, 64)
}

func (c *Console) overview(v *visit) error {
	ctx := v.r.Context()
	since := c.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	came, err := c.Figures.Intake(ctx, since)
	if err != nil {
		return err
	}
	judged, err := c.Figures.Judged(ctx, since, newest)
	if err != nil {
		return err
	}
	spent, err := c.Figures.Spending(ctx, since)
	if err != nil {
		return err
	}
	waiting, err := c.Records.Waiting(ctx, lead.WaitingFilter{Limit: 1})
	if err != nil {
		return err
	}
	series := []string{"eql", "sql", "mql", "nurture", "disqualified", "none"}
	labels, cost := make([]string, days), table(days, 1)
	daily, scores := table(days, len(series)), table(10, len(series))
	for i := range labels {
		labels[i] = since.AddDate(0, 0, i).Format("2 Jan")
	}
	leads, proposed := 0, 0
	for _, n := range came {
		day, k := int(n.Day.Sub(since).Hours()/24), slices.Index(series, string(n.Verdict))
		if k < 0 {
			k = len(series) - 1
		}
		if day >= 0 && day < days {
			daily[day][k] += float64(n.N)
		}
		if n.Verdict != "" {
			scores[n.Tens][k] += float64(n.N)
		}
		leads += n.N
		proposed += n.N * flag(n.Verdict == lead.EQL)
	}
	words, took, agreed, total := []string{"approved", "rejected"}, table(len(waits), 2), table(5, 2), 0.0
	same := 0
	var times []time.Duration
	for _, j := range judged {
		k := flag(j.Decision == lead.Reject)
		class := 0
		for j.Took >= waits[class].below {
			class++
		}
		took[class][k]++
		if row := slices.Index(verdicts, j.Proposed); row >= 0 {
			agreed[row][k]++
		}
		same += flag((j.Proposed == lead.EQL) == (j.Decision == lead.Approve))
		times = append(times, j.Took)
	}
	slices.Sort(times)
	for _, s := range spent {
		if day, err := time.Parse(time.DateOnly, s.Day); err == nil && !day.Before(since) {
			if i := int(day.Sub(since).Hours() / 24); i < days {
				cost[i][0] += s.CostUSD
				total += s.CostUSD
			}
		}
	}
	tens := []string{"0–9", "10–19", "20–29", "30–39", "40–49", "50–59", "60–69", "70–79", "80–89", "90–100"}
	var classes, names []string
	for _, w := range waits {
		classes = append(classes, w.label)
	}
	for _, verdict := range verdicts {
		names = append(names, label(string(verdict)))
	}
	type tile struct{ Figure, Says string }
	tiles := []tile{{strconv.Itoa(leads), "leads came in"}, {strconv.Itoa(proposed), "proposed as EQL"}, {strconv.Itoa(waiting.Total), "wait for a decision now"},
		{strconv.Itoa(len(judged)), "decisions"}, {dollars(total), "paid for the model"}}
	if len(times) > 0 {
		tiles = append(tiles, tile{span(times[len(times)/2]), "to decide, in the middle"},
			tile{fmt.Sprintf("%d %%", same*100/len(judged)), "decided as proposed"})
	}
	c.show(v, "overview", http.StatusOK, page{Title: "Overview", Tab: "overview", Body: map[string]any{
		"Days": days, "Tiles": tiles, "Cut": len(judged) == newest, "Charts": []chart{
			stack("Leads by day and verdict", series, labels, daily, whole),
			stack("Scores", series, tens, scores, whole),
			stack("Time from question to decision: up to", words, classes, took, whole),
			stack("Decisions by what was proposed", words, names, agreed, whole),
			stack("Cost of the model by day", []string{"cost"}, labels, cost, dollars)}}})
	return nil
}

// table is so many rows of noughts.
func table(rows, columns int) [][]float64 {
	t := make([][]float64, rows)
	for i := range t {
		t[i] = make([]float64, columns)
	}
	return t
}
