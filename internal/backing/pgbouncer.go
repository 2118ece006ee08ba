package backing

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// PooledURL returns the address of a new, empty database on a real PostgreSQL behind a real
// PgBouncer that hands out a connection for each transaction: to few connections, so that
// two transactions of a client seldom meet the same one.
func PooledURL(t testing.TB) string {
	t.Helper()
	direct, err := url.Parse(PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	services.Lock()
	defer services.Unlock()
	if services.pgbouncer == nil {
		services.pgbouncer = startPgBouncer(services.postgres.addr)
	}
	if services.pgbouncer.err != nil {
		Missing(t, services.pgbouncer.err)
	}
	direct.Host = services.pgbouncer.addr
	return direct.String()
}

func startPgBouncer(postgres string) *server {
	binary, err := exec.LookPath("pgbouncer")
	if err != nil {
		return &server{err: errors.New("pgbouncer is not installed (Debian: apt-get install pgbouncer)")}
	}
	dir, err := folder("pgbouncer")
	if err != nil {
		return &server{err: err}
	}
	as, err := unprivileged(dir) // PgBouncer, too, refuses to run as root
	if err != nil {
		return &server{err: err}
	}
	port, err := FreePort()
	if err != nil {
		return &server{err: err}
	}
	to, err := url.Parse("postgres://" + postgres)
	if err != nil {
		return &server{err: err}
	}
	settings := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf(`[databases]
* = host=%s port=%s user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
server_idle_timeout = 1
max_client_conn = 1000
`, to.Hostname(), to.Port(), port)
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		return &server{err: err}
	}
	cmd := exec.Command(binary, settings)
	cmd.SysProcAttr, cmd.Dir = as, dir
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	return &server{addr: addr, err: launch(cmd, addr, syscall.SIGTERM)}
}
