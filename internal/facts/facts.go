// Package facts keeps what is known of companies, shared by all their leads: one
// search for a company at a time, within the day's budget, and what it found for as
// long as each field is fresh. A search has two readings; where only the first got
// through, it is kept, and the second is had alone. What an automation sent never
// enters.
package facts

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// grace is what a search may take beyond its own limit, which tells more of what it
// waited for.
const grace = 5 * time.Second

// Records is where it is kept; internal/store implements it.
type Records interface {
	Company(ctx context.Context, domain string) (p lead.Profile, ok bool, err error)
	Leases
	Resets
	Pauses
	Budget
}

// Leases have one worker at a time look for a company's facts.
type Leases interface {
	LeaseCompany(ctx context.Context, domain string, now time.Time, lease time.Duration) (lead.Lease, error)
	// Each of these ends the lease.
	SaveCompany(ctx context.Context, p lead.Profile) error
	ReleaseCompany(ctx context.Context, domain string) error
	RecordFailedLookup(ctx context.Context, domain string, w lead.FailedLookups) error
}

// Budget is what was spent today, and what the searches under way may spend.
type Budget interface {
	SpentOn(ctx context.Context, at time.Time) (usd float64, err error)
	Reserve(ctx context.Context, domain string, now, until time.Time, most, budget float64) (ok bool, err error)
	Settle(ctx context.Context, domain string, usd float64) error
}

// Resets have a company asked about again.
type Resets interface {
	ResetFailures(ctx context.Context, domain string) error
	InvalidateCompany(ctx context.Context, domain string, now time.Time) error
}

// Enricher finds facts about a company, of all fields where none is named. On an
// error the profile still says what the attempt cost, and what can be had all the same.
type Enricher interface {
	Enrich(ctx context.Context, name, domain string, fields ...lead.Field) (lead.Profile, error)
	// Resume has the claims that wait in a profile read a second time.
	Resume(ctx context.Context, p lead.Profile) (lead.Profile, error)
	// Reread is p with the facts of an older edition waiting for a second reading.
	Reread(ctx context.Context, p lead.Profile) lead.Profile
	// Trusted reports whether second readings count.
	Trusted(ctx context.Context) (bool, error)
	// Forget has everything read and asked anew.
	Forget(domain string)
	// Edition is that of the enricher's prompts.
	Edition() int
}

// Policy is what an operator may set.
type Policy struct {
	Fresh        Lifetimes     // how long a company's facts are used
	Timeout      time.Duration // of one search
	GiveUp       time.Duration // until a company whose answers were of no use is asked about again,
	Attempts     int           // after so many of them
	DailyCap     float64       // US dollars a UTC day for the model; 0: none
	MostUSD      float64       // that one company may cost: so much is reserved of the cap while it is read
	RulesOverCap bool          // once it is spent, leads go on without facts instead of waiting
}

// Book finds and keeps facts. Its methods may be called from any number of processes.
type Book struct {
	Records  Records
	Enricher Enricher
	Policy   Policy
	Searched func(cost lead.Usage, took time.Duration, err error) // told of every search
	Log      *slog.Logger
	Now      func() time.Time
}

// now is to the millisecond, as the record keeps it.
func (b *Book) now() time.Time { return b.Now().UTC().Truncate(time.Millisecond) }

// Find takes the company's facts from the record, or finds those that are missing or
// too old, or has the claims read that wait: one worker at a time for a company. cost
// is what this call spent. A profile that is fresh is the caller's to keep: with the lead's
// change, or by Keep. On an error it has the facts that can be had all the same.
func (b *Book) Find(ctx context.Context, name, domain string) (p lead.Profile, cost lead.Usage, err error) {
	known, todo, err := b.known(ctx, domain)
	if err != nil || todo.done() {
		return known, lead.Usage{}, err
	}
	p = known.Without(todo.stale)
	probe, err := b.mayAsk(ctx)
	if err != nil {
		return p, lead.Usage{}, err
	}
	began := b.now()
	whole := b.Policy.Timeout + 2*grace
	lease, err := b.Records.LeaseCompany(ctx, domain, began, whole)
	if err != nil {
		return p, lead.Usage{}, err
	}
	if !lease.Mine {
		p.Facts = slices.Concat(p.Facts, lease.Stated)
		return p, lead.Usage{}, b.tried(ctx, probe, lead.Usage{}, b.notNow(lease.FailedLookups))
	}
	// Another worker may have got through between the look and the lease.
	if known, todo = b.judge(ctx, lease.Profile, lease.Known); todo.done() {
		return known, lead.Usage{}, b.tried(ctx, probe, lead.Usage{}, b.Records.ReleaseCompany(ctx, domain))
	}
	if err := b.reserve(ctx, domain, began, began.Add(whole)); err != nil {
		return p, lead.Usage{}, b.tried(ctx, probe, lead.Usage{}, errors.Join(err, b.Records.ReleaseCompany(ctx, domain)))
	}
	ctx, cancel := context.WithTimeout(ctx, b.Policy.Timeout+grace)
	defer cancel()
	if lease.Afresh {
		b.Enricher.Forget(domain)
	}
	p, search, err := b.search(ctx, name, domain, known, todo)
	p.Domain = domain
	b.Searched(search.Usage, b.now().Sub(began), err)
	// The facts outlive the task: a worker that is told to stop keeps what it found.
	keep, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if b.Policy.DailyCap > 0 {
		err = errors.Join(err, b.Records.Settle(keep, domain, search.Usage.CostUSD))
	}
	if err = b.tried(keep, probe, search.Usage, err); err == nil && !p.Unasked && !p.Reread {
		p.Fresh = true
		return p, search.Usage, nil
	}
	return p, search.Usage, b.keep(keep, p, search, lease, err)
}

