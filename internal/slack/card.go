// Package slack shows leads to reviewers as Slack cards and takes their
// answers. It draws (Card), calls Slack (Poster) and answers what people click
// (Actions); what a click means for a lead is decided elsewhere, behind Desk.
package slack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// Action ids of the card's buttons (CONTRACT "Slack card"); each button's value
// (of the menu its option's) is the id of the review round it was drawn for.
const (
	ActionApprove = "lead_approve"
	ActionReject  = "lead_reject"
	ActionDetails = "lead_details"
	ActionEdit    = "lead_edit" // the overflow menu; it has this one entry
	ActionUndo    = "lead_undo"
	ActionRevoke  = "lead_revoke" // of an approval that can be undone no more

	ActionAskPartner = "lead_ask_partner"

	ActionSendToReview = "lead_send_to_review" // of a parked lead in a list; its value is the lead's id
)

// Reason is a configured reason to reject a lead.
type Reason struct{ ID, Label string }

// DefaultReasons are offered where none are configured.
func DefaultReasons() []Reason { return slices.Clone(speak("").Rejections) }

// CardOptions is what a card shows beside the record.
type CardOptions struct {
	Locale      string                                     // of the reader, "it" or "it-CH"; unknown or "": English
	NoReviewers bool                                       // nobody may decide: the card says so
	Partner     func(id string) string                     // a partner's display name; nil or "": its id
	Reasons     []Reason                                   // labels of the reasons to reject; none: DefaultReasons
	Questions   func(l *lead.Lead, locale string) []Reason // that can be put to the lead's partner; nil: none
	ICPMax      int                                        // 0: 40
	IntentMax   int                                        // 0: 60
	Round       int                                        // review round to draw; 0: the newest
	Undo        time.Duration                              // how long a decision can be undone; 0: never
	Now         time.Time                                  // the moment of the drawing, for what may still be undone
}

// Card draws the lead for a reviewer. It is pure: the same record gives the same
// blocks. Everything that came from outside is inert text within Block Kit's
// limits. Only the newest round has buttons: Details, and while it is open those
// that decide, or Undo while a decision can be taken back; after that an approval has Revoke.
func Card(d *lead.Dossier, o CardOptions) []slackapi.Block {
	return newCard(d, o).blocks()
}

// Fallback is the card in one short sentence, for notifications.
func Fallback(d *lead.Dossier, o CardOptions) string {
	c := newCard(d, o)
	name, partner := safe(c.name(), 100), c.from()
	if c.review != nil && !c.review.Open() {
		return fmt.Sprintf(c.say.FallbackDecided, name, partner, c.say.Decisions[c.review.Decision])
	}
	text := fmt.Sprintf(c.say.FallbackOpen, name, partner, c.verdict(), c.total())
	if c.l.Enrichment.Incomplete() {
		text += " " + c.say.FallbackIncomplete
	}
	return text
}

type card struct {
	d      *lead.Dossier
	l      *lead.Lead
	o      CardOptions
	say    *catalogue
	review *lead.Review // the round that is drawn; nil: none was opened
	full   bool         // in Details there is room for everything
}

func newCard(d *lead.Dossier, o CardOptions) *card {
	return &card{d: d, l: &d.Lead, o: o, say: speak(o.Locale), review: reviewOf(d, o.Round)}
}

func reviewOf(d *lead.Dossier, round int) *lead.Review {
	for i := range d.Reviews {
		if round > 0 && d.Reviews[i].Round == round {
			return &d.Reviews[i]
		}
	}
	return d.Review()
}

// blocks is the card from top to bottom, to be read in ten seconds on a phone: its
// parts are bounded so that it stays below a screen's height. What a decision rests
// on is shown while it is awaited; after it who decided what. The rest is in Details.
func (c *card) blocks() []slackapi.Block {
	blocks := []slackapi.Block{slackapi.NewHeaderBlock(plain(label(c.name(), 30)))}
	parts := []string{c.decision(), c.join(c.closed(), c.proposal()), c.join(append([]string{c.company(), c.partner()}, c.answers()...)...), c.join(append([]string{c.weighed()}, c.warnings()...)...)}
	if c.review != nil && !c.review.Open() {
		parts = []string{c.decision(), c.owner(), c.join(c.company(), c.partner(), c.proposed())}
	}
	for _, part := range nonEmpty(parts) {
		blocks = append(blocks, section(part))
	}
	if buttons := c.buttons(); len(buttons) > 0 {
		blocks = append(blocks, slackapi.NewActionBlock("review", buttons...))
	}
	if c.review != nil && c.review.Round > 1 {
		blocks = append(blocks, slackapi.NewContextBlock("", mrkdwn(fmt.Sprintf(c.say.Round, c.review.Round))))
	}
	return blocks
}

