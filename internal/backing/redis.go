package backing

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"testing"
)

// redisDatabases is how many tests of one binary can have a database of their own.
const redisDatabases = 4096

// RedisURL returns the address of an empty database in a real Redis. It is the
// test's own: two installations in one database take each other's tasks.
func RedisURL(t testing.TB) string {
	t.Helper()
	services.Lock()
	defer services.Unlock()
	url := fmt.Sprintf("redis://%s/%d", shared(t, &services.redis, startRedis).addr, services.redisDatabase)
	if services.redisDatabase++; services.redisDatabase > redisDatabases {
		t.Fatalf("more than %d tests want a Redis database", redisDatabases)
	}
	return url
}

// NewRedis starts a Redis for one test alone.
func NewRedis(t testing.TB) *Server {
	t.Helper()
	services.Lock()
	defer services.Unlock()
	s := startRedis()
	return alone(t, s, "redis://"+s.addr+"/0")
}

func startRedis() *server {
	return start("redis", syscall.SIGTERM, func(dir, port string) (*exec.Cmd, error) {
		binary, err := exec.LookPath("redis-server")
		if err != nil {
			return nil, errors.New("redis-server is not installed (Debian: apt-get install redis-server)")
		}
		return exec.Command(binary, "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "yes",
			"--maxmemory-policy", "noeviction", "--databases", fmt.Sprint(redisDatabases)), nil
	})
}
