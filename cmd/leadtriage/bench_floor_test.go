package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/backing"
)

// benchFirm is a company of newFirms.
var benchFirm = regexp.MustCompile(`firm[0-9]{5}\.example`)

// BenchmarkFloor measures what a lead of a company that was never seen costs the program,
// beside testdata/floor: the same calls and commits without any logic. Both run as processes
// of their own on the same parts, in turn; model and Slack answer at once. What the program
// costs beyond the floor is what its features cost.
func BenchmarkFloor(b *testing.B) {
	floor := filepath.Join(b.TempDir(), "floor")
	if out, err := exec.Command("go", "build", "-o", floor, "./testdata/floor").CombinedOutput(); err != nil {
		b.Skipf("needs the go command: %v: %s", err, out)
	}
	for name, url := range map[string]func(testing.TB) string{
		"postgres": backing.PostgresURL,
		"sqlite":   func(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "leads.db") },
	} {
		b.Run(name, func(b *testing.B) { besideFloor(b, floor, url) })
	}
}

func besideFloor(b *testing.B, floor string, url func(testing.TB) string) {
	const leads = 500 // of each, in one op
	w := &bench{world: newWorld(b, nil), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * benchSenders}}}
	posted := w.atOnce()
	var sides [2]*rival
	for i, command := range []*exec.Cmd{exec.Command(floor), exec.Command(os.Args[0], "run")} {
		database := url(b)
		command.Env = append(w.environ, "DATABASE_URL="+database, "REDIS_URL="+backing.RedisURL(b), "LEADTRIAGE_ADDR="+freeAddress(b),
			asProgram+"=0s",
			"LEADTRIAGE_CONFIG="+w.configFile("review: {undo: 0s}\nslack: {rate: 0}"),
			"SITE_ADDR="+strings.TrimPrefix(w.variable("LEADTRIAGE_PAGE_RESOLVE"), "*="))
		sides[i] = startRival(b, command, database)
		w.feed(sides[i], posted, 1000) // connections, plans, caches, the exam
	}
	var used [2]expense
	for b.Loop() {
		for i, s := range sides {
			used[i].add(w.feed(s, posted, leads))
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, name := range []string{"floor", "own"} {
		b.ReportMetric(float64(used[i].leads)/used[i].took.Seconds(), name+"-leads/s")
		b.ReportMetric(milliseconds(used[i].program)/float64(used[i].leads), name+"-cpu-ms/lead")
		b.ReportMetric(milliseconds(used[i].database)/float64(used[i].leads), name+"-db-cpu-ms/lead")
	}
	b.ReportMetric(used[0].took.Seconds()/used[1].took.Seconds(), "leads/s-ratio")
	b.ReportMetric(float64(used[1].program)/float64(used[0].program), "cpu-ratio")
	if used[0].database > 0 {
		b.ReportMetric(float64(used[1].database)/float64(used[0].database), "db-cpu-ratio")
	}
}

// rival is one of the programs that are compared.
type rival struct {
	pid, database int // of the program, and of Postgres; 0: none
	api           string
}

func startRival(b *testing.B, command *exec.Cmd, database string) *rival {
	b.Helper()
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
		if text, _ := os.ReadFile(log.Name()); b.Failed() {
			b.Logf("%s", text)
		}
	})
	s := &rival{pid: command.Process.Pid}
	for _, line := range command.Env {
		if addr, ok := strings.CutPrefix(line, "LEADTRIAGE_ADDR="); ok {
			s.api = "http://" + addr // the last one stands
		}
	}
	untilReady(b, strings.TrimPrefix(s.api, "http://"))
	if !strings.HasPrefix(database, "sqlite") {
		s.database = postmaster(b, database)
	}
	return s
}

// postmaster is the process from which all of a Postgres come.
func postmaster(b *testing.B, url string) (pid int) {
	b.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var folder string
	if err := db.QueryRow(`SHOW data_directory`).Scan(&folder); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "postmaster.pid"))
	if err == nil {
		_, err = fmt.Sscan(string(text), &pid)
	}
	if err != nil {
		b.Fatal(err)
	}
	return pid
}

