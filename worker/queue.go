package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// The queues. Each empty one costs Redis a script call per fetch: keep to three.
const (
	LeadsQueue   = "leads"   // finding facts: slow, bounded by the model
	EffectsQueue = "effects" // cards, webhooks, passed deadlines: quick
	SweepQueue   = "sweep"   // one task a second, whatever the number of workers
)

// Queues lists them for operators.
var Queues = []string{LeadsQueue, EffectsQueue, SweepQueue}

// The tasks. Each carries one record's id and nothing else.
const (
	enrichTask  = "lead:enrich"
	overdueTask = "lead:overdue"
	tellTask    = "lead:tell"
	choreTask   = "chore"
	deliverTask = "effect:deliver"
	sweepTask   = "sweep"
)

const (
	// sweepEvery is how exactly deadlines and waiting times are kept.
	sweepEvery = time.Second
	// pickUpEvery is asynq's pause before it asks an empty queue again: about
	// 45 ms of latency at the median for 1 % of a core.
	pickUpEvery = 100 * time.Millisecond
	// Cards that ask are drawn again when nobody has for an hour: so one that
	// somebody deleted is found out. At most 24 a minute: Slack lets an app change
	// 50 messages a minute.
	lookEvery  = time.Hour
	lookPeriod = 5 // seconds
	looks      = 2
	// bookkeeping is what a task may take beyond the call it makes.
	bookkeeping = 20 * time.Second
)

// spareSlots are for what is not an effect: passed deadlines, sweeps, chores.
const spareSlots = 4

// Backlog finds records that nobody has moved in time.
type Backlog interface {
	DueLeads(ctx context.Context, now time.Time) ([]lead.Due, error)
	OverdueLeads(ctx context.Context, now time.Time) ([]lead.Due, error)
	LeadsToTell(ctx context.Context, now time.Time) ([]lead.Due, error)
	DueEffects(ctx context.Context, kind lead.EffectKind, now time.Time) ([]lead.Due, error)
	PostChannels(ctx context.Context, now time.Time) ([]string, error)
	DueCards(ctx context.Context, now, since time.Time, most int) ([]lead.Due, error)
}

// Client starts tasks. It implements Tasks.
type Client struct {
	asynq         *asynq.Client
	inspector     *asynq.Inspector
	enrichTimeout time.Duration
	downUntil     atomic.Int64 // Unix milliseconds
}

// spare is how long a Redis that did not answer is left alone: an intake that
// waits for it with every lead would be slow, and the sweep finds the leads.
const spare = 2 * time.Second

var errQueueDown = errors.New("Redis did not answer a moment ago")

// NewClient returns a client on the Redis. enrichTimeout bounds one attempt to
// find facts.
func NewClient(rdb redis.UniversalClient, enrichTimeout time.Duration) *Client {
	c := &Client{enrichTimeout: enrichTimeout}
	c.asynq, c.inspector = asynq.NewClientFromRedisClient(rdb), asynq.NewInspectorFromRedisClient(rdb)
	return c
}

// Enrich starts finding facts for the lead.
func (c *Client) Enrich(ctx context.Context, leadID string, wake int64) error {
	return c.enqueue(ctx, enrichTask, leadID, wake, asynq.Queue(LeadsQueue), asynq.Timeout(c.enrichTimeout+bookkeeping))
}

// Deliver starts an attempt at the effect.
func (c *Client) Deliver(ctx context.Context, effectID string, wake int64) error {
	return c.enqueue(ctx, deliverTask, effectID, wake, asynq.Queue(EffectsQueue), asynq.Timeout(outbox.Lease))
}

// Remove deletes the tasks that were given up before then, and says how many. Their records
// tell what became of them.
func (c *Client) Remove(ctx context.Context, before time.Time) (all int, err error) {
	const page = 200
	for _, queue := range Queues {
		var old []string
		for number, more := 1, true; more; number++ {
			tasks, err := c.inspector.ListArchivedTasks(queue, asynq.Page(number), asynq.PageSize(page))
			if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
				return all, fmt.Errorf("list given-up tasks of the queue %s: %w", queue, err)
			}
			for _, t := range tasks {
				if t.LastFailedAt.Before(before) {
					old = append(old, t.ID)
				}
			}
			more = len(tasks) == page
		}
		for _, id := range old {
			err := c.inspector.DeleteTask(queue, id)
			if err != nil && !errors.Is(err, asynq.ErrTaskNotFound) && !errors.Is(err, asynq.ErrQueueNotFound) {
				return all, fmt.Errorf("remove task %s of the queue %s: %w", id, queue, err)
			}
			if all++; ctx.Err() != nil {
				return all, fmt.Errorf("remove given-up tasks: %w", ctx.Err())
			}
		}
	}
	return all, nil
}

func (c *Client) overdue(ctx context.Context, leadID string, wake int64) error {
	return c.enqueue(ctx, overdueTask, leadID, wake, asynq.Queue(EffectsQueue), asynq.Timeout(bookkeeping))
}

