package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"leadtriage/internal/clock"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/owner"
	"leadtriage/internal/route"
)

// sales has a house give approved leads to Dana and Lee, who work from nine to six in Rome.
// The house's clock is at noon UTC of a Friday.
func sales(t *testing.T) (*house, *owner.Desk) {
	h := desk(t)
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	hours, err := clock.New(clock.Week{Zone: zone, Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * 60, To: 18 * 60})
	if err != nil {
		t.Fatal(err)
	}
	rules := &route.Rules{}
	pool := &route.Pool{ID: "sales", Nobody: route.Ignore}
	for _, id := range []string{"dana", "lee"} {
		p := &route.Person{ID: id, Email: id + "@ours.example", Slack: "U0" + id, Hours: hours}
		rules.People, pool.Members = append(rules.People, p), append(pool.Members, route.Member{Person: p, Cost: route.Cost(1)})
	}
	rules.People = append(rules.People, &route.Person{ID: "boss", Email: "boss@ours.example", Slack: "U0BOSS"})
	rules.Segments = []route.Segment{{ID: "all", Pool: pool}}
	d := &owner.Desk{Rules: rules, Manager: rules.Person("boss"), Undo: time.Minute, Records: h.records, Log: h.Log, Now: h.Now, Levels: clock.Levels{
		Sync: clock.Term{Within: 15 * time.Minute}, Acceptance: clock.Term{Within: time.Hour},
		FirstContact: clock.Term{Within: 4 * time.Hour, Warn: 2 * time.Hour}, Reviewers: hours}}
	h.Policy.Owners = d
	h.Kinds = append(h.Kinds, d.Kinds()...)
	return h, d
}

// run does what is due of the kinds until nothing is.
func (h *house) run(kinds ...lead.EffectKind) {
	h.t.Helper()
	for again := true; again; {
		again = false
		page, err := h.records.Reads.List(h.t.Context(), lead.Filter{Limit: 200})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, d := range page.Leads {
			for _, e := range d.Effects {
				waits := e.State == lead.Pending && !e.DueAt.After(h.clock) || e.State == lead.Sending && !e.LeaseUntil.After(h.clock)
				if !waits || !slices.Contains(kinds, e.Kind) {
					continue
				}
				if _, err := h.Deliver(h.t.Context(), e.ID); err != nil {
					h.t.Fatal(err)
				}
				again = true
			}
		}
	}
}

func (h *house) approved(domain string) string {
	h.t.Helper()
	id := h.accept(domain)
	h.enrich(id)
	h.decide(id, lead.Approve)
	return id
}

func (h *house) clockOf(id string, kind lead.ClockKind) lead.Clock {
	h.t.Helper()
	d := h.dossier(id)
	k := d.Lead.Clock(kind)
	if k == nil {
		h.t.Fatalf("lead %s has no clock %s: %+v", id, kind, d.Lead.Clocks)
	}
	return *k
}

