package enrich

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

const (
	providerTries  = 2
	providerRetry  = 200 * time.Millisecond // before the second try
	providerAnswer = 1 << 20                // bytes of one answer
	maxAskedName   = 120                    // runes of a company's name that leave
)

var (
	errNoCompany = errors.New("it does not know the company")
	errOther     = fmt.Errorf("%w: it answers about another one", errNoCompany)
	errRefused   = errors.New("it refuses the request")
	errNotJSON   = errors.New("its answer is not JSON, or longer than 1 MB")
	errPaused    = errors.New("it is not asked for a while, as it asked or because it failed several times in a row")
)

// checkTemplate refuses what would let a lead choose where the headers go.
func checkTemplate(template string) error {
	bare := strings.NewReplacer("{domain}", "d", "{name}", "n").Replace(template)
	u, err := url.Parse(bare)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "":
		return errors.New("its url must be a whole http or https address")
	case u.User != nil:
		return errors.New("its url must not carry a password: send it as a header")
	case strings.ContainsAny(bare, "{}"):
		return errors.New("its url may hold {domain} and {name}, and no other braces")
	}
	path, _, _ := strings.Cut(template, "?")
	host, _, _ := strings.Cut(strings.SplitN(path, "://", 2)[1], "/")
	switch {
	case !strings.Contains(template, "{domain}"):
		return errors.New("its url must hold {domain}: facts are kept by the company's domain")
	case strings.ContainsAny(host, "{}"):
		return errors.New("its url must name the host itself: placeholders stand in path and query only")
	case strings.Contains(path, "{name}"):
		return errors.New("{name} may stand behind the ? of its url only")
	}
	return nil
}

// expand fills the template in; nothing in name or domain can leave its place.
func expand(template, name, domain string) string {
	name = evidence.OneLine(name)
	if utf8.RuneCountInString(name) > maxAskedName {
		name = string([]rune(name)[:maxAskedName])
	}
	path, query, asks := strings.Cut(template, "?")
	path = strings.ReplaceAll(path, "{domain}", url.PathEscape(domain))
	if !asks {
		return path
	}
	return path + "?" + strings.NewReplacer("{domain}", url.QueryEscape(domain), "{name}", url.QueryEscape(name)).Replace(query)
}

// evidenceURL is the address as people see it, without what was asked in its query.
func evidenceURL(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// answer is the body of the provider's answer. What may pass is tried once more,
// as far as the time goes. Errors are lead.Faults and name no company.
func (p *provider) answer(outer context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(outer, p.Timeout)
	defer cancel()
	var last error
	for try := range providerTries {
		if !p.pause.wait(ctx) {
			return nil, orPaused(last)
		}
		body, err := p.get(ctx, address)
		if outer.Err() == nil { // else we went away: that says nothing against the provider
			p.pause.note(err)
		}
		kind, _ := lead.KindOf(err)
		if err == nil || kind == lead.Permanent || try == providerTries-1 {
			return body, err
		}
		last = err
		if kind == lead.Temporary && !sleep(ctx, providerRetry) {
			break
		}
	}
	return nil, last
}

func orPaused(last error) error {
	if last != nil {
		return last
	}
	return lead.Faultf(lead.Throttled, 0, "%w", errPaused)
}

func (p *provider) get(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, lead.Faultf(lead.Permanent, 0, "its url makes no address")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "leadtriage")
	for _, h := range p.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	resp, err := p.HTTP.Do(req)
	if err != nil {
		return nil, lead.Faultf(lead.Temporary, 0, "%w", reason(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, providerAnswer+1))
	if err != nil {
		return nil, lead.Faultf(lead.Temporary, 0, "read its answer: %w", reason(err))
	}
	return body, judgeAnswer(resp, body)
}

// reason is the error without the address that url.Error puts before it.
func reason(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it did not answer in time")
	}
	return err
}

func judgeAnswer(resp *http.Response, body []byte) error {
	status := resp.StatusCode
	switch {
	case status == http.StatusNotFound || status == http.StatusNoContent:
		return lead.Faultf(lead.Permanent, 0, "%w", errNoCompany)
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusPaymentRequired:
		return lead.Faultf(lead.Permanent, 0, "%w (status %d)", errRefused, status)
	case status == http.StatusTooManyRequests:
		after := retryAfter(resp.Header, time.Now())
		if after == 0 {
			after = throttledWait
		}
		return lead.Faultf(lead.Throttled, after, "it asks us to slow down")
	case status >= 500 || status == http.StatusRequestTimeout:
		return lead.Faultf(lead.Temporary, 0, "it is not available (status %d)", status)
	case status >= 300 && status < 400:
		return lead.Faultf(lead.Permanent, 0, "it redirects (status %d): write the final address as its url", status)
	case status != http.StatusOK:
		return lead.Faultf(lead.Permanent, 0, "it answers with status %d", status)
	case len(body) > providerAnswer || !json.Valid(body):
		return lead.Faultf(lead.Permanent, 0, "%w", errNotJSON)
	}
	return nil
}

func resultOf(err error) ProviderResult {
	kind, _ := lead.KindOf(err)
	switch {
	case err == nil:
		return ProviderOK
	case errors.Is(err, errNoCompany):
		return ProviderUnknown
	case errors.Is(err, errRefused):
		return ProviderRefused
	case kind == lead.Throttled:
		return ProviderThrottled
	}
	return ProviderFailed
}

// pause spares a provider that asked for it, or that failed tripAfter times in a row.
type pause struct {
	mu       sync.Mutex
	until    time.Time
	failures int
}

// wait returns when the provider may be asked; false: not before ctx ends.
func (p *pause) wait(ctx context.Context) bool {
	p.mu.Lock()
	left := time.Until(p.until)
	p.mu.Unlock()
	if left <= 0 {
		return ctx.Err() == nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < left {
		return false
	}
	return sleep(ctx, left)
}

func (p *pause) note(err error) {
	kind, after := lead.KindOf(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil && kind == lead.Throttled:
		p.until = time.Now().Add(after)
	case err != nil && kind == lead.Temporary:
		if p.failures++; p.failures >= tripAfter {
			p.until = time.Now().Add(openFor)
		}
	default:
		p.failures = 0
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
