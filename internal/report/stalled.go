package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Lists are pages of leads; internal/store/read implements it.
type Lists interface {
	List(ctx context.Context, f lead.Filter) (lead.Page, error)
}

// Stalled lists the approved leads of which nothing was heard for so long, the longest first,
// each with its likely cause.
func Stalled(ctx context.Context, lists Lists, now time.Time, after time.Duration) (Table, error) {
	t := Table{Title: "Stalled EQLs", Columns: []string{"lead", "company", "partner", "days", "last heard", "likely cause"}}
	type row struct {
		since time.Time
		cells []string
	}
	var rows []row
	err := each(ctx, lists, lead.Filter{Stage: lead.Approved}, func(d *lead.Dossier) {
		heard, since := lastHeard(d)
		if since.IsZero() || now.Sub(since) < after {
			return
		}
		l := &d.Lead
		rows = append(rows, row{since, []string{l.ID, cmp.Or(l.Company.Name, l.Company.Domain, "—"), l.Partner.ID,
			strconv.Itoa(int(now.Sub(since).Hours() / 24)), heard, cause(d)}})
	})
	if err != nil {
		return t, err
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.since.Compare(b.since) })
	for _, r := range rows {
		t.Rows = append(t.Rows, r.cells)
	}
	if len(rows) == 0 {
		t.Notes = []string{fmt.Sprintf("No EQL went without news for %d days.", int(after.Hours()/24))}
	}
	return t, nil
}

// lastHeard is what came last of an approved lead, and when; the zero time: it is closed.
func lastHeard(d *lead.Dossier) (what string, since time.Time) {
	if o := d.Outcome(); o != nil {
		if o.Type == lead.ClosedWon || o.Type == lead.ClosedLost || o.Type == lead.NotAccepted {
			return "", time.Time{}
		}
		return strings.ReplaceAll(string(o.Type), "_", " "), o.At
	}
	if r := d.Review(); r != nil && r.Decision == lead.Approve {
		return "approved", r.DecidedAt
	}
	return "", time.Time{}
}

// cause is why nothing moves, as far as the record tells.
func cause(d *lead.Dossier) string {
	l := &d.Lead
	var theirs []string
	for _, in := range l.InCRM {
		theirs = append(theirs, in.Theirs()...)
	}
	failed := slices.ContainsFunc(d.Effects, func(e lead.Effect) bool { return e.State == lead.GivenUp && !e.Message() })
	switch {
	case failed:
		return "it never reached a far side: leadtriage lead show " + l.ID
	case d.Outcome() == nil && l.Contact.Email == "":
		return "no contact: the lead has no e-mail address"
	case d.Outcome() == nil && l.Source == lead.AICitation:
		return "low intent: it came by an AI's answer"
	case len(theirs) > 0:
		return "fields that differ in the CRM: " + strings.Join(slices.Compact(slices.Sorted(slices.Values(theirs))), ", ")
	case d.Outcome() == nil:
		return "nobody has contacted it"
	}
	return "no progress since"
}
