package sim

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// calls are the requests that a simulated service got, C each.
type calls[C any] struct {
	most int // that are remembered; 0: all

	mu      sync.Mutex
	kept    []*C
	seen    int
	changed chan struct{} // nil: nobody waits
}

// Requests returns the calls that came in, oldest first; a service that is asked
// very often remembers the newest thousand alone.
func (s *calls[C]) Requests() []C {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]C, len(s.kept))
	for i, c := range s.kept {
		out[i] = *c
	}
	return out
}

// Seen counts all calls ever, forgotten ones too.
func (s *calls[C]) Seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// Changed returns a channel that is closed when the next call has come in or has
// been answered. Take the channel first, then look, then wait on it.
func (s *calls[C]) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// add remembers a call.
func (s *calls[C]) add(c C) *C {
	s.change(func() {
		s.seen++
		if s.most > 0 && len(s.kept) == s.most {
			s.kept = slices.Delete(s.kept, 0, s.most/10)
		}
		s.kept = append(s.kept, &c)
	})
	return &c
}

// change does something to a call, or to what came of it, and wakes whoever waits.
func (s *calls[C]) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// faults are what is to go wrong with the calls of a service.
type faults[C, F any] struct {
	mu     sync.Mutex
	queued []F
	each   func(C) *F
}

// FailNext lets the next n calls that would have been answered fail. Faults queue
// up in the order given, and come before the one of SetFault.
func (s *faults[C, F]) FailNext(n int, f F) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued = append(s.queued, slices.Repeat([]F{f}, n)...)
}

// SetFault asks fault about every call that would have been answered; nil from it,
// or nil in its place, is no fault. It must not call back.
func (s *faults[C, F]) SetFault(fault func(C) *F) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.each = fault
}

// next is what goes wrong with a call; nil: nothing.
func (s *faults[C, F]) next(c C) *F {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.queued) > 0:
		f := s.queued[0]
		s.queued = s.queued[1:]
		return &f
	case s.each != nil:
		return s.each(c)
	}
	return nil
}

// readBody reads a request's body; the status is 0, or says why it could not be read.
func readBody(w http.ResponseWriter, r *http.Request, most int64) (body []byte, status int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, http.StatusRequestEntityTooLarge
	} else if err != nil {
		return nil, http.StatusBadRequest
	}
	return body, 0
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(body)
}

// seconds are for Retry-After: whole ones, at least one.
func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }

// pause waits, without end for 0; false: the visitor went away.
func pause(r *http.Request, d time.Duration) bool {
	if d == 0 {
		<-r.Context().Done()
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