// An owner is due when the decision stands, and the clock runs in the owner's hours over
// the weekend: warned on Monday, then breached, then stopped late by the contact.
func TestAnApprovedLeadGetsAnOwnerWhoseClockRuns(t *testing.T) {
	h, _ := sales(t)
	h.clock = h.clock.Add(3 * time.Hour) // four in Rome
	id := h.approved("northwind.example")
	h.run(lead.OwnerEffect)
	if o := h.dossier(id).Lead.Owner; o != nil {
		t.Fatalf("an owner before the time to undo is over: %+v", o)
	}
	h.clock = h.clock.Add(time.Minute)
	h.run(lead.OwnerEffect, lead.WebhookEffect, lead.AlarmEffect)
	d := h.dossier(id)
	if o := d.Record().Owner; o == nil || o.Email != "dana@ours.example" || o.Segment != "all" || o.Way != lead.ByWheel || o.AcceptedAt != nil {
		t.Fatalf("owner %+v", o)
	}
	contact := h.clockOf(id, lead.FirstContactClock)
	warn, due := time.Date(2026, 11, 23, 8, 1, 0, 0, time.UTC), time.Date(2026, 11, 23, 10, 1, 0, 0, time.UTC)
	if !contact.WarnAt.Equal(warn) || !contact.DueAt.Equal(due) {
		t.Errorf("first contact %+v, want a warning at %s and until %s", contact, warn, due)
	}
	if k := h.clockOf(id, lead.SyncClock); k.State != lead.ClockMet {
		t.Errorf("sync %+v after every far side has it", k)
	}
	h.clock = contact.WarnAt
	h.run(lead.AlarmEffect)
	if k := h.clockOf(id, lead.FirstContactClock); k.State != lead.ClockWarned {
		t.Errorf("at its warning %+v", k)
	}
	h.clock = due.Add(-time.Second)
	h.run(lead.AlarmEffect)
	if k := h.clockOf(id, lead.FirstContactClock); k.State != lead.ClockWarned {
		t.Errorf("a second early %+v", k)
	}
	h.clock = due
	h.run(lead.AlarmEffect, lead.WebhookEffect)
	if k := h.clockOf(id, lead.FirstContactClock); k.State != lead.ClockBreached {
		t.Errorf("at its end %+v", k)
	}
	if got := h.events(id); !slices.Contains(got, "lead.owner_assigned") || !slices.Contains(got, "lead.sla_breached") {
		t.Errorf("the endpoint heard %v", got)
	}
	h.clock = h.clock.Add(24 * 40 * time.Hour)
	h.upkeep.ArchiveAfter = 30 * 24 * time.Hour
	if err := h.Chore(t.Context(), "archive"); err != nil {
		t.Fatal(err)
	}
	if stage := h.dossier(id).Lead.Stage; stage != lead.Approved {
		t.Errorf("a lead with an owner is %s", stage)
	}
	if _, err := h.Outcome(t.Context(), id, lead.Outcome{ID: "1", Type: lead.Contacted, At: h.clock, From: "crm"}); err != nil {
		t.Fatal(err)
	}
	if k := h.clockOf(id, lead.FirstContactClock); k.State != lead.ClockLate {
		t.Errorf("contacted at last %+v", k)
	}
	if k := h.clockOf(id, lead.ArrivalClock); k.State != lead.ClockMet || !k.StoppedAt.Equal(h.clock) || !k.DueAt.IsZero() {
		t.Errorf("since arrival %+v", k)
	}
}

// An undo before the owner is due leaves the lead without one.
func TestUndoneNobodyOwnsIt(t *testing.T) {
	h, _ := sales(t)
	id := h.approved("northwind.example")
	if _, err := h.records.Change(t.Context(), id, h.clock, func(c *lead.Case) error { c.Reviews[0].TS = "1.2"; return nil }); err != nil {
		t.Fatal(err)
	}
	h.clock = h.clock.Add(59 * time.Second)
	d := h.dossier(id)
	if _, err := h.Undo(t.Context(), d.Reviews[0].ID, "key:desk"); err != nil {
		t.Fatal(err)
	}
	h.clock = h.clock.Add(time.Hour)
	h.run(lead.OwnerEffect, lead.AlarmEffect)
	if l := h.dossier(id).Lead; l.Owner != nil || l.Clock(lead.SyncClock).State != lead.ClockCancelled {
		t.Errorf("owner %+v, clocks %+v", l.Owner, l.Clocks)
	}
}

