package crm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

const (
	// callTime bounds one call.
	callTime = 10 * time.Second
	// longestTurn is how long an attempt waits for its turn before it gives way.
	longestTurn = 5 * time.Second
	mostAnswer  = 8 << 20
	// tries of a call in one attempt, with a growing pause between them, where no longer one
	// is asked for.
	tries     = 3
	againWait = 200 * time.Millisecond
	patience  = 5 * time.Second
)

// Line is the way to one CRM.
type Line struct {
	Name string // as people call it
	HTTP *http.Client
}

// NewLine follows redirects on the same host alone, and of what is read: the token goes
// nowhere else, and a write is none after a redirect.
func NewLine(name string) *Line {
	return &Line{Name: name, HTTP: &http.Client{CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > 3 || req.URL.Host != via[0].URL.Host || req.Method != http.MethodGet {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// Answer is what came back of one call, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send makes one call with its whole answer. what names it in errors, without persons.
func (l *Line) Send(ctx context.Context, req *http.Request, what string) (a Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req.Header.Set("User-Agent", "leadtriage")
	res, err := l.HTTP.Do(req.WithContext(ctx))
	if err != nil {
		return a, lead.Faultf(lead.Temporary, 0, "%s did not answer %s: %w", l.Name, what, lead.WithoutURL(err))
	}
	defer res.Body.Close()
	a.Status, a.Header = res.StatusCode, res.Header
	if a.Body, err = io.ReadAll(io.LimitReader(res.Body, mostAnswer)); err != nil {
		return a, lead.Faultf(lead.Temporary, 0, "%s's answer to %s broke off: %w", l.Name, what, lead.WithoutURL(err))
	}
	return a, nil
}

// Request is a call with a token and, unless in is nil, a body of JSON. variable is where the
// beginning of the address was read from.
func (l *Line) Request(ctx context.Context, method, address, variable, token string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, lead.Faultf(lead.Permanent, 0, "encode for %s: %w", l.Name, err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(address, "?"), body)
	if err != nil {
		return nil, lead.Faultf(lead.Permanent, 0, "%s: bad address (%s)", l.Name, variable)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// Read decodes an answer of JSON; what is as in Send, and out nil where nothing is asked of it.
func (l *Line) Read(a Answer, what string, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		return lead.Faultf(lead.Temporary, 0, "%s's answer to %s is no JSON as expected: %w", l.Name, what, err)
	}
	return nil
}

// Again makes a call, and makes it again where it failed in a way that passes and may be
// made twice: what fails often would else never get to its end.
func (l *Line) Again(ctx context.Context, twice bool, call func() error) (err error) {
	for n := range tries {
		if n > 0 {
			if err := l.sleep(ctx, time.Duration(n)*againWait); err != nil {
				return err
			}
		}
		began := time.Now()
		err = call()
		kind, after := lead.KindOf(err)
		if passes := err != nil && kind == lead.Temporary && after <= patience; !passes || !twice || answered(err) || time.Since(began) > callTime/2 {
			break
		}
	}
	return err
}

// answered reports whether the far side said no, other than that it is not well.
func answered(err error) bool {
	status := StatusOf(err)
	return status != 0 && status < 500
}

// StatusOf is the status of the refusal in err; 0: there is none.
func StatusOf(err error) int {
	var r interface{ Status() int }
	if errors.As(err, &r) {
		return r.Status()
	}
	return 0
}

// sleep waits, or returns that the attempt is over.
func (l *Line) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return lead.Faultf(lead.Temporary, 0, "%s was not asked any more: %w", l.Name, ctx.Err())
	}
}

// Turn waits until a pace allows another call. Who would wait long gives way. nil: no pace.
func (l *Line) Turn(ctx context.Context, pace *outbox.Pace, name string) error {
	for pace != nil {
		wait := pace.Take(ctx, name)
		if wait <= 0 {
			return nil
		}
		if wait > longestTurn {
			return lead.Faultf(lead.Throttled, wait, "%s is not asked for %s, for it said so or its limit is reached", l.Name, wait.Round(time.Second))
		}
		if err := l.sleep(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// Down is the fault of an outage: one attempt at a time, probe apart at most, finds out
// whether it is over.
func Down(cause error, probe time.Duration, code, sentence string, args ...any) error {
	return &lead.Fault{Kind: lead.Throttled, After: probe, Outage: &lead.Outage{Code: code, Sentence: fmt.Sprintf(sentence, args...)}, Err: cause}
}

// Named is a path as logs may hold it: an address in it is none of theirs.
func Named(path string) string {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return "a path"
	}
	return Nameless(plain)
}
