package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// Action ids of what an owner can do; each button's value is the id of the review round.
const (
	ActionAccept   = "lead_accept"
	ActionReassign = "lead_reassign"
)

// wordType marks what we told one person, so that it can be found again.
const wordType = "lead_word"

// UserByEmail is the Slack user with the address; lead.ErrNotFound: nobody has it.
func (p *Poster) UserByEmail(ctx context.Context, address string) (id string, err error) {
	user, err := p.api.GetUserByEmailContext(ctx, address)
	var refused slackapi.SlackErrorResponse
	if errors.As(err, &refused) && refused.Err == "users_not_found" {
		return "", lead.ErrNotFound
	}
	if err != nil {
		return "", classify(err, "look for somebody by their address", true, false)
	}
	return user.ID, nil
}

// Tell posts a word about a lead to one person, else below the card that asks about it.
// Uncertain: it may be there; look with FindTold before posting again.
func (p *Poster) Tell(ctx context.Context, d *lead.Dossier, w lead.Word) (lead.Place, error) {
	at, err := p.placeFor(ctx, d, w)
	if err != nil {
		return lead.Place{}, err
	}
	options := p.word(ctx, d, w, at.Channel)
	if at.TS != "" {
		if err := p.CardStands(ctx, d.Review()); err != nil {
			return lead.Place{}, err
		}
		options = append(options, slackapi.MsgOptionTS(at.TS))
	}
	at.Channel, at.TS, err = p.post(ctx, fmt.Sprintf("tell of lead %s in channel %s", d.Lead.ID, at.Channel), at.Channel, options...)
	return at, err
}

// Retell draws a word again where it stands. lead.ErrMessageGone: it was deleted.
func (p *Poster) Retell(ctx context.Context, d *lead.Dossier, w lead.Word) error {
	op := fmt.Sprintf("tell again of lead %s in channel %s", d.Lead.ID, w.At.Channel)
	return p.redraw(ctx, op, w.At.Channel, w.At.TS, p.word(ctx, d, w, w.At.Channel)...)
}

// FindTold looks for a word where Tell would have posted it.
func (p *Poster) FindTold(ctx context.Context, d *lead.Dossier, w lead.Word) (at lead.Place, ok bool, err error) {
	if at, err = p.placeFor(ctx, d, w); err != nil {
		return at, false, err
	}
	pages := p.since(ctx, at.Channel, w.Effect.CreatedAt)
	if at.TS != "" {
		pages = p.replies(ctx, at.Channel, at.TS)
	}
	at.TS, ok, err = p.find(ctx, fmt.Sprintf("look for a word about lead %s in channel %s", d.Lead.ID, at.Channel), pages,
		func(m slackapi.SlackMetadata) bool {
			return m.EventType == wordType && m.EventPayload["effect"] == w.Effect.ID
		})
	return at, ok, err
}

// placeFor is the direct message with the person, or the card in whose thread the word stands.
func (p *Poster) placeFor(ctx context.Context, d *lead.Dossier, w lead.Word) (lead.Place, error) {
	if w.To == "" {
		r := d.Review()
		if r == nil || r.TS == "" {
			return lead.Place{}, lead.Faultf(lead.Temporary, operatorDelay, "tell of lead %s: it has no card below which to say so", d.Lead.ID)
		}
		return lead.Place{Channel: r.Channel, TS: r.TS}, nil
	}
	c, _, _, err := p.api.OpenConversationContext(ctx, &slackapi.OpenConversationParameters{Users: []string{w.To}})
	if err != nil {
		return lead.Place{}, classify(err, fmt.Sprintf("open the direct messages with %s", w.To), true, false)
	}
	return lead.Place{Channel: c.ID}, nil
}

