package lead_test

import (
	"fmt"
	"net/http"
	"time"

	"leadtriage/internal/lead"
)

// A far side says how long to leave it alone, in seconds or by a date; more than an
// hour is not believed.
func ExampleRetryAfter() {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, s := range []string{"30", "Fri, 20 Nov 2026 12:02:00 GMT", "86400", "soon"} {
		fmt.Println(lead.RetryAfter(http.Header{"Retry-After": {s}}, now))
	}
	// Output:
	// 30s
	// 2m0s
	// 1h0m0s
	// 0s
}
