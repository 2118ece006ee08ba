package slack

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"leadtriage/internal/lead"
)

// Desk is where a reviewer's word is weighed and kept.
type Desk interface {
	Decisions
	Owned
	// SendToReview has people asked about a lead; ErrIllegalMove: they are, or were.
	SendToReview(ctx context.Context, leadID, by string) (lead.Receipt, error)
	// Dossier is the lead that a review round belongs to; ErrNotFound: none.
	Dossier(ctx context.Context, reviewID string) (lead.Dossier, error)
}

// Owned is what can be done about a lead's owner. Both return ErrNotAllowed,
// ErrNotOwned or ErrNotFound of package lead where they do not count.
type Owned interface {
	TakeOn(ctx context.Context, reviewID, by string) (lead.Dossier, error)
	// HandOver gives the lead to a person, or with none to whose turn it is next; ErrIllegalMove:
	// it is theirs.
	HandOver(ctx context.Context, reviewID, by, to, reason string) (lead.Dossier, error)
}

// Decisions are what reviewers say.
type Decisions interface {
	// Decide commits the word, or returns ErrDecided, ErrStaleReview,
	// ErrNotUnderReview, ErrNotDecided, ErrNotAllowed or ErrNotFound of package lead.
	Decide(ctx context.Context, w lead.DecisionInput) (lead.Dossier, error)
	// Undo takes the decision of a round back, or returns ErrTooLate,
	// ErrNotDecided or one of those.
	Undo(ctx context.Context, reviewID, by string) (lead.Dossier, error)
	// Explain adds to an approval against the proposal why, by who gave it; no word:
	// nobody is writing one any more. Or it returns ErrStaleReview, ErrNotDecided, ErrNotAllowed or ErrNotFound.
	Explain(ctx context.Context, reviewID, by, why string) (lead.Dossier, error)
	// Edit commits a reviewer's facts; it fails as Decide does.
	Edit(ctx context.Context, e lead.Edit) (lead.Dossier, error)
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
	SigningSecret string          // checks HTTP requests; empty refuses all of them
	Reasons       []Reason        // to reject; none: DefaultReasons
	Records       Records         // lists for the home tab and the commands; nil: none
	Colleagues    []Colleague     // to whom leads can be handed over
	Reviewers     *lead.Reviewers // who may decide, by our own record; nil: nobody
	Groups        *Groups         // whose lists that rests on; nil: none
	AskOverride   bool            // approving what was not proposed as EQL asks for a word of why afterwards
	// AskPartner puts a question to the lead's partner; lead.ErrAsked: it was put. It fails as Desk does.
	AskPartner func(ctx context.Context, reviewID, by, question string) (lead.Dossier, error)
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger     // nil: none
}

// Actions answers what people do on cards, over HTTP (ServeHTTP) and Socket Mode
// (Socket) alike. Every act is authorised from our own record; of a payload only
// who, which round and what is taken.
type Actions struct {
	desk   Desk
	poster *Poster
	o      ActionOptions
	homes  homes

	mu     sync.Mutex // guards closed and the first Add of tasks
	closed bool
	tasks  sync.WaitGroup
	life   context.Context
	end    context.CancelFunc
}

// NewActions joins desk and poster.
func NewActions(desk Desk, poster *Poster, o ActionOptions) *Actions {
	o.Now, o.Logger = orNow(o.Now), orSilent(o.Logger)
	if len(o.Reasons) == 0 {
		o.Reasons = DefaultReasons()
	}
	o.Reasons = o.Reasons[:min(len(o.Reasons), maxOptions)]
	if o.Reviewers == nil {
		o.Reviewers = &lead.Reviewers{}
	}
	a := &Actions{desk: desk, poster: poster, o: o}
	a.life, a.end = context.WithCancel(context.Background())
	return a
}

// Answer is what Slack is told at once, and what may follow.
type Answer struct {
	Body    any                   // JSON; nil: an empty 200
	After   func(context.Context) // a private sentence; nil: none
	Refused string                // why it is none of ours; "": it is
}

// Handle answers one interaction within 2.5 s. A decision is committed, or the
// form is open, before it returns. The end of ctx does not take a decision back
// half-way: Slack hanging up is no reason to lose it.
func (a *Actions) Handle(ctx context.Context, i Interaction) Answer {
	if why := a.foreign(ctx, i.Team.ID, i.AppID); why != "" {
		return Answer{Refused: why}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	a.o.Groups.await(ctx)
	i.User.ID = person(i.User.ID)
	switch i.Type {
	case "block_actions":
		v := a.handlerFor(i, cmp.Or(i.Channel.ID, i.Container.ChannelID))
		for _, act := range i.Actions {
			if do, ok := acts[act.ActionID]; ok {
				return do(v, ctx, act)
			}
			a.o.Logger.DebugContext(ctx, "slack action ignored", "action_id", act.ActionID)
		}
	case "view_submission", "view_closed":
		return a.submit(ctx, i)
	default:
		a.o.Logger.DebugContext(ctx, "slack interaction ignored", "type", i.Type)
	}
	return Answer{}
}

// acts are what can be done on a card and on the home tab, by action id.
var acts = map[string]func(*handler, context.Context, action) Answer{
	ActionApprove:      func(v *handler, ctx context.Context, act action) Answer { return v.approve(ctx, act.Value) },
	ActionReject:       func(v *handler, ctx context.Context, act action) Answer { return v.ask(ctx, act.Value, v.rejectForm) },
	ActionDetails:      func(v *handler, ctx context.Context, act action) Answer { return v.details(ctx, act.Value) },
	ActionEdit:         func(v *handler, ctx context.Context, act action) Answer { return v.ask(ctx, act.text(), v.editForm) },
	ActionAskPartner:   func(v *handler, ctx context.Context, act action) Answer { return v.ask(ctx, act.Value, v.partnerForm) },
	ActionUndo:         func(v *handler, ctx context.Context, act action) Answer { return v.undo(ctx, act.Value) },
	ActionAccept:       func(v *handler, ctx context.Context, act action) Answer { return v.takeOn(ctx, act.Value) },
	ActionReassign:     func(v *handler, ctx context.Context, act action) Answer { return v.reassign(ctx, act.Value) },
	ActionRevoke:       func(v *handler, ctx context.Context, act action) Answer { return v.revoke(ctx, act.Value) },
	ActionSendToReview: func(v *handler, ctx context.Context, act action) Answer { return v.sendToReview(ctx, act.Value) },
	actionRefresh:      func(v *handler, _ context.Context, _ action) Answer { return v.drawHome(v.user) },
}

// person is the Slack user of a payload; nobody where it names an API key, which
// may decide elsewhere.
func person(id string) string {
	if !slackUser.MatchString(id) {
		return ""
	}
	return id
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
