package sim

import (
	"net/http"
	"time"
)

// CRMFaultKind is a way in which the consumer of webhooks fails.
type CRMFaultKind string

const (
	CRMError     CRMFaultKind = "error"     // 500, nothing taken in
	CRMThrottled CRMFaultKind = "throttled" // 429 with Retry-After, nothing taken in
	CRMGone      CRMFaultKind = "gone"      // 410: send nothing here any more
	CRMSlow      CRMFaultKind = "slow"      // answers after Delay; 0: never; taken in
	CRMCut       CRMFaultKind = "cut"       // taken in, and the connection ends without an answer
)

// CRMFault is one failure of the consumer; without a kind it is none.
type CRMFault struct {
	Kind       CRMFaultKind
	RetryAfter time.Duration // CRMThrottled; 0: one second
	Delay      time.Duration // CRMSlow
}

// takesIn reports whether the message arrives although the answer is bad.
func (f *CRMFault) takesIn() bool { return f.Kind == "" || f.Kind == CRMSlow || f.Kind == CRMCut }

// crmStatus are the statuses that are answered at once.
var crmStatus = map[CRMFaultKind]int{
	"": http.StatusNoContent, CRMError: http.StatusInternalServerError, CRMThrottled: http.StatusTooManyRequests, CRMGone: http.StatusGone}

// serve answers and returns the status, 0 when none was sent.
func (f *CRMFault) serve(w http.ResponseWriter, r *http.Request) int {
	status := crmStatus[f.Kind]
	switch {
	case f.Kind == CRMThrottled:
		w.Header().Set("Retry-After", seconds(f.RetryAfter))
	case f.Kind == CRMSlow && pause(r, f.Delay):
		status = http.StatusNoContent
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	return status
}
