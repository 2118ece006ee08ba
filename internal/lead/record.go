package lead

import (
	"slices"
	"strings"
	"time"
)

// Dossier is everything on record about one lead, for reading.
type Dossier struct {
	Lead    Lead
	Reviews []Review // by round
	Effects []Effect // oldest first
	History []Entry  // oldest first
	// Outcomes are what became of the lead, the oldest first by their own time.
	Outcomes []Outcome
	// Unreadable is why the lead's document cannot be read; Lead then has its id and
	// what else the records know beside it. Only lists show such a one.
	Unreadable string
}

// Unreadable stands in a list for a lead that cannot be read.
type Unreadable struct {
	ID  string `json:"id"`
	Why string `json:"unreadable" doc:"Why it cannot be read: its row is damaged."`
}

// Review returns the newest round, or nil.
func (d *Dossier) Review() *Review { return newest(d.Reviews) }

// Round returns the review round with this number, or nil.
func (d *Dossier) Round(n int) *Review {
	if n < 1 || n > len(d.Reviews) {
		return nil
	}
	return &d.Reviews[n-1]
}

// Record is a lead as the API shows it and the webhook carries it (CONTRACT "A
// lead, as read").
type Record struct {
	ID    string `json:"id"`
	Stage Stage  `json:"stage"`
	Submission
	CRM           map[string]any  `json:"crm,omitempty" doc:"Ids in CRMs, whether one knows the company or contact (match), and by CRM what was written there."`
	Attribution   *Attribution    `json:"attribution,omitempty"`
	Claim         *Claim          `json:"claim,omitempty" doc:"Who referred the company first, and until when that protects it."`
	Answers       []PartnerAnswer `json:"partner_answers,omitempty" doc:"What the partner answered to reviewers' questions."`
	MergedInto    string          `json:"merged_into,omitempty"`
	Contacts      []Contact       `json:"contacts,omitempty"`
	Referrals     []Referral      `json:"referrals,omitempty"`
	Folded        Folded          `json:"folded,omitzero" doc:"What is too much to be listed, counted."`
	Verdict       Verdict         `json:"verdict"`
	Because       string          `json:"because,omitempty"`
	Change        string          `json:"what_would_change,omitempty"`
	Flags         []string        `json:"flags"`
	Facts         []Fact          `json:"facts"`
	Closed        *Evidence       `json:"closed,omitempty"`
	Score         *RecordScore    `json:"score"`
	Review        *RecordReview   `json:"review"`
	Effects       []RecordEffect  `json:"effects"`
	Outcomes      []Outcome       `json:"outcomes" doc:"What became of the lead, the oldest first by their own time."`
	Owner         *RecordOwner    `json:"owner,omitempty"`
	Clocks        []RecordClock   `json:"clocks,omitempty"`
	Usage         Usage           `json:"usage"`
	Enrich        Enrichment      `json:"enrichment"`
	Conflicts     []Conflict      `json:"other_partners,omitempty"`      // the first ten
	MoreConflicts int             `json:"other_partners_more,omitempty"` // how many there are beside them
	History       []Entry         `json:"history"`
	Created       time.Time       `json:"created_at"`
	Updated       time.Time       `json:"updated_at"`
}

// RecordScore is the score without what Record says beside it.
type RecordScore struct {
	Total  int       `json:"total"`
	ICP    int       `json:"icp"`
	Intent int       `json:"intent"`
	Model  string    `json:"model"`
	Hash   string    `json:"hash,omitempty"`
	Lines  []Line    `json:"lines"`
	At     time.Time `json:"at"`
}

// RecordReview is the newest review round.
type RecordReview struct {
	Round    int        `json:"round"`
	Channel  string     `json:"channel"`
	TS       string     `json:"ts"`
	Decision string     `json:"decision"`
	Override bool       `json:"override"`
	Proposed Verdict    `json:"proposed,omitempty"` // what it was approved against
	By       string     `json:"by"`
	Reason   string     `json:"reason"`
	Note     string     `json:"note"`
	At       *time.Time `json:"at"`
	Revoked  *Revoked   `json:"revoked,omitempty" doc:"Set when this round was opened because the approval of the one before was revoked."`
}

// Revoked says who took the approval of the round before back, and why.
type Revoked struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// RecordEffect is an effect's progress.
type RecordEffect struct {
	Kind      EffectKind  `json:"kind"`
	Target    string      `json:"target"`
	Round     int         `json:"round"`
	Type      string      `json:"type,omitempty"`
	State     EffectState `json:"state"`
	Attempts  int         `json:"attempts"`
	LastError string      `json:"last_error"`
	DueAt     *time.Time  `json:"due_at,omitempty"`
}

