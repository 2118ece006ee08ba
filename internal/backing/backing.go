// Package backing starts the real backing services for tests: Debian's
// redis-server and PostgreSQL on free ports, in a folder that goes away. On a
// machine without them such a test is skipped; in CI that is a failure.
package backing

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var services struct {
	sync.Mutex
	folder        string
	redis         *server
	redisDatabase int // the next test's
	postgres      *server
	stop          []func()
}

// server is one running service, or why it does not run.
type server struct {
	addr string
	err  error
	cmd  *exec.Cmd
}

// Server is a service of one test alone, which may hold it up.
type Server struct {
	URL string
	pid int
}

// Freeze stops every process of the service: it takes connections and answers
// nothing. The end of the test thaws it.
func (s *Server) Freeze(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
}

// Thaw lets the service go on where it was.
func (s *Server) Thaw(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGCONT)
}

// signal is for the process, then for its children, which PostgreSQL has for each
// connection: a frozen parent has no further ones.
func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	pids := []string{strconv.Itoa(s.pid)}
	for i := 0; i < len(pids); i++ {
		n, err := strconv.Atoi(pids[i])
		if err == nil {
			err = syscall.Kill(n, sig)
		}
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Errorf("signal %s to process %s: %v", sig, pids[i], err)
		}
		if i == 0 {
			children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", s.pid))
			if err != nil {
				t.Errorf("children of process %d: %v", s.pid, err)
			}
			pids = append(pids, strings.Fields(string(children))...)
		}
	}
}

// alone hands a server to one test.
func alone(t testing.TB, s *server, url string) *Server {
	t.Helper()
	if s.err != nil {
		missing(t, s.err)
	}
	own := &Server{url, s.cmd.Process.Pid}
	t.Cleanup(func() { own.Thaw(t) }) // a frozen process hears no other signal
	return own
}

// Run is a package's TestMain: it runs the tests and stops what they started.
func Run(m *testing.M) {
	code := m.Run()
	services.Lock()
	defer services.Unlock()
	for _, stop := range services.stop {
		stop()
	}
	if services.folder != "" {
		os.RemoveAll(services.folder)
	}
	os.Exit(code)
}

// missing skips the test, or fails it in CI.
func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("CI runs against the real services: %v", err)
	}
	t.Skipf("needs a real service: %v", err)
}

// shared is the service that all tests of a package use; it is started for the first.
func shared(t testing.TB, s **server, start func() *server) *server {
	t.Helper()
	if *s == nil {
		*s = start()
	}
	if (*s).err != nil {
		missing(t, (*s).err)
	}
	return *s
}

// start launches what command says of a folder and a free port of 127.0.0.1.
func start(name string, stop os.Signal, command func(dir, port string) (*exec.Cmd, error)) *server {
	dir, port, err := place(name)
	if err != nil {
		return &server{err: err}
	}
	cmd, err := command(dir, port)
	if err != nil {
		return &server{err: err}
	}
	addr := "127.0.0.1:" + port
	return &server{addr: addr, err: launch(cmd, addr, stop), cmd: cmd}
}

// place is a free port, and a folder of its own that every user may read: PostgreSQL
// runs as another one.
func place(name string) (dir, port string, err error) {
	if services.folder == "" {
		if services.folder, err = os.MkdirTemp("", "leadtriage-test-"); err != nil {
			return "", "", err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	dir = filepath.Join(services.folder, name+"-"+port)
	return dir, port, errors.Join(l.Close(), os.Mkdir(dir, 0o755), os.Chmod(services.folder, 0o755))
}

// launch starts the command and waits until it takes connections. It is
// stopped by Run.
func launch(cmd *exec.Cmd, addr string, stop os.Signal) error {
	log, err := os.CreateTemp(services.folder, filepath.Base(cmd.Path)+"-*.log")
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	services.stop = append(services.stop, func() {
		cmd.Process.Signal(stop)
		select {
		case <-exited:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-exited
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for try := time.NewTicker(20 * time.Millisecond); ; {
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
		select {
		case <-try.C:
		case <-exited:
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("%s stopped: %s", cmd.Path, text)
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer on %s", cmd.Path, addr)
		}
	}
}
