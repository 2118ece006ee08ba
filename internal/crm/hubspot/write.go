package hubspot

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// The properties that this package needs beside those of the map. markProperty says what
// we wrote, as a checksum for each property. It is written together with them, so that it
// is right whenever the process dies, and for every lead of the same contact.
const (
	markProperty   = "leadtriage_written"
	domainProperty = "leadtriage_domain" // of companies; unique
	stageProperty  = "lifecyclestage"
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
	d    *lead.Dossier
	e    lead.Effect
	in   lead.InCRM // as on record, then as it has become
	kept string     // the stage that the contact has and keeps; empty: it has ours
}

// write brings contacts, company, association and note up to date. What it did stands
// in w.in, also after an error.
//
// Crash window: dying between any two lines leaves the effect Sending. The next attempt
// reads before it writes: contact and company are found by their addresses and say by
// their marks what is ours, an association is the same again, and a note is looked for.
func (w *writing) write(ctx context.Context) error {
	stage, err := w.wanted(ctx)
	if err != nil {
		return err
	}
	people := w.d.Lead.People()
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
	w.in.At = w.now().UTC().Truncate(time.Millisecond)
	return nil
}

// wanted is the stage that an approved lead's contact is to have; nil: none is written.
func (w *writing) wanted(ctx context.Context) (*stages, error) {
	l := &w.d.Lead
	if l.Stage != lead.Approved && l.ArchivedFrom != lead.Approved {
		return nil, nil
	}
	return w.stages(ctx)
}

// contact writes one contact.
func (w *writing) contact(ctx context.Context, p lead.Contact, stage *stages) (*object, error) {
	of := lead.ContactIn(p.Email)
	want, known := w.values(w.o.Contact, p), w.in.Objects[of]
	w.emptied(want, known.Wrote)
	there, err := w.find(ctx, of, p, append(slices.Collect(maps.Keys(want)), stageProperty, markProperty, "email"))
	if err != nil {
		return nil, err
	}
	if there == nil && known.ID != "" && w.e.Event == updatedEvent {
		// Somebody deleted it there. News alone does not bring it back.
		w.learn(of, lead.CRMObject{Theirs: []string{"deleted"}})
		return nil, outbox.ErrNeedless
	}
	in := input{TraceID: w.e.ID}
	if there == nil {
		there, known = &object{}, lead.CRMObject{}
		in.ID, in.IDProperty = p.Email, "email"
	} else {
		in.ID = there.ID
	}
	marks := readMarks(there.Properties[markProperty])
	in.Properties, known.Theirs = settle(want, there.Properties, known.Wrote, marks)
	now := there.Properties[stageProperty]
	switch {
	case stage == nil:
	case stage.after(now):
		w.kept = stage.label(now)
	case now != stage.value && marks[stageProperty] != "" && marks[stageProperty] != sum(now):
		known.Theirs, w.kept = append(known.Theirs, stageProperty), stage.label(now)
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
		in.Properties[markProperty] = marks.with(in.Properties, want, there.Properties)
		if o, err = w.put(ctx, contacts, in); err != nil {
			return nil, err
		}
		for name, value := range in.Properties {
			got, told := o.Properties[name]
			if _, mapped := wrote[name]; mapped && told {
				wrote[name] = got // as HubSpot keeps it
			}
			if name == stageProperty && told && got != value {
				w.kept = stage.label(got) // it ignores a stage that lies behind without a word
			}
		}
	}
	if stage != nil && w.kept == "" {
		w.in.Stage = w.o.Stage
	} else if w.kept != "" {
		w.in.Stage = w.kept
	}
	w.learn(of, lead.CRMObject{ID: o.ID, Wrote: wrote, Theirs: known.Theirs})
	return &object{ID: o.ID, New: o.New}, nil
}

// find reads the contact: by the id on record, by the one that was sent, then by its
// address, which may be a second one of the contact's. The survivor of a merge has an id
// of its own.
func (w *writing) find(ctx context.Context, of string, p lead.Contact, properties []string) (*object, error) {
	ids := []string{w.in.Objects[of].ID}
	if p.Email == w.d.Lead.Contact.Email {
		ids = append(ids, w.d.Lead.CRM["hubspot_contact_id"])
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

// learn notes what an object has become.
func (w *writing) learn(of string, o lead.CRMObject) { w.in = w.in.With(of, o) }

// values are what the map says of the lead and a contact. What the lead says nothing
// of is not written.
func (w *writing) values(fields map[string]string, p lead.Contact) map[string]string {
	out := map[string]string{}
	for property, name := range fields {
		if v, ok := lead.CRMValueNamed(name); ok {
			if value := strings.TrimSpace(v.Of(w.d, p)); value != "" {
				out[property] = cut(value, mostValue)
			}
		}
	}
	return out
}

// emptied has what was written of a decision emptied when it stands no more.
func (w *writing) emptied(want, wrote map[string]string) {
	for property, value := range wrote {
		if slices.Contains(lead.CRMDecision, w.o.Contact[property]) && value != "" && want[property] == "" {
			want[property] = ""
		}
	}
}

// mostValue bounds a value, in letters; HubSpot takes 65 536.
const mostValue = 10_000

// settle says which of the properties that are wanted may be written over what is there,
// and which a person has made theirs. Ours is what the mark or the record says that we
// wrote, and what is empty and was not written yet. What stood there before us stays.
func settle(want, there, wrote map[string]string, marks marks) (write map[string]string, theirs []string) {
	write = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		now := there[name]
		mark, marked := marks[name]
		recorded, known := wrote[name]
		switch {
		case now == want[name]:
		case marked && mark == sum(now), known && recorded == now, !marked && !known && now == "":
			write[name] = want[name]
		case marked || known:
			theirs = append(theirs, name)
		}
	}
	return write, theirs
}

// marks are the checksums of what we wrote, by property.
type marks map[string]string

func readMarks(text string) marks {
	m := marks{}
	for pair := range strings.FieldsSeq(text) {
		if name, sum, ok := strings.Cut(pair, "="); ok {
			m[name] = sum
		}
	}
	return m
}

// with is the text of the marks when the properties are written. What is there already
// as it is wanted is ours, too.
func (m marks) with(written, want, there map[string]string) string {
	all := maps.Clone(m)
	for name, value := range want {
		if there[name] == value && all[name] == "" && strings.HasPrefix(name, prefix) {
			all[name] = sum(value)
		}
	}
	for name, value := range written {
		all[name] = sum(value)
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, name+"="+all[name])
	}
	return strings.Join(pairs, " ")
}

