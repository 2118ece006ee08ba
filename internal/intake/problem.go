package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

func (p *Problem) retry(after time.Duration) *Problem {
	p.header.Set("Retry-After", seconds(after))
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
