package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

const (
	shownFailed = 20   // of a kind and far side on the page
	mostRetried = 1000 // leads by one press
	retryPage   = 100
)

// failing are the effects of a kind and far side that were given up, and the first of them.
type failing struct {
	lead.Stuck
	First []lead.Effect
}

func (c *Console) operate(v *visit) error {
	ctx := v.r.Context()
	stuck, err := c.Troubles.Stuck(ctx)
	if err != nil {
		return err
	}
	var failed []failing
	var held []lead.Stuck
	for _, s := range stuck {
		if !s.Failed {
			held = append(held, s)
			continue
		}
		first, err := c.Troubles.GivenUp(ctx, s.Kind, s.Lane, "", shownFailed)
		if err != nil {
			return err
		}
		failed = append(failed, failing{s, first})
	}
	pauses, err := c.Troubles.Pauses(ctx)
	if err != nil {
		return err
	}
	pauses = slices.DeleteFunc(pauses, func(p lead.Pause) bool { return p.Over(c.Now()) })
	queues, queueErr := c.Queues()
	if queueErr != nil {
		c.Log.Warn("console: the queues do not answer", "error", queueErr)
	}
	c.show(v, "operate", http.StatusOK, page{Title: "Operate", Tab: "operate", Body: map[string]any{
		"Failed": failed, "Held": held, "Pauses": pauses, "Queues": queues, "NoQueues": queueErr != nil}})
	return nil
}

// mends say what ends a pause or an outage, by its reason or lane.
var mends = map[string]string{
	string(lead.NoCredit): "Pay into the model's account, or raise its limit. It is looked at again by itself.",
	string(lead.OverCap):  "The day's budget (enrichment.daily_cap) is spent. It goes on at midnight UTC, or after a start with a higher one.",
	"slack":               "See that the token is valid and the app is in the channel (docs/slack.md). Meanwhile decide in the inbox here.",
	"webhook":             "See that LEADTRIAGE_WEBHOOK_URL answers with 2xx. What waits is sent again by itself.",
	"hubspot":             "Run leadtriage crm check: it names each missing scope, property and stage with its mend.",
}

// retryAll tries again all leads of which an effect of the kind and far side was given up.
func (c *Console) retryAll(v *visit) error {
	kind, lane := lead.EffectKind(v.form("kind")), lead.Lane(v.form("lane"))
	done, faults, more, err := c.retried(v.r.Context(), kind, lane, v.person.Actor)
	s := said{Text: fmt.Sprintf("%d leads are tried again.", done), Bad: faults > 0}
	if faults > 0 {
		s.Text += fmt.Sprintf(" %d could not be changed; the log says why.", faults)
	}
	if more {
		s.Text += " There are more: press again."
	}
	return c.back(v, "/console/operate", s, err)
}

func (c *Console) retried(ctx context.Context, kind lead.EffectKind, lane lead.Lane, by string) (done, faults int, more bool, err error) {
	begun, after, last := time.Now(), "", ""
	for done+faults < mostRetried && time.Since(begun) < longer/2 {
		list, err := c.Troubles.GivenUp(ctx, kind, lane, after, retryPage)
		if err != nil {
			return done, faults, false, err
		}
		for _, e := range list {
			if after = e.ID; e.LeadID == last {
				continue // with the one before
			}
			last = e.LeadID
			if _, err := c.Flow.Retry(ctx, e.LeadID, by, false); err != nil && !errors.Is(err, lead.ErrNotFound) {
				c.Log.Error("retry failed", "lead_id", e.LeadID, "error", err)
				faults++
				continue
			}
			done++
		}
		if len(list) < retryPage {
			return done, faults, false, nil
		}
	}
	return done, faults, true, nil
}
