//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
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

// daemon is a program that is started again whenever it ends, as an init system does.
type daemon struct {
	name    string
	command func() (*exec.Cmd, error)
	log     *os.File
	mu      sync.Mutex
	process *os.Process
	down    bool          // it is not to run
	ended   bool          // for good
	idle    chan struct{} // closed when nothing of it runs any more
	starts  int
}

func newDaemon(t testing.TB, folder, name string, command func() (*exec.Cmd, error)) *daemon {
	log, err := os.OpenFile(filepath.Join(folder, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{name: name, command: command, log: log, idle: make(chan struct{})}
	go d.run()
	t.Cleanup(d.stop)
	return d
}

func (d *daemon) run() {
	defer close(d.idle)
	for {
		d.mu.Lock()
		if d.ended {
			d.mu.Unlock()
			return
		}
		var cmd *exec.Cmd
		err := errors.New("it is to be down")
		if !d.down {
			cmd, err = d.command()
			if err == nil {
				cmd.Stdout, cmd.Stderr = d.log, d.log
				cmd.StdinPipe() // it ends with us, if it looks
				err = cmd.Start()
			}
			if err == nil {
				d.process = cmd.Process
				d.starts++
			} else {
				fmt.Fprintln(d.log, "not started:", err)
			}
		}
		d.mu.Unlock()
		if err == nil {
			cmd.Wait()
			d.mu.Lock()
			d.process = nil
			d.mu.Unlock()
		}
		<-time.After(200 * time.Millisecond)
	}
}

// signal goes to the program and to what it has started.
func (d *daemon) signal(s syscall.Signal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.process != nil {
		for _, pid := range append([]int{d.process.Pid}, offspring(d.process.Pid)...) {
			syscall.Kill(pid, s)
		}
	}
}

// hold kills the program and keeps it from starting again, or lets it start.
func (d *daemon) hold(down bool) {
	d.mu.Lock()
	d.down = down
	d.mu.Unlock()
	if down {
		d.signal(syscall.SIGKILL)
	}
}

// leave asks the program to end, and waits a while until it has.
func (d *daemon) leave(patience time.Duration) {
	d.mu.Lock()
	p, before := d.process, d.starts
	d.mu.Unlock()
	if p == nil {
		return
	}
	p.Signal(syscall.SIGTERM)
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
		d.mu.Lock()
		again := d.starts > before
		d.mu.Unlock()
		if again {
			return
		}
	}
}

func (d *daemon) stop() {
	d.mu.Lock()
	d.ended = true
	d.mu.Unlock()
	for {
		d.signal(syscall.SIGKILL)
		select {
		case <-d.idle:
			d.log.Close()
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// offspring are the processes that a process has started, and theirs.
func offspring(pid int) (all []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	children := map[int][]int{}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		own, rest, _ := bytes.Cut(text, []byte(" "))
		fields := strings.Fields(string(rest[bytes.LastIndexByte(rest, ')')+1:])) // state, parent
		child, _ := strconv.Atoi(string(own))
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], child)
	}
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		next = append(next, children[next[0]]...)
		all = append(all, children[next[0]]...)
	}
	return all
}