// word is what the person reads, drawn from the record.
func (p *Poster) word(ctx context.Context, d *lead.Dossier, w lead.Word, channel string) []slackapi.MsgOption {
	o := p.card
	o.Locale, o.Now = p.locale(w.To, channel), p.now()
	c := newCard(d, o)
	text := c.word(w)
	if r := d.Review(); r != nil {
		workspace, _ := p.Workspace(ctx) // without it there is no link
		if url := permalink(workspace, r.Channel, r.TS); url != "" && w.To+w.At.TS != "" {
			text += "\n<" + url + "|" + c.say.OpenCard + ">"
		}
	}
	blocks := []slackapi.Block{section(text)}
	if w.Effect.Event == lead.AssignedWord && c.mine(w) {
		blocks = append(blocks, slackapi.NewActionBlock("owner", c.ownerButtons()...))
	}
	return []slackapi.MsgOption{slackapi.MsgOptionText(text, false), slackapi.MsgOptionBlocks(blocks...),
		slackapi.MsgOptionMetadata(slackapi.SlackMetadata{EventType: wordType, EventPayload: map[string]any{"effect": w.Effect.ID}})}
}

// mine reports whether the word is to who owns the lead now.
func (c *card) mine(w lead.Word) bool {
	o := c.l.Owner
	return o != nil && !o.Wrong && strings.HasSuffix(w.Effect.Target, fmt.Sprintf("-%d-%s", o.At.UnixMilli(), cmp.Or(o.Person, "crm")))
}

func (c *card) word(w lead.Word) string {
	name := safe(c.name(), 100)
	switch kind := lead.ClockKind(w.Effect.Event); {
	case w.Effect.Event != lead.AssignedWord && w.Breach:
		return fmt.Sprintf(c.say.WordBreached, name, c.say.Clocks[kind], c.ownerName())
	case w.Effect.Event != lead.AssignedWord:
		return fmt.Sprintf(c.say.WordWarned, name, c.say.Clocks[kind], c.due(kind), c.ownerName())
	case !c.mine(w):
		return fmt.Sprintf(c.say.WordGone, name)
	}
	return c.join(fmt.Sprintf(c.say.WordAssigned, name, c.from(), safe(c.l.Owner.Segment, 60)), c.contactBy(), c.handed(), c.accepted())
}

// owner is one line about who works the lead; empty: nobody does.
func (c *card) owner() string {
	if o := c.l.Owner; o == nil || o.Wrong {
		return ""
	}
	return c.dotted(fmt.Sprintf(c.say.OwnerIs, c.ownerName()), c.contactBy(), c.accepted())
}

func (c *card) ownerName() string {
	switch o := c.l.Owner; {
	case o == nil:
		return "—"
	case slackUser.MatchString(o.Slack):
		return "<@" + o.Slack + ">"
	default:
		return safe(o.Email, 80)
	}
}

func (c *card) due(kind lead.ClockKind) string {
	if k := c.l.Clock(kind); k != nil && !k.DueAt.IsZero() {
		return moment(k.DueAt)
	}
	return "—"
}

// contactBy says by when the owner has to speak with the lead, or that it was late.
func (c *card) contactBy() string {
	k := c.l.Clock(lead.FirstContactClock)
	switch {
	case k == nil || k.DueAt.IsZero():
		return ""
	case k.State == lead.ClockBreached:
		return fmt.Sprintf(c.say.ContactOver, moment(k.DueAt))
	case !k.Runs():
		return ""
	}
	return fmt.Sprintf(c.say.ContactBy, moment(k.DueAt))
}

func (c *card) accepted() string {
	if at := c.l.Owner.AcceptedAt; !at.IsZero() {
		return fmt.Sprintf(c.say.Accepted, moment(at))
	}
	return ""
}

// handed says who handed the lead over, and why.
func (c *card) handed() string {
	o := c.l.Owner
	if o.HandBy == "" {
		return ""
	}
	return fmt.Sprintf(c.say.Handed, c.say.actorName(o.HandBy), safe(o.Reason, 300))
}

func (c *card) ownerButtons() (buttons []slackapi.BlockElement) {
	if c.l.Owner.AcceptedAt.IsZero() {
		buttons = append(buttons, slackapi.NewButtonBlockElement(ActionAccept, c.d.Review().ID, plain(c.say.Accept)).WithStyle(slackapi.StylePrimary))
	}
	return append(buttons, slackapi.NewButtonBlockElement(ActionReassign, c.d.Review().ID, plain(c.say.Reassign)))
}