// RecordOwner is who works the lead.
type RecordOwner struct {
	Email      string     `json:"email"`
	Segment    string     `json:"segment"`
	Way        OwnerWay   `json:"way" doc:"wheel, crm (who owned the company or contact there), fallback, or handed over."`
	At         time.Time  `json:"at"`
	AcceptedAt *time.Time `json:"accepted_at"`
	Trace      []Passed   `json:"trace" doc:"Whose turn it would have been, and why they got no lead."`
	PassedOver int        `json:"passed_over,omitempty" doc:"How many more were passed over."`
	Reason     string     `json:"reason,omitempty" doc:"Why it was handed over."`
}

// RecordClock is a service level of the lead.
type RecordClock struct {
	Kind      ClockKind  `json:"kind"`
	Since     time.Time  `json:"since"`
	DueAt     *time.Time `json:"due_at" doc:"null: it only measures."`
	WarnAt    *time.Time `json:"warn_at"`
	State     ClockState `json:"state"`
	StoppedAt *time.Time `json:"stopped_at"`
}

func recordOwner(o *Owner) *RecordOwner {
	if o == nil {
		return nil
	}
	return &RecordOwner{o.Email, o.Segment, o.Way, o.At, orNull(o.AcceptedAt), orEmpty(o.Trace), o.PassedOver, o.Reason}
}

func recordClocks(clocks []Clock) (out []RecordClock) {
	for _, k := range clocks {
		out = append(out, RecordClock{k.Kind, k.Since, orNull(k.DueAt), orNull(k.WarnAt), k.State, orNull(k.StoppedAt)})
	}
	return out
}

// orNull is a time that JSON shows as null when there is none.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Record renders the dossier for the outside.
func (d *Dossier) Record() Record {
	l := d.Lead
	r := Record{ID: l.ID, Stage: l.Stage, Submission: l.Submission, CRM: l.crm(), MergedInto: l.MergedInto, Attribution: l.Attribution, Claim: l.Claim, Answers: l.Answers, Contacts: l.Contacts, Referrals: l.Referrals, Folded: l.Folded,
		Flags: l.Flags(), Facts: recordFacts(l.Facts), Closed: l.Closed, Usage: l.Usage, Enrich: l.Enrichment, Conflicts: l.Conflicts, MoreConflicts: max(0, l.ConflictCount-len(l.Conflicts)),
		Effects: []RecordEffect{}, Outcomes: slices.Clone(orEmpty(d.Outcomes)), History: spokenOf(d.History), Created: l.CreatedAt, Updated: l.UpdatedAt}
	r.Touchpoints, r.Events, r.Signals = orEmpty(r.Touchpoints), orEmpty(r.Events), orEmpty(r.Signals)
	if s := l.Score; s != nil {
		s := s.InWords()
		r.Verdict, r.Because, r.Change = s.Verdict, s.Because.Text, s.Change.Text
		r.Score = &RecordScore{Total: s.Total, ICP: s.ICP, Intent: s.Intent, Model: s.Model, Hash: s.Hash, Lines: orEmpty(s.Lines), At: s.At}
	}
	r.Owner, r.Clocks = recordOwner(l.Owner), recordClocks(l.Clocks)
	if v := d.Review(); v != nil {
		r.Review = &RecordReview{Round: v.Round, Channel: v.Channel, TS: v.TS, Decision: string(v.Decision),
			Override: v.Override, Proposed: v.Proposed, By: spoken(v.By), Reason: v.Reason, Note: v.Note}
		if !v.DecidedAt.IsZero() {
			r.Review.At = &v.DecidedAt
		}
		if before := d.Round(v.Round - 1); before != nil && before.UndoneWhy != "" {
			r.Review.Revoked = &Revoked{spoken(before.UndoneBy), before.UndoneWhy, before.UndoneAt}
		}
	}
	for i, o := range r.Outcomes {
		r.Outcomes[i].From = spoken(o.From)
	}
	for _, e := range d.Effects {
		if e.Message() && e.State == Cancelled {
			continue // a message that nobody needed in the end
		}
		out := RecordEffect{Kind: e.Kind, Target: e.Target, Round: e.Round, Type: e.Event, State: e.Shown(), Attempts: e.Attempts, LastError: e.LastError}
		if e.State == Pending || e.State == Unsure {
			due := e.DueAt
			out.DueAt = &due
		}
		r.Effects = append(r.Effects, out)
	}
	return r
}

// OwnRecord is a lead as a sender sees it that joined another's: its own words, and
// where the lead stands.
type OwnRecord struct {
	ID    string `json:"id"`
	Stage Stage  `json:"stage"`
	Own
	Outcomes []Outcome `json:"outcomes"`
}

