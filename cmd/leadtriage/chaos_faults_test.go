//go:build linux

package main

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// fault is something that goes wrong for a while.
type fault struct {
	kind   string
	on     []string // what it breaks; nothing is broken twice at a time
	at     time.Duration
	lasts  time.Duration
	weight int
	begin  func()
	end    func()
}

func (f fault) name() string {
	if len(f.on) > 1 {
		return f.kind
	}
	return f.on[0] + " " + f.kind
}

// catalogue is everything that can go wrong.
func (c *chaos) catalogue() (all []fault) {
	add := func(weight int, kind string, on []string, begin, end func()) {
		all = append(all, fault{kind: kind, on: on, weight: weight, begin: begin, end: end})
	}
	nothing := func() {}
	for _, name := range slices.Sorted(maps.Keys(c.daemons)) {
		d, p := c.daemons[name], c.taps[name]
		_, far := c.outside[name]
		on, weight := []string{name}, 6
		if c.program[name] {
			weight = 40 / len(c.program)
		}
		add(weight, "stopped", on, func() { d.signal(syscall.SIGSTOP) }, func() { d.signal(syscall.SIGCONT) })
		if !far {
			add(weight, "killed", on, func() { d.hold(true) }, func() { d.hold(false) })
		}
		if p != nil {
			add(2, "slow", on, func() { p.set(trickles) }, func() { p.set(flows) })
			add(2, "cutting", on, func() { p.set(cuts) }, func() { p.set(flows) })
			add(2, "refusing", on, func() { p.set(refuses) }, func() { p.set(flows) })
		}
		if c.program[name] {
			add(weight/2, "told to stop", on, func() { d.leave(0) }, nothing)
		}
		if !far {
			continue
		}
		for _, how := range []string{"throttles", "errs", "loses", "garbles"} {
			add(2, how, on, func() { c.tell(name, fmt.Sprintf("fault?kind=%s&n=%d", how, 3)) }, nothing)
		}
		if p.tls != nil {
			add(2, "with a wrong certificate", on, func() { p.set(misled) }, func() { p.set(flows) })
		}
	}
	if c.disk != "" {
		holders := []string{"run"}
		if c.redis != nil {
			holders = []string{"postgres", "redis"}
		}
		ballast := filepath.Join(c.disk, "ballast")
		add(5, "disk full", holders, func() { fill(ballast) }, func() { os.Remove(ballast) })
	}
	if c.redis == nil {
		return all
	}
	ask := func(args ...any) func() {
		return func() {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			c.redis.Do(ctx, args...)
		}
	}
	on := []string{"redis"}
	add(5, "emptied", on, ask("FLUSHALL"), nothing)
	if c.name == "sentinel" {
		add(15, "fails over", on, c.failOver, nothing)
	} else {
		add(4, "a read-only replica", on, ask("REPLICAOF", "127.0.0.1", "1"), ask("REPLICAOF", "NO", "ONE"))
	}
	add(4, "refusing writes", on, ask("CONFIG", "SET", "min-replicas-to-write", "1"), ask("CONFIG", "SET", "min-replicas-to-write", "0"))
	var held []*sql.DB
	add(5, "at its connection limit", []string{"postgres"}, func() { held = c.hog() }, func() {
		for _, db := range held {
			db.Close()
		}
	})
	newer := false
	add(5, "workers move between two schemas", workers, func() {
		newer = c.otherSchema(newer)
		for _, name := range workers { // one after the other
			c.daemons[name].leave(3 * time.Second)
		}
	}, nothing)
	return all
}

// failOver has the Sentinel make the other Redis the master.
func (c *chaos) failOver() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: c.sentinel})
	defer sentinel.Close()
	sentinel.Failover(ctx, "leads")
}

// fill takes all room that is left.
func fill(file string) {
	f, err := os.Create(file)
	if err != nil {
		return
	}
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
}

// hog takes all connections of Postgres that are left.
func (c *chaos) hog() (held []*sql.DB) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	for {
		db, err := sql.Open("pgx", c.database)
		if err != nil || db.PingContext(ctx) != nil {
			db.Close()
			return held
		}
		held = append(held, db)
	}
}