// expense is what leads took, of wall and of processors.
type expense struct {
	leads                   int
	took, program, database time.Duration
}

func (c *expense) add(d expense) {
	c.leads, c.took, c.program, c.database = c.leads+d.leads, c.took+d.took, c.program+d.program, c.database+d.database
}

// feed posts n leads of new companies, many at a time, and waits for the last one's card.
func (w *bench) feed(s *rival, posted *atomic.Int64, n int) expense {
	w.t.Helper()
	hosts := w.newFirms(n)
	w.api = s.api
	want := posted.Load() + int64(n)
	program, database, began := used(s.pid), usedWithChildren(s.database), time.Now()
	w.sendAll(hosts)
	w.wait(5*time.Millisecond, "all cards are posted", func() bool { return posted.Load() >= want })
	took := time.Since(began)
	return expense{n, took, used(s.pid) - program, usedWithChildren(s.database) - database}
}

// atOnce puts a model and a Slack before the simulators that answer without thinking: what
// one answered about one company it says of all, and every message stands at once. It
// counts the messages.
func (w *bench) atOnce() *atomic.Int64 {
	w.t.Helper()
	var posted atomic.Int64
	var said sync.Map // by the body of the question
	model := http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		host := benchFirm.Find(body)
		if host == nil {
			host = []byte(sample) // of an exam
		}
		question := string(bytes.ReplaceAll(body, host, []byte(sample)))
		answer, known := said.Load(question)
		if !known {
			rec := httptest.NewRecorder()
			again := r.Clone(r.Context())
			again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			w.model.ServeHTTP(rec, again)
			answer = strings.ReplaceAll(rec.Body.String(), string(host), sample)
			if rec.Code != http.StatusOK { // the floor asks what no model understands
				answer = `{"choices":[{"message":{"role":"assistant","content":"` + strings.Repeat("a fact of the company, ", 60) + `"}}]}`
			}
			said.Store(question, answer)
		}
		out.Header().Set("Content-Type", "application/json")
		io.WriteString(out, strings.ReplaceAll(answer.(string), sample, string(host)))
	})
	slack := http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
			w.slack.ServeHTTP(out, r)
			return
		}
		io.Copy(io.Discard, r.Body)
		out.Header().Set("Content-Type", "application/json")
		json.NewEncoder(out).Encode(map[string]any{"ok": true, "channel": demoChannel, "ts": fmt.Sprintf("1795867200.%06d", posted.Add(1))})
	})
	for name, h := range map[string]http.Handler{"OPENAI_BASE_URL": model, "SLACK_API_URL": slack} {
		addr, err := w.serve("127.0.0.1:0", h)
		if err != nil {
			w.t.Fatal(err)
		}
		w.set(map[string]string{name: "http://" + addr + map[string]string{"OPENAI_BASE_URL": "/v1", "SLACK_API_URL": "/api/"}[name]})
	}
	return &posted
}

// used is the time of processors that Linux says a process took, in hundredths of a second.
func used(pid int) time.Duration { return ticks(pid, 2) }

// usedWithChildren is that of a process, of its children, and of those that ended.
func usedWithChildren(pid int) (all time.Duration) {
	if pid == 0 {
		return 0
	}
	all = ticks(pid, 4)
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		if child, err := strconv.Atoi(filepath.Base(folder)); err == nil && len(stat(child)) > 1 && stat(child)[1] == strconv.Itoa(pid) {
			all += ticks(child, 2)
		}
	}
	return all
}

// stat are the fields of /proc/PID/stat behind the name: state, parent, …; the 11th are
// user and system time, and those of children that ended.
func stat(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

func ticks(pid, fields int) (all time.Duration) {
	s := stat(pid)
	for i := 11; i < 11+fields && i < len(s); i++ {
		n, _ := strconv.Atoi(s[i])
		all += time.Duration(n) * 10 * time.Millisecond
	}
	return all
}