// RecordFor is the record as one of its senders may see it, a Record or an OwnRecord.
// Who else sent the company, and what other senders said, is not for it.
func (d *Dossier) RecordFor(sender string) any {
	l := &d.Lead
	first := l.SentBy
	if first == "" && len(d.History) > 0 { // the record is older than this field
		first = d.History[0].Actor
	}
	own := l.Said[sender]
	own.Touchpoints, own.Events, own.Signals = orEmpty(own.Touchpoints), orEmpty(own.Events), orEmpty(own.Signals)
	mine := *d
	mine.Outcomes = slices.DeleteFunc(slices.Clone(d.Outcomes), func(o Outcome) bool { return o.From != sender })
	r := mine.Record()
	if sender != first {
		return OwnRecord{l.ID, l.Stage, own, r.Outcomes}
	}
	r.Conflicts, r.MoreConflicts = nil, 0
	if r.Claim != nil && r.Claim.Partner != l.Partner.ID {
		r.Claim = nil
	}
	if l.Said != nil {
		r.Submission, r.Contacts, r.Referrals, r.Folded = own.Submission, own.Contacts, nil, own.Folded
	}
	return r
}

// KeyActor is before an API key's name where it stands as an actor among Slack users.
const KeyActor = "key:"

// SubjectActor is before the subject of a person who logged in by OIDC and has no Slack user.
const SubjectActor = "oidc:"

// spoken is an actor as the outside knows it: a Slack user's id, a key's name.
func spoken(by string) string { return strings.TrimPrefix(by, KeyActor) }

func spokenOf(history []Entry) []Entry {
	out := make([]Entry, len(history))
	for i, e := range history {
		out[i], out[i].Actor = e, spoken(e.Actor)
	}
	return out
}

// recordFacts are facts that all have a list of evidence, also an empty one.
func recordFacts(facts []Fact) []Fact {
	out := make([]Fact, len(facts))
	for i, f := range facts {
		f.Evidence = orEmpty(f.Evidence)
		if f.Reason != nil {
			told := *f.Reason
			told.Args, told.Text = orEmpty(told.Args), told.String()
			f.Reason = &told
		}
		out[i] = f
	}
	return out
}

// Flags are the score's flags with those that follow from the record itself.
func (l *Lead) Flags() []string {
	flags := []string{}
	if l.Score != nil {
		flags = append(flags, l.Score.Flags...)
	}
	raise := func(flag string, is bool) {
		if is && !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	raise(FlagClosed, l.Closed != nil)
	raise(FlagIncomplete, l.Enrichment.Incomplete())
	if m := l.Match(); m != nil {
		raise(FlagCRMMatch, m.Kind != MatchKnown)
	}
	raise(FlagOtherPartner, len(l.Conflicts) > 0)
	raise(FlagInferred, l.Inferred)
	if l.Attribution != nil {
		flags = append(flags, l.Attribution.Flags...)
	}
	return flags
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Seen is what others see of a lead: reviewers on its card, a CRM in its record.
type Seen struct {
	Content  Content
	Outcomes []Outcome
	Owner    *Owner
	Clocks   []Clock
	Stage    Stage
	Asked    struct { // of the newest round
		Round    int
		Decision Decision
		By       string
		Reason   string
		Note     string
		UndoFrom time.Time
	}
}

// Content is what is said of a lead and its company, whoever decided what.
type Content struct {
	Submission  Submission
	Contacts    []Contact
	Referrals   []Referral
	Facts       []Fact
	Closed      *Evidence
	Score       Score
	Attribution *Attribution
	Match       *Match // in a CRM
	Answers     []PartnerAnswer
	Incomplete  bool
}

// Seen returns what others see of the lead now. It shares the lead's slices: what
// changes a lead replaces them or adds to them.
func (c *Case) Seen() (s Seen) {
	l := &c.Lead
	s.Stage, s.Outcomes, s.Owner, s.Clocks = l.Stage, c.Outcomes, l.Owner, l.Clocks
	s.Content = Content{Submission: l.Submission, Contacts: l.Contacts, Referrals: l.Referrals, Facts: l.Facts, Closed: l.Closed,
		Attribution: l.Attribution, Match: l.Match(), Answers: l.Answers, Incomplete: l.Enrichment.Incomplete()}
	if l.Score != nil {
		s.Content.Score = *l.Score
		s.Content.Score.At = time.Time{}
	}
	if r := c.Review(); r != nil {
		s.Asked.Round, s.Asked.Decision, s.Asked.By, s.Asked.Reason, s.Asked.Note = r.Round, r.Decision, r.By, r.Reason, r.Note
		s.Asked.UndoFrom = l.UndoFrom
	}
	return s
}
