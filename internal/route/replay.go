package route

import (
	"time"

	"leadtriage/internal/lead"
)

// Replay gives leads away by rules, from wheels that have not turned yet, and leaves no trace.
type Replay struct {
	rules  *Rules
	wheels map[*Pool]*lead.Wheel
	loads  map[string]*lead.Load // by person
}

// NewReplay begins one.
func NewReplay(r *Rules) *Replay {
	return &Replay{rules: r, wheels: map[*Pool]*lead.Wheel{}, loads: map[string]*lead.Load{}}
}

// Owner is who would get the lead then; without an address the lead would wait. All that
// were given away before count as open.
func (p *Replay) Owner(l *lead.Lead, then time.Time) (lead.Owner, error) {
	s := p.rules.Segment(l)
	if s == nil {
		return lead.Owner{}, ErrNobody
	}
	w := p.wheels[s.Pool]
	if w == nil {
		w = &lead.Wheel{Seats: make([]lead.Seat, len(s.Pool.Members))}
		p.wheels[s.Pool] = w
	}
	w.Load = make([]lead.Load, len(s.Pool.Members))
	for i, m := range s.Pool.Members {
		if load := p.loads[m.ID]; load != nil {
			w.Load[i] = *load
		}
	}
	a, err := p.rules.Owner(Asked{Lead: l, Since: then, Known: l.KnownOwner(), Now: then}, *w)
	if err != nil || a.Owner.Email == "" {
		return a.Owner, err
	}
	if a.Turn != nil {
		for i, m := range s.Pool.Members {
			if m.ID == a.Owner.Person {
				w.Seats[i] = a.Turn.Seat
				w.Seats[i].Credit = 0
			}
		}
		w.Level = a.Turn.Level
	}
	load := p.loads[a.Owner.Person]
	if load == nil {
		load = &lead.Load{}
		p.loads[a.Owner.Person] = load
	}
	load.Open++
	load.Since = append(load.Since, then)
	return a.Owner, nil
}
