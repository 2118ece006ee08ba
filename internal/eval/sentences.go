package eval

import (
	"context"
	"fmt"
	"slices"

	"leadtriage/internal/enrich"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// SentenceReport is what a model made of labelled sentences, in the second reading alone.
type SentenceReport struct {
	Model  string          `json:"model"`
	Prompt string          `json:"prompt"`
	All    SentenceTally   `json:"all"`
	Fields []SentenceField `json:"fields"`
	Usage  lead.Usage      `json:"usage"`
	Wrong  []WrongSentence `json:"wrong"` // in the order of the file
}

// SentenceTally counts sentences and those of them whose claim was verified.
type SentenceTally struct {
	True     int      `json:"true"`
	Verified int      `json:"verified"` // of the true ones
	Claimed  int      `json:"false"`    // sentences whose claim is false
	Taken    int      `json:"taken"`    // of the false ones
	Recall   *float64 `json:"recall"`
	False    *float64 `json:"false_share"`
}

// SentenceField is the tally of one field.
type SentenceField struct {
	Field lead.Field `json:"field"`
	SentenceTally
}

// WrongSentence is a true claim that was refused, or a false one that was verified.
type WrongSentence struct {
	evidence.Sentence
	Read   evidence.Reading `json:"read"`
	Reason *lead.Reason     `json:"reason"` // null: it was verified
}

// Sentences has labelled sentences read as quotes are.
func Sentences(ctx context.Context, all []evidence.Sentence, o Options) (SentenceReport, error) {
	r := SentenceReport{Model: o.Model, Prompt: o.Enrich.Prompts.Version, Fields: []SentenceField{}, Wrong: []WrongSentence{}}
	o.Enrich.Pages = nil
	enricher, err := enrich.New(o.Enrich)
	if err != nil {
		return r, err
	}
	verdicts, used, err := enricher.ReadSentences(ctx, all)
	r.Usage = used
	if err != nil {
		return r, fmt.Errorf("eval: %w", err)
	}
	tallies := map[lead.Field]*SentenceTally{}
	for i, s := range all {
		t := tallies[s.Field]
		if t == nil {
			t = &SentenceTally{}
			tallies[s.Field] = t
		}
		verified := verdicts[i].Refused == nil
		t.add(s.True(), verified)
		r.All.add(s.True(), verified)
		if verified != s.True() {
			r.Wrong = append(r.Wrong, WrongSentence{s, verdicts[i].Reading, verdicts[i].Refused})
		}
	}
	for _, field := range evidence.ReadTwice {
		if t := tallies[field]; t != nil {
			t.rate()
			r.Fields = append(r.Fields, SentenceField{field, *t})
		}
	}
	slices.SortFunc(r.Fields, func(a, b SentenceField) int {
		return slices.Index(lead.Fields, a.Field) - slices.Index(lead.Fields, b.Field)
	})
	r.All.rate()
	return r, nil
}

func (t *SentenceTally) add(isTrue, verified bool) {
	all, got := &t.Claimed, &t.Taken
	if isTrue {
		all, got = &t.True, &t.Verified
	}
	*all++
	if verified {
		*got++
	}
}

func (t *SentenceTally) rate() {
	t.Recall, t.False = share(t.Verified, t.True), share(t.Taken, t.Claimed)
}
