package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

// asOutside makes the test binary one of the far sides, by its name, in a process that
// outlives whatever of the service is killed. It ends with its input.
const asOutside = "LEADTRIAGE_TEST_AS_OUTSIDE"

// canary stands in every secret and in everything personal of a chaos: it must turn up
// nowhere but where it belongs.
const canary = "Quillonx"

// outside serves a far side at OUTSIDE_ADDR. Beside it: POST /chaos/fault has the next
// calls fail; GET /chaos/log is what it saw.
func outside(name string) {
	mux := http.NewServeMux()
	switch name {
	case "slack":
		outsideSlack(mux)
	case "model":
		outsideModel(mux)
	case "crm":
		outsideCRM(mux)
	case "web":
		outsideWeb(mux)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Getenv("OUTSIDE_ADDR"), mux))
	os.Exit(1)
}

func writeLog(w http.ResponseWriter, log any) { json.NewEncoder(w).Encode(log) }

// times is how many calls shall fail.
func times(r *http.Request) int {
	n, _ := strconv.Atoi(r.FormValue("n"))
	return n
}

// slackLog is what an auditor may know of Slack.
type slackLog struct {
	Cards   []seenCard
	Clicks  int // of reviewers
	Refused int // that were not answered in Slack's time
	Undone  int
}

// seenCard is a message that shows a lead.
type seenCard struct {
	Lead   string
	Round  int
	At     time.Time
	Asking bool
}

func outsideSlack(mux *http.ServeMux) {
	s, err := sim.NewSlack(sim.SlackOptions{
		BotToken: demoBotToken + canary, SigningSecret: demoSigningSecret + canary, RateLimit: 10,
		Channels: []sim.SlackChannel{{ID: demoChannel, Name: "partner-leads"}}, Scopes: slack.Scopes, HomeTab: true,
		Users: []sim.SlackUser{{ID: demoReviewer, Name: "ada"}, {ID: "U0BRUNO", Name: "bruno"}},
	})
	if err != nil {
		panic(err)
	}
	s.SetAppURL(os.Getenv("OUTSIDE_APP"))
	p := &crowd{s: s, busy: map[string]bool{}}
	seed, _ := strconv.ParseUint(os.Getenv("OUTSIDE_SEED"), 10, 64)
	p.rand = rand.New(rand.NewPCG(seed, 2))
	go p.review()
	mux.Handle("/", s)
	mux.HandleFunc("POST /chaos/fault", func(_ http.ResponseWriter, r *http.Request) {
		s.FailNext("*", times(r), map[string]sim.SlackFault{
			"throttles": {Status: http.StatusTooManyRequests, RetryAfter: time.Second}, "errs": {Status: http.StatusInternalServerError},
			"loses": {Lose: true}, "garbles": {Body: "<html>"},
		}[r.FormValue("kind")])
	})
	mux.HandleFunc("POST /chaos/mend", func(http.ResponseWriter, *http.Request) { s.Mend(); p.calm.Store(true) })
	mux.HandleFunc("GET /chaos/log", func(w http.ResponseWriter, _ *http.Request) {
		log := slackLog{Clicks: int(p.clicks.Load()), Refused: int(p.refused.Load()), Undone: int(p.undone.Load())}
		for _, m := range s.Messages(demoChannel) {
			if m.Metadata != nil && m.Metadata.EventType == "lead_review" {
				id, _ := m.Metadata.EventPayload["lead_id"].(string)
				round, _ := m.Metadata.EventPayload["round"].(float64)
				log.Cards = append(log.Cards, seenCard{Lead: id, Round: int(round), At: slackTime(m.TS), Asking: asking(m)})
			}
		}
		writeLog(w, log)
	})
}

func slackTime(ts string) time.Time {
	seconds, _ := strconv.ParseFloat(ts, 64)
	return time.UnixMilli(int64(seconds * 1000))
}

// crowd are the reviewers: they answer whatever asks, together, twice, and take back.
type crowd struct {
	s                       *sim.Slack
	mu                      sync.Mutex
	rand                    *rand.Rand
	busy                    map[string]bool // by message
	clicks, refused, undone atomic.Int64
	calm                    atomic.Bool // nobody takes anything back any more
}

func (p *crowd) review() {
	for range time.Tick(250 * time.Millisecond) {
		for _, m := range p.s.Messages(demoChannel) {
			p.mu.Lock()
			if len(p.busy) < 8 && !p.busy[m.TS] && asking(m) {
				p.busy[m.TS] = true
				go p.answer(m, p.rand.IntN(100), time.Duration(p.rand.IntN(2000))*time.Millisecond)
			}
			p.mu.Unlock()
		}
	}
}

func (p *crowd) answer(m sim.SlackMessage, mood int, after time.Duration) {
	<-time.After(after)
	switch {
	case mood < 15: // two at once, of two minds
		var both sync.WaitGroup
		both.Go(func() { p.approve(m, demoReviewer) })
		both.Go(func() { p.reject(m, "U0BRUNO") })
		both.Wait()
	case mood < 30: // a double click
		var both sync.WaitGroup
		both.Go(func() { p.approve(m, demoReviewer) })
		both.Go(func() { p.approve(m, demoReviewer) })
		both.Wait()
	case mood < 50:
		p.reject(m, "U0BRUNO")
	default:
		p.approve(m, demoReviewer)
	}
	if mood%5 == 0 && !p.calm.Load() {
		<-time.After(after)
		if p.click(demoReviewer, m, "lead_undo") {
			p.undone.Add(1)
		}
	}
	<-time.After(500 * time.Millisecond) // the card is drawn again; or else somebody tries again
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, m.TS)
}

