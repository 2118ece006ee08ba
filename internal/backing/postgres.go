package backing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
)

var databases atomic.Int64

// PostgresURL returns the address of a new, empty database on a real PostgreSQL.
func PostgresURL(t testing.TB) string {
	t.Helper()
	services.Lock()
	defer services.Unlock()
	return newDatabase(t, shared(t, &services.postgres, startPostgres).addr)
}

// NewPostgres starts a PostgreSQL for one test alone, with an empty database.
func NewPostgres(t testing.TB) *Server {
	t.Helper()
	services.Lock()
	defer services.Unlock()
	own := startPostgres()
	s := alone(t, own, "")
	s.URL = newDatabase(t, own.addr)
	return s
}

func newDatabase(t testing.TB, addr string) string {
	t.Helper()
	db, err := sql.Open("pgx", "postgres://postgres@"+addr+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("leads_%d", databases.Add(1))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for { // it takes connections a moment before it answers them
		_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
		if err == nil || !strings.Contains(err.Error(), "57P03") {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return "postgres://postgres@" + addr + "/" + name
}

func startPostgres() *server {
	return start("postgres", syscall.SIGINT, func(dir, port string) (*exec.Cmd, error) { // SIGINT: fast shutdown
		binary, err := postgresBinary()
		if err != nil {
			return nil, err
		}
		as, err := unprivileged(dir)
		if err != nil {
			return nil, err
		}
		data := filepath.Join(dir, "data")
		initdb := exec.Command(filepath.Join(filepath.Dir(binary), "initdb"), "-D", data, "-U", "postgres",
			"--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
		initdb.SysProcAttr, initdb.Dir = as, dir
		if out, err := initdb.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("initdb: %w: %s", err, out)
		}
		cmd := exec.Command(binary, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+dir,
			"-c", "fsync=off", "-c", "full_page_writes=off") // these records need not outlive the machine
		cmd.SysProcAttr, cmd.Dir = as, dir
		return cmd, nil
	})
}

// postgresBinary prefers the newest of Debian's folders: its postgres stands
// beside initdb.
func postgresBinary() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) > 0 {
		return slices.Max(found), nil
	}
	binary, err := exec.LookPath("postgres")
	if err == nil {
		_, err = os.Stat(filepath.Join(filepath.Dir(binary), "initdb"))
	}
	if err != nil {
		return "", errors.New("PostgreSQL is not installed (Debian: apt-get install postgresql)")
	}
	return binary, nil
}

// unprivileged makes dir the property of the user postgres, when we are root:
// PostgreSQL refuses to run as root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL refuses to run as root: %w", err)
	}
	var as syscall.Credential
	if _, err := fmt.Sscan(u.Uid, &as.Uid); err != nil {
		return nil, err
	}
	if _, err := fmt.Sscan(u.Gid, &as.Gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &as}, os.Chown(dir, int(as.Uid), int(as.Gid))
}
