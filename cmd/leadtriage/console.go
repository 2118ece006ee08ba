package main

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hibiken/asynq"

	"leadtriage/internal/console"
	"leadtriage/internal/intake"
	"leadtriage/internal/store"
)

// console builds the pages for people.
func (s *service) console(doors *intake.API) (http.Handler, error) {
	reads := s.records.Reads
	o := console.Options{
		Flow: s.flow, Records: reads, Figures: reads, Troubles: reads, Queues: s.queues, Keys: consoleKeys{doors}, Sessions: store.Sessions{Store: s.records},
		Reviewers: s.flow.Reviewers, Idle: s.cfg.Console.Idle, Longest: s.cfg.Console.Longest, Undo: s.cfg.Review.Undo, Log: s.log, Now: s.now,
	}
	for _, r := range s.cfg.Review.RejectReasons {
		o.Reasons = append(o.Reasons, console.Reason{ID: r.ID, Label: r.Label})
	}
	for _, p := range s.cfg.Partners {
		o.Partners = append(o.Partners, console.Reason{ID: p.ID, Label: p.Name})
	}
	if at := s.cfg.Console.OIDC; at.Issuer != "" {
		o.OIDC = &console.OIDC{Identity: console.Identity{Issuer: at.Issuer, ClientID: at.ClientID, Secret: s.cfg.Env.OIDCSecret.Reveal(),
			Callback: s.cfg.Env.ExternalURL + "/console/callback", Scopes: at.Scopes, Claim: at.Claim, Roles: at.Roles, Actors: at.People}}
	}
	return console.New(o)
}

// queues are the queues as they stand.
func (s *service) queues() (list []console.Queue, err error) {
	inspector := asynq.NewInspectorFromRedisClient(s.redis.client)
	names, err := inspector.Queues()
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	slices.Sort(names)
	for _, name := range names {
		q, err := inspector.GetQueueInfo(name)
		if err != nil {
			return nil, fmt.Errorf("look at queue %s: %w", name, err)
		}
		list = append(list, console.Queue{Name: name, Pending: q.Pending, Active: q.Active, Scheduled: q.Scheduled, Retry: q.Retry,
			Archived: q.Archived, Latency: q.Latency})
	}
	return list, nil
}

// consoleKeys are the API keys as the console knows them: the same, slowed together.
type consoleKeys struct{ doors *intake.API }

func (k consoleKeys) Try(r *http.Request, key string) (console.Holder, time.Duration, bool) {
	held, seal, wait := k.doors.LogIn(r, key)
	h, ok := holder(held, seal)
	return h, wait, ok
}

func (k consoleKeys) Named(name string) (console.Holder, bool) { return holder(k.doors.KeyNamed(name)) }

func holder(k intake.Key, seal string) (console.Holder, bool) {
	h := console.Holder{Name: k.Name, Partners: k.Partners, Seal: seal}
	for _, r := range k.Roles {
		h.Roles = append(h.Roles, string(r))
	}
	return h, seal != ""
}