func (p *crowd) approve(m sim.SlackMessage, by string) {
	p.click(by, m, "lead_approve")
	p.fill(by, map[string]string{"note": "known to sales"})
}

func (p *crowd) reject(m sim.SlackMessage, by string) {
	p.click(by, m, "lead_reject")
	p.fill(by, map[string]string{"reason": "other"})
}

func (p *crowd) click(by string, m sim.SlackMessage, button string) bool {
	answer, err := p.s.Click(context.Background(), by, m.Channel, m.TS, button)
	return p.count(answer, err)
}

// fill sends the form that opened, if one did.
func (p *crowd) fill(by string, values map[string]string) {
	if form, open := p.s.Modal(by); open {
		if answer, err := p.s.Submit(context.Background(), by, form.ID, values); !p.count(answer, err) {
			p.s.CloseView(context.Background(), by, form.ID)
		}
	}
}

func (p *crowd) count(answer sim.SlackAnswer, err error) bool {
	if answer.Kind == "" {
		return false // the button was gone
	}
	p.clicks.Add(1)
	if err != nil || answer.Problem != "" {
		p.refused.Add(1)
		return false
	}
	return true
}

// modelLog is how many requests had something personal in them.
type modelLog struct{ Requests, Personal int }

func outsideModel(mux *http.ServeMux) {
	m := sim.NewOpenAI(sim.OpenAIOptions{Key: demoModelKey + canary, Labels: firmLabels})
	var personal atomic.Int64
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(bytes.ToLower(body), []byte(strings.ToLower(canary))) {
			personal.Add(1)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		m.ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /chaos/fault", func(_ http.ResponseWriter, r *http.Request) {
		m.FailNext(times(r), map[string]sim.ModelFault{"throttles": {Kind: sim.ModelThrottled}, "errs": {Kind: sim.ModelServerError},
			"loses": {Kind: sim.ModelCut}, "garbles": {Kind: sim.ModelBadGateway}}[r.FormValue("kind")])
	})
	mux.HandleFunc("GET /chaos/log", func(w http.ResponseWriter, _ *http.Request) {
		writeLog(w, modelLog{Requests: m.Seen(), Personal: int(personal.Load())})
	})
}

// heard is a webhook that the endpoint took in, or one that came again.
type heard struct {
	ID, Type, Timestamp, Lead string
	At                        time.Time
	Times                     int
	Altered                   bool // it came again and said that something else had happened
	Grown                     bool // it came again and told more of the lead
	Forged                    bool // its signature is not good
}

func outsideCRM(mux *http.ServeMux) {
	c := sim.NewCRM(sim.CRMOptions{Secret: demoWebhookSecret})
	var mu sync.Mutex
	var ill illness
	said := map[string]map[heard]bool{} // by id, what came
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "cut", http.StatusBadRequest)
			return
		}
		var m struct {
			Type, Timestamp string
			Data            struct{ ID string }
		}
		json.Unmarshal(body, &m)
		mu.Lock()
		id := r.Header.Get("webhook-id")
		if said[id] == nil {
			said[id] = map[heard]bool{}
		}
		said[id][heard{Type: m.Type, Timestamp: m.Timestamp, Lead: m.Data.ID}] = true
		mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch ill.next() {
		case "throttles":
			w.Header().Set("Retry-After", "1")
			http.Error(w, "slow down", http.StatusTooManyRequests)
		case "errs":
			http.Error(w, "something went wrong", http.StatusInternalServerError)
		case "loses": // it is taken in, and the answer never comes
			c.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case "garbles":
			time.Sleep(2 * time.Second)
			c.ServeHTTP(w, r)
		default:
			c.ServeHTTP(w, r)
		}
	})
	mux.HandleFunc("POST /chaos/fault", func(_ http.ResponseWriter, r *http.Request) { ill.set(r.FormValue("kind"), times(r)) })
	mux.HandleFunc("GET /chaos/log", func(w http.ResponseWriter, _ *http.Request) {
		var log []heard
		mu.Lock()
		defer mu.Unlock()
		for _, d := range c.Deliveries() {
			h := heard{ID: d.ID, At: d.At, Times: 1 + d.Repeats, Grown: d.Altered, Forged: !d.Verified, Altered: len(said[d.ID]) > 1}
			for what := range said[d.ID] {
				h.Type, h.Timestamp, h.Lead = what.Type, what.Timestamp, what.Lead
			}
			log = append(log, h)
		}
		writeLog(w, log)
	})
}

// illness is how a far side fails, for so many more calls.
type illness struct {
	mu    sync.Mutex
	kind  string
	calls int
}

func (i *illness) set(kind string, calls int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.kind, i.calls = kind, calls
}

func (i *illness) next() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.calls--; i.calls < 0 {
		return ""
	}
	return i.kind
}

// outsideWeb has a site for every firm that chaos makes up.
func outsideWeb(mux *http.ServeMux) {
	web := sim.NewWeb()
	var ill atomic.Int64 // how many more pages fail
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if ill.Add(-1) >= 0 {
			http.Error(w, "Something went wrong", http.StatusInternalServerError)
			return
		}
		host, _, _ := strings.Cut(r.Host, ":")
		if strings.HasPrefix(host, "chaos-") {
			web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 crowd works here.</p>")
		}
		web.ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /chaos/fault", func(_ http.ResponseWriter, r *http.Request) { ill.Store(int64(cmp.Or(times(r), 1))) })
	mux.HandleFunc("GET /chaos/log", func(w http.ResponseWriter, _ *http.Request) { writeLog(w, web.Seen()) })
}
