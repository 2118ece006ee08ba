package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// onceWithin bounds the scripted run; it usually takes a few seconds.
const onceWithin = 90 * time.Second

// once sends the cast, lets a scripted reviewer decide every card as a person
// would, by clicks in the channel, and prints what became of each lead.
func (d *demo) once(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, onceWithin, errors.New("the demo did not get through in time"))
	defer cancel()
	began := time.Now()
	fmt.Fprintln(out, "Leads go in; their companies are looked up; a scripted reviewer decides the cards …")
	sent, err := d.send(ctx, out)
	if err != nil {
		return err
	}
	records, err := d.follow(ctx, sent, func(r lead.Record) bool {
		return r.Stage != lead.Received && r.Stage != lead.Enriched && (r.Stage != lead.AwaitingReview || r.Review.TS != "")
	})
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Stage == lead.AwaitingReview {
			if err := d.review(ctx, r); err != nil {
				return fmt.Errorf("review lead %s: %w", r.ID, err)
			}
		}
	}
	records, err = d.follow(ctx, sent, func(r lead.Record) bool {
		return r.Stage != lead.AwaitingReview && !slices.ContainsFunc(r.Effects, func(e lead.RecordEffect) bool { return e.State != lead.Delivered })
	})
	if err != nil {
		return err
	}
	d.summary(out, sent, records, time.Since(began))
	return nil
}

// follow waits until every lead has come far enough.
func (d *demo) follow(ctx context.Context, sent []sentLead, enough func(lead.Record) bool) (map[string]lead.Record, error) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		records := map[string]lead.Record{}
		there := true
		for _, s := range sent {
			var r lead.Record
			if err := d.call(ctx, http.MethodGet, "/v1/leads/"+s.ID, nil, &r); err != nil {
				return nil, err
			}
			records[s.ID] = r
			there = there && enough(r)
		}
		if there {
			return records, nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// review does what a person does: approve what is proposed as EQL, reject the
// rest with a reason.
func (d *demo) review(ctx context.Context, r lead.Record) error {
	if r.Verdict == lead.EQL {
		_, err := d.slack.Click(ctx, demoReviewer, r.Review.Channel, r.Review.TS, "lead_approve")
		return err
	}
	if _, err := d.slack.Click(ctx, demoReviewer, r.Review.Channel, r.Review.TS, "lead_reject"); err != nil {
		return err
	}
	var form sim.SlackView
	err := d.slack.Wait(ctx, func() (open bool) { form, open = d.slack.Modal(demoReviewer); return open })
	if err != nil {
		return err
	}
	_, err = d.slack.Submit(ctx, demoReviewer, form.ID, map[string]string{"reason": "not_our_customer"})
	return err
}

func (d *demo) summary(out io.Writer, sent []sentLead, records map[string]lead.Record, took time.Duration) {
	t := newTable(out, "lead", "company", "score", "icp", "intent", "proposed", "became")
	counts := map[lead.Stage]int{}
	known := map[string]bool{}
	for _, s := range sent {
		r := records[s.ID]
		company := cmp.Or(r.Company.Name, "—")
		if s.Duplicate {
			t.AppendRow(table.Row{s.Shows, company, "", "", "", "", "joined"})
			continue
		}
		known[s.ID] = true
		counts[r.Stage]++
		row := table.Row{s.Shows, company, "—", "", "", r.Verdict, r.Stage}
		if r.Score != nil {
			row[2], row[3], row[4] = r.Score.Total, r.Score.ICP, r.Score.Intent
		}
		t.AppendRow(row)
	}
	t.Render()
	verified := 0
	for _, w := range d.crm.Deliveries() {
		if w.Verified {
			verified++
		}
	}
	fmt.Fprintf(out, "%d requests became %d leads in %.1f s: %d approved, %d rejected, %d parked, %d disqualified.\n", len(sent), len(known), took.Seconds(),
		counts[lead.Approved], counts[lead.Rejected], counts[lead.Parked], counts[lead.Disqualified])
	cards := slices.DeleteFunc(d.slack.Messages(demoChannel), func(m sim.SlackMessage) bool { return m.ThreadTS != "" })
	fmt.Fprintln(out, "Parked: by the rules nobody needs to be asked; a new event may change that. Disqualified: a rule excludes it.")
	fmt.Fprintf(out, "%d cards in Slack, %d signed webhooks in the CRM, %d calls of the model.\n", len(cards), verified, len(d.model.Requests()))
	d.inHubSpot(out)
	fmt.Fprintln(out, "`leadtriage demo` without --once lets you decide, in a browser.")
}

// inHubSpot ends with what a salesperson finds there.
func (d *demo) inHubSpot(out io.Writer) {
	t := newTable(out, "HubSpot contact", "company", "stage", "score", "partner", "reviewer")
	for _, o := range d.hubspot.Objects("contacts") {
		p := o.Properties
		t.AppendRow(table.Row{p["firstname"] + " " + p["lastname"], p["company"], d.hubspot.StageLabel(p["lifecyclestage"]), p["leadtriage_score"], p["leadtriage_partner"], p["leadtriage_reviewer"]})
	}
	t.Render()
	fmt.Fprintf(out, "%d companies and %d notes go with them, in %d calls.\n", len(d.hubspot.Objects("companies")), len(d.hubspot.Objects("notes")), d.hubspot.Seen())
}
