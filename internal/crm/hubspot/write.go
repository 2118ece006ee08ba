package hubspot

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// The properties that this package needs beside those of the map. markProperty holds our
// crm.Marks.
const (
	markProperty   = "leadtriage_written"
	domainProperty = "leadtriage_domain" // of companies; unique
	stageProperty  = "lifecyclestage"
	ownerProperty  = "hubspot_owner_id"
)

// Kinds of objects, as paths and as the records of a lead name them.
const (
	contacts  = "contacts"
	companies = "companies"
	deals     = "0-3"
	notes     = "notes"

	ourCompany = "company"
	ourNote    = "note"
)

// writing is one attempt to bring HubSpot up to date with a lead.
type writing struct {
	*HubSpot
	*crm.Writing
	ownedBy string // HubSpot's id of the lead's owner; empty: none
}

// write brings contacts, company, association and note up to date.
//
// Crash window: dying between any two lines leaves the effect Sending. The next attempt
// reads before it writes: contact and company are found by their addresses and say by
// their marks what is ours, an association is the same again, and a note is looked for.
func (w *writing) write(ctx context.Context) error {
	stage, err := w.wanted(ctx)
	if err != nil {
		return err
	}
	if o := w.Dossier.Lead.Owner; o != nil {
		if w.ownedBy, err = w.ownerID(ctx, o.Email); err != nil {
			return err
		}
	}
	people := w.Dossier.Lead.People()
	if !w.o.AllContacts && len(people) > 0 {
		people = people[len(people)-1:]
	}
	var ids []string
	fresh := false // nobody can have written a note of a contact that was not there
	for _, p := range people {
		o, err := w.contact(ctx, p, stage)
		if err != nil {
			return err
		}
		ids, fresh = append(ids, o.ID), fresh || o.New
	}
	company, err := w.company(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if company == "" {
			break
		}
		path := w.path("objects", contacts, id, "associations", "default", companies, company)
		if err := w.call(ctx, http.MethodPut, path, nil, nil, nil); err != nil {
			return err
		}
	}
	if w.o.Note && len(ids)+len(company) > 0 {
		if err := w.note(ctx, ids, company, fresh); err != nil {
			return err
		}
	}
	w.In.At = w.now().UTC().Truncate(time.Millisecond)
	return nil
}

// wanted is the stage that an approved lead's contact is to have; nil: none is written.
func (w *writing) wanted(ctx context.Context) (*stages, error) {
	l := &w.Dossier.Lead
	if l.Stage != lead.Approved && l.ArchivedFrom != lead.Approved {
		return nil, nil
	}
	return w.stages(ctx)
}

// contact writes one contact.
func (w *writing) contact(ctx context.Context, p lead.Contact, stage *stages) (*object, error) {
	of := lead.ContactIn(p.Email)
	known := w.In.Objects[of]
	want := crm.Values(w.Dossier, p, w.o.Contact, known.Wrote)
	if w.ownedBy != "" {
		want[ownerProperty] = w.ownedBy
	}
	there, err := w.find(ctx, of, p, append(slices.Collect(maps.Keys(want)), stageProperty, markProperty, "email"))
	if err != nil {
		return nil, err
	}
	if there == nil && known.ID != "" && w.Effect.Event == crm.UpdatedEvent {
		// Somebody deleted it there. News alone does not bring it back.
		w.Learn(of, lead.CRMObject{Theirs: []string{"deleted"}})
		return nil, outbox.ErrNeedless
	}
	in := input{TraceID: w.Effect.ID}
	if there == nil {
		there, known = &object{}, lead.CRMObject{}
		in.ID, in.IDProperty = p.Email, "email"
	} else {
		in.ID = there.ID
	}
	marks := crm.ReadMarks(there.Properties[markProperty])
	in.Properties, known.Theirs = crm.Settle(want, there.Properties, known.Wrote, marks)
	now := there.Properties[stageProperty]
	switch {
	case stage == nil:
	case stage.after(now):
		w.Kept = stage.label(now)
	case now != stage.value && marks[stageProperty] != "" && marks[stageProperty] != crm.Sum(now):
		known.Theirs, w.Kept = append(known.Theirs, stageProperty), stage.label(now)
	case now != stage.value:
		in.Properties[stageProperty] = stage.value
	}
	wrote := map[string]string{}
	for name, value := range want {
		if !slices.Contains(known.Theirs, name) {
			wrote[name] = value
		}
	}
	o := there
	if len(in.Properties) > 0 || in.IDProperty != "" {
		in.Properties[markProperty] = marks.With(in.Properties, want, there.Properties, ours)
		if o, err = w.put(ctx, contacts, in); err != nil {
			return nil, err
		}
		for name, value := range in.Properties {
			got, told := o.Properties[name]
			if _, mapped := wrote[name]; mapped && told {
				wrote[name] = got // as HubSpot keeps it
			}
			if name == stageProperty && told && got != value {
				w.Kept = stage.label(got) // it ignores a stage that lies behind without a word
			}
		}
	}
	if stage != nil && w.Kept == "" {
		w.In.Stage = w.o.Stage
	} else if w.Kept != "" {
		w.In.Stage = w.Kept
	}
	w.Learn(of, lead.CRMObject{ID: o.ID, Wrote: wrote, Theirs: known.Theirs})
	return &object{ID: o.ID, New: o.New}, nil
}