// A worker dies when the turn is taken and not on record: the next one finds it, though the
// wheel has moved on since.
func TestATurnIsTakenOnceThoughAWorkerDies(t *testing.T) {
	h, d := sales(t)
	id := h.approved("northwind.example")
	h.clock = h.clock.Add(time.Minute)
	due, err := h.records.DueEffects(t.Context(), lead.OwnerEffect, lead.RouteLane, h.clock)
	if err != nil || len(due) != 1 {
		t.Fatal(due, err)
	}
	e, _, ok, err := h.records.Claim(t.Context(), due[0].ID, []lead.EffectKind{lead.OwnerEffect}, h.clock, outbox.Lease)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	dossier := h.dossier(id)
	kind := d.Kinds()[0]
	if err := kind.Do(t.Context(), &outbox.Attempt{Effect: e, Dossier: &dossier}); err != nil { // and no more
		t.Fatal(err)
	}
	other := h.approved("havelpay.example")
	h.clock = h.clock.Add(time.Minute)
	h.run(lead.OwnerEffect)
	if a, b := h.dossier(id).Lead.Owner, h.dossier(other).Lead.Owner; a == nil || b == nil || a.Person != "dana" || b.Person != "lee" {
		t.Fatalf("owners %+v and %+v", a, b)
	}
	w, err := h.records.Wheel(t.Context(), "sales", []string{"dana", "lee"}, h.clock.Add(-time.Hour))
	if err != nil || w.Seq != 2 || w.Load[0].Open != 1 || w.Load[1].Open != 1 {
		t.Errorf("the wheel %+v, %v", w, err)
	}
}

// Who may take a lead on, and hand it over.
func TestWhoMayTakeOnAndHandOver(t *testing.T) {
	for who, may := range map[string]struct{ takeOn, handOver bool }{
		"U0dana": {true, true}, "U0BOSS": {false, true}, "key:desk": {true, true}, "U0lee": {}, "U0EVE": {}, "": {},
	} {
		t.Run(who, func(t *testing.T) {
			h, _ := sales(t)
			id := h.approved("northwind.example")
			review := h.dossier(id).Reviews[0].ID
			if _, err := h.TakeOn(t.Context(), review, "key:desk"); !errors.Is(err, lead.ErrNotOwned) {
				t.Errorf("before there is an owner: %v", err)
			}
			h.clock = h.clock.Add(time.Minute)
			h.run(lead.OwnerEffect)
			_, err := h.TakeOn(t.Context(), review, who)
			if o := h.dossier(id).Lead.Owner; may.takeOn != (err == nil) || may.takeOn == o.AcceptedAt.IsZero() || !may.takeOn && !errors.Is(err, lead.ErrNotAllowed) {
				t.Errorf("taken on: %v, %+v", err, o)
			}
			if k := h.clockOf(id, lead.AcceptanceClock); (k.State == lead.ClockMet) != may.takeOn {
				t.Errorf("acceptance %+v", k)
			}
			_, err = h.HandOver(t.Context(), review, who, "lee", "on leave")
			o := h.dossier(id).Lead.Owner
			if may.handOver != (err == nil) || may.handOver != (o.Person == "lee") {
				t.Fatalf("handed over: %v, %+v", err, o)
			}
			if !may.handOver {
				return
			}
			if o.Way != lead.ByHand || o.HandBy != who || o.Reason != "on leave" || len(o.Trace) != 1 {
				t.Errorf("the new owner %+v", o)
			}
			w, err := h.records.Wheel(t.Context(), "sales", []string{"dana", "lee"}, h.clock.Add(-time.Hour))
			if err != nil || w.Seats[0].Credit == 0 || w.Load[0].Open != 0 || w.Load[1].Open != 1 {
				t.Errorf("the wheel %+v, %v; want dana's turn given back", w, err)
			}
			if k := h.clockOf(id, lead.FirstContactClock); !k.Since.Equal(o.At) {
				t.Errorf("the new owner's clock %+v", k)
			}
			if _, err := h.HandOver(t.Context(), review, "key:desk", "lee", "again"); !errors.Is(err, lead.ErrIllegalMove) {
				t.Errorf("to the owner: %v", err)
			}
			if _, err := h.HandOver(t.Context(), review, "key:desk", "nobody", "why"); !errors.Is(err, lead.ErrNotFound) {
				t.Errorf("to nobody: %v", err)
			}
		})
	}
}