func (c *Client) tellConflicts(ctx context.Context, leadID string, wake int64) error {
	return c.enqueue(ctx, tellTask, leadID, wake, asynq.Queue(EffectsQueue), asynq.Timeout(bookkeeping))
}

// enqueue leaves the number of attempts to the record: MaxRetry only has to be
// out of the way. A task that is there already is as good as a new one.
func (c *Client) enqueue(ctx context.Context, kind, id string, wake int64, opts ...asynq.Option) error {
	if time.Now().UnixMilli() < c.downUntil.Load() {
		return fmt.Errorf("enqueue %s %s: %w", kind, id, errQueueDown)
	}
	opts = append(opts, asynq.MaxRetry(10_000), asynq.TaskID(fmt.Sprintf("%s:%s:%d", kind, id, wake)))
	_, err := c.asynq.EnqueueContext(ctx, asynq.NewTask(kind, []byte(id)), opts...)
	if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
		c.downUntil.Store(time.Now().Add(spare).UnixMilli())
		return fmt.Errorf("enqueue %s %s: %w", kind, id, err)
	}
	return nil
}

// Queue runs tasks until it is stopped. Facts and effects have their own
// workers, so that a hanging model never holds a card back.
type Queue struct {
	work    Work
	client  *Client
	servers []*asynq.Server
	mux     *asynq.ServeMux
	turns   *outbox.Turns // of messages in channels
	log     *slog.Logger
	now     func() time.Time
}

// Work is what the tasks do.
type Work struct {
	Flow    *Flow
	Outbox  *outbox.Outbox
	Upkeep  *Upkeep
	Backlog Backlog
	Pace    *outbox.Pace // of messages in a channel
	Digests Digests      // nil: none
}

// Digests tell channels once a working day what waits; internal/review implements it.
type Digests interface {
	// Plan has the next ones on record.
	Plan(ctx context.Context) error
	// Post makes an attempt at the channel's, and reports whether one was due.
	Post(ctx context.Context, channel string) (due bool, err error)
}

// QueueOptions size a Queue.
type QueueOptions struct {
	Enrichers int           // leads enriched at a time in this process
	Messages  int           // messages posted side by side in a channel without a limit
	Shutdown  time.Duration // how long running tasks may take to end at a stop
	Spans     trace.TracerProvider
	Log       *slog.Logger
	Now       func() time.Time
}

// NewQueue prepares the workers; Start runs them.
func NewQueue(rdb redis.UniversalClient, client *Client, work Work, o QueueOptions) *Queue {
	spans := o.Spans.Tracer("leadtriage/worker")
	q := &Queue{work: work, client: client, log: o.Log, now: o.Now, mux: asynq.NewServeMux()}
	turns := outbox.TurnOptions{Side: o.Messages, Log: o.Log, Span: func(ctx context.Context, effectID string) (context.Context, func(error)) {
		return spanOf(ctx, spans, deliverTask, effectID)
	}}
	if work.Digests != nil {
		turns.First = work.Digests.Post
	}
	q.turns = outbox.NewTurns(work.Outbox, work.Pace, turns)
	record := func(do func(context.Context, string) error) func(context.Context, *asynq.Task) error {
		return func(ctx context.Context, t *asynq.Task) error {
			ctx, end := spanOf(ctx, spans, t.Type(), string(t.Payload()))
			err := do(ctx, string(t.Payload()))
			end(err)
			return final(err)
		}
	}
	q.mux.HandleFunc(enrichTask, record(work.Flow.Enrich))
	q.mux.HandleFunc(overdueTask, record(work.Flow.Overdue))
	q.mux.HandleFunc(tellTask, record(work.Flow.TellConflicts))
	q.mux.HandleFunc(choreTask, record(work.Upkeep.Chore))
	q.mux.HandleFunc(deliverTask, record(func(ctx context.Context, id string) error {
		channel, err := work.Outbox.Deliver(ctx, id)
		if channel != "" {
			q.turns.Serve(channel)
		}
		return err
	}))
	q.mux.HandleFunc(sweepTask, func(ctx context.Context, _ *asynq.Task) error { return q.sweep(ctx) })
	q.servers = []*asynq.Server{
		asynq.NewServerFromRedisClient(rdb, q.config(o, o.Enrichers, map[string]int{LeadsQueue: 1})),
		asynq.NewServerFromRedisClient(rdb, q.config(o, work.Outbox.Slots()+spareSlots, map[string]int{EffectsQueue: 3, SweepQueue: 1})),
	}
	return q
}

