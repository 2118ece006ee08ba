package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/config"
	"leadtriage/internal/lead"
	"leadtriage/internal/route"
)

type routeCmd struct {
	Explain routeExplainCmd `cmd:"" help:"Say who owns a lead, who was passed over and why."`
	Replay  routeReplayCmd  `cmd:"" help:"Say who would own the leads approved since, by the configuration of --config."`
}

type routeExplainCmd struct {
	Lead string `arg:"" help:"The lead's id."`
	JSON bool   `help:"Print owner and clocks as JSON."`
}

func (c routeExplainCmd) Run(a *app) error {
	d, err := a.dossier(c.Lead)
	if err != nil {
		return err
	}
	r := d.Record()
	if c.JSON {
		return printJSON(a, struct {
			Owner  *lead.RecordOwner  `json:"owner"`
			Clocks []lead.RecordClock `json:"clocks"`
		}{r.Owner, r.Clocks})
	}
	if r.Owner == nil {
		fmt.Fprintf(a.out, "lead %s is %s and has no owner", r.ID, r.Stage)
		for _, e := range d.Effects {
			if e.Kind == lead.OwnerEffect && e.State == lead.Pending {
				fmt.Fprintf(a.out, "; it gets one at %s %s", e.DueAt.Format(time.RFC3339), e.LastError)
			}
		}
		fmt.Fprintln(a.out)
		return nil
	}
	fmt.Fprintf(a.out, "lead %s: %s, segment %s, by %s, since %s\n", r.ID, r.Owner.Email, r.Owner.Segment, r.Owner.Way, r.Owner.At.Format(time.RFC3339))
	if len(r.Owner.Trace) > 0 {
		t := a.table("passed over", "why")
		for _, p := range r.Owner.Trace {
			t.AppendRow(table.Row{p.Who, p.Skipped})
		}
		t.Render()
	}
	if r.Owner.PassedOver > 0 {
		fmt.Fprintf(a.out, "and %d more\n", r.Owner.PassedOver)
	}
	t := a.table("clock", "since", "due", "state")
	for _, k := range r.Clocks {
		due := "—"
		if k.DueAt != nil {
			due = k.DueAt.Format(time.RFC3339)
		}
		t.AppendRow(table.Row{k.Kind, k.Since.Format(time.RFC3339), due, k.State})
	}
	t.Render()
	return nil
}

type routeReplayCmd struct {
	Since span `help:"Leads that came in since: a span such as 30d, or a day." default:"30d" placeholder:"SPAN"`
}

// Run gives the leads that got an owner to the people of the configuration, in the order in
// which they were assigned, from a wheel that has not turned yet.
func (c routeReplayCmd) Run(a *app) error {
	cfg, err := config.Load(a.config, a.environ)
	if err != nil {
		return fmt.Errorf("the configuration has faults:\n%w", err)
	}
	rules, err := routing(cfg)
	if err != nil {
		return err
	}
	if rules == nil {
		return errors.New("this configuration routes nothing: give it routing.segments (docs/routing.md), or name another by --config")
	}
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	var owned []lead.Lead
	if err := records.Reads.Each(a.ctx, c.Since.start(time.Now()), func(l lead.Lead, unreadable error) error {
		if unreadable == nil && l.Owner != nil {
			owned = append(owned, l)
		}
		return nil
	}); err != nil {
		return err
	}
	slices.SortFunc(owned, func(a, b lead.Lead) int { return a.Owner.At.Compare(b.Owner.At) })
	replay := route.NewReplay(rules)
	had, gets, differ := map[string]int{}, map[string]int{}, 0
	t := a.table("lead", "assigned", "owner", "would be", "segment")
	for i := range owned {
		l := &owned[i]
		would, err := replay.Owner(l, l.Owner.At)
		who := would.Email
		if err != nil || who == "" {
			who = "nobody at once"
		}
		had[l.Owner.Email]++
		gets[who]++
		if who != l.Owner.Email {
			differ++
		}
		t.AppendRow(table.Row{l.ID, l.Owner.At.Format(time.DateTime), l.Owner.Email, who, would.Segment})
	}
	t.Render()
	sum := a.table("owner", "leads", "would have")
	for who := range gets {
		had[who] += 0
	}
	for _, who := range slices.Sorted(maps.Keys(had)) {
		sum.AppendRow(table.Row{who, had[who], gets[who]})
	}
	sum.Render()
	fmt.Fprintf(a.out, "%d leads, %d of them with another owner\n", len(owned), differ)
	return nil
}