// A breach gives the lead to the next, whose clock begins anew; the one who let it lie keeps
// the turn. When everybody had it, it stays.
func TestABreachGivesTheLeadToTheNext(t *testing.T) {
	h, d := sales(t)
	d.Reassign = true
	id := h.approved("northwind.example")
	h.clock = h.clock.Add(time.Minute)
	h.run(lead.OwnerEffect)
	var owners []string
	for range 3 {
		o := h.dossier(id).Lead.Owner
		owners = append(owners, o.Person)
		h.clock = h.clockOf(id, lead.AcceptanceClock).DueAt
		h.run(lead.AlarmEffect, lead.OwnerEffect)
	}
	if got := fmt.Sprint(owners); got != "[dana lee lee]" {
		t.Errorf("owners %s", got)
	}
	w, err := h.records.Wheel(t.Context(), "sales", []string{"dana", "lee"}, time.Time{})
	if err != nil || w.Seats[0].Credit != 0 {
		t.Errorf("the wheel %+v, %v", w, err)
	}
}

// Words to owner and manager, once each, and drawn again when the lead is taken on.
func TestOwnersAreTold(t *testing.T) {
	h, d := sales(t)
	said := &speaker{known: map[string]string{"lee@ours.example": "U0LEE2"}}
	d.Slack = said
	d.Rules.Person("lee").Slack = ""
	h.Kinds = append(h.Kinds, d.Kinds()[2])
	one := h.approved("northwind.example")
	h.clock = h.clock.Add(time.Minute)
	h.run(lead.OwnerEffect)
	two := h.approved("havelpay.example")
	h.clock = h.clock.Add(time.Minute)
	h.run(lead.OwnerEffect, lead.TellEffect, lead.WebhookEffect)
	slices.Sort(said.to)
	slices.Sort(said.to)
	if got := fmt.Sprint(said.to); got != "[U0LEE2 assigned U0dana assigned]" {
		t.Fatalf("told %s", got)
	}
	if o := h.dossier(two).Lead.Owner; o.Slack != "U0LEE2" {
		t.Errorf("the owner on record %+v", o)
	}
	said.to = nil
	if _, err := h.TakeOn(t.Context(), h.dossier(one).Reviews[0].ID, "U0dana"); err != nil {
		t.Fatal(err)
	}
	h.run(lead.TellEffect)
	if got := fmt.Sprint(said.to); got != "[again assigned]" {
		t.Errorf("told %s, want the first word drawn again", got)
	}
	said.to = nil
	h.clock = h.clockOf(two, lead.AcceptanceClock).DueAt
	h.run(lead.AlarmEffect, lead.TellEffect)
	slices.Sort(said.to)
	if got := fmt.Sprint(said.to); got != "[U0BOSS acceptance U0LEE2 acceptance]" {
		t.Errorf("told of the breach %s", got)
	}
}

type speaker struct {
	known map[string]string
	to    []string
}

func (s *speaker) UserByEmail(_ context.Context, address string) (string, error) {
	if id, ok := s.known[address]; ok {
		return id, nil
	}
	return "", lead.ErrNotFound
}

func (s *speaker) Tell(_ context.Context, _ *lead.Dossier, w lead.Word) (lead.Place, error) {
	s.to = append(s.to, w.To+" "+w.Effect.Event)
	return lead.Place{Channel: "D" + w.To, TS: fmt.Sprint(len(s.to), ".", len(w.Effect.ID))}, nil
}

func (s *speaker) Retell(_ context.Context, _ *lead.Dossier, w lead.Word) error {
	s.to = append(s.to, "again "+w.Effect.Event)
	return nil
}

func (s *speaker) FindTold(context.Context, *lead.Dossier, lead.Word) (lead.Place, bool, error) {
	return lead.Place{}, false, nil
}