// day is a calendar day; on a card without its year, if it is of the last months.
func (c *card) day(t time.Time) string {
	const lately = 300 * 24 * time.Hour
	if day := c.say.day(t); c.full || c.o.Now.Sub(t).Abs() > lately {
		return day
	} else {
		return strings.TrimSuffix(day, t.UTC().Format(" 2006"))
	}
}

// room is how long a text may be: on the card, or in Details.
func (c *card) room(card, details int) int {
	if c.full {
		return details
	}
	return card
}

func (c *card) buttons() []slackapi.BlockElement {
	if c.review == nil || c.review != c.d.Review() || c.review.Decision == lead.Superseded {
		return nil
	}
	button := func(action, text string, style slackapi.Style) *slackapi.ButtonBlockElement {
		return slackapi.NewButtonBlockElement(action, c.review.ID, plain(text)).WithStyle(style)
	}
	details := button(ActionDetails, c.say.Details, slackapi.StyleDefault)
	switch {
	case c.review.Open():
		approve := button(ActionApprove, c.say.Approve, slackapi.StylePrimary)
		if c.l.Closed != nil {
			approve.WithConfirm(slackapi.NewConfirmationBlockObject(plain(c.say.ClosedTitle), plain(c.say.ClosedAsk),
				plain(c.say.Approve), plain(c.say.ModalCancel)))
		}
		buttons := []slackapi.BlockElement{approve, button(ActionReject, c.say.Reject, slackapi.StyleDanger), details}
		if len(c.questions()) > 0 {
			buttons = append(buttons, button(ActionAskPartner, c.say.AskPartner, slackapi.StyleDefault))
		}
		return append(buttons, slackapi.NewOverflowBlockElement(ActionEdit, slackapi.NewOptionBlockObject(c.review.ID, plain(c.say.Edit), nil)))
	case lead.Undoable(c.l, c.review, c.d.Effects, c.o.Now, c.o.Undo):
		// Not where Approve was: a second click on it must not undo.
		return []slackapi.BlockElement{details, button(ActionUndo, c.say.Undo, slackapi.StyleDefault)}
	case c.review.Decision == lead.Approve:
		return []slackapi.BlockElement{details, button(ActionRevoke, c.say.Revoke, slackapi.StyleDefault)}
	}
	if o := c.l.Owner; o != nil && !o.Wrong {
		return append(c.ownerButtons(), details)
	}
	return []slackapi.BlockElement{details}
}

// name is what a reviewer calls the lead, not yet inert.
func (c *card) name() string { return cmp.Or(c.l.Name(), c.say.NoCompany) }

func (c *card) partnerName() string { return partnerName(c.l.Partner.ID, c.o.Partner) }

// from says who sent the lead, inside a sentence.
func (c *card) from() string {
	if c.alone() {
		return c.say.FromNobody
	}
	return fmt.Sprintf(c.say.From, c.partnerName())
}

// alone reports whether no partner sent the lead.
func (c *card) alone() bool { return c.l.Partner.ID == lead.Direct || c.l.Partner.ID == "" }

func partnerName(id string, display func(string) string) string {
	if display != nil {
		if s := safe(display(id), 80); s != "" {
			return s
		}
	}
	return safe(id, 80)
}

// partner says which partner vouches, and how far.
func (c *card) partner() string {
	l := c.l
	if c.alone() {
		return c.dotted("*"+c.say.NoPartner+"*", c.referral())
	}
	who := "*" + safe(c.partnerName(), 40) + "*"
	if tier := safe(l.Partner.Tier, 20); tier != "" && l.Partner.Tier != lead.NoTier {
		who += ", " + tier
	}
	confirmed, by, at := c.confirmation()
	contact := ""
	if s := safe(l.Partner.Contact, 80); c.full && s != "" && s != by {
		contact = fmt.Sprintf(c.say.ContactAt, s)
	}
	referral := c.referral()
	if l.Source == lead.PartnerReferral && at == l.ReferredOn {
		referral = "" // the confirmation says as much
	}
	return c.dotted(who, referral, confirmed, contact)
}

// referral is how and when the lead came.
func (c *card) referral() string {
	on := ""
	if c.l.ReferredOn != "" {
		on = c.day(c.l.ReferredOn.Time())
	}
	return strings.Join(nonEmpty([]string{c.source(), on}), ", ")
}

func (c *card) source() string {
	return cmp.Or(c.say.Sources[c.l.Source], safe(string(c.l.Source), 40))
}

