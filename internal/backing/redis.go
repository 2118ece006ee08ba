package backing

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// RedisURL returns the address of a real Redis, emptied.
func RedisURL(t testing.TB) string {
	t.Helper()
	services.Lock()
	defer services.Unlock()
	if services.redis == nil {
		services.redis = startRedis()
	}
	if services.redis.err != nil {
		missing(t, services.redis.err)
	}
	url := "redis://" + services.redis.addr + "/0"
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(o)
	defer rdb.Close()
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return url
}

func startRedis() *server {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return &server{err: errors.New("redis-server is not installed (Debian: apt-get install redis-server)")}
	}
	dir, err := folder("redis")
	if err != nil {
		return &server{err: err}
	}
	port, err := freePort()
	if err != nil {
		return &server{err: err}
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	cmd := exec.Command(binary, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction")
	return &server{addr: addr, err: launch(cmd, addr, syscall.SIGTERM)}
}
