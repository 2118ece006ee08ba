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
	if services.redis == nil {
		services.redis = startRedis()
	}
	if services.redis.err != nil {
		Missing(t, services.redis.err)
	}
	url := fmt.Sprintf("redis://%s/%d", services.redis.addr, services.redisDatabase)
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
	dir, err := folder("redis")
	if err != nil {
		return &server{err: err}
	}
	port, err := FreePort()
	if err != nil {
		return &server{err: err}
	}
	cmd, err := RedisCommand(dir, port, "--databases", fmt.Sprint(redisDatabases))
	if err != nil {
		return &server{err: err}
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	return &server{addr: addr, err: launch(cmd, addr, syscall.SIGTERM), cmd: cmd}
}

// RedisCommand is a Redis that keeps its data in the folder.
func RedisCommand(dir string, port int, more ...string) (*exec.Cmd, error) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("redis-server is not installed (Debian: apt-get install redis-server)")
	}
	args := []string{"--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"}
	return exec.Command(binary, append(args, more...)...), nil
}
