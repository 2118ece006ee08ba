package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
)

// TestKilledAtAnyMoment kills the whole process again and again while leads come
// in and people click. In the end every lead has one card, one decision at most,
// and one webhook id.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"DATABASE_URL": backing.PostgresURL(t), "REDIS_URL": backing.RedisURL(t)})
	w.set(map[string]string{"LEADTRIAGE_ADDR": freeAddr(t), "LEADTRIAGE_CONFIG": w.configFile("review: {undo: 0s, deadline: 2s}")})

	reviewing, stopReviewing := context.WithCancel(context.Background())
	reviewed := make(chan struct{})
	go func() { defer close(reviewed); w.reviewAll(reviewing) }()

	var ids []string
	for round := range 8 {
		p := w.launch()
		for i := range 4 {
			host := fmt.Sprintf("firm-%d-%d.example", round, i)
			w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
			ids = append(ids, w.post(http.StatusAccepted, fit(host)).ID)
		}
		select { // anywhere between the first page and the last webhook
		case <-time.After(rand.N(500 * time.Millisecond)):
		case <-p.exited:
			t.Fatalf("the process ended by itself:\n%s", w.log)
		}
		p.kill()
	}
	w.leap(w.now().Add(time.Minute)) // what the killed ones had in hand is free again
	p := w.launch()
	defer p.kill()
	for _, id := range ids {
		r := w.untilWithin(2*time.Minute, id, "delivered", func(r lead.Record) bool {
			return (r.Stage == lead.Approved || r.Stage == lead.Rejected) &&
				!slices.ContainsFunc(r.Effects, func(e lead.RecordEffect) bool { return e.State != lead.Delivered })
		})
		if n := w.cards(id); n != 1 {
			t.Errorf("lead %s has %d cards", id, n)
		}
		decisions := 0
		for _, h := range r.History {
			if h.Action == "approved" || h.Action == "rejected" {
				decisions++
			}
		}
		if decisions != 1 {
			t.Errorf("lead %s was decided %d times", id, decisions)
		}
		hooks := map[string]bool{}
		for _, a := range w.crm.Attempts() {
			if strings.HasPrefix(a.ID, id) && a.Type != "lead.updated" { // a late word of why has an id of its own
				hooks[a.ID] = true
			}
		}
		if len(hooks) != 1 {
			t.Errorf("lead %s was told of under %d ids", id, len(hooks))
		}
	}
	stopReviewing()
	<-reviewed
}

// reviewAll approves whatever card asks, as long as the service is there to hear it.
func (w *world) reviewAll(ctx context.Context) {
	for ctx.Err() == nil {
		m, err := w.slack.WaitMessage(ctx, asking)
		if err != nil {
			return
		}
		answer, err := w.slack.Click(ctx, demoReviewer, m.Channel, m.TS, "lead_approve")
		if err == nil && answer.Problem == "" {
			if form, open := w.slack.Modal(demoReviewer); open { // its facts are not in: not proposed as an EQL
				w.slack.Submit(ctx, demoReviewer, form.ID, map[string]string{"note": "known to sales"})
			}
			continue
		}
		select { // the service is down, or the card is being redrawn
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// program is leadtriage in a process of its own.
type program struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

// launch starts the program and waits until it is ready.
func (w *world) launch() *program {
	w.t.Helper()
	p := &program{cmd: exec.Command(os.Args[0], "run"), exited: make(chan struct{})}
	p.cmd.Env = append(slices.Clone(w.environ), asProgram+"="+time.Duration(w.ahead.Load()).String(), "LOG_LEVEL=info")
	p.cmd.Stdout, p.cmd.Stderr = w.log, w.log
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() { p.cmd.Wait(); close(p.exited) }()
	w.t.Cleanup(p.kill)
	w.api = "http://" + w.variable("LEADTRIAGE_ADDR")
	w.slack.SetAppURL(w.api)
	ctx := w.patient()
	for try := time.NewTicker(10 * time.Millisecond); ; {
		if res, err := http.Get(w.api + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p
			}
		}
		select {
		case <-try.C:
		case <-p.exited:
			w.t.Fatalf("the process did not start:\n%s", w.log)
		case <-ctx.Done():
			w.t.Fatalf("the process is never ready:\n%s", w.log)
		}
	}
}

// kill ends the process at once, as a power cut would.
func (p *program) kill() {
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.exited
}

func (w *world) variable(name string) string {
	for _, line := range w.environ {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

func (w *world) configFile(yaml string) string {
	if !strings.Contains(yaml, "\npartners:") { // lines that name partners are a file of their own
		yaml = quickConfig + yaml
	}
	file := filepath.Join(w.t.TempDir(), "leadtriage.yaml")
	if !strings.Contains(yaml, "slack:") {
		yaml += "\n" + slackPace
	}
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

func freeAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
