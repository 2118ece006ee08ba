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
	"golang.org/x/time/rate"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// The queues. Those of effects are named as their lanes are.
const (
	LeadsQueue   = "leads"   // finding facts for single leads, as they come in
	BacklogQueue = "backlog" // finding facts for all others: batches, and what the sweep finds
	SweepQueue   = "sweep"   // deadlines, conflicts, chores, sweeps: nothing that waits for a far side
)

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
	// room is how many tasks wait in a queue at most, but for what one sweep adds. The
	// other records wait in SQL, where waiting costs nothing.
	room = 500
	// pickUpEvery is asynq's pause before it asks an empty queue again: about
	// 45 ms of latency at the median for 1 % of a core.
	pickUpEvery = 100 * time.Millisecond
	// Cards that ask are drawn again when nobody has for an hour: so one that
	// somebody deleted is found out. At most 24 a minute: Slack lets an app change
	// 50 messages a minute.
	lookEvery  = time.Hour
	lookPeriod = 5 // seconds
	looks      = 2
	// complainEvery is how often the log says that the queue does not answer.
	complainEvery = time.Minute
	// bookkeeping is what a task may take beyond the call it makes.
	bookkeeping = 20 * time.Second
)

// readers are single leads under way for each that may talk with the model: those
// whose sites do not answer hold up no others.
const readers = 16

// sweepSlots are for what waits for no far side.
const sweepSlots = 4

// Backlog finds records that nobody has moved in time.
type Backlog interface {
	// DueLeads and OverdueLeads give those that waited in the backlog their deadline anew.
	DueLeads(ctx context.Context, now time.Time, deadline time.Duration) ([]lead.Due, error)
	OverdueLeads(ctx context.Context, now time.Time, deadline time.Duration) ([]lead.Due, error)
	LeadsToTell(ctx context.Context, now time.Time) ([]lead.Due, error)
	DueEffects(ctx context.Context, kind lead.EffectKind, lane lead.Lane, now time.Time) ([]lead.Due, error)
	PostChannels(ctx context.Context, now time.Time) ([]string, error)
	DueCards(ctx context.Context, now, since time.Time, most int) ([]lead.Due, error)
}

// Client starts tasks. It implements Tasks.
type Client struct {
	rdb           redis.UniversalClient
	asynq         *asynq.Client
	inspector     *asynq.Inspector
	enrichTimeout time.Duration
	downUntil     atomic.Int64 // Unix milliseconds
	depths        sync.Map     // *depth, by queue
}

// depth is how many tasks waited in a queue a moment ago, and those that we added since.
type depth struct {
	at      time.Time
	waiting atomic.Int64
}

const (
	// spare is how long a Redis that did not answer is left alone: an intake that
	// waits for it with every lead would be slow, and the sweep finds the leads.
	spare = 2 * time.Second
	// depthFor is how long the depth of a queue is taken for known.
	depthFor = 250 * time.Millisecond
)

var errQueueDown = errors.New("Redis did not answer a moment ago")

// NewClient returns a client on the Redis. enrichTimeout bounds one attempt to
// find facts.
func NewClient(rdb redis.UniversalClient, enrichTimeout time.Duration) *Client {
	return &Client{
		rdb: rdb, asynq: asynq.NewClientFromRedisClient(rdb), inspector: asynq.NewInspectorFromRedisClient(rdb), enrichTimeout: enrichTimeout,
	}
}

// Enrich starts finding facts for a single lead, before those of the backlog.
func (c *Client) Enrich(ctx context.Context, leadID string) error {
	if c.full(ctx, LeadsQueue) {
		return fmt.Errorf("enrich lead %s: %w", leadID, ErrNoRoom)
	}
	return c.enqueue(ctx, LeadsQueue, enrichTask, leadID, c.enrichTimeout+bookkeeping)
}

// enrichLater starts finding facts for a lead of the backlog.
func (c *Client) enrichLater(ctx context.Context, leadID string) error {
	if c.wake(LeadsQueue, taskID(enrichTask, leadID)) == asynq.TaskStatePending {
		return nil // it waits in front already
	}
	return c.enqueue(ctx, BacklogQueue, enrichTask, leadID, c.enrichTimeout+bookkeeping)
}

