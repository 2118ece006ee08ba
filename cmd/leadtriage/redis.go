package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"leadtriage/config"
)

// queueRedis is the Redis under the queue.
type queueRedis struct {
	client   *redis.Client
	open     opener // of more connections to it
	embedded bool   // it lives in this process and is lost with it
	close    func()
}

// opener opens connections to a Redis, for asynq's pages too.
type opener func() *redis.Client

// MakeRedisClient implements asynq.RedisConnOpt.
func (o opener) MakeRedisClient() any { return o() }

// openRedis connects to REDIS_URL. Without one it starts a Redis in this
// process: the records hold the truth, so losing it loses nothing.
func openRedis(ctx context.Context, cfg *config.Config, log *slog.Logger) (*queueRedis, error) {
	if cfg.Env.RedisURL != "" {
		open, at, err := reach(cfg.Env.RedisURL.Reveal())
		if err != nil {
			return nil, fmt.Errorf("REDIS_URL: %w", err)
		}
		client := open()
		if err := client.Ping(ctx).Err(); err != nil {
			client.Close()
			return nil, fmt.Errorf("no answer from Redis at %s: start it, or correct REDIS_URL: %w", at, err)
		}
		return &queueRedis{client: client, open: open, close: func() { client.Close() }}, nil
	}
	log.Warn("REDIS_URL is not set: the queue lives in this process; a restart fills it again from the records. For several machines set REDIS_URL")
	server := miniredis.NewMiniRedis()
	password := rand.Text()
	server.RequireAuth(password)
	if err := server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the queue in this process: %w", err)
	}
	open := opener(func() *redis.Client {
		return redis.NewClient(bounded(&redis.Options{Addr: server.Addr(), Password: password}))
	})
	client := open()
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	go tick(ctx, server)
	return &queueRedis{client: client, open: open, embedded: true, close: func() {
		client.Close()
		stop()
		server.Close()
	}}, nil
}

// takesTasks has it take a write by a script, as tasks are enqueued.
func (q *queueRedis) takesTasks(ctx context.Context) error {
	err := q.client.Eval(ctx, `return redis.call("SET", KEYS[1], ARGV[1], "PX", 60000)`, []string{"leadtriage:ready"}, "1").Err()
	if err != nil {
		return fmt.Errorf("the queue takes no tasks: %w", err)
	}
	return nil
}

// reach is how to open connections to the address: to Redis itself, or, where it names a
// master, to the one that the Sentinels at it name at the moment.
func reach(address string) (open opener, at string, err error) {
	if u, err := url.Parse(address); err == nil && u.Query().Has("master_name") {
		o, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, "", err
		}
		o.ContextTimeoutEnabled = true
		return func() *redis.Client { return redis.NewFailoverClient(o) }, strings.Join(o.SentinelAddrs, ", "), nil
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, "", err
	}
	return func() *redis.Client { return redis.NewClient(bounded(o)) }, o.Addr, nil
}

// bounded has calls end when their context does: a Redis that hangs then costs what
// callers allow, and not the client's own patience of many seconds.
func bounded(o *redis.Options) *redis.Options {
	o.ContextTimeoutEnabled = true
	return o
}

// noRedisLog drops what the client says of every try: its callers log how it ended.
type noRedisLog struct{}

func (noRedisLog) Printf(context.Context, string, ...any) {}

// tick moves the clock of a miniredis, which does not move by itself: without
// it no key would ever end.
func tick(ctx context.Context, server *miniredis.Miniredis) {
	const every = 100 * time.Millisecond
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			server.FastForward(now.Sub(last))
			last = now
		}
	}
}
