package enrich

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// Exam is what a model must show before its readings count: labelled sentences, of
// which it must take enough of the true ones and few of the false ones.
type Exam struct {
	Sentences []evidence.Sentence
	Recall    float64 // share of the true ones verified, at least
	False     float64 // share of the false ones verified, at most
	Endpoint  string  // where the model answers; a result is of one endpoint
	Model     string  // that reads, by name
	Records   Exams
}

// Exams keeps results, for all workers.
type Exams interface {
	// LeaseExam returns the result under the key, or makes the caller the one who
	// examines until the lease ends.
	LeaseExam(ctx context.Context, key string, now time.Time, lease time.Duration) (r *lead.ExamResult, mine bool, err error)
	// EndExam records the result, nil where there is none, and what was spent, and ends
	// the lease.
	EndExam(ctx context.Context, key string, r *lead.ExamResult, spent lead.Usage) error
}

const (
	examTime  = 5 * time.Minute  // for all of it: a small server reads slowly
	examLease = 20 * time.Second // then another worker sits it, too: that costs little, and waiting for one that died much
	examAgain = 2 * time.Second  // until another worker's result is looked for
)

// Examine has the model examined unless its result is on record, and returns it. nil
// without an error: no exam is asked for. An exam that is under way ends with life.
func (e *Enricher) Examine(ctx, life context.Context) (*lead.ExamResult, error) {
	if e.opts.Exam == nil || e.opts.Model == nil {
		return nil, nil
	}
	if r := e.result.Load(); r != nil {
		return r, nil
	}
	sat := e.exams.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeoutCause(life, examTime, ErrOutOfTime)
		defer cancel()
		r, err := e.exam(ctx)
		e.result.Store(r)
		return r, err
	})
	if ctx == life { // the exam ends with it, at once
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-ctx.Done():
		return nil, cancelled(ctx)
	case ended := <-sat:
		return ended.Val.(*lead.ExamResult), ended.Err
	}
}

// Passed reports whether a result is good enough.
func (x *Exam) Passed(r *lead.ExamResult) bool { return r.Recall >= x.Recall && r.False <= x.False }

func (e *Enricher) exam(ctx context.Context) (*lead.ExamResult, error) {
	x := e.opts.Exam
	key := x.Key(e.opts.Prompts.Version)
	r, mine, err := x.Records.LeaseExam(ctx, key, e.opts.Now(), examLease)
	switch {
	case err != nil:
		return nil, err
	case r != nil:
		e.logExam(ctx, r)
		return r, nil
	case !mine:
		return nil, lead.Faultf(lead.Throttled, examAgain, "another worker is examining the model")
	}
	verdicts, spent, err := e.ReadSentences(ctx, x.Sentences)
	if err == nil {
		r = result(x.Sentences, verdicts)
		r.Model, r.Prompt, r.At, r.Usage = x.Model, e.opts.Prompts.Version, e.opts.Now().UTC(), spent
		e.logExam(ctx, r)
	}
	keep, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if err = cmp.Or(err, x.Records.EndExam(keep, key, r, spent)); err != nil {
		err = fmt.Errorf("examine the model: %w", err)
	}
	return r, err
}

// logExam says once in a process how the model did.
func (e *Enricher) logExam(ctx context.Context, r *lead.ExamResult) {
	x := e.opts.Exam
	if x.Passed(r) {
		e.opts.Logger.InfoContext(ctx, "the model has passed the reading exam",
			"model", r.Model, "recall", r.Recall, "false", r.False, "on", r.At)
		return
	}
	e.opts.Logger.ErrorContext(ctx, "the model has failed the reading exam: facts that it reads stay unverified until another model "+
		"is configured (enrichment.model, enrichment.second_model) or enrichment.exam asks for less; "+
		"`leadtriage eval --exam --details` says where it was wrong",
		"model", r.Model, "recall", r.Recall, "recall_wanted", x.Recall, "false", r.False, "false_allowed", x.False)
}

// Key is of one endpoint, model, prompt version and set of sentences.
func (x *Exam) Key(version string) string {
	doc, _ := json.Marshal([]any{x.Endpoint, x.Model, version, x.Sentences})
	return fmt.Sprintf("%x", sha256.Sum256(doc))[:32]
}

// Verdict is what became of a labelled sentence under the second reading.
type Verdict struct {
	Reading evidence.Reading
	Refused *lead.Reason // nil: verified
}

// ReadSentences has sentences read as quotes are, and compares them with their claims.
func (e *Enricher) ReadSentences(ctx context.Context, sentences []evidence.Sentence) ([]Verdict, lead.Usage, error) {
	var verdicts []Verdict
	var spent lead.Usage
	for batch := range slices.Chunk(sentences, maxItems) {
		var items []item
		for _, s := range batch {
			items = append(items, item{s.Field, s.Company, s.Passage()})
		}
		readings, used, err := e.read(ctx, items)
		spent = spent.Add(used)
		if err != nil {
			return nil, spent, err
		}
		for i, s := range batch {
			r := readings[items[i]]
			verdicts = append(verdicts, Verdict{r, s.Judge(r)})
		}
	}
	return verdicts, spent, nil
}

func result(sentences []evidence.Sentence, verdicts []Verdict) *lead.ExamResult {
	r := &lead.ExamResult{}
	all, taken := map[bool]float64{}, map[bool]float64{} // by whether they are true
	for i, s := range sentences {
		ok := verdicts[i].Refused == nil
		all[s.True()]++
		if ok {
			taken[s.True()]++
		}
		if ok != s.True() {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%s %s: %s", s.Field, s.Value, s.Quote))
		}
	}
	r.Recall, r.False = taken[true]/max(all[true], 1), taken[false]/max(all[false], 1)
	return r
}
