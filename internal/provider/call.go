package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"leadtriage/internal/breaker"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

const (
	tries         = 2
	retryWait     = 200 * time.Millisecond // before the second try
	maxAnswer     = 1 << 20                // bytes of one answer
	maxAskedName  = 120                    // runes of a company's name that leave
	tripAfter     = 5                      // failures in a row, then nobody asks it for a while
	throttledWait = 10 * time.Second       // when a 429 names no delay
)

// failure says why there is no answer, and names no company.
type failure struct {
	result  Result
	why     string
	passing bool          // the next try may succeed
	after   time.Duration // the provider asks to be left alone for so long
}

func (f *failure) Error() string { return f.why }

var secretInURL = regexp.MustCompile(`(?i)^(api[_-]?key|key|token|access[_-]?token|auth|secret|password)$`)

// CheckTemplate refuses what would let a lead choose where the headers go, and secrets
// in an address. It does not repeat it: it may carry a password.
func CheckTemplate(template string) error {
	bare := strings.NewReplacer("{domain}", "d", "{name}", "n").Replace(template)
	u, err := url.Parse(bare)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" || strings.ContainsAny(bare, "{}") {
		return errors.New("write a whole address with {domain}, and {name} at most, such as https://api.clearfacts.example/v1/companies/{domain}")
	}
	for key := range u.Query() {
		if secretInURL.MatchString(key) {
			return errors.New("a secret has no place in this file; send it as a header, by header_env")
		}
	}
	path, _, _ := strings.Cut(template, "?")
	_, rest, _ := strings.Cut(path, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case u.User != nil:
		return errors.New("a password has no place in this file; send it as a header, by header_env")
	case !strings.Contains(template, "{domain}"):
		return errors.New("the address must hold {domain}: facts are kept by the company's domain")
	case strings.Contains(host, "{"):
		return errors.New("write the host itself; {domain} and {name} stand behind it")
	case strings.Contains(path, "{name}"):
		return errors.New("{name} may stand behind the ? only")
	}
	return nil
}

// expand fills the template in; nothing in name or domain can leave its place.
func expand(template, name, domain string) string {
	called := []rune(evidence.OneLine(name))
	name = string(called[:min(len(called), maxAskedName)])
	path, query, asks := strings.Cut(template, "?")
	path = strings.ReplaceAll(path, "{domain}", url.PathEscape(domain))
	if !asks {
		return path
	}
	return path + "?" + strings.NewReplacer("{domain}", url.QueryEscape(domain), "{name}", url.QueryEscape(name)).Replace(query)
}

// answer is the body of the provider's answer. What may pass is tried once more,
// as far as the time goes.
func (p *Provider) answer(outer context.Context, address string) ([]byte, *failure) {
	ctx, cancel := context.WithTimeout(outer, p.o.Timeout)
	defer cancel()
	last := &failure{result: Throttled, why: "it is not asked for a while, as it asked or because it failed several times in a row"}
	for try := 1; ; try++ {
		done := p.allowed(ctx)
		if done == nil {
			return nil, last
		}
		body, failed := p.get(ctx, address)
		switch {
		case outer.Err() != nil: // we went away: that says nothing against the provider
			done(outer.Err())
		case failed == nil:
			done(nil)
		default:
			done(failed)
			p.spare.Hold(failed.after)
		}
		if failed == nil || try == tries || !failed.passing && failed.after == 0 {
			return body, failed
		}
		last = failed
		if failed.passing && !sleep(ctx, retryWait) {
			return nil, last
		}
	}
}

// allowed waits until the provider may be asked; nil: not before ctx ends.
func (p *Provider) allowed(ctx context.Context) (done func(error)) {
	for ctx.Err() == nil {
		left := p.spare.Held()
		if left == 0 {
			if done, left = p.spare.Allow(); done != nil {
				return done
			}
			left = max(left+time.Millisecond, retryWait)
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < left || !sleep(ctx, left) {
			break
		}
	}
	return nil
}

// verdict: what does not pass by itself, and asking to slow down, is an answer.
func verdict(err error) breaker.Verdict {
	failed, ok := errors.AsType[*failure](err)
	switch {
	case err == nil, ok && !failed.passing && failed.after == 0:
		return breaker.Healthy
	case ok && failed.passing:
		return breaker.Failed
	}
	return breaker.Neither
}

func (p *Provider) get(ctx context.Context, address string) ([]byte, *failure) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &failure{result: Failed, why: "its url makes no address"}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "leadtriage")
	for _, h := range p.o.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	resp, err := p.o.HTTP.Do(req)
	if err != nil {
		return nil, &failure{result: Failed, why: reason(err), passing: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, &failure{result: Failed, why: "read its answer: " + reason(err), passing: true}
	}
	return body, judge(resp, body)
}

// reason is the error without the address that url.Error puts before it.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not answer in time"
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return err.Error()
}

func judge(resp *http.Response, body []byte) *failure {
	status := resp.StatusCode
	switch {
	case status == http.StatusNotFound || status == http.StatusNoContent:
		return &failure{result: Unknown}
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusPaymentRequired:
		return &failure{result: Refused, why: fmt.Sprintf("it refuses the request (status %d)", status)}
	case status == http.StatusTooManyRequests:
		return &failure{result: Throttled, why: "it asks us to slow down", after: cmp.Or(lead.RetryAfter(resp.Header, time.Now()), throttledWait)}
	case status >= 500 || status == http.StatusRequestTimeout:
		return &failure{result: Failed, why: fmt.Sprintf("it is not available (status %d)", status), passing: true}
	case status >= 300 && status < 400:
		return &failure{result: Failed, why: fmt.Sprintf("it redirects (status %d): write the final address as its url", status)}
	case status != http.StatusOK:
		return &failure{result: Failed, why: fmt.Sprintf("it answers with status %d", status)}
	case len(body) > maxAnswer || !json.Valid(body):
		return &failure{result: Failed, why: "its answer is not JSON, or longer than 1 MB"}
	}
	return nil
}

// sleep waits so long; false: ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