func sum(value string) string {
	h := fnv.New32a()
	h.Write([]byte(value))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// company finds the lead's company, or makes it, and writes it: by the id on record, by
// our own unique property, among those of the contacts (HubSpot makes some by itself), by
// its domain, which several may have: the oldest is adopted.
func (w *writing) company(ctx context.Context, people []string) (id string, err error) {
	domain := w.d.Lead.Company.Domain
	if domain == "" {
		return "", nil
	}
	want := w.values(w.o.Company, lead.Contact{})
	want[domainProperty] = domain
	properties := append(slices.Collect(maps.Keys(want)), markProperty, "domain")
	known := w.in.Objects[ourCompany]
	there, err := w.account(ctx, domain, properties, known.ID, people)
	if err != nil {
		return "", err
	}
	in := input{TraceID: w.e.ID, ID: domain, IDProperty: domainProperty}
	if there == nil {
		there, known = &object{}, lead.CRMObject{}
	} else {
		in.ID, in.IDProperty = there.ID, ""
	}
	marks := readMarks(there.Properties[markProperty])
	in.Properties, known.Theirs = settle(want, there.Properties, known.Wrote, marks)
	if len(in.Properties) > 0 || in.IDProperty != "" {
		in.Properties[markProperty] = marks.with(in.Properties, want, there.Properties)
		if there, err = w.put(ctx, companies, in); err != nil {
			return "", err
		}
	}
	w.learn(ourCompany, lead.CRMObject{ID: there.ID, Wrote: want, Theirs: known.Theirs})
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
	known := w.in.Objects[ourNote]
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
			w.learn(ourNote, known)
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
			if _, err := w.put(ctx, notes, input{ID: known.ID, TraceID: w.e.ID, Properties: map[string]string{body: text}}); err != nil {
				return err
			}
		}
		w.learn(ourNote, known)
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
	w.learn(ourNote, lead.CRMObject{ID: o.ID})
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
func (w *writing) noteMark() string { return noteMark + w.d.Lead.ID + " " }

const noteMark = "leadtriage lead "

// untouched reports whether a note is as we wrote it.
func untouched(body string) bool {
	at := strings.LastIndex(body, noteMark)
	if at < 0 {
		return false
	}
	_, is, _ := strings.Cut(plain(body[at+len(noteMark):]), sumMark)
	return is == sum(plain(body[:at]))
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
		return v.Of(w.d, w.d.Lead.Contact)
	}
	if s := w.d.Lead.Score; s != nil {
		line("<strong>%s %d/100</strong>", strings.ToUpper(string(s.Verdict)), s.Total)
		line("%s", s.Because.String())
	}
	line("Partner: %s (%s), referred on %s", w.d.Lead.Partner.ID, w.d.Lead.Partner.Tier, string(w.d.Lead.ReferredOn))
	if by := value("reviewer"); by != "" {
		against := ""
		if value("override") == "true" {
			against = ", against the proposal " + value("proposal")
		}
		line("%s on %s by %s%s", lead.Capital(value("decision")), value("decided_on"), by, against)
		if r := w.d.Review(); r.Note != "" {
			line("“%s”", r.Note)
		}
	}
	if r := w.d.Record().Review; r != nil && r.Revoked != nil && r.Decision == "" {
		line("The approval was revoked on %s by %s: “%s”", r.Revoked.At.UTC().Format(time.DateOnly), r.Revoked.By, r.Revoked.Reason)
	}
	for _, name := range []string{"breakdown", "facts"} {
		if text := value(name); text != "" {
			lines = append(lines, "", strings.ReplaceAll(html.EscapeString(text), "\n", "<br>"))
		}
	}
	text := cut(strings.Join(lines, "<br>"), mostNote) + "<br><em>"
	return text + w.noteMark() + sumMark + sum(plain(text)) + "</em>"
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
		return nil, &lead.Fault{Kind: lead.Throttled, After: longestProbe, Outage: &lead.Outage{Code: "stage_missing", Sentence: fmt.Sprintf(
			"HubSpot has no lifecycle stage %q: run `leadtriage crm setup hubspot`, or name another one in crm.hubspot.stage", h.o.Stage)},
			Err: fmt.Errorf("HubSpot has no lifecycle stage %q", h.o.Stage)}
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
