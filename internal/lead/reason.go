package lead

import "fmt"

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

// Arg is the i-th argument, or "".
func (r *Reason) Arg(i int) string {
	if i < len(r.Args) {
		return r.Args[i]
	}
	return ""
}

// String is the reason in English, as a part of a sentence.
func (r *Reason) String() string {
	switch r.Code {
	case NotInPage:
		return "the quote stands in no page"
	case OthersWords:
		return "others' words"
	case NotAnchored:
		return "the quote does not contain the value"
	case NotChosen:
		return "not read a second time"
	case NotReadYet:
		return "the second reading is still to come"
	case ReaderNotTrusted:
		return "the model has not passed the reading exam"
	case ReadAsOtherValue:
		if r.Arg(0) == "" {
			return "read as stating no value"
		}
		return fmt.Sprintf("read as %s, not %s", r.Arg(0), r.Arg(1))
	case ReadAsOtherSubject:
		if subject, ok := subjects[r.Arg(0)]; ok {
			return "read as " + subject
		}
		return "read as something else"
	case ReadAsPast:
		if r.Arg(0) == "planned" {
			return "read as a plan"
		}
		return "read as past"
	case MaybeAnother:
		return "the page may be about another company"
	}
	return string(r.Code)
}

// subjects are what a quote may speak of (CONTRACT "read_quotes"), in English.
var subjects = map[string]string{
	"whole_company": "the whole company", "part_of_company": "part of the company", "group_or_parent": "the group or a parent",
	"branch_or_site": "a branch or a site", "change": "a change", "customers": "customers", "jobs_offered": "jobs on offer",
	"other_company": "another company", "other": "something else", "investment": "an investment", "founding": "the founding",
	"incorporation": "the incorporation", "predecessor_or_merger": "a predecessor or a merger", "head_office": "the head office",
	"registered_address": "the registered address", "founding_place": "the place of founding", "market": "a market",
	"company_uses": "a tool in use", "integrates_or_sells": "a tool that it integrates or sells", "this_company": "this company",
	"unclear": "unclear",
}
