// Package evidence decides when a fact that a model claims counts: its quote stands
// in the page, its value is anchored in the quote, and a second, blind reading
// agrees. It is pure, and no list of words in it decides what a sentence means.
package evidence

import (
	"bufio"
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

// ReadSentences reads labelled sentences, one JSON object a line; all faulty lines are
// reported together.
func ReadSentences(text []byte) ([]Sentence, error) {
	var all []Sentence
	var faults []error
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var s Sentence
		strict := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		strict.DisallowUnknownFields()
		err := strict.Decode(&s)
		if err == nil {
			err = s.check()
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", n, err))
		}
		all = append(all, s)
	}
	faults = append(faults, lines.Err())
	if len(all) == 0 {
		faults = append(faults, errors.New("no sentence in it: write one JSON object a line (docs/eval.md)"))
	}
	return all, errors.Join(faults...)
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
