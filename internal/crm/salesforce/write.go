package salesforce

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// What the objects are of the lead, as records name them.
const (
	ourLead        = "lead"
	ourContact     = "contact"
	ourOpportunity = "opportunity"
	ourMember      = "campaign_member"
)

// What a lead's Stage says where there is no Lead to be written.
const (
	asContact   = "Contact"
	asConverted = "Converted"
)

// writing is one attempt to bring Salesforce up to date with a lead.
type writing struct {
	*Salesforce
	*crm.Writing
}

// write brings the Lead and the partner's campaign up to date. A person who is a Contact,
// or whose Lead was converted, is no Lead any more: that is noted, and the campaign alone
// is written.
//
// Crash window: dying between any two lines leaves the effect Sending. The next attempt
// reads before it writes: the Lead is found by our id in it, it says by its marks what is
// ours, and who is a member of a campaign twice is one.
func (w *writing) write(ctx context.Context) error {
	there, err := w.find(ctx)
	if err != nil {
		return err
	}
	person := "" // the Contact that the person is
	if there == nil && w.gone() {
		return outbox.ErrNeedless
	}
	if there == nil {
		if person, err = w.contact(ctx); err != nil {
			return err
		}
	}
	if there != nil && there.text("IsConverted") != "true" || there == nil && person == "" {
		id, err := w.put(ctx, there)
		switch {
		case refused(err, "CANNOT_UPDATE_CONVERTED_LEAD") != nil: // meanwhile
			if there, err = w.find(ctx); err == nil && there.text("IsConverted") != "true" {
				err = lead.Faultf(lead.Temporary, 0, "Salesforce says that the Lead is converted, and shows it as open")
			}
		case refused(err, "ENTITY_IS_DELETED", "NOT_FOUND") != nil && w.gone():
			return outbox.ErrNeedless
		}
		if err != nil {
			return err
		}
		if id != "" {
			return w.end(w.member(ctx, "LeadId", id))
		}
	}
	if there != nil && there.text("IsConverted") == "true" {
		person = there.text("ConvertedContactId")
		w.Learn(ourLead, lead.CRMObject{ID: there.text("Id"), Wrote: w.In.Objects[ourLead].Wrote})
		if sale := there.text("ConvertedOpportunityId"); sale != "" {
			w.Learn(ourOpportunity, lead.CRMObject{ID: sale})
		}
		w.Kept = asConverted
	} else {
		w.Kept = asContact
	}
	w.In.Stage = w.Kept
	w.Learn(ourContact, lead.CRMObject{ID: person})
	return w.end(w.member(ctx, "ContactId", person))
}

func (w *writing) end(err error) error {
	if err == nil {
		w.In.At = w.now().UTC().Truncate(time.Millisecond)
	}
	return err
}

// gone reports whether somebody deleted the Lead: news alone does not bring it back.
func (w *writing) gone() bool {
	if w.In.Objects[ourLead].ID == "" || w.Effect.Event != crm.UpdatedEvent {
		return false
	}
	w.Learn(ourLead, lead.CRMObject{Theirs: []string{"deleted"}})
	return true
}

var recordID = regexp.MustCompile(`^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$`)

// find reads the lead's Lead, nil: there is none. In this order: the one on record, the one
// that was sent, the one with our id, the oldest with the address, open ones first.
func (w *writing) find(ctx context.Context) (row, error) {
	l := &w.Dossier.Lead
	ids := []string{w.In.Objects[ourLead].ID, l.CRM["salesforce_lead_id"]}
	where, args := []string{idField + " = %s"}, []string{l.ID}
	for _, id := range ids {
		if recordID.MatchString(id) {
			where, args = append(where, "Id = %s"), append(args, id)
		}
	}
	if l.Contact.Email != "" {
		where, args = append(where, "Email = %s"), append(args, l.Contact.Email)
	}
	found, err := w.Salesforce.find(ctx, "SELECT "+strings.Join(w.wanted(), ", ")+" FROM Lead WHERE "+strings.Join(where, " OR ")+" ORDER BY CreatedDate LIMIT 200", args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	rank := func(r row) int {
		switch {
		case sameID(ids[0], r.text("Id")):
			return 0
		case sameID(ids[1], r.text("Id")):
			return 1
		case r.text(idField) == l.ID:
			return 2
		case r.text("IsConverted") != "true":
			return 3
		}
		return 4
	}
	slices.SortStableFunc(found, func(a, b row) int { return cmp.Compare(rank(a), rank(b)) })
	return found[0], nil
}

// contact is the id of a Contact with the person's address; empty: there is none.
func (w *writing) contact(ctx context.Context) (string, error) {
	if w.Dossier.Lead.Contact.Email == "" {
		return "", nil
	}
	found, err := w.Salesforce.find(ctx, "SELECT Id FROM Contact WHERE Email = %s ORDER BY CreatedDate LIMIT 1", w.Dossier.Lead.Contact.Email)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].text("Id"), nil
}

