package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"leadtriage/internal/intake"
	"leadtriage/internal/lead"
	"leadtriage/internal/rows"
	"leadtriage/internal/source"
)

// sent is a row on its way to the API.
type sent struct {
	row    rows.Row
	mapped source.Mapped
	text   []byte // the lead as JSON, in one line
}

// lineAnswer is what the API says of one line of a batch.
type lineAnswer struct {
	Line      int            `json:"line"`
	Status    int            `json:"status"`
	ID        string         `json:"id"`
	Stage     lead.Stage     `json:"stage"`
	Duplicate bool           `json:"duplicate"`
	Detail    string         `json:"detail"`
	Errors    []intake.Fault `json:"errors"`
}

// reason is why a row was refused, in the words of its columns.
func (l lineAnswer) reason(m source.Mapped) string {
	if len(l.Errors) == 0 {
		return l.Detail
	}
	faults := make(intake.Faults, len(l.Errors))
	for i, f := range l.Errors {
		faults[i] = f
		if _, ok := m.Origin(f.Location); ok {
			faults[i] = f.In(m)
		}
	}
	return faults.Error()
}

// upload sends batches to the API.
type upload struct {
	address, key string
	client       *http.Client
	pause        func(context.Context, time.Duration) error
	most         int // lines of one request
	notes        io.Writer
	trouble      string // why the last attempt took nothing
	reached      bool   // something answered at the address
}

// attempts is how often in a row the API may fail to take anything before an
// import gives up; with pauses of up to half a minute that is about five minutes.
const attempts = 15

// firstAttempts is the same for an address at which nothing ever answered: it is
// more likely wrong than down. With pauses that is a quarter of a minute.
const firstAttempts = 5

var errStopped = errors.New("stopped: give the same command again to go on, nothing becomes a lead twice")

func newUpload(a *app, server, key, path string) (*upload, error) {
	server = cmp.Or(server, a.variable("LEADTRIAGE_SERVER"), "http://127.0.0.1:8080")
	key = cmp.Or(key, a.variable("LEADTRIAGE_KEY"))
	if key == "" {
		return nil, errors.New("a key is required: set LEADTRIAGE_KEY to one of LEADTRIAGE_API_KEYS that may enqueue")
	}
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("--server (or LEADTRIAGE_SERVER) is not an address: write it such as https://leads.northgate.example")
	}
	return &upload{address: strings.TrimRight(server, "/") + "/v1/" + path, key: key, pause: pause, most: batchRows, notes: a.errOut,
		client: &http.Client{Timeout: 5 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

func (a *app) variable(name string) string {
	for _, line := range a.environ {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send sends rows until each has an answer that stays, and hands it over.
func (u *upload) send(ctx context.Context, batch []sent, answered func(sent, lineAnswer)) error {
	failures := 0
	for len(batch) > 0 {
		now := batch[:min(len(batch), u.most)]
		var rest []sent
		settled, smaller, troubled := 0, false, false
		wait, err := u.post(ctx, now, func(s sent, answer lineAnswer) {
			switch {
			case answer.Status == http.StatusRequestEntityTooLarge && len(now) > 1:
				u.most, smaller = max(1, len(now)/2), true // the API's limit of a batch is smaller than ours
			case answer.Status == http.StatusTooManyRequests, answer.Status >= 500:
				troubled = true
			case answer.Status == 0:
			default:
				settled++
				answered(s, answer)
				return
			}
			rest = append(rest, s)
		})
		if ctx.Err() != nil {
			return errStopped
		}
		if err != nil {
			return err
		}
		batch = append(rest, batch[len(now):]...)
		if settled > 0 {
			failures = 0
		}
		if len(rest) == 0 || smaller || settled > 0 && !troubled {
			continue
		}
		failures++
		switch {
		case !u.reached && failures == firstAttempts:
			return fmt.Errorf("%s: check --server (or LEADTRIAGE_SERVER), and that the API runs", u.trouble)
		case failures == attempts:
			return fmt.Errorf("%s, %d times in a row: when the API is well again, give the same command again, nothing becomes a lead twice", u.trouble, attempts)
		}
		if failures == 1 {
			fmt.Fprintf(u.notes, "note: %s; trying again\n", u.trouble)
		}
		if u.pause(ctx, cmp.Or(wait, backoff(failures))) != nil {
			return errStopped
		}
	}
	return nil
}

func backoff(failures int) time.Duration {
	return min(30*time.Second, time.Second<<min(failures-1, 5))
}

// post sends rows once. Each is answered, with status 0 where no answer came. An
// error means that no attempt will do better.
func (u *upload) post(ctx context.Context, batch []sent, answered func(sent, lineAnswer)) (wait time.Duration, err error) {
	var body bytes.Buffer
	for _, s := range batch {
		body.Write(s.text)
		body.WriteByte('\n')
	}
	hash := sha256.Sum256(body.Bytes())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.address, &body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+u.key)
	req.Header.Set("Content-Type", "application/x-ndjson")
	// The same rows again are the same request, whoever stopped in between.
	req.Header.Set("Idempotency-Key", "import-"+hex.EncodeToString(hash[:]))
	all := func(unanswered []sent, status int) {
		for _, s := range unanswered {
			answered(s, lineAnswer{Status: status})
		}
	}
	res, err := u.client.Do(req)
	if err != nil {
		u.trouble = fmt.Sprintf("%s does not answer (%v)", u.address, errors.Unwrap(err))
		all(batch, 0)
		return 0, nil
	}
	u.reached = true
	u.trouble = fmt.Sprintf("%s did not take all of it (status %d)", u.address, res.StatusCode)
	defer res.Body.Close()
	wait = min(lead.RetryAfter(res.Header, time.Now()), 10*time.Minute)
	switch {
	case res.StatusCode == http.StatusOK:
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		all(batch, 0)
		return wait, nil
	case res.StatusCode == http.StatusRequestEntityTooLarge && len(batch) > 1:
		all(batch, res.StatusCode)
		return wait, nil
	default:
		return 0, turnedAway(u.address, res)
	}
	answers := bufio.NewScanner(res.Body)
	answers.Buffer(nil, 1<<20)
	n := 0
	for ; n < len(batch) && answers.Scan(); n++ {
		var answer lineAnswer
		if json.Unmarshal(answers.Bytes(), &answer) != nil || answer.Line != n+1 || answer.Status < 200 {
			break
		}
		answered(batch[n], answer)
	}
	all(batch[n:], 0)
	return wait, nil
}

// turnedAway is an answer that says the whole import is wrong.
func turnedAway(address string, res *http.Response) error {
	var p intake.Problem
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if json.Unmarshal(text, &p) == nil && p.Detail != "" && res.StatusCode != http.StatusNotFound {
		return fmt.Errorf("the API refused: %s", p.Detail)
	}
	return fmt.Errorf("%s answered %d: check --server, the address of the API without /v1", address, res.StatusCode)
}

// oneLine is JSON without line breaks.
func oneLine(text []byte) ([]byte, error) {
	var line bytes.Buffer
	if err := json.Compact(&line, text); err != nil {
		return nil, err
	}
	return line.Bytes(), nil
}