// Keep records what Find found fresh, where no change of a lead did.
func (b *Book) Keep(ctx context.Context, p lead.Profile) error { return b.Records.SaveCompany(ctx, p) }

// search does what is to be done, and returns the company's facts with it and what
// was found now.
func (b *Book) search(ctx context.Context, name, domain string, known lead.Profile, todo todo) (p, search lead.Profile, err error) {
	if len(todo.stale) == 0 {
		if todo.older {
			known = b.Enricher.Reread(ctx, known)
		}
		search, err = b.Enricher.Resume(ctx, known)
		search.Reread = err == nil && len(search.Unread) == 0
		return search, search, err
	}
	var fields []lead.Field
	if len(todo.stale) < len(lead.Fields) {
		fields = todo.stale
	}
	began := b.now()
	search, err = b.Enricher.Enrich(ctx, name, domain, fields...)
	search.FoundAt = began
	return known.Renewed(search, todo.stale), search, err
}

// keep records how a search ended, and ends the lease. A first reading that got through
// is kept though its second one failed.
func (b *Book) keep(ctx context.Context, p, search lead.Profile, lease lead.Lease, err error) error {
	kind, _ := lead.KindOf(err)
	read := len(search.Unread) > 0
	if (err == nil || read) && !p.Unasked {
		if saved := b.Records.SaveCompany(ctx, p); saved != nil {
			return errors.Join(err, saved)
		}
		if err == nil {
			return nil
		}
	}
	switch {
	case err != nil && search.Usage.Calls > 0 && kind.Counts() && !errors.Is(err, context.Canceled):
		return b.lookupFailed(ctx, p.Domain, lease.Times, search.Facts, err)
	case read:
		return err
	}
	return errors.Join(err, b.Records.ReleaseCompany(ctx, p.Domain))
}

// todo is what is to be done about a company before its facts are used.
type todo struct {
	stale  []lead.Field // to be looked for
	older  bool         // read by an older edition: to be read a second time
	unread bool         // claims wait for their second reading
}

func (t todo) done() bool { return len(t.stale) == 0 && !t.older && !t.unread }

// known is the company's record, and what is to be done about it. Claims that wait only
// because the model has not passed its exam do not, until one has.
func (b *Book) known(ctx context.Context, domain string) (lead.Profile, todo, error) {
	p, ok, err := b.Records.Company(ctx, domain)
	if err != nil {
		return lead.Profile{}, todo{}, err
	}
	p, t := b.judge(ctx, p, ok)
	return p, t, nil
}

func (b *Book) judge(ctx context.Context, p lead.Profile, ok bool) (lead.Profile, todo) {
	t := todo{stale: b.Policy.Fresh.stale(&p, b.now()), older: ok && p.Edition < b.Enricher.Edition(), unread: len(p.Unread) > 0}
	if t.unread && !t.older && len(t.stale) == 0 && p.Untrusted() {
		var err error
		if t.unread, err = b.Enricher.Trusted(ctx); err != nil {
			b.Log.Warn("whether the model is trusted is not known yet", "error", err)
			t.unread = false
		}
	}
	return p, t
}

// Retry has a company asked about again, however many answers were of no use, and the
// model's account be tried; fresh: its pages and the model are asked anew.
func (b *Book) Retry(ctx context.Context, domain string, fresh bool) error {
	var err error
	if fresh && domain != "" {
		err = b.Records.InvalidateCompany(ctx, domain, b.now())
	} else {
		err = b.Records.ResetFailures(ctx, domain)
	}
	return errors.Join(err, b.Records.LookAgain(ctx, lead.NoCredit, b.now()))
}

// notNow says why a company that cannot be had is not asked about.
func (b *Book) notNow(w lead.FailedLookups) error {
	switch wait := w.Again.Sub(b.now()); {
	case wait <= 0:
		return lead.Faultf(lead.Throttled, time.Second, "another worker is reading this company")
	case w.Times >= b.Policy.Attempts:
		return lead.Faultf(lead.Permanent, 0, "the model's answers about this company were of no use: `leadtriage lead retry ID` asks again")
	default:
		return lead.Faultf(lead.Throttled, wait, "the model's last answer about this company was of no use: it is asked again in a while")
	}
}

// lookupFailed records a search that cost and came to nothing. All leads of the company
// have its attempts together; once they are spent, none asks until an operator
// does, or the time to give up has passed.
func (b *Book) lookupFailed(ctx context.Context, domain string, before int, stated []lead.Fact, cause error) error {
	kind, after := lead.KindOf(cause)
	if before >= b.Policy.Attempts {
		before = 0
	}
	w := lead.FailedLookups{Times: before + 1, Stated: stated}
	w.Again = b.now().Add(max(after, lead.Backoff(w.Times)))
	if kind == lead.Permanent || w.Times >= b.Policy.Attempts {
		w.Times, w.Again = b.Policy.Attempts, b.now().Add(b.Policy.GiveUp)
		cause = &lead.Fault{Kind: lead.Permanent, Err: cause}
	}
	return errors.Join(cause, b.Records.RecordFailedLookup(ctx, domain, w))
}

// Lifetimes say for how long what was found about a company is used, by field:
// founding years stay, technologies change.
type Lifetimes struct {
	Default time.Duration // of a field that is not named
	Fields  map[lead.Field]time.Duration
}

// stale lists the fields that are to be looked for again: all of them where
// nothing was found yet.
func (t Lifetimes) stale(p *lead.Profile, now time.Time) (fields []lead.Field) {
	for _, field := range lead.Fields {
		life, ok := t.Fields[field]
		if !ok {
			life = t.Default
		}
		if now.Sub(p.AskedAt(field)) >= life {
			fields = append(fields, field)
		}
	}
	return fields
}
