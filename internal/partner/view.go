// Package partner tells partners what becomes of the leads that they sent: by e-mail, and on
// a page of their own. It asks them, too. What a partner may know is in view.go, and only
// there: never scores, notes, facts, reviewers or other partners.
package partner

import (
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Status is where a lead stands, as its partner knows it.
type Status string

const (
	Received  Status = "received"
	InReview  Status = "in_review"
	Accepted  Status = "accepted"
	Declined  Status = "declined"
	Contacted Status = "contacted"
	Won       Status = "won"
	Lost      Status = "lost"
)

// Policy is what partners may know, and how they hear of it.
type Policy struct {
	Us      string        // how partners know us
	URL     string        // as the outside calls us, without a closing slash
	Undo    time.Duration // how long a decision can be taken back: so long no partner hears of it
	Wait    time.Duration // how long news piles up before it is told
	Answers time.Duration // how long a question can be answered
	Absent  Extent        // what is told of a lead whose consent nobody stated
	Reasons map[string]Words
	// Questions are those that reviewers may put to a partner.
	Questions []Question
	Claims    bool // both sides hear of a second claim
	Partners  map[string]Partner
}

// Partner is one that has updates, or a page.
type Partner struct {
	ID, Name string
	Email    string // empty: none is sent
	Locale   string // empty: en
	Mail     bool   // is told by e-mail
	Webhook  bool   // by the webhook targets that hear of partner.status
}

// Words are a sentence by language.
type Words map[string]string

// In is the sentence in the language, else in English, else in any.
func (w Words) In(locale string) string {
	if s, ok := w[locale]; ok {
		return s
	}
	if s, ok := w["en"]; ok {
		return s
	}
	for _, s := range w {
		return s
	}
	return ""
}

// Extent is how much of a lead its partner may know.
type Extent string

const (
	Nothing    Extent = "nothing"
	StatusOnly Extent = "status"
	Everything Extent = "everything" // the reason and what was missing, too
)

// extent is what the person allows.
func (p *Policy) extent(l *lead.Lead) Extent {
	switch {
	case l.Consent == lead.Consent{}:
		return p.Absent
	case l.Consent.PartnerMayBeTold:
		return Everything
	}
	return Nothing
}

// MayAsk reports whether the partner can be asked about the lead.
func (p *Policy) MayAsk(l *lead.Lead) bool {
	return p.Partners[l.Partner.ID].Email != "" && p.extent(l) != Nothing
}

// View is what a partner may know of a lead.
type View struct {
	Lead    string    // its id
	Name    string    // the company, or the address that the partner sent
	Sent    time.Time // when it came in
	Silent  bool      // the person wants nothing told: there is no more
	Status  Status
	At      time.Time // of the status; zero: not known
	Parked  bool      // received, and nobody is asked before there is news
	Reason  string    // of Declined; empty: it is not told
	Missing []string  // what the lead lacks: fields, beside intent
	Claim   *lead.Claim
	Mine    bool // the claim is this partner's
}

// View is what the lead's partner may know of it at a moment.
func (p *Policy) View(d *lead.Dossier, now time.Time) View {
	l := &d.Lead
	v := View{Lead: l.ID, Name: nameOf(l), Sent: l.CreatedAt}
	extent := p.extent(l)
	if v.Silent = extent == Nothing; v.Silent {
		return v
	}
	r := d.Review()
	if r != nil && !r.Open() && now.Before(l.UndoEnds(r, p.Undo)) {
		v.Status, v.At = InReview, r.OpenedAt
	} else {
		v.Status = StatusOf(l, d.Outcomes)
		if v.At = l.CreatedAt; r != nil && v.Status == InReview {
			v.At = r.OpenedAt
		} else if r != nil && (v.Status == Accepted || v.Status == Declined) {
			v.At = r.DecidedAt
		} else if o := d.Outcome(); o != nil {
			v.At = o.At
		}
	}
	v.Parked = stageOf(l) == lead.Parked
	v.Claim = l.Claim
	v.Mine = l.Claim != nil && l.Claim.Partner == l.Partner.ID
	if extent != Everything {
		return v
	}
	if v.Status == Declined && r != nil && r.Decision == lead.Reject {
		v.Reason = p.Reasons[r.Reason].In(p.Partners[l.Partner.ID].Locale)
	}
	if v.Status != Accepted && v.Status != Contacted && v.Status != Won {
		v.Missing = missing(l.Score)
	}
	return v
}

// nameOf is what the partner sent to name the lead.
func nameOf(l *lead.Lead) string {
	for _, name := range []string{l.Company.Name, l.Company.Domain, l.Contact.Email} {
		if name != "" {
			return name
		}
	}
	return l.ID
}

func stageOf(l *lead.Lead) lead.Stage {
	if l.Stage == lead.Archived {
		return l.ArchivedFrom
	}
	return l.Stage
}

// StatusOf is where the lead stands once its decision stands: by its newest outcome, else by
// its stage.
func StatusOf(l *lead.Lead, outcomes []lead.Outcome) Status {
	if len(outcomes) > 0 {
		switch outcomes[len(outcomes)-1].Type {
		case lead.ClosedWon:
			return Won
		case lead.ClosedLost, lead.NotAccepted:
			return Lost
		}
		return Contacted
	}
	switch stageOf(l) {
	case lead.AwaitingReview:
		return InReview
	case lead.Approved:
		return Accepted
	case lead.Rejected, lead.Disqualified:
		return Declined
	}
	return Received
}

// lacking are the reasons of a line without points for which the lead said too little.
var lacking = []lead.ReasonCode{lead.FieldMissing, "unverified", "conflicting", "use_case_missing", "use_case_brief"}

// missing are the fields that a lead lacks for its score, and intent where it showed none.
func missing(s *lead.Score) (fields []string) {
	if s == nil {
		return nil
	}
	var look func(r lead.Reason)
	look = func(r lead.Reason) {
		field := string(lead.UseCase)
		if len(r.Args) > 0 && !strings.HasPrefix(string(r.Code), field) {
			field = r.Args[0]
		}
		if slices.Contains(lacking, r.Code) && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
		for _, part := range r.Of {
			look(part)
		}
	}
	for _, line := range s.Lines {
		if line.Points == 0 && line.Group == "icp" {
			look(line.Reason)
		}
	}
	if s.Intent == 0 {
		fields = append(fields, "intent")
	}
	return fields
}