// find reads the contact: by the id on record, by the one that was sent, then by its
// address, which may be a second one of the contact's. The survivor of a merge has an id
// of its own.
func (w *writing) find(ctx context.Context, of string, p lead.Contact, properties []string) (*object, error) {
	ids := []string{w.In.Objects[of].ID}
	if p.Email == w.Dossier.Lead.Contact.Email {
		ids = append(ids, w.Dossier.Lead.CRM["hubspot_contact_id"])
	}
	return w.HubSpot.find(ctx, p.Email, properties, ids...)
}

func (h *HubSpot) find(ctx context.Context, email string, properties []string, ids ...string) (*object, error) {
	for _, id := range slices.Compact(ids) {
		if id == "" {
			continue
		}
		if o, err := h.get(ctx, contacts, id, "", properties); err != nil || o != nil {
			return o, err
		}
	}
	if email == "" {
		return nil, nil
	}
	return h.get(ctx, contacts, email, "email", properties)
}

// ours reports whether a property is one that we made.
func ours(property string) bool { return strings.HasPrefix(property, prefix) }

// company finds the lead's company, or makes it, and writes it: by the id on record, by
// our own unique property, among those of the contacts (HubSpot makes some by itself), by
// its domain, which several may have: the oldest is adopted.
func (w *writing) company(ctx context.Context, people []string) (id string, err error) {
	domain := w.Dossier.Lead.Company.Domain
	if domain == "" {
		return "", nil
	}
	want := crm.Values(w.Dossier, lead.Contact{}, w.o.Company, nil)
	want[domainProperty] = domain
	properties := append(slices.Collect(maps.Keys(want)), markProperty, "domain")
	known := w.In.Objects[ourCompany]
	there, err := w.account(ctx, domain, properties, known.ID, people)
	if err != nil {
		return "", err
	}
	in := input{TraceID: w.Effect.ID, ID: domain, IDProperty: domainProperty}
	if there == nil {
		there, known = &object{}, lead.CRMObject{}
	} else {
		in.ID, in.IDProperty = there.ID, ""
	}
	marks := crm.ReadMarks(there.Properties[markProperty])
	in.Properties, known.Theirs = crm.Settle(want, there.Properties, known.Wrote, marks)
	if len(in.Properties) > 0 || in.IDProperty != "" {
		in.Properties[markProperty] = marks.With(in.Properties, want, there.Properties, ours)
		if there, err = w.put(ctx, companies, in); err != nil {
			return "", err
		}
	}
	w.Learn(ourCompany, lead.CRMObject{ID: there.ID, Wrote: want, Theirs: known.Theirs})
	return there.ID, nil
}

