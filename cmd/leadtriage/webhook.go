package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

type webhookCmd struct {
	Replay webhookReplayCmd `cmd:"" help:"Send webhooks again, each under the id it had."`
	Enable webhookEnableCmd `cmd:"" help:"Switch on again a target that failed for five days, and send what waits."`
}

type webhookEnableCmd struct {
	Target string `arg:"" help:"The target's name; that of LEADTRIAGE_WEBHOOK_URL is default."`
}

// Run has the worker that runs send what waits.
func (c webhookEnableCmd) Run(a *app) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	var names []string
	for _, t := range cfg.Targets() {
		names = append(names, t.Name)
	}
	if !slices.Contains(names, c.Target) {
		return fmt.Errorf("no webhook target is called %q; configured: %s", c.Target, cmp.Or(strings.Join(names, ", "), "none"))
	}
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	sent, ok, err := records.EnableTarget(a.ctx, c.Target, time.Now().UTC())
	switch {
	case err != nil:
		return err
	case !ok:
		fmt.Fprintf(a.out, "%s is on: it was not switched off\n", c.Target)
	default:
		fmt.Fprintf(a.out, "%s is on again; webhooks that are sent now: %d\n", c.Target, sent)
	}
	return nil
}

// checkTargets tells the operator of webhooks whose target is not configured any more.
func (s *service) checkTargets(ctx context.Context) {
	waiting, err := s.records.WaitingWebhooks(ctx)
	if err != nil {
		s.log.Warn("webhooks of removed targets could not be counted", "error", err)
	}
	for _, t := range s.cfg.Targets() {
		delete(waiting, lead.LaneOf(t.Name))
	}
	for _, lane := range slices.Sorted(maps.Keys(waiting)) {
		s.log.Warn("webhooks wait for a target that is not configured: they are sent when one of its name is configured again, and stay on record until then",
			"target", cmp.Or(strings.TrimPrefix(strings.TrimPrefix(string(lane), string(lead.WebhookLane)), "-"), lead.DefaultTarget), "waiting", waiting[lane])
	}
}

type webhookReplayCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids as the header webhook-id has them."`
}

// Run has them sent by the worker that runs, with the leads as they are now.
func (c webhookReplayCmd) Run(a *app) (err error) {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	for _, id := range c.IDs {
		ok, failed := records.Replay(a.ctx, id, time.Now().UTC())
		switch {
		case failed != nil:
			err = errors.Join(err, failed)
		case ok:
			fmt.Fprintf(a.out, "%s is sent again\n", id)
		default:
			err = errors.Join(err, fmt.Errorf("%s: no webhook with this id has left, or it is on its way; it stands in the header webhook-id", id))
		}
	}
	return err
}
