package console

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"leadtriage/internal/lead"
)

// leadsPage is how many leads a page of the list has.
const leadsPage = 50

// ages are the choices of how old a lead may be.
var ages = []struct {
	ID, Label string
	most      time.Duration
}{
	{"1d", "a day", 24 * time.Hour}, {"7d", "a week", 7 * 24 * time.Hour},
	{"30d", "30 days", 30 * 24 * time.Hour}, {"90d", "90 days", 90 * 24 * time.Hour},
}

// verdicts are the choices of what was proposed.
var verdicts = []lead.Verdict{lead.EQL, lead.SQL, lead.MQL, lead.Nurture, lead.VerdictDisqualify}

func (c *Console) leads(v *visit) error {
	q := v.r.URL.Query()
	f := lead.Filter{Stage: lead.Stage(q.Get("stage")), Partner: q.Get("partner"), Partners: v.person.Partners,
		Verdict: lead.Verdict(q.Get("verdict")), Failed: q.Has("failed"), Cursor: q.Get("after"), Limit: leadsPage}
	f.MinScore, _ = strconv.Atoi(q.Get("score"))
	for _, a := range ages {
		if a.ID == q.Get("age") {
			f.Since = c.Now().Add(-a.most)
		}
	}
	if f.Stage != "" && !slices.Contains(lead.Stages, f.Stage) || f.Verdict != "" && !slices.Contains(verdicts, f.Verdict) {
		return refuse(http.StatusBadRequest, "There is no such stage or verdict: choose one from the list.")
	}
	var found lead.Page
	var err error
	words := lead.Clean(q.Get("q"))
	if words == "" {
		found, err = c.Records.List(v.r.Context(), f)
	} else {
		found, err = c.Records.Search(v.r.Context(), f, words, v.person.SeesPeople())
	}
	if err != nil {
		return err
	}
	c.show(v, "leads", http.StatusOK, page{Title: "Leads", Tab: "leads", Body: map[string]any{
		"Leads": found.Leads, "Next": with(q, "after", found.Next), "First": f.Cursor == "", "Filter": f, "Words": words, "Age": q.Get("age"),
		"Stages": lead.Stages, "Verdicts": verdicts, "Ages": ages, "Partners": c.choices(v.person), "People": v.person.SeesPeople()}})
	return nil
}

// choices are the partners whose leads the person may see; none are configured: none, and an id is written.
func (c *Console) choices(p person) []Reason {
	if len(p.Partners) == 0 {
		return c.Partners
	}
	return slices.DeleteFunc(slices.Clone(c.Partners), func(r Reason) bool { return !slices.Contains(p.Partners, r.ID) })
}
