package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// whom names a person: the first contact of a lead, or an address.
type whom struct {
	ID    string `arg:"" optional:"" help:"Id of a lead; its first contact is meant."`
	Email string `help:"Address of the person." placeholder:"ADDRESS"`
}

// Validate is asked by kong; its error is wrong usage.
func (w whom) Validate() error {
	if w.Email = strings.TrimSpace(w.Email); (w.ID == "") == (w.Email == "") {
		return errors.New("name a lead whose first contact is meant, or a person by --email ADDRESS")
	}
	return nil
}

type (
	leadEraseCmd  struct{ whom }
	leadExportCmd struct{ whom }
)

// find is who is meant, with the leads that may hold something about them.
func (w whom) find(a *app, records *store.Store) (p lead.Person, ids []string, err error) {
	if p.Email = strings.TrimSpace(w.Email); w.ID != "" {
		l, err := records.Reads.Lead(a.ctx, w.ID)
		if errors.Is(err, lead.ErrNotFound) {
			err = fmt.Errorf("%w: `leadtriage lead list` shows the ids", err)
		}
		if err != nil {
			return p, nil, err
		}
		ids = append(append(ids, w.ID), l.Absorbed...)
		if l.MergedInto != "" {
			ids = append(ids, l.MergedInto)
		}
		if p.Email = l.Contact.Email; p.Email == "" && l.Contact.Name != "" {
			p.Names = []string{l.Contact.Name}
		}
		if len(l.Contacts) > 0 {
			fmt.Fprintf(a.errOut, "note: lead %s has %d further contacts: name each of them by --email\n", w.ID, len(l.Contacts))
		}
	}
	if p.Email != "" {
		more, err := records.Holding(a.ctx, p.Email)
		if err != nil {
			return p, nil, err
		}
		ids = append(ids, more...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, id := range ids {
		if l, err := records.Reads.Lead(a.ctx, id); err == nil {
			p.Know(&l)
		}
	}
	return p, ids, nil
}

func (c leadEraseCmd) Run(a *app) error {
	cfg, rules, err := a.loadModel()
	if err != nil {
		return err
	}
	flow, records, err := a.flow(cfg, rules)
	if err != nil {
		return err
	}
	defer records.Close()
	p, ids, err := c.find(a, records)
	if err != nil {
		return err
	}
	var all error
	var elsewhere far
	cards, changed := 0, 0
	for _, id := range ids {
		d, err := records.Reads.Dossier(a.ctx, id)
		held := false
		if err == nil {
			held, err = flow.Erase(a.ctx, id, operator, p)
		}
		if err == nil && held {
			changed++
			fmt.Fprintf(a.out, "lead %s (%s) holds nothing about the person any more\n", id, d.Lead.Stage)
			cards += elsewhere.add(&d, p)
			err = records.Wake(a.ctx, id, time.Now())
		}
		if domain := d.Lead.Company.Domain; err == nil && domain != "" {
			scrubbed, fault := records.ScrubCompany(a.ctx, domain, p)
			if err = fault; scrubbed {
				changed++
				fmt.Fprintf(a.out, "quotes of %s that named the person are removed\n", domain)
			}
		}
		if err != nil {
			all = errors.Join(all, fmt.Errorf("lead %s: %w", id, err))
		}
	}
	if p.Email != "" {
		all = errors.Join(all, records.ForgetRequests(a.ctx, p.Email))
		places, err := records.Places(a.ctx, p.Email)
		if len(places) > 0 {
			err = fmt.Errorf("the address still stands in %s: give the command again, and tell the operator if it stays so", strings.Join(places, ", "))
		}
		all = errors.Join(all, err)
	}
	if all != nil {
		return all
	}
	if changed == 0 {
		fmt.Fprintln(a.out, "nothing is held about this person")
		return nil
	}
	fmt.Fprintf(a.out, "the leads stay, without the person, and count as before; a running worker draws %d cards again within seconds\n", cards)
	elsewhere.print(a.out)
	return nil
}

// far is where else something may be held, a sentence each.
type far []string

// add notes where a lead's person went, and counts its cards.
func (f *far) add(d *lead.Dossier, p lead.Person) (cards int) {
	say := func(format string, args ...any) {
		if line := fmt.Sprintf(format, args...); !slices.Contains(*f, line) {
			*f = append(*f, line)
		}
	}
	l := &d.Lead
	for _, e := range d.Effects {
		if !e.Message() && (e.State == lead.Delivered || e.Attempts > 0) {
			say("%s %s: was told of lead %s (%s)", e.Kind, e.Target, l.ID, e.Event)
		}
	}
	if l.Holds(p) {
		for system, id := range l.CRM {
			say("%s %s: named by lead %s", system, id, l.ID)
		}
		for crm, in := range l.InCRM {
			for of, o := range in.Objects {
				if kind, _, _ := strings.Cut(of, " "); o.ID != "" && lead.OfPerson(of, p.Email) {
					say("%s %s %s: written or found for lead %s", crm, kind, o.ID, l.ID)
				}
			}
		}
		say("partner %s: knows whom it sent; %s, which sent it, brings the person back if it sends them again", l.Partner.ID, l.SentBy)
	}
	var drawn []string
	for _, r := range d.Reviews {
		if r.TS != "" && !slices.Contains(drawn, r.TS) {
			drawn = append(drawn, r.TS)
			say("Slack, channel %s: keeps what a card said before as long as the workspace keeps edited messages", r.Channel)
		}
	}
	return len(drawn)
}

func (f far) print(out io.Writer) {
	slices.Sort(f)
	fmt.Fprintln(out, "Elsewhere it may still be held; erase it there, too:")
	for _, line := range append(f, "backups of the database that were made before") {
		fmt.Fprintf(out, "- %s\n", line)
	}
}

// holding is what a lead holds about a person, with nobody else in it.
type holding struct {
	lead.Record
	Said  map[string]lead.Own `json:"said_by_sender,omitempty"`
	Notes []string            `json:"review_notes,omitempty"`
	Keys  []string            `json:"idempotency_keys,omitempty"`
}

func (c leadExportCmd) Run(a *app) error {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	p, ids, err := c.find(a, records)
	if err != nil {
		return err
	}
	all := struct {
		Email string    `json:"email,omitempty"`
		Names []string  `json:"names"`
		Leads []holding `json:"leads"`
	}{p.Email, append([]string{}, p.Names...), []holding{}}
	for _, id := range ids {
		d, err := records.Reads.Dossier(a.ctx, id)
		if err != nil {
			return err
		}
		if !d.Holds(p) {
			continue
		}
		d.Lead = d.Lead.Alone(p)
		h := holding{Record: d.Record(), Said: d.Lead.Said}
		for _, r := range d.Reviews {
			if r.Note != "" {
				h.Notes = append(h.Notes, r.Note)
			}
		}
		keys, err := records.Requests(a.ctx, id)
		if err != nil {
			return err
		}
		h.Keys = slices.DeleteFunc(keys, func(key string) bool { return !p.Named(key) }) // others may name somebody else
		all.Leads = append(all.Leads, h)
	}
	return printJSON(a, all)
}