// spanOf begins a span of work on a record; end closes it with how it went.
func spanOf(ctx context.Context, spans trace.Tracer, task, id string) (_ context.Context, end func(error)) {
	ctx, span := spans.Start(ctx, task, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(attribute.String("leadtriage.record_id", id)))
	return ctx, func(err error) {
		if kind, _ := lead.KindOf(err); err != nil && kind != lead.Throttled {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}

func (q *Queue) config(o QueueOptions, concurrency int, queues map[string]int) asynq.Config {
	return asynq.Config{
		Concurrency:              concurrency,
		Queues:                   queues,
		TaskCheckInterval:        pickUpEvery,
		DelayedTaskCheckInterval: time.Second,
		ShutdownTimeout:          o.Shutdown,
		Logger:                   asynqLog{o.Log},
		LogLevel:                 asynq.WarnLevel,
		// Attempts are counted on record; a killed worker's task, and one that was
		// told to wait, have not failed.
		IsFailure: func(err error) bool {
			kind, _ := lead.KindOf(err)
			return kind.Counts() && !errors.Is(err, asynq.ErrLeaseExpired)
		},
		RetryDelayFunc: func(n int, err error, _ *asynq.Task) time.Duration {
			if after, ok := lead.Delay(err); ok && after > 0 {
				return after
			}
			return lead.Backoff(n + 1)
		},
		ErrorHandler: asynq.ErrorHandlerFunc(func(_ context.Context, t *asynq.Task, err error) {
			q.log.Log(context.Background(), outbox.Level(err), "task will be tried again or was given up", "task", t.Type(), "id", string(t.Payload()), "error", err)
		}),
	}
}

// final tells asynq to archive what is not to be tried again.
func final(err error) error {
	if err == nil {
		return nil
	}
	if _, again := lead.Delay(err); !again {
		return errors.Join(err, asynq.SkipRetry)
	}
	return err
}

// Start runs the workers and the sweep; it returns when they run. They stop
// when ctx ends and Stop is called.
func (q *Queue) Start(ctx context.Context) error {
	if err := errors.Join(q.work.Upkeep.Plan(ctx), q.planDigests(ctx)); err != nil {
		return fmt.Errorf("start queue: %w", err)
	}
	for _, s := range q.servers {
		if err := s.Start(q.mux); err != nil {
			return fmt.Errorf("start queue: %w", err)
		}
	}
	go q.tick(ctx)
	return nil
}

func (q *Queue) planDigests(ctx context.Context) error {
	if q.work.Digests == nil {
		return nil
	}
	return q.work.Digests.Plan(ctx)
}

// Stop lets running tasks end and hands back those that do not in time.
func (q *Queue) Stop() {
	for _, s := range q.servers {
		s.Stop() // no new tasks, on all of them first
	}
	var all sync.WaitGroup
	for _, s := range q.servers {
		all.Go(s.Shutdown)
	}
	all.Wait()
	q.turns.Stop()
}

// tick asks for one sweep a period: whichever worker asks first, the period's
// task id is taken. Retention keeps the id for clocks that differ.
func (q *Queue) tick(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		period := q.now().Truncate(sweepEvery).Unix()
		_, err := q.client.asynq.EnqueueContext(ctx, asynq.NewTask(sweepTask, nil), asynq.Queue(SweepQueue), asynq.MaxRetry(0),
			asynq.TaskID(fmt.Sprintf("sweep:%d", period)), asynq.Retention(3*sweepEvery), asynq.Timeout(bookkeeping))
		if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) && ctx.Err() == nil {
			q.log.Warn("sweep was not enqueued; is Redis up?", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweep puts back in motion what lags: tasks that Redis lost, workers that
// died, deadlines that passed, effects that came due.
func (q *Queue) sweep(ctx context.Context) error {
	now, backlog := q.now(), q.work.Backlog
	var all error
	start := func(found []lead.Due, err error, with func(context.Context, string, int64) error) {
		for _, l := range found {
			err = errors.Join(err, with(ctx, l.ID, l.Wake))
		}
		all = errors.Join(all, err)
	}
	for _, kind := range q.work.Outbox.Names() {
		found, err := backlog.DueEffects(ctx, kind, now)
		start(found, err, q.client.Deliver)
	}
	if q.work.Flow.handles(lead.CardEffect) {
		all = errors.Join(all, q.planDigests(ctx))
		channels, err := backlog.PostChannels(ctx, now)
		for _, c := range channels {
			q.turns.Serve(c)
		}
		all = errors.Join(all, err)
		if now.Unix()%lookPeriod == 0 {
			found, err := backlog.DueCards(ctx, now, now.Add(-lookEvery), looks)
			start(found, err, q.client.Deliver)
		}
	}
	found, err := backlog.OverdueLeads(ctx, now)
	start(found, err, q.client.overdue)
	found, err = backlog.LeadsToTell(ctx, now)
	start(found, err, q.client.tellConflicts)
	found, err = backlog.DueLeads(ctx, now)
	start(found, err, q.client.Enrich)
	names, err := q.work.Upkeep.Chores.DueChores(ctx, now, choreLease)
	for _, name := range names {
		err = errors.Join(err, q.client.enqueue(ctx, choreTask, name, now.UnixMilli(), asynq.Queue(SweepQueue), asynq.Timeout(choreTime)))
	}
	return errors.Join(all, err)
}

// asynqLog passes asynq's own words to slog.
type asynqLog struct{ log *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.log.Debug("asynq", "says", fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.log.Info("asynq", "says", fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn("asynq", "says", fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.log.Error("asynq", "says", fmt.Sprint(args...)) }
func (l asynqLog) Fatal(args ...any) { l.log.Error("asynq stopped", "says", fmt.Sprint(args...)) }
