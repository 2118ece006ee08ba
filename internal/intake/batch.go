package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"leadtriage/internal/lead"
)

// lineResult is what became of one line of a batch.
type lineResult struct {
	Line int `json:"line" doc:"Counted from 1."`
	Result
}

// Result is what became of one lead of several.
type Result struct {
	Status int `json:"status" doc:"As the lead alone would have been answered: 202 taken, 200 known already, 400 or 422 refused, 413 too long, 503 send this line again."`
	*lead.Receipt
	Detail string  `json:"detail,omitempty" doc:"Why the line was refused, and what to do."`
	Errors []Fault `json:"errors,omitempty" doc:"Every faulty field of the line."`
}

// postBatch takes one lead per line and answers one line for each, in order, as
// they are committed. A refused line does not hold up the others.
func (a *API) postBatch(c *call) error {
	c.batch = true
	idempotencyKey, err := readIdempotencyKey(c.r, 240)
	if err != nil {
		return err
	}
	return a.lines(c, func(n int, line []byte) (result Result) {
		result.take(a.acceptLine(c, line, n, idempotencyKey))
		return result
	})
}

// lines answers each line of a body, in order, as it was taken.
func (a *API) lines(c *call, take func(n int, line []byte) Result) error {
	if err := c.mediaType("application/x-ndjson", "application/jsonl", "application/jsonlines", "application/x-jsonlines"); err != nil {
		return err
	}
	control := http.NewResponseController(c.w)
	impatient := func() { control.SetReadDeadline(time.Now().Add(a.opts.ReadTimeout)) }
	impatient()
	if c.declaresMore(a.opts.MaxBatch) {
		return problemf(http.StatusRequestEntityTooLarge, "%s", a.tooMuch())
	}
	control.EnableFullDuplex() // HTTP/1 would else read the whole body before the first result leaves
	if c.asksFirst() {
		c.w.WriteHeader(http.StatusContinue) // the final status comes before the first read, which would else say so
	}
	c.w.Header().Set("Content-Type", "application/x-ndjson")
	c.w.WriteHeader(http.StatusOK)

	body := bufferBody(&counted{r: c.r.Body, left: a.opts.MaxBatch, before: impatient}, func() { control.Flush() })
	defer body.wait() // the body is not to be read once this has returned
	in := bufio.NewReaderSize(body, 64<<10)
	out := json.NewEncoder(c.w)
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		result := lineResult{Line: n}
		switch {
		case errors.Is(err, errLongLine):
			result.refuse(problemf(http.StatusRequestEntityTooLarge, "the line is longer than 1 MB: one lead may have 1 MB"))
		case errors.Is(err, errTooMuch):
			result.refuse(problemf(http.StatusRequestEntityTooLarge, "%s", a.tooMuch()))
		case err != nil:
			result.refuse(problemf(http.StatusBadRequest, "the batch broke off in this line: the lines before it were answered, send the rest again"))
		case c.by.limit.Wait(c.r.Context()) != nil:
			result.refuse(unavailable(c.r.Context().Err()))
		default:
			result.Result = take(n, line)
		}
		control.SetWriteDeadline(time.Now().Add(writeWithin))
		if out.Encode(result) != nil || c.r.Context().Err() != nil {
			return nil // the caller has gone; what was taken is committed
		}
		if err != nil && !errors.Is(err, errLongLine) {
			c.drain()
			return nil
		}
	}
}

func (a *API) tooMuch() string {
	return fmt.Sprintf("a batch may have %d MB: the lines that were answered were taken, send the rest as another batch", a.opts.MaxBatch>>20)
}

func (r *Result) take(receipt lead.Receipt, err error) {
	if err == nil {
		r.Status, r.Receipt = taken(receipt), &receipt
		return
	}
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		p = unavailable(err)
	}
	r.refuse(p)
}

func (r *Result) refuse(p *Problem) { r.Status, r.Detail, r.Errors = p.Status, p.Detail, p.Errors }

// acceptLine takes a line as postLead takes a body. The batch's idempotency key
// serves each line under its number, so that a batch which broke off can be sent again.
func (a *API) acceptLine(c *call, line []byte, n int, idempotencyKey string) (lead.Receipt, error) {
	if idempotencyKey != "" {
		idempotencyKey = fmt.Sprintf("%s#%d", idempotencyKey, n)
	}
	receipt, err := a.accept(c, line, idempotencyKey)
	if p, ok := errors.AsType[*Problem](err); ok && p.cause != nil {
		a.opts.Logger.Error("batch line failed", "route", c.r.Pattern, "line", n, "error", p.cause)
	}
	return receipt, err
}

var (
	errLongLine = errors.New("line too long")
	errTooMuch  = errors.New("batch too large")
)

// readLine returns the next line without its end; a longer one than a lead may
// be is skipped to its end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if !long {
			line = append(line, part...)
		}
		if len(line) > maxLead+2 {
			line, long = nil, true
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) && (len(line) > 0 || long) {
			err = nil // the last line needs no end
		}
		if err == nil && long {
			err = errLongLine
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

// counted ends a body that is larger than it may be with errTooMuch.
type counted struct {
	r      io.Reader
	left   int64
	before func() // called before every read
}

func (c *counted) Read(p []byte) (int, error) {
	c.before()
	n, err := c.r.Read(p[:max(1, min(int64(len(p)), c.left))]) // at the limit the body may just end here
	if c.left -= int64(n); c.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}

// bufferedBody reads a body into memory while its first lines are still being worked
// on. A client that sends all before it reads would else wait for us, and we for
// it, as soon as the results of what was read fill the connection.
type bufferedBody struct {
	idle func() // called before waiting for more

	mu   sync.Mutex
	more sync.Cond
	text bytes.Buffer
	err  error // set at the end
}

func bufferBody(body io.Reader, idle func()) *bufferedBody {
	a := &bufferedBody{idle: idle}
	a.more.L = &a.mu
	go a.fill(body)
	return a
}

func (a *bufferedBody) fill(body io.Reader) {
	part := make([]byte, 64<<10)
	for {
		n, err := body.Read(part)
		a.mu.Lock()
		a.text.Write(part[:n])
		a.err = err
		a.more.Signal()
		a.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (a *bufferedBody) Read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.text.Len() == 0 && a.err == nil {
		a.mu.Unlock()
		a.idle()
		a.mu.Lock()
	}
	for a.text.Len() == 0 && a.err == nil {
		a.more.Wait()
	}
	if a.text.Len() > 0 {
		return a.text.Read(p)
	}
	return 0, a.err
}

// wait returns when the body is read to its end, or cannot be read any more.
func (a *bufferedBody) wait() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.err == nil {
		a.more.Wait()
	}
}