// ownership is for Details: who owns the lead, why nobody else does, and the clocks.
func (c *card) ownership() (lines []string) {
	o := c.l.Owner
	if o != nil {
		lines = nonEmpty([]string{fmt.Sprintf(c.say.OwnerFrom, c.ownerName(), safe(o.Segment, 60), c.say.Ways[o.Way], moment(o.At)), c.accepted(), c.handed()})
		for _, p := range o.Trace {
			lines = append(lines, fmt.Sprintf(c.say.PassedOver, safe(p.Who, 80), c.say.Skips[p.Skipped]))
		}
		if o.PassedOver > 0 {
			lines = append(lines, fmt.Sprintf(c.say.RivalMore, o.PassedOver))
		}
	}
	for _, k := range c.l.Clocks {
		lines = append(lines, c.dotted("⏱ "+c.say.Clocks[k.Kind], c.say.ClockStates[k.State], c.due(k.Kind)))
	}
	return lines
}

// Colleague is somebody to whom a lead can be handed over.
type Colleague struct{ ID, Name string }

// takeOn records that the owner takes the lead on, or says why not.
func (v *handler) takeOn(ctx context.Context, reviewID string) Answer {
	if reviewID == "" {
		return v.reply(v.say.UnknownReview)
	}
	d, err := v.desk.TakeOn(ctx, reviewID, v.user)
	return v.reply(v.ownedRefusal(ctx, &d, err))
}

// ownedRefusal says why an owner's word did not count; "" where it did.
func (v *handler) ownedRefusal(ctx context.Context, d *lead.Dossier, err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, lead.ErrNotAllowed):
		return fmt.Sprintf(v.say.NotYours, v.card(d).ownerName())
	case errors.Is(err, lead.ErrNotOwned):
		return v.say.NoOwner
	case errors.Is(err, lead.ErrIllegalMove):
		return v.say.AlreadyTheirs
	}
	return v.refusal(ctx, "", err)
}

const (
	reassignForm = "lead_reassign"
	fieldOwner   = "owner"
	// nextInTurn leaves the choice to the wheel; no person has an id of capitals.
	nextInTurn = "NEXT"
)

// reassignForm asks to whom the lead goes, and why. Who may is weighed when it is sent.
func (v *handler) reassign(ctx context.Context, reviewID string) Answer {
	d, sentence := v.look(ctx, reviewID)
	if sentence == "" && (d.Lead.Owner == nil || d.Lead.Owner.Wrong) {
		sentence = v.say.NoOwner
	}
	if sentence != "" {
		return v.reply(sentence)
	}
	options := []*slackapi.OptionBlockObject{slackapi.NewOptionBlockObject(nextInTurn, plain(v.say.NextInTurn), nil)}
	for _, c := range v.o.Colleagues {
		if len(options) < maxOptions {
			options = append(options, slackapi.NewOptionBlockObject(c.ID, plain(label(c.Name, maxOption)), nil))
		}
	}
	pick := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(v.say.ModalPick), fieldOwner, options...)
	return v.show(ctx, &d, v.form(reassignForm, formMeta{Review: reviewID}, v.card(&d), v.say.Reassign, v.say.Reassign, v.say.ModalCancel,
		slackapi.NewInputBlock(fieldOwner, plain(v.say.ReassignTo), nil, pick),
		slackapi.NewInputBlock(fieldNote, plain(v.say.ModalReason), nil, noteInput())))
}

func (v *handler) submitReassign(ctx context.Context, meta formMeta) Answer {
	to, note := v.view.field(fieldOwner), strings.TrimSpace(v.view.field(fieldNote))
	switch {
	case to == "":
		return Answer{Body: faults(fieldOwner, v.say.ModalPickOne)}
	case note == "":
		return Answer{Body: faults(fieldNote, v.say.ReassignWhy)}
	case tooLong(note):
		return Answer{Body: faults(fieldNote, fmt.Sprintf(v.say.ModalNoteLong, maxNote))}
	case to == nextInTurn:
		to = ""
	}
	d, err := v.desk.HandOver(ctx, meta.Review, v.user, to, note)
	sentence := v.ownedRefusal(ctx, &d, err)
	return v.sent(sentence == "", sentence, v.say.Reassign, fieldOwner)
}
