package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// Desk is where a reviewer's word is weighed and kept.
type Desk interface {
	// Decide commits the word, or returns ErrDecided, ErrStaleReview,
	// ErrNotUnderReview, ErrNotAllowed or ErrNotFound of package lead.
	Decide(ctx context.Context, w lead.Word) (lead.Dossier, error)
	// Undo takes the decision of a round back, or returns ErrTooLate,
	// ErrNotDecided or one of those.
	Undo(ctx context.Context, reviewID, by string) (lead.Dossier, error)
	// Edit commits a reviewer's facts; it fails as Decide does.
	Edit(ctx context.Context, e lead.Edit) (lead.Dossier, error)
	// Dossier is the lead that a review round belongs to; ErrNotFound: none.
	Dossier(ctx context.Context, reviewID string) (lead.Dossier, error)
	// May reports whether the Slack user may decide about the lead, by our own record.
	May(user string, d *lead.Dossier) bool
}

const (
	// patience bounds the work before Slack is answered; it waits 3 s.
	patience = 2500 * time.Millisecond
	// tellTimeout bounds what follows the answer.
	tellTimeout = 10 * time.Second
	maxNote     = 1000
)

// ActionOptions of Actions.
type ActionOptions struct {
	SigningSecret string           // checks HTTP requests; empty refuses all of them
	Reasons       []Reason         // to reject; none: DefaultReasons
	AskOverride   bool             // approving what was not proposed as EQL needs a word of why
	Now           func() time.Time // nil: time.Now
	Logger        *slog.Logger     // nil: none
}

// Actions answers what people do on cards, over HTTP (ServeHTTP) and Socket Mode
// (Socket) alike. Every act is authorised from our own record; of a payload only
// who, which round and what is taken.
type Actions struct {
	desk        Desk
	poster      *Poster
	secret      string
	reasons     []Reason
	askOverride bool
	now         func() time.Time
	log         *slog.Logger

	mu     sync.Mutex // guards closed and the first Add of tasks
	closed bool
	tasks  sync.WaitGroup
	life   context.Context
	end    context.CancelFunc
}

// NewActions joins desk and poster.
func NewActions(desk Desk, poster *Poster, o ActionOptions) *Actions {
	a := &Actions{desk: desk, poster: poster, secret: o.SigningSecret, reasons: o.Reasons, askOverride: o.AskOverride, now: o.Now, log: o.Logger}
	if len(a.reasons) == 0 {
		a.reasons = DefaultReasons()
	}
	a.reasons = a.reasons[:min(len(a.reasons), maxOptions)]
	if a.now == nil {
		a.now = time.Now
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.life, a.end = context.WithCancel(context.Background())
	return a
}

// Answer is what Slack is told at once, and what may follow.
type Answer struct {
	Body  any                   // JSON; nil: an empty 200
	After func(context.Context) // a private sentence; nil: none
}

// Handle answers one interaction within 2.5 s. A decision is committed, or the
// form is open, before it returns. The end of ctx does not take a decision back
// half-way: Slack hanging up is no reason to lose it.
func (a *Actions) Handle(ctx context.Context, cb slackapi.InteractionCallback) Answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	switch cb.Type {
	case slackapi.InteractionTypeBlockActions:
		for _, act := range cb.ActionCallback.BlockActions {
			switch act.ActionID {
			case ActionApprove:
				return a.approve(ctx, cb, act.Value)
			case ActionReject:
				return a.reject(ctx, cb, act.Value)
			case ActionDetails:
				return a.details(ctx, cb, act.Value)
			case ActionEdit:
				return a.edit(ctx, cb, cmp.Or(act.SelectedOption.Value, act.Value))
			case ActionUndo:
				return a.undo(ctx, cb, act.Value)
			}
			a.log.DebugContext(ctx, "slack action ignored", "action_id", act.ActionID)
		}
	case slackapi.InteractionTypeViewSubmission:
		return a.submit(ctx, cb)
	default:
		a.log.DebugContext(ctx, "slack interaction ignored", "type", string(cb.Type))
	}
	return Answer{}
}

// reject opens the form for the reason, where there is something left to reject.
func (a *Actions) reject(ctx context.Context, cb slackapi.InteractionCallback, reviewID string) Answer {
	d, sentence := a.enter(ctx, cb.User.ID, reviewID)
	if sentence != "" {
		return a.tell(cb, sentence)
	}
	return a.show(ctx, cb, &d, a.form(&d, reviewID, channelOf(cb)))
}

// submit takes a form: the person is authorised again, for a form may stay open
// for hours.
func (a *Actions) submit(ctx context.Context, cb slackapi.InteractionCallback) Answer {
	var meta formMeta
	if err := json.Unmarshal([]byte(cb.View.PrivateMetadata), &meta); err != nil || meta.Review == "" {
		return Answer{Body: closing(english.modalTitle, english.unknownReview)}
	}
	switch cb.View.CallbackID {
	case rejectForm:
		return a.submitReject(ctx, cb, meta)
	case editForm:
		return a.submitEdit(ctx, cb, meta)
	case overrideForm:
		return a.submitOverride(ctx, cb, meta)
	}
	a.log.DebugContext(ctx, "slack form ignored", "callback_id", cb.View.CallbackID)
	return Answer{}
}

func (a *Actions) submitReject(ctx context.Context, cb slackapi.InteractionCallback, meta formMeta) Answer {
	reason, note := formValues(cb.View.State)
	if !slices.ContainsFunc(a.reasons, func(r Reason) bool { return r.ID == reason }) {
		return Answer{Body: faults(fieldReason, english.modalPickOne)}
	}
	if tooLong(note) {
		return Answer{Body: faults(fieldNote, fmt.Sprintf(english.modalNoteLong, maxNote))}
	}
	done, sentence := a.decide(ctx, lead.Word{ReviewID: meta.Review, Decision: lead.Reject, By: cb.User.ID, Reason: reason, Note: note})
	return sent(done, sentence, english.modalTitle, fieldReason)
}

