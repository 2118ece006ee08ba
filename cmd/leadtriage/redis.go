package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"leadtriage/config"
)

// queueRedis is the Redis under the queue.
type queueRedis struct {
	client   *redis.Client
	embedded bool // it lives in this process and is lost with it
	close    func()
}

// openRedis connects to REDIS_URL. Without one it starts a Redis in this
// process: the records hold the truth, so losing it loses nothing.
func openRedis(ctx context.Context, cfg *config.Config, log *slog.Logger) (*queueRedis, error) {
	if cfg.Env.RedisURL != "" {
		o, err := redis.ParseURL(cfg.Env.RedisURL.Reveal())
		if err != nil {
			return nil, fmt.Errorf("REDIS_URL: %w", err)
		}
		o.ContextTimeoutEnabled = true // else a Redis that hangs holds a call for longer than it may take
		client := redis.NewClient(o)
		if err := client.Ping(ctx).Err(); err != nil {
			client.Close()
			return nil, fmt.Errorf("no answer from Redis at %s: start it, or correct REDIS_URL: %w", o.Addr, err)
		}
		return &queueRedis{client: client, close: func() { client.Close() }}, nil
	}
	log.Warn("REDIS_URL is not set: the queue lives in this process; a restart fills it again from the records. For several machines set REDIS_URL")
	server := miniredis.NewMiniRedis()
	password := rand.Text()
	server.RequireAuth(password)
	if err := server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the queue in this process: %w", err)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Password: password})
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	go tick(ctx, server)
	return &queueRedis{client: client, embedded: true, close: func() {
		client.Close()
		stop()
		server.Close()
	}}, nil
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
