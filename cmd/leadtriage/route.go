package main

import (
	"cmp"
	"errors"
	"fmt"

	"leadtriage/config"
	"leadtriage/internal/clock"
	"leadtriage/internal/owner"
	"leadtriage/internal/route"
	"leadtriage/internal/score"
	"leadtriage/internal/slack"
)

// routing makes rules of the configuration; nil: it routes nothing.
func routing(cfg *config.Config) (*route.Rules, error) {
	r := &route.Rules{WaitMost: cfg.Routing.WaitMost}
	shared := map[string]*clock.Calendar{} // people of the same hours share one
	for _, p := range cfg.Routing.People {
		key := fmt.Sprint(p.Hours)
		if shared[key] == nil {
			calendar, err := p.Hours.Calendar()
			if err != nil {
				return nil, fmt.Errorf("hours of %s: %w", p.ID, err)
			}
			shared[key] = calendar
		}
		person := &route.Person{ID: p.ID, Email: p.Email, Slack: p.Slack, Inactive: p.Gone, Hours: shared[key], PerDay: p.PerDay, Open: p.Open}
		for _, d := range p.Away {
			person.Away = append(person.Away, route.Span(shared[key].Days(d.From, d.To)))
		}
		r.People = append(r.People, person)
	}
	pools := map[string]*route.Pool{}
	for _, p := range cfg.Routing.Pools {
		pool := &route.Pool{ID: p.ID, Order: p.By == "order", CatchUp: p.OnReturn == "catch_up", Nobody: route.Nobody(p.OnNobody), Fallback: r.Person(p.Fallback)}
		for _, m := range p.Members {
			pool.Members = append(pool.Members, route.Member{Person: r.Person(m.Person), Cost: route.Cost(m.Weight)})
		}
		pools[p.ID] = pool
	}
	var faults []error
	for _, s := range cfg.Routing.Segments {
		segment := route.Segment{ID: s.ID, Pool: pools[s.Pool]}
		if !s.When.IsZero() {
			holds, err := score.When(s.When.At, s.When.Text, vocabulary(cfg.Partners))
			faults = append(faults, err)
			segment.Holds = holds
		}
		r.Segments = append(r.Segments, segment)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("the segments have faults:\n%w", err)
	}
	if len(r.Segments) == 0 {
		return nil, nil
	}
	return r, nil
}

// owners is the desk that assigns them; nil: nobody owns leads.
func (s *service) owners() (*owner.Desk, error) {
	rules, err := routing(s.cfg)
	if err != nil || rules == nil {
		return nil, err
	}
	reviewers, err := s.cfg.Review.Hours.Calendar()
	if err != nil {
		return nil, fmt.Errorf("review.hours: %w", err)
	}
	sla := s.cfg.SLA
	desk := &owner.Desk{
		Rules: rules, Manager: rules.Person(sla.Manager), Reassign: sla.ReassignOnBreach, Undo: s.cfg.Review.Undo,
		Records: s.records, Log: s.log, Now: s.now,
		Levels: clock.Levels{Review: clock.Term(sla.Review), Sync: clock.Term(sla.Sync), Acceptance: clock.Term(sla.Acceptance),
			FirstContact: clock.Term(sla.FirstContact), Arrival: clock.Term(sla.Arrival), Reviewers: reviewers},
	}
	if s.poster != nil {
		desk.Slack = s.poster
	}
	return desk, nil
}

// colleagues are those to whom leads can be handed over.
func colleagues(cfg *config.Config) (all []slack.Colleague) {
	for _, p := range cfg.Routing.People {
		if !p.Gone {
			all = append(all, slack.Colleague{ID: p.ID, Name: cmp.Or(p.Name, p.Email)})
		}
	}
	return all
}