func tooLong(note string) bool { return utf8.RuneCountInString(note) > maxNote }

// sent answers a form: it closes when the change is committed, stays open where
// another press may help, and else says why nothing was changed.
func sent(done bool, sentence, title, field string) Answer {
	switch {
	case done:
		return Answer{}
	case sentence == english.notSaved:
		return Answer{Body: faults(field, sentence)}
	}
	return Answer{Body: closing(title, sentence)}
}

// decide commits the word, or says why not.
func (a *Actions) decide(ctx context.Context, w lead.Word) (done bool, sentence string) {
	if _, sentence := a.enter(ctx, w.By, w.ReviewID); sentence != "" {
		return false, sentence
	}
	if _, err := a.desk.Decide(ctx, w); err != nil {
		return false, a.refusal(ctx, w.By, w.ReviewID, err)
	}
	return true, ""
}

// enter loads the lead of a round for somebody who may decide about it while the
// round is open; otherwise it says why not.
func (a *Actions) enter(ctx context.Context, user, reviewID string) (d lead.Dossier, sentence string) {
	if d, sentence = a.admit(ctx, user, reviewID); sentence != "" {
		return d, sentence
	}
	return d, standing(&d, reviewID, user)
}

// admit loads the lead of a round for somebody who may decide about it.
func (a *Actions) admit(ctx context.Context, user, reviewID string) (d lead.Dossier, sentence string) {
	d, sentence = a.look(ctx, user, reviewID)
	if sentence == "" && !a.desk.May(user, &d) {
		a.log.InfoContext(ctx, "decision refused to a non-reviewer", "lead_id", d.Lead.ID, "user", user)
		return d, english.notAllowed
	}
	return d, sentence
}

// look loads the lead of a round for anybody who sees its card.
func (a *Actions) look(ctx context.Context, user, reviewID string) (d lead.Dossier, sentence string) {
	if reviewID == "" { // an empty id would mean "the current round" to Desk
		return d, english.unknownReview
	}
	d, err := a.desk.Dossier(ctx, reviewID)
	if err != nil {
		return d, a.refusal(ctx, user, reviewID, err)
	}
	return d, ""
}

// refusal puts an error of Desk into words; who decided is read again.
func (a *Actions) refusal(ctx context.Context, user, reviewID string, err error) string {
	switch {
	case errors.Is(err, lead.ErrNotAllowed):
		return english.notAllowed
	case errors.Is(err, lead.ErrNotFound):
		return english.unknownReview
	case errors.Is(err, lead.ErrStaleReview):
		return english.stale
	case errors.Is(err, lead.ErrDecided):
		if d, err := a.desk.Dossier(ctx, reviewID); err == nil {
			if s := standing(&d, reviewID, user); s != "" {
				return s
			}
		}
		return english.notUnderReview
	case errors.Is(err, lead.ErrNotUnderReview):
		return english.notUnderReview
	}
	a.log.ErrorContext(ctx, "slack decision not saved", "review_id", reviewID, "user", user, "error", err)
	return english.notSaved
}

// standing says why a round takes no decision any more; "" while it does.
func standing(d *lead.Dossier, reviewID, user string) string {
	i := slices.IndexFunc(d.Reviews, func(r lead.Review) bool { return r.ID == reviewID })
	switch {
	case i < 0:
		return english.unknownReview
	case i < len(d.Reviews)-1:
		return english.stale
	case d.Reviews[i].Open():
		return ""
	}
	r := &d.Reviews[i]
	c := card{d: d, l: &d.Lead, say: &english}
	name, at := said(c.name(), 100), moment(r.DecidedAt)
	switch {
	case r.Decision == lead.Approve && r.By == user:
		return fmt.Sprintf(english.youApproved, name, at)
	case r.Decision == lead.Approve:
		return fmt.Sprintf(english.alreadyApproved, name, english.who(r.By), at)
	case r.By == user:
		return fmt.Sprintf(english.youRejected, name, at)
	}
	return fmt.Sprintf(english.alreadyRejected, name, english.who(r.By), at)
}

func channelOf(cb slackapi.InteractionCallback) string {
	if cb.Channel.ID != "" {
		return cb.Channel.ID
	}
	return cb.Container.ChannelID
}

// tell answers with a sentence that only the person sees, once Slack has its answer.
func (a *Actions) tell(cb slackapi.InteractionCallback, sentence string) Answer {
	channel := channelOf(cb)
	if sentence == "" || channel == "" {
		return Answer{}
	}
	return Answer{After: func(ctx context.Context) {
		if err := a.poster.Tell(ctx, channel, cb.User.ID, sentence); err != nil {
			a.log.WarnContext(ctx, "private sentence not shown", "user", cb.User.ID, "error", err)
		}
	}}
}

// later runs what follows an answer; Close waits for it.
func (a *Actions) later(f func(context.Context)) {
	if f == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(a.life, tellTimeout)
		defer cancel()
		f(ctx)
	})
}

// Close waits until everybody was told, at most until ctx ends; nothing is
// begun after it. Stop the HTTP server and Socket first.
func (a *Actions) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	defer a.end()
	done := make(chan struct{})
	go func() { a.tasks.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		a.end() // the calls under way end with it
		<-done
		return fmt.Errorf("close slack actions: %w", ctx.Err())
	}
}
