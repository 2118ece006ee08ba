package lead

import (
	"fmt"
	"strings"
)

// ReasonCode says at which step a fact was refused (CONTRACT "A lead, as read").
type ReasonCode string

const (
	NotInPage          ReasonCode = "not_in_page"           // the quote stands in no page that was read
	OthersWords        ReasonCode = "others_words"          // it stands only in what the page marks as others' words
	NotAnchored        ReasonCode = "not_anchored"          // the quote does not contain the value
	NotChosen          ReasonCode = "not_chosen"            // nobody read the quote a second time
	NotReadYet         ReasonCode = "not_read_yet"          // the second reading is still to come
	ReaderNotTrusted   ReasonCode = "reader_not_trusted"    // the model has not passed the exam
	ReadAsOtherValue   ReasonCode = "read_as_other_value"   // args: as read, as claimed
	ReadAsOtherSubject ReasonCode = "read_as_other_subject" // args: the subject, a slot of read_quotes or "unclear"
	ReadAsPast         ReasonCode = "read_as_past"          // args: past or planned
	MaybeAnother       ReasonCode = "maybe_another_company" // a page of others that nothing ties to this company
)

// Reason is why a fact is not verified, as data: sentences are made of it where
// it is shown.
type Reason struct {
	Code ReasonCode `json:"code"`
	Args []string   `json:"args"`
	Text string     `json:"text,omitempty"` // in English; in the record of the API only
}

// NewReason has no nil Args, so that the API never shows null.
func NewReason(code ReasonCode, args ...string) *Reason {
	return &Reason{Code: code, Args: append([]string{}, args...)}
}

// Refusals say each reason in English, as a part of a sentence; %[1]s and %[2]s are its
// args, a subject in the words of Subjects. The args of ReadAsOtherValue may be empty:
// then it is the reason "".
var Refusals = map[ReasonCode]string{
	NotInPage:          "the quote stands in no page",
	OthersWords:        "said by or about others",
	NotAnchored:        "the quote does not contain the value",
	NotChosen:          "not read a second time",
	NotReadYet:         "still to be read a second time",
	ReaderNotTrusted:   "the model has not passed the reading exam",
	ReadAsOtherValue:   "read as %[1]s, not %[2]s",
	"":                 "read as stating no value",
	ReadAsOtherSubject: "read as %[1]s",
	ReadAsPast:         "read as %[1]s, not as of today",
	MaybeAnother:       "the page may be about another company",
}

// Subjects are whom or what a quote may speak of (CONTRACT "read_quotes"), and when, in
// English.
var Subjects = map[string]string{
	"whole_company": "the whole company", "part_of_company": "part of the staff or company", "group_or_parent": "the group or a parent",
	"branch_or_site": "a branch or a site", "change": "a change", "customers": "customers", "jobs_offered": "jobs on offer",
	"other_company": "another company", "other": "something else", "investment": "an investment", "founding": "the founding",
	"incorporation": "the incorporation", "predecessor_or_merger": "a predecessor or a merger", "head_office": "the head office",
	"registered_address": "the registered address", "founding_place": "the place of founding", "market": "a market",
	"company_uses": "a tool in use", "integrates_or_sells": "something it integrates or sells", "this_company": "this company",
	"unclear": "nothing clear", "past": "the past", "planned": "a plan",
}

// String is the reason in English.
func (r *Reason) String() string { return r.In(Refusals, Subjects) }

// In is the reason in the language of the two maps; an arg that is no subject, such as a
// value or a year, stays as it is.
func (r *Reason) In(refusals map[ReasonCode]string, subjects map[string]string) string {
	code, args := r.Code, []any{"", ""}
	for i := range min(len(r.Args), len(args)) {
		args[i] = r.Args[i]
		if word, ok := subjects[r.Args[i]]; ok && code != ReadAsOtherValue {
			args[i] = word
		}
	}
	if code == ReadAsOtherValue && args[0] == "" {
		code = ""
	}
	format, ok := refusals[code]
	if !ok {
		return string(r.Code)
	}
	if n := strings.Count(format, "%["); n < len(args) {
		args = args[:n]
	}
	return fmt.Sprintf(format, args...)
}
