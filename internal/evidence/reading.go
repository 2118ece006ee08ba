// Package evidence decides when a fact that a model claims counts: its quote stands
// in the page, its value is anchored in the quote, and a second, blind reading
// agrees. It is pure, and no list of words in it decides what a sentence means.
package evidence

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"leadtriage/internal/lead"
)

// Reading is what a reader took from a quote without having seen the claim
// (CONTRACT "read_quotes"): the values as read, whom or what they are of, and when.
type Reading struct {
	Values []string `json:"values"` // in the form of the field; empty: the quote gives none
	Of     string   `json:"of"`
	When   string   `json:"when"` // now, dated, past, planned, none
}

// Sentence is a labelled quote: what a claim of it is worth, and how a careful
// reader reads it.
type Sentence struct {
	Company string     `json:"company,omitempty"`
	Field   lead.Field `json:"field"`
	Value   string     `json:"value"` // as claimed
	Heading string     `json:"heading,omitempty"`
	Before  string     `json:"before,omitempty"`
	Quote   string     `json:"quote"`
	After   string     `json:"after,omitempty"`
	Right   string     `json:"right,omitempty"` // verified or unverified
	Reading Reading    `json:"reading"`
}

// True reports whether the claim is true, and so is to be verified.
func (s Sentence) True() bool { return s.Right == string(lead.Verified) }

// Passage is the sentence as a second reader sees it.
func (s Sentence) Passage() lead.Passage {
	return lead.Passage{Heading: s.Heading, Before: s.Before, Text: OneLine(s.Quote), After: s.After}
}

// Judge is nil where the claim is anchored and the reading agrees with it, else it
// says which of the two fails.
func (s Sentence) Judge(r Reading) *lead.Reason {
	value, ok := Normal(s.Field, s.Value)
	if ok {
		_, ok = Anchor(s.Field, value, OneLine(s.Quote))
	}
	if !ok {
		return lead.NewReason(lead.NotAnchored)
	}
	_, refused := Agrees(s.Field, value, r)
	return refused
}

// Lines reads JSON values of a known form, one a line, and checks each. All faulty lines
// are reported together, each as its place, such as "file.jsonl:", with its number.
func Lines[T any](text []byte, place string, check func(v *T, line int) error) (all []T, err error) {
	var faults []error
	line := 0
	for raw := range bytes.Lines(bytes.TrimPrefix(text, []byte("\uFEFF"))) {
		line++
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		var v T
		strict := json.NewDecoder(bytes.NewReader(raw))
		strict.DisallowUnknownFields()
		err := strict.Decode(&v)
		if err == nil && strict.More() {
			err = errors.New("more than one JSON value: write one a line")
		}
		if err == nil {
			err = check(&v, line)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s%d: %w", place, line, err))
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		faults = append(faults, fmt.Errorf("%s nothing in it: write one JSON object a line (docs/eval.md)", place))
	}
	return all, errors.Join(faults...)
}

// ReadSentences reads labelled sentences, one JSON object a line.
func ReadSentences(text []byte) ([]Sentence, error) {
	return Lines(text, "line ", func(s *Sentence, _ int) error { return s.check() })
}

func (s Sentence) check() error {
	switch {
	case !slices.Contains(ReadTwice, s.Field):
		return fmt.Errorf("field %q is not read twice: use one of %v", s.Field, ReadTwice)
	case s.Quote == "" || s.Value == "":
		return errors.New("value and quote are needed")
	case s.Right != string(lead.Verified) && s.Right != string(lead.Unverified):
		return fmt.Errorf("right is %q: write verified or unverified", s.Right)
	}
	return nil
}

//go:embed exam.jsonl
var exam []byte

// Exam are the sentences of the reading exam where the operator names none: 40, half
// of them true.
func Exam() []Sentence {
	all, err := ReadSentences(exam)
	if err != nil {
		panic(fmt.Sprintf("evidence: read the shipped exam: %v", err))
	}
	return all
}
