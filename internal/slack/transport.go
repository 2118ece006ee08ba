package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// callTimeout bounds one call to Slack, answer included.
const callTimeout = 10 * time.Second

// maxAnswer bounds an answer; a page of history with a hundred full cards has
// about 2 MB.
const maxAnswer = 16 << 20

var errNotSlack = errors.New("the answer is not Slack's")

// newHTTPClient takes no proxy from the environment and follows no redirect: a
// redirected form would carry the token to another host.
func newHTTPClient() *http.Client {
	return &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConnsPerHost: 16,
			IdleConnTimeout:     90 * time.Second,
			ForceAttemptHTTP2:   true,
		},
	}
}

// appHeader carries the app's id of an answer, which slack-go does not read.
const appHeader = "X-App-Id"

// guard refuses answers that slack-go would take for success: it reads any JSON
// without a code, even {}, as ok. It also gives a 429 the Retry-After in whole
// seconds that slack-go insists on.
type guard struct{ http *http.Client }

func (g guard) Do(r *http.Request) (*http.Response, error) {
	resp, err := g.http.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err != nil {
			n = 1
		}
		resp.Header.Set("Retry-After", strconv.Itoa(min(max(n, 1), 3600)))
	}
	if resp.StatusCode != http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	var head struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
		AppID string `json:"app_id"`
	}
	if len(body) > maxAnswer || json.Unmarshal(body, &head) != nil || head.OK == nil || !*head.OK && head.Error == "" {
		return nil, errNotSlack
	}
	resp.Header.Set(appHeader, head.AppID)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
