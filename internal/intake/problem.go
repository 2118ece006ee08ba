package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Problem is an error as callers see it (RFC 9457).
type Problem struct {
	Type   string  `json:"type" doc:"Always about:blank: the status says the kind." example:"about:blank"`
	Title  string  `json:"title" example:"Unprocessable Entity"`
	Status int     `json:"status" example:"422"`
	Detail string  `json:"detail" doc:"A sentence that says what to do next."`
	Errors []Fault `json:"errors,omitempty" doc:"Every faulty field at once."`

	Results []elementResult `json:"results,omitempty" doc:"What became of each item, where a webhook had several."`

	header http.Header
	cause  error // logged, never shown
}

func problemf(status int, format string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: fmt.Sprintf(format, args...), header: http.Header{}}
}

func (p *Problem) Error() string { return p.Detail }

// retry says after how many seconds: whole ones, and never zero.
func (p *Problem) retry(after time.Duration) *Problem {
	p.header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(after.Seconds())))))
	return p
}

// faulty is the problem of what could not be taken as sent; nothing of it was kept.
func faulty(f Faults) *Problem {
	detail := f[0].Message
	if len(f) > 1 {
		detail = fmt.Sprintf("%d faults, all listed in errors; nothing was taken. The first: %s", len(f), detail)
	}
	p := problemf(f.Status(), "%s", detail)
	p.Errors = f
	return p
}

// unavailable is the problem of a record that could not be read or committed. One
// that is damaged will not mend by itself: that is no reason to try again.
func unavailable(cause error) *Problem {
	if errors.Is(cause, lead.ErrUnreadable) {
		p := problemf(http.StatusInternalServerError,
			"the record of this lead is damaged and cannot be read: tell the operator, the log says what is wrong with it")
		p.cause = cause
		return p
	}
	p := problemf(http.StatusServiceUnavailable, "the records cannot be reached, so nothing was taken: send the same again after Retry-After").retry(5 * time.Second)
	p.cause = cause
	return p
}

func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

// Fault is one thing wrong with what was sent. The message is a sentence that
// begins with the location and never repeats the value.
type Fault struct {
	Location string `json:"location" doc:"The faulty field, such as partner.tier or events[0].at." example:"partner.tier"`
	Message  string `json:"message" doc:"What is wrong with it, and what to send instead." example:"partner.tier is required: the programme tier the partner is in, one of gold, silver"`
}

// body is the location of a fault of the whole text, before any field was read.
const body = "body"

// maxFaults bounds an answer to a hostile or hopeless body.
const maxFaults = 100

// Faults is everything wrong with what was sent, in the order of reading; empty
// when nothing is.
type Faults []Fault

// Error joins the messages into one sentence.
func (f Faults) Error() string {
	messages := make([]string, len(f))
	for i, fault := range f {
		messages[i] = fault.Message
	}
	return strings.Join(messages, "; ")
}

// Status is 400 when the text could not be read at all, and 422 when fields are faulty.
func (f Faults) Status() int {
	if len(f) == 1 && f[0].Location == body {
		return http.StatusBadRequest
	}
	return http.StatusUnprocessableEntity
}

func (f *Faults) add(at, format string, args ...any) {
	f.append(Fault{Location: at, Message: at + " " + fmt.Sprintf(format, args...)})
}

func (f *Faults) append(fault Fault) {
	switch {
	case len(*f) < maxFaults:
		*f = append(*f, fault)
	case len(*f) == maxFaults:
		*f = append(*f, Fault{Location: fault.Location, Message: "there are more faults than are listed here: mend these first"})
	}
}

func malformed(format string, args ...any) Faults {
	return Faults{{Location: body, Message: "the body " + fmt.Sprintf(format, args...)}}
}
