package enrich_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// exams are the records of a test.
type exams struct {
	mu     sync.Mutex
	kept   map[string]*lead.ExamResult
	leased map[string]bool
	spent  lead.Usage
}

func (x *exams) LeaseExam(_ context.Context, key string, _ time.Time, _ time.Duration) (*lead.ExamResult, bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if r := x.kept[key]; r != nil || x.leased[key] {
		return r, false, nil
	}
	x.leased[key] = true
	return nil, true, nil
}

func (x *exams) EndExam(_ context.Context, key string, r *lead.ExamResult, spent lead.Usage) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kept[key], x.spent = r, x.spent.Add(spent)
	delete(x.leased, key)
	return nil
}

func newExams() *exams { return &exams{kept: map[string]*lead.ExamResult{}, leased: map[string]bool{}} }

func exam(records enrich.Exams) *enrich.Exam {
	return &enrich.Exam{Sentences: evidence.Exam(), Recall: 0.85, False: 0.1, Endpoint: "http://a", Model: "m", Records: records}
}

// knowing reads the exam as it is labelled, but for so many sentences, and all else as
// the worst reader does.
func knowing(m *script, wrong int) func([]asked) (enrich.Turn, error) {
	return func(items []asked) (enrich.Turn, error) {
		var read []reading
		for _, it := range items {
			for _, s := range evidence.Exam() {
				if strings.Contains(it.item, "<text>"+evidence.OneLine(s.Quote)+"</text>") {
					r := reading{it.id, s.Reading.Values, s.Reading.Of, s.Reading.When}
					if wrong > 0 {
						wrong--
						r.Of = "other"
					}
					read = append(read, r)
				}
			}
		}
		if len(read) == 0 {
			return m.agreeable(items)
		}
		return readings(read...), nil
	}
}

func TestReadingsCountAfterTheExam(t *testing.T) {
	kept := newExams()
	m := &script{turns: turns(records(aboutClaims()...))}
	m.reads = knowing(m, 0)
	o := options(onePage(about), m)
	o.Exam = exam(kept)
	p, err := enricher(t, o).Enrich(t.Context(), "", site)
	if err != nil || verifiedFacts(p)[lead.Employees] != "250" || len(m.second) != 3 {
		t.Fatalf("%v, %v after %d calls", err, verifiedFacts(p), len(m.second))
	}
	if p.Usage.Second.Calls != 1 || kept.spent.Second.Calls != 2 {
		t.Errorf("the lead pays %+v, the exam cost %+v", p.Usage, kept.spent)
	}
	for _, r := range kept.kept {
		if r.Recall != 1 || r.False != 0 || r.Model != "m" || len(r.Wrong) != 0 || !r.At.Equal(now) {
			t.Errorf("the result is %+v", r)
		}
	}
	// It is asked once: not by this process again, nor by another one.
	m.second = nil
	if _, err := enricher(t, o).Enrich(t.Context(), "", site); err != nil || len(m.second) != 1 {
		t.Errorf("%v, %d calls in another process", err, len(m.second))
	}
	// Another model, another endpoint, other sentences: another exam.
	for name, change := range map[string]func(*enrich.Exam){
		"model":     func(x *enrich.Exam) { x.Model = "n" },
		"endpoint":  func(x *enrich.Exam) { x.Endpoint = "http://b" },
		"sentences": func(x *enrich.Exam) { x.Sentences = x.Sentences[:20] },
	} {
		m.second = nil
		other := o
		other.Exam = exam(kept)
		change(other.Exam)
		if _, err := enricher(t, other).Enrich(t.Context(), "", site); err != nil || len(m.second) < 2 {
			t.Errorf("%s: %v, %d calls", name, err, len(m.second))
		}
	}
}

// A model that fails is told of once; its facts wait, and cost nothing more.
func TestAFailedExam(t *testing.T) {
	var log bytes.Buffer
	m := &script{turns: turns(records(aboutClaims()...))}
	m.reads = knowing(m, 12)
	o := options(onePage(about), m)
	o.Exam, o.Logger = exam(newExams()), slog.New(slog.NewTextHandler(&log, nil))
	e := enricher(t, o)
	p, err := e.Enrich(t.Context(), "", site)
	if err != nil || status(p, lead.Employees, "250") != "reader_not_trusted" || len(verifiedFacts(p)) != 0 || !p.Untrusted() {
		t.Fatalf("%v, %+v", err, p.Facts)
	}
	if p, err = e.Resume(t.Context(), p); err != nil || len(p.Unread) == 0 || len(m.second) != 2 || p.Usage != (lead.Usage{}) {
		t.Errorf("%v, %d calls, usage %+v", err, len(m.second), p.Usage)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "failed the reading exam") {
		t.Errorf("the operator was told %d times: %s", n, log.String())
	}
	if trusted, err := e.Trusted(t.Context()); trusted || err != nil {
		t.Error(trusted, err)
	}
	o.Exam.Recall = 0.5 // the operator asks for less
	if p, err = enricher(t, o).Resume(t.Context(), p); err != nil || verifiedFacts(p)[lead.Employees] != "250" {
		t.Errorf("%v, %v", err, verifiedFacts(p))
	}
}

// While the exam cannot be had, facts wait as for a second reading that is down.
func TestAnExamThatCannotBeHad(t *testing.T) {
	down := lead.Faultf(lead.Temporary, 0, "x: %w", enrich.ErrUnavailable)
	kept := newExams()
	m := &script{turns: turns(records(aboutClaims()...))}
	m.reads = func([]asked) (enrich.Turn, error) { return enrich.Turn{}, down }
	o := options(onePage(about), m)
	o.Exam = exam(kept)
	e := enricher(t, o)
	p, err := e.Enrich(t.Context(), "", site)
	if !errors.Is(err, enrich.ErrUnavailable) || status(p, lead.Employees, "250") != "not_read_yet" {
		t.Fatalf("%v, %+v", err, p.Facts)
	}
	kept.leased = map[string]bool{o.Exam.Key("firmographics@3"): true}
	p, err = e.Resume(t.Context(), p)
	if kind, after := lead.KindOf(err); kind != lead.Throttled || after != 2*time.Second {
		t.Errorf("another worker examines: %v", err)
	}
	kept.leased = map[string]bool{}
	m.reads = knowing(m, 0)
	if p, err = e.Resume(t.Context(), p); err != nil || verifiedFacts(p)[lead.Employees] != "250" || len(m.heard) != 1 {
		t.Errorf("%v, %v", err, verifiedFacts(p))
	}
}

// Many leads at once sit one exam.
func TestManyLeadsSitOneExam(t *testing.T) {
	kept := newExams()
	m := &lockedScript{script: &script{turns: turns(records(aboutClaims()...))}}
	m.reads = knowing(m.script, 0)
	o := options(onePage(about), m)
	o.Exam = exam(kept)
	e := enricher(t, o)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := e.Enrich(t.Context(), "", site); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(m.second) != 22 {
		t.Errorf("%d second readings for 20 leads and an exam of two", len(m.second))
	}
}

// The second reading may be another model's.
func TestSecondModel(t *testing.T) {
	m := &script{turns: turns(records(aboutClaims()...))}
	o := options(onePage(about), m)
	o.SecondModel = "small"
	if _, err := enricher(t, o).Enrich(t.Context(), "", site); err != nil || m.heard[0].Model != "" || m.second[0].Model != "small" {
		t.Errorf("%v, %q and %q", err, m.heard[0].Model, m.second[0].Model)
	}
}
