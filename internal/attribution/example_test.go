package attribution_test

import (
	"fmt"
	"time"

	"leadtriage/internal/attribution"
	"leadtriage/internal/lead"
)

// 40 of 100 for the first touch, 40 for the last one before the demo request,
// 20 for the last one of all.
func ExampleRules_Attribute() {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 12, 0, 0, 0, time.UTC) }
	rules := attribution.New(
		[]attribution.Partner{{ID: "acme"}, {ID: "globex"}},
		attribution.Weights{Name: "first_key_last", First: 40, Key: 40, Last: 20},
		[]string{"demo_request"},
	)
	a := rules.Attribute(&lead.Lead{Submission: lead.Submission{
		Partner: lead.Partner{ID: "acme"}, ReferredOn: "2026-11-01",
		Touchpoints: []lead.Touchpoint{
			{Owner: "partner", At: day(1), UTM: &lead.UTM{Source: "acme"}},
			{Owner: "partner", At: day(5), UTM: &lead.UTM{Source: "globex"}},
			{Owner: "owned", At: day(9)},
		},
		Events: []lead.Event{{Type: "demo_request", At: day(6)}},
	}})
	for _, credit := range a.Credits {
		fmt.Println(credit.Partner, credit.PPM)
	}
	// Output:
	// acme 400000
	// globex 400000
	// direct 200000
}