// confirmation shows the joint half of an EQL: who at the partner confirmed the
// lead, and when. The source partner_referral implies it, dated referred_on.
func (c *card) confirmation() (text, by string, on lead.Date) {
	at := time.Time{}
	for _, s := range c.l.Signals {
		if s.Type == string(lead.PartnerReferral) && s.At.After(at) {
			by, at = s.By, s.At
		}
	}
	if at.IsZero() {
		if c.l.Source != lead.PartnerReferral || c.l.ReferredOn == "" {
			return c.say.Unconfirmed, "", ""
		}
		at = c.l.ReferredOn.Time()
	}
	on = lead.Date(at.UTC().Format(time.DateOnly))
	if by == "" {
		by = c.l.Partner.Contact
	}
	if by = safe(by, c.room(18, 80)); by == "" {
		return fmt.Sprintf(c.say.ConfirmedAnon, c.day(at)), "", on
	}
	return fmt.Sprintf(c.say.Confirmed, by, c.day(at)), by, on
}

// closed says so of a company that has closed, in the words of its site.
func (c *card) closed() string {
	if c.l.Closed == nil {
		return ""
	}
	return fmt.Sprintf(c.say.Closed, safe(c.l.Closed.Quote, c.room(45, 160)))
}

// warnings are what may change the decision, then the other flags in one line; on a card
// the one or the other.
func (c *card) warnings() []string {
	var grave, flags []string
	if c.o.NoReviewers {
		grave = append(grave, c.say.NoReviewers)
	}
	for _, flag := range slices.Compact(slices.Sorted(slices.Values(atMost(c.l.Flags(), 20)))) {
		switch {
		case flag == lead.FlagInferred, // moves nothing: the record says it
			flag == lead.FlagClosed && c.l.Closed != nil: // stands at the top
		case flag == lead.FlagIncomplete:
			grave = append(grave, c.incomplete())
		case flag == lead.FlagCRMMatch && c.l.Match() != nil:
			grave = append(grave, c.matched(c.l.Match()))
		case flag == lead.FlagOtherPartner && len(c.l.Conflicts) > 0:
			grave = append(grave, append(c.conflicts(), c.claimed())...)
		case flag == lead.FlagUTMPartner && c.l.Attribution != nil:
			flags = append(flags, fmt.Sprintf(c.say.UtmPartner, partnerName(c.l.Attribution.Named, c.o.Partner)))
		default:
			flags = append(flags, cmp.Or(c.say.Flags[flag], safe(strings.ReplaceAll(flag, "_", " "), 60)))
		}
	}
	if c.sentAlone() {
		flags = append(flags, c.say.NoneVerified)
	}
	if s := c.dotted(atMost(flags, c.room(2, 20))...); s != "" && (c.full || len(grave) == 0) {
		grave = append(grave, "⚑ "+lead.Capital(s))
	}
	return append(grave, c.edited())
}

// sentAlone reports whether the search is over and bore out nothing of what was sent.
func (c *card) sentAlone() bool {
	return c.l.Enrichment.State == lead.EnrichmentDone && slices.ContainsFunc(c.l.Facts, lead.Fact.Earns) &&
		!slices.ContainsFunc(c.l.Facts, func(f lead.Fact) bool { return f.Status != lead.Given || f.By != lead.BySender })
}

func (c *card) incomplete() string {
	switch c.l.Enrichment.State {
	case lead.EnrichmentPending:
		return c.say.IncompleteLate
	case lead.EnrichmentFailed:
		return c.say.IncompleteFailed
	}
	return c.say.Incomplete
}

// conflicts tells of other partners' leads of the same company, and how many more there are.
func (c *card) conflicts() (lines []string) {
	for _, r := range atMost(c.l.Conflicts, c.room(1, 5)) {
		lines = append(lines, c.conflict(r))
	}
	if more := max(c.l.ConflictCount, len(c.l.Conflicts)) - len(lines); more > 0 {
		lines[len(lines)-1] += " " + fmt.Sprintf(c.say.RivalMore, more)
	}
	return lines
}

// matched says as what a CRM knows the lead already.
func (c *card) matched(m *lead.Match) string {
	owner, since, customer := "", "", ""
	if s := safe(m.Owner, 100); s != "" {
		owner = fmt.Sprintf(c.say.MatchOwner, s)
	}
	if m.Since != "" {
		since = fmt.Sprintf(c.say.MatchSince, c.say.day(m.Since.Time()))
	}
	if m.Customer && m.Kind != lead.MatchCustomer {
		customer = c.say.MatchCustomer
	}
	return strings.Join(nonEmpty([]string{c.say.Matches[m.Kind], owner, since, customer}), ", ")
}

// inCRMs says what stands in CRMs, and what people changed there.
func (c *card) inCRMs() (lines []string) {
	if m := c.l.Match(); m != nil && m.Kind == lead.MatchKnown {
		lines = append(lines, c.matched(m))
	}
	for _, name := range slices.Sorted(maps.Keys(c.l.InCRM)) {
		in := c.l.InCRM[name]
		if in.At.IsZero() {
			continue
		}
		stage, kept := "", ""
		if s := safe(in.Stage, 80); s != "" {
			stage = fmt.Sprintf(c.say.InCrmStage, s)
		}
		if theirs := in.Theirs(); len(theirs) > 0 {
			kept = fmt.Sprintf(c.say.InCrmKept, safe(strings.Join(theirs, ", "), 300))
		}
		lines = append(lines, c.dotted(fmt.Sprintf(c.say.InCrm, c.say.term(name), moment(in.At)), stage, kept))
	}
	return lines
}