// put writes the Lead that is there, or makes one, and returns its id.
func (w *writing) put(ctx context.Context, there row) (string, error) {
	l := &w.Dossier.Lead
	fields, err := w.describe(ctx)
	if err != nil {
		return "", err
	}
	want := crm.Values(w.Dossier, l.Contact, w.o.Lead, nil)
	for name, value := range want {
		if f := fields[name]; f.Length > 0 {
			want[name] = crm.Cut(value, f.Length)
		}
	}
	if l.Stage == lead.Approved || l.ArchivedFrom == lead.Approved {
		want[stageField] = w.o.Stage
	}
	if want["OwnerId"], err = w.owner(ctx); err != nil {
		return "", err
	} else if want["OwnerId"] == "" {
		delete(want, "OwnerId")
	}
	known := w.In.Objects[ourLead]
	marks, now := crm.ReadMarks(there.text(markField)), map[string]string{}
	if there == nil {
		known = lead.CRMObject{}
	}
	for name := range want {
		if now[name] = there.text(name); now[name] == "false" && marks[name] == "" {
			now[name] = "" // a checkbox that nobody has ticked
		}
	}
	write, theirs := crm.Settle(want, now, known.Wrote, marks)
	if there == nil { // a Lead needs these two
		write["LastName"] = cmp.Or(write["LastName"], "[unknown]")
		write["Company"] = cmp.Or(write["Company"], l.Company.Domain, "[not given]")
	}
	mark := marks.With(write, want, now, func(field string) bool { return strings.HasPrefix(field, prefix) })
	if there == nil {
		if l.Contact.Email != "" {
			write["Email"] = l.Contact.Email
		}
		if w.o.Status != "" {
			write["Status"] = w.o.Status
		}
	} else if there.text(idField) == "" {
		write[idField] = l.ID
	}
	id := there.text("Id")
	if len(write) > 0 {
		write[markField] = mark
		if id, err = w.patch(ctx, there, fields, write); err != nil {
			return "", err
		}
	}
	wrote := map[string]string{}
	for name, value := range want {
		if !slices.Contains(theirs, name) {
			wrote[name] = value
		}
	}
	if want[stageField] != "" {
		w.In.Stage = w.o.Stage
	}
	w.Learn(ourLead, lead.CRMObject{ID: id, Wrote: wrote, Theirs: theirs})
	return id, nil
}

// patch writes fields. A Lead that is not there is made under our id, so that making it
// twice makes one; what is there is updated alone, so that one that was deleted meanwhile
// does not come back.
func (w *writing) patch(ctx context.Context, there row, fields map[string]field, write map[string]string) (string, error) {
	body := map[string]any{}
	for name, value := range write {
		body[name] = typed(fields[name].Type, value)
	}
	ours := w.path("sobjects", "Lead", idField, w.Dossier.Lead.ID)
	id := there.text("Id")
	switch {
	case there == nil:
		var made struct {
			ID string `json:"id"`
		}
		err := w.call(ctx, http.MethodPatch, ours, nil, body, &made)
		if again := refused(err, "DUPLICATES_DETECTED"); again != nil {
			return w.alike(ctx, again)
		}
		if err == nil && made.ID == "" { // versions before 46 do not say
			err = lead.Faultf(lead.Temporary, 0, "Salesforce does not say which Lead it made: it is looked for")
		}
		return made.ID, err
	case there.text(idField) == w.Dossier.Lead.ID:
		return id, w.call(ctx, http.MethodPatch, ours, url.Values{"updateOnly": {"true"}}, body, nil)
	}
	return id, w.call(ctx, http.MethodPatch, w.path("sobjects", "Lead", id), nil, body, nil)
}

// alike deals with a Lead that a duplicate rule of the org's refuses. One with the same
// address that came in meanwhile is found by the next attempt. All else is a person's.
func (w *writing) alike(ctx context.Context, r *refusal) (string, error) {
	there, err := w.find(ctx)
	if err != nil {
		return "", err
	}
	if there != nil {
		return "", lead.Faultf(lead.Temporary, time.Second, "a Lead with this address came in meanwhile: it is taken")
	}
	var links []string
	warns := false
	for _, p := range r.says {
		d := cmp.Or(p.Duplicate, p.Duplicate2)
		if d == nil {
			continue
		}
		warns = warns || d.AllowSave
		for _, m := range d.Matches {
			for _, o := range m.Records {
				links = append(links, w.o.URL+"/"+o.Record.ID)
			}
		}
	}
	mend := "merge or mend those in Salesforce, or relax its duplicate rule"
	if warns {
		mend += ", or set crm.salesforce.duplicates to save"
	}
	return "", lead.Faultf(lead.Permanent, 0, "a duplicate rule of the Salesforce org takes the lead for %s: %s, then `leadtriage lead retry` the lead",
		cmp.Or(strings.Join(links, ", "), "a record that the run-as user may not see"), mend)
}

// typed is a value as JSON for a field of the type.
func typed(kind, value string) any {
	switch kind {
	case "double", "int", "currency", "percent", "long":
		return json.Number(value)
	case "boolean":
		return value == "true"
	}
	return value
}

// owner is the id of the lead's owner, if that is an active user; empty: the lead has none.
func (w *writing) owner(ctx context.Context) (string, error) {
	o := w.Dossier.Lead.Owner
	if o == nil {
		return "", nil
	}
	found, err := w.Salesforce.find(ctx, "SELECT Id FROM User WHERE Email = %s AND IsActive = true ORDER BY CreatedDate LIMIT 1", o.Email)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].text("Id"), nil
}

// member adds the person to the campaign of the lead's partner, once.
func (w *writing) member(ctx context.Context, of, id string) error {
	campaign := w.o.Campaigns[w.Dossier.Lead.Partner.ID]
	known := w.In.Objects[ourMember]
	if campaign == "" || id == "" || known.Wrote[of] == id && known.Wrote["CampaignId"] == campaign {
		return nil
	}
	var made struct {
		ID string `json:"id"`
	}
	is := map[string]string{"CampaignId": campaign, of: id}
	err := w.call(ctx, http.MethodPost, w.path("sobjects", "CampaignMember"), nil, is, &made)
	if err != nil && refused(err, "DUPLICATE_VALUE") == nil {
		return fmt.Errorf("campaign of %s: %w", w.Dossier.Lead.Partner.ID, err)
	}
	w.Learn(ourMember, lead.CRMObject{ID: made.ID, Wrote: is})
	return nil
}