// Deliver starts an attempt at the effect.
func (c *Client) Deliver(ctx context.Context, lane lead.Lane, effectID string) error {
	if c.full(ctx, string(lane)) {
		return fmt.Errorf("deliver effect %s: %w", effectID, ErrNoRoom)
	}
	return c.deliver(lane)(ctx, effectID)
}

func (c *Client) deliver(lane lead.Lane) func(ctx context.Context, effectID string) error {
	return func(ctx context.Context, effectID string) error {
		return c.enqueue(ctx, string(lane), deliverTask, effectID, outbox.Lease)
	}
}

// Remove deletes the tasks that were given up before then, and says how many. Their records
// tell what became of them.
func (c *Client) Remove(ctx context.Context, before time.Time) (all int, err error) {
	const page = 200
	queues, err := c.inspector.Queues()
	if err != nil {
		return 0, fmt.Errorf("list the queues: %w", err)
	}
	for _, queue := range queues {
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

// soon starts what waits for no far side.
func (c *Client) soon(kind string) func(ctx context.Context, id string) error {
	return func(ctx context.Context, id string) error { return c.enqueue(ctx, SweepQueue, kind, id, bookkeeping) }
}

func taskID(kind, id string) string { return kind + ":" + id }

// enqueue has a task of the record wait in the queue, if none does. It leaves the
// number of attempts to the record: MaxRetry only has to be out of the way.
//
// A task's id is its record's, so a record has one task that waits. While a worker
// has it in hand, or died with it, another one may wait.
func (c *Client) enqueue(ctx context.Context, queue, kind, id string, timeout time.Duration) error {
	if c.down() {
		return fmt.Errorf("enqueue %s %s: %w", kind, id, errQueueDown)
	}
	var err error
	task := asynq.NewTask(kind, []byte(id), asynq.Queue(queue), asynq.MaxRetry(10_000), asynq.Timeout(timeout))
	for _, name := range []string{taskID(kind, id), taskID(kind, id) + ":again"} {
		_, err = c.asynq.EnqueueContext(ctx, task, asynq.TaskID(name))
		if !errors.Is(err, asynq.ErrTaskIDConflict) {
			break
		}
		err = nil
		if c.wake(queue, name) == asynq.TaskStatePending {
			break
		}
	}
	if err != nil {
		c.leaveAlone()
		return fmt.Errorf("enqueue %s %s: %w", kind, id, err)
	}
	return nil
}

// wake has a task that waits for its time, or was given up, wait for a worker now. It
// says in which state the task stands then; 0: there is none.
func (c *Client) wake(queue, name string) asynq.TaskState {
	info, err := c.inspector.GetTaskInfo(queue, name)
	switch {
	case err != nil:
		return 0
	case info.State == asynq.TaskStateActive || info.State == asynq.TaskStatePending:
		return info.State
	}
	if c.inspector.RunTask(queue, name) != nil {
		return 0 // it went its way meanwhile
	}
	return asynq.TaskStatePending
}

// leaveAlone asks nothing of Redis for a while, after it did not answer.
func (c *Client) leaveAlone() { c.downUntil.Store(time.Now().Add(spare).UnixMilli()) }

// down reports whether Redis is left alone for a while.
func (c *Client) down() bool { return time.Now().UnixMilli() < c.downUntil.Load() }

// full reports whether the queue has no room for one more, as it was a moment ago; it
// counts that one as there. Of a Redis that does not answer, enqueueing will tell.
func (c *Client) full(ctx context.Context, queue string) bool {
	known, _ := c.depths.LoadOrStore(queue, &depth{})
	d := known.(*depth)
	if time.Since(d.at) > depthFor && !c.down() {
		waiting, err := c.rdb.LLen(ctx, "asynq:{"+queue+"}:pending").Result()
		if err != nil {
			c.leaveAlone()
			return false
		}
		d = &depth{at: time.Now()}
		d.waiting.Store(waiting)
		c.depths.Store(queue, d)
	}
	return d.waiting.Add(1) > room
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
	// asynqLog is shared by the servers: all of them complain when Redis is down.
	asynqLog *asynqLog
	now      func() time.Time
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
	Enrichers int           // companies that talk with the model at a time in this process
	Messages  int           // messages posted side by side in a channel without a limit
	Shutdown  time.Duration // how long running tasks may take to end at a stop
	Spans     trace.TracerProvider
	Log       *slog.Logger
	Now       func() time.Time
}

// NewQueue prepares the workers; Start runs them.
func NewQueue(rdb redis.UniversalClient, client *Client, work Work, o QueueOptions) *Queue {
	spans := o.Spans.Tracer("leadtriage/worker")
	q := &Queue{work: work, client: client, log: o.Log, now: o.Now, mux: asynq.NewServeMux(), asynqLog: &asynqLog{log: o.Log, often: rate.Sometimes{Interval: complainEvery}}}
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
	serve := func(slots int, queues map[string]int) {
		q.servers = append(q.servers, asynq.NewServerFromRedisClient(rdb, q.config(o, slots, queues)))
	}
	serve(o.Enrichers*readers, map[string]int{LeadsQueue: 1})
	serve(o.Enrichers, map[string]int{BacklogQueue: 1})
	serve(sweepSlots, map[string]int{SweepQueue: 1})
	for _, lane := range work.Outbox.Lanes() {
		serve(lane.Slots, map[string]int{string(lane.Name): 1})
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
		Logger:                   q.asynqLog,
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
			q.asynqLog.often.Do(func() { q.log.Warn("sweep was not enqueued; is Redis up?", "error", err) })
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweep puts back in motion what lags: tasks that Redis lost, workers that
// died, deadlines that passed, effects that came due. Where enough waits in a
// queue already, the records go on waiting.
func (q *Queue) sweep(ctx context.Context) error {
	now, backlog := q.now(), q.work.Backlog
	q.client.downUntil.Store(0) // Redis has just handed us this sweep
	var all error
	start := func(queue string, find func() ([]lead.Due, error), with func(context.Context, string) error) {
		// What is found is not looked for again for a while: not for a queue that does not take it.
		if q.client.down() || q.client.full(ctx, queue) {
			return
		}
		found, err := find()
		for _, l := range found {
			err = errors.Join(err, with(ctx, l.ID))
		}
		all = errors.Join(all, err)
	}
	for _, kind := range q.work.Outbox.Kinds {
		lane := kind.Lane.Name
		start(string(lane), func() ([]lead.Due, error) { return backlog.DueEffects(ctx, kind.Name, lane, now) }, q.client.deliver(lane))
	}
	if q.work.Flow.handles(lead.CardEffect) {
		all = errors.Join(all, q.planDigests(ctx))
		channels, err := backlog.PostChannels(ctx, now)
		for _, c := range channels {
			q.turns.Serve(c)
		}
		all = errors.Join(all, err)
		if now.Unix()%lookPeriod == 0 {
			start(string(lead.SlackLane), func() ([]lead.Due, error) { return backlog.DueCards(ctx, now, now.Add(-lookEvery), looks) },
				q.client.deliver(lead.SlackLane))
		}
	}
	start(SweepQueue, func() ([]lead.Due, error) { return backlog.OverdueLeads(ctx, now, q.work.Flow.Policy.Deadline) }, q.client.soon(overdueTask))
	start(SweepQueue, func() ([]lead.Due, error) { return backlog.LeadsToTell(ctx, now) }, q.client.soon(tellTask))
	start(BacklogQueue, func() ([]lead.Due, error) { return backlog.DueLeads(ctx, now, q.work.Flow.Policy.Deadline) }, q.client.enrichLater)
	if q.client.down() {
		return all
	}
	names, err := q.work.Upkeep.Chores.DueChores(ctx, now, choreLease)
	for _, name := range names {
		err = errors.Join(err, q.client.enqueue(ctx, SweepQueue, choreTask, name, choreTime))
	}
	return errors.Join(all, err)
}

// asynqLog passes asynq's own words to slog. What goes wrong there goes wrong for
// every server many times a second, so it is said once a minute.
type asynqLog struct {
	log   *slog.Logger
	often rate.Sometimes
}

func (l *asynqLog) Debug(args ...any) { l.log.Debug("asynq", "says", fmt.Sprint(args...)) }
func (l *asynqLog) Info(args ...any)  { l.log.Info("asynq", "says", fmt.Sprint(args...)) }
func (l *asynqLog) Warn(args ...any) {
	l.often.Do(func() { l.log.Warn("asynq; more of this kind is not said for a minute", "says", fmt.Sprint(args...)) })
}
func (l *asynqLog) Error(args ...any) { l.Warn(args...) }
func (l *asynqLog) Fatal(args ...any) { l.log.Error("asynq stopped", "says", fmt.Sprint(args...)) }