// conflict is one line about another partner's lead of the same company.
func (c *card) conflict(r lead.Conflict) string {
	parts := []string{fmt.Sprintf(c.say.Rival, safe(partnerName(r.Partner, c.o.Partner), 40), c.day(r.ReferredOn.Time())), c.say.RivalLater}
	if r.Partner == lead.Direct {
		parts[0] = fmt.Sprintf(c.say.RivalDirect, c.day(r.ReferredOn.Time()))
	}
	if r.First {
		parts[1] = c.say.RivalFirst
	}
	if sentence := c.say.RivalDecided[r.Decision]; r.DecidedAt != nil && sentence != "" {
		parts = append(parts, fmt.Sprintf(sentence, c.day(*r.DecidedAt)))
	}
	return strings.Join(parts, ", ") + "."
}

// decision says who decided what, when and why; empty while the round is open.
func (c *card) decision() string {
	r := c.review
	switch {
	case r == nil:
		return ""
	case !r.Open():
		return c.join(c.decided(r), c.undone(r))
	case r != c.d.Review():
		return c.say.OverRound
	}
	for i := len(c.d.Reviews) - 2; i >= 0; i-- {
		if before := &c.d.Reviews[i]; !before.Open() {
			return fmt.Sprintf(c.say.EarlierRound, before.Round, c.join(c.decided(before), c.undone(before)))
		}
	}
	return ""
}

func (c *card) undone(r *lead.Review) string {
	if r.UndoneBy == "" {
		return ""
	}
	if why := safe(r.UndoneWhy, 500); why != "" {
		return fmt.Sprintf(c.say.Revoked, c.say.actorName(r.UndoneBy), moment(r.UndoneAt), why)
	}
	return fmt.Sprintf(c.say.Undone, c.say.actorName(r.UndoneBy), moment(r.UndoneAt))
}

func (c *card) decided(r *lead.Review) string {
	if r.Decision == lead.Superseded {
		return fmt.Sprintf(c.say.Merged, safe(c.l.MergedInto, 60))
	}
	head := fmt.Sprintf(c.say.Decided[r.Decision], c.say.actorName(r.By))
	if !r.DecidedAt.IsZero() {
		head += " " + fmt.Sprintf(c.say.DecidedAt, moment(r.DecidedAt))
	}
	lines := []string{head}
	if r.Override {
		lines = append(lines, fmt.Sprintf(c.say.Override, c.overruled(r)))
	}
	if s := safe(c.reason(r.Reason), 300); s != "" {
		lines = append(lines, fmt.Sprintf(c.say.Reason, s))
	}
	if s := safe(r.Note, 1500); s != "" {
		lines = append(lines, fmt.Sprintf(c.say.Note, s))
	}
	if r == c.d.Review() && lead.Undoable(c.l, r, c.d.Effects, c.o.Now, c.o.Undo) {
		lines = append(lines, fmt.Sprintf(c.say.UndoUntil, clock(c.l.UndoEnds(r, c.o.Undo))))
	}
	return c.join(lines...)
}

// overruled is what the round was approved against; a preview may not know.
func (c *card) overruled(r *lead.Review) string {
	if r.Proposed != "" {
		return c.say.verdict(r.Proposed)
	}
	return c.verdict()
}

func (c *card) reason(id string) string {
	for _, r := range c.say.reasons(c.o.Reasons) {
		if r.ID == id {
			return r.Label
		}
	}
	return id
}

func (c *card) footer() string {
	var parts []string
	if c.l.ID != "" { // a lead that somebody wrote by hand has none
		parts = append(parts, fmt.Sprintf(c.say.Footer, safe(c.l.ID, 60)))
	}
	if c.review != nil && c.review.Round > 1 {
		parts = append(parts, fmt.Sprintf(c.say.Round, c.review.Round))
	}
	if s := c.l.Score; s != nil && s.Model != "" {
		parts = append(parts, safe(s.Model, 60))
	}
	return cmp.Or(strings.Join(parts, " · "), "—")
}

// join stacks the lines that say something.
func (c *card) join(lines ...string) string { return strings.Join(nonEmpty(lines), "\n") }

// dotted joins what says something by middle dots.
func (c *card) dotted(parts ...string) string { return strings.Join(nonEmpty(parts), " · ") }

// nonEmpty drops the texts that say nothing, in place.
func nonEmpty(texts []string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}