// account is the company with the domain; nil: none is known.
func (h *HubSpot) account(ctx context.Context, domain string, properties []string, id string, people []string) (*object, error) {
	if id != "" {
		if o, err := h.get(ctx, companies, id, "", properties); err != nil || o != nil {
			return o, err
		}
	}
	if o, err := h.get(ctx, companies, domain, domainProperty, properties); err != nil || o != nil {
		return o, err
	}
	for _, person := range people {
		ids, err := h.linked(ctx, contacts, person, companies)
		if err != nil {
			return nil, err
		}
		linked, err := h.read(ctx, companies, ids, properties)
		if err != nil {
			return nil, err
		}
		for i := range linked {
			if strings.EqualFold(linked[i].Properties["domain"], domain) {
				return &linked[i], nil
			}
		}
	}
	found, err := h.client.search(ctx, companies, "domain", domain, properties)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// note writes the lead's one note, or brings it up to date. One that was written by an
// attempt that nobody heard of is looked for and adopted. One that a person changed or
// deleted is theirs.
func (w *writing) note(ctx context.Context, people []string, company string, fresh bool) error {
	const body = "hs_note_body"
	known := w.In.Objects[ourNote]
	if len(known.Theirs) > 0 {
		return nil
	}
	text := w.noteText()
	if known.ID == "" && !fresh {
		id, err := w.findNote(ctx, people, company)
		if err != nil {
			return err
		}
		if known.ID = id; id != "" {
			w.Learn(ourNote, known)
		}
	}
	if known.ID != "" {
		there, err := w.get(ctx, notes, known.ID, "", []string{body})
		if err != nil {
			return err
		}
		switch {
		case there == nil || !untouched(there.Properties[body]):
			known.Theirs = []string{ourNote}
		case plain(there.Properties[body]) != plain(text):
			if _, err := w.put(ctx, notes, input{ID: known.ID, TraceID: w.Effect.ID, Properties: map[string]string{body: text}}); err != nil {
				return err
			}
		}
		w.Learn(ourNote, known)
		return nil
	}
	in := map[string]any{
		"properties":   map[string]string{"hs_timestamp": w.now().UTC().Format("2006-01-02T15:04:05.000Z"), body: text},
		"associations": links(people, company),
	}
	var o object
	if err := w.call(ctx, http.MethodPost, w.path("objects", notes), nil, in, &o); err != nil {
		if kind, after := lead.KindOf(err); kind == lead.Temporary { // it may stand there: it is looked for when it had its time to show
			return &lead.Fault{Kind: lead.Uncertain, After: after, Err: err}
		}
		return err
	}
	w.Learn(ourNote, lead.CRMObject{ID: o.ID})
	return nil
}

// links associate a note by HubSpot's own types: 202 with contacts, 190 with companies.
func links(people []string, company string) (all []any) {
	link := func(id string, to int) {
		all = append(all, map[string]any{"to": map[string]string{"id": id},
			"types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": to}}})
	}
	for _, id := range people {
		link(id, 202)
	}
	if company != "" {
		link(company, 190)
	}
	return all
}

// findNote looks for the note of this lead among those of its first contact or company.
func (w *writing) findNote(ctx context.Context, people []string, company string) (string, error) {
	kind, id := companies, company
	if len(people) > 0 {
		kind, id = contacts, people[0]
	}
	ids, err := w.linked(ctx, kind, id, notes)
	if err != nil {
		return "", err
	}
	found, err := w.read(ctx, notes, ids, []string{"hs_note_body"})
	if err != nil {
		return "", err
	}
	for _, o := range found {
		if strings.Contains(o.Properties["hs_note_body"], w.noteMark()) {
			return o.ID, nil
		}
	}
	return "", nil
}

// noteMark tells our note of this lead from all others. Behind it comes a checksum of
// the text before it, which a person's change makes wrong.
func (w *writing) noteMark() string { return noteMark + w.Dossier.Lead.ID + " " }

const noteMark = "leadtriage lead "

// untouched reports whether a note is as we wrote it.
func untouched(body string) bool {
	at := strings.LastIndex(body, noteMark)
	if at < 0 {
		return false
	}
	_, is, _ := strings.Cut(plain(body[at+len(noteMark):]), sumMark)
	return is == crm.Sum(plain(body[:at]))
}

const sumMark = "#"