// otherSchema adds to the schema, or takes away, what a program of the next or of the
// last release would; each can work with the other's. It says which one stands.
func (c *chaos) otherSchema(newer bool) bool {
	db, err := sql.Open("pgx", c.database)
	if err != nil {
		return newer
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	steps := []string{`ALTER TABLE leads ADD COLUMN next_release TEXT NOT NULL DEFAULT ''`,
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`}
	if newer {
		steps = []string{`ALTER TABLE leads DROP COLUMN next_release`, `DELETE FROM goose_db_version WHERE version_id = 9999`}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return newer
	}
	defer tx.Rollback()
	for _, step := range steps {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return newer
		}
	}
	if tx.Commit() != nil {
		return newer
	}
	return !newer
}

// plan draws the schedule: the seed alone decides it.
func (c *chaos) plan(n int) (plan []fault) {
	dice := rand.New(rand.NewPCG(c.seed, 1))
	all, weights := c.catalogue(), 0
	for _, f := range all {
		weights += f.weight
	}
	busy := map[string]time.Duration{} // until when something is broken, or coming back
	for at := *chaosEvery; len(plan) < n; {
		var f fault
		left := dice.IntN(weights)
		for _, f = range all {
			if left -= f.weight; left < 0 {
				break
			}
		}
		f.lasts = 200*time.Millisecond + time.Duration(dice.Int64N(int64(2800*time.Millisecond)))
		if n > 100 && dice.IntN(20) == 0 { // longer than any patience
			f.lasts += 10*time.Second + time.Duration(dice.Int64N(int64(30*time.Second)))
		}
		if !slices.ContainsFunc(f.on, func(on string) bool { return busy[on] > at }) {
			for _, on := range f.on {
				busy[on] = at + f.lasts + 1500*time.Millisecond
			}
			f.at = at
			plan = append(plan, f)
			at += time.Duration(dice.ExpFloat64() * float64(*chaosEvery))
		} else {
			at += *chaosEvery / 20
		}
	}
	return plan
}

// follow makes the faults when their time comes, and returns when the last is over.
func (c *chaos) follow(plan []fault) {
	var all sync.WaitGroup
	var of sync.Map // a lock for everything that can be broken
	for i, f := range plan {
		<-time.After(time.Until(c.began.Add(f.at)))
		all.Go(func() {
			for _, on := range slices.Sorted(slices.Values(f.on)) {
				lock, _ := of.LoadOrStore(on, &sync.Mutex{})
				lock.(*sync.Mutex).Lock()
				defer lock.(*sync.Mutex).Unlock()
			}
			began := time.Now()
			if *chaosFaults > 100 && i%100 == 99 {
				fmt.Printf("chaos on %s: fault %d of %d after %s\n", c.name, i+1, len(plan), time.Since(c.began).Round(time.Second))
			}
			f.begin()
			<-time.After(f.lasts)
			f.end()
			c.outages.add(f.on, began, time.Now())
		})
	}
	all.Wait()
}

// mend ends whatever may still be wrong.
func (c *chaos) mend() {
	for _, p := range c.taps {
		p.set(flows)
	}
	for _, d := range c.daemons {
		d.hold(false)
		d.signal(syscall.SIGCONT)
	}
	c.tell("slack", "mend")
}

// outages are when what was broken.
type outages struct {
	mu  sync.Mutex
	all []outage
}

type outage struct {
	on       string
	from, to time.Time
}

// recovery is what something needs after its fault to be of use again.
const recovery = 2 * time.Second

func (o *outages) add(on []string, from, to time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range on {
		o.all = append(o.all, outage{name, from, to.Add(recovery)})
	}
}

// within is how much of a time one of these was broken.
func (o *outages) within(from, to time.Time, names ...string) (sum time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var of []outage
	for _, a := range o.all {
		if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(a.on, n) }) && a.to.After(from) && a.from.Before(to) {
			of = append(of, a)
		}
	}
	slices.SortFunc(of, func(a, b outage) int { return a.from.Compare(b.from) })
	for at := from; len(of) > 0; of = of[1:] {
		begin, end := of[0].from, of[0].to
		if begin.Before(at) {
			begin = at
		}
		if end.After(to) {
			end = to
		}
		if end.After(begin) {
			sum += end.Sub(begin)
			at = end
		}
	}
	return sum
}