// noteText is HTML, as HubSpot shows it; nothing that came from outside is markup.
func (w *writing) noteText() string {
	var lines []string
	line := func(format string, args ...any) {
		for i := range args {
			if s, ok := args[i].(string); ok {
				args[i] = html.EscapeString(s)
			}
		}
		lines = append(lines, fmt.Sprintf(format, args...))
	}
	value := func(name string) string {
		v, _ := lead.CRMValueNamed(name)
		return v.Of(w.Dossier, w.Dossier.Lead.Contact)
	}
	if s := w.Dossier.Lead.Score; s != nil {
		line("<strong>%s %d/100</strong>", strings.ToUpper(string(s.Verdict)), s.Total)
		line("%s", s.Because.String())
	}
	line("Partner: %s (%s), referred on %s", w.Dossier.Lead.Partner.ID, w.Dossier.Lead.Partner.Tier, string(w.Dossier.Lead.ReferredOn))
	if by := value("reviewer"); by != "" {
		against := ""
		if value("override") == "true" {
			against = ", against the proposal " + value("proposal")
		}
		line("%s on %s by %s%s", lead.Capital(value("decision")), value("decided_on"), by, against)
		if r := w.Dossier.Review(); r.Note != "" {
			line("“%s”", r.Note)
		}
	}
	if r := w.Dossier.Record().Review; r != nil && r.Revoked != nil && r.Decision == "" {
		line("The approval was revoked on %s by %s: “%s”", r.Revoked.At.UTC().Format(time.DateOnly), r.Revoked.By, r.Revoked.Reason)
	}
	for _, name := range []string{"breakdown", "facts"} {
		if text := value(name); text != "" {
			lines = append(lines, "", strings.ReplaceAll(html.EscapeString(text), "\n", "<br>"))
		}
	}
	text := crm.Cut(strings.Join(lines, "<br>"), mostNote) + "<br><em>"
	return text + w.noteMark() + sumMark + crm.Sum(plain(text)) + "</em>"
}

const mostNote = 60_000

var markup = regexp.MustCompile(`<[^>]*>|\s+`)

// plain is a text without its markup and spaces, of which HubSpot keeps its own.
func plain(text string) string { return markup.ReplaceAllString(html.UnescapeString(text), "") }

// stages are the lifecycle stages of the portal, and among them the one that we write.
type stages struct {
	value string
	order []string          // values, the first one first
	names map[string]string // labels by value
	read  time.Time
}

func (s *stages) label(value string) string { return cmp.Or(s.names[value], value, "none") }

// after reports whether a stage lies behind ours, so that ours would be a step back.
func (s *stages) after(value string) bool {
	return slices.Index(s.order, value) > slices.Index(s.order, s.value)
}

// option is a choice of a property.
type option struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	DisplayOrder int    `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

// stageAge is how long the portal's stages are taken as they were read.
const stageAge = 10 * time.Minute

// stages are read once in a while. Ours is known by its label: its value differs from
// portal to portal.
func (h *HubSpot) stages(ctx context.Context) (*stages, error) {
	if s := h.known.Load(); s != nil && h.now().Sub(s.read) < stageAge {
		return s, nil
	}
	s, err := h.readStages(ctx)
	if err != nil {
		return nil, err
	}
	if s.value == "" {
		return nil, crm.Down(fmt.Errorf("HubSpot has no lifecycle stage %q", h.o.Stage), longestProbe, "stage_missing",
			"HubSpot has no lifecycle stage %q: run `leadtriage crm setup hubspot`, or name another one in crm.hubspot.stage", h.o.Stage)
	}
	h.known.Store(s)
	return s, nil
}

func (h *HubSpot) readStages(ctx context.Context) (*stages, error) {
	var property struct {
		Options []option `json:"options"`
	}
	if err := h.call(ctx, http.MethodGet, h.path("properties", "0-1", stageProperty), nil, nil, &property); err != nil {
		return nil, err
	}
	slices.SortStableFunc(property.Options, func(a, b option) int { return cmp.Compare(a.DisplayOrder, b.DisplayOrder) })
	s := &stages{names: map[string]string{}, read: h.now()}
	for _, o := range property.Options {
		s.order, s.names[o.Value] = append(s.order, o.Value), o.Label
		if strings.EqualFold(o.Label, h.o.Stage) || o.Value == h.o.Stage {
			s.value = o.Value
		}
	}
	return s, nil
}
