package lead_test

import (
	"encoding/json"
	"testing"

	"leadtriage/internal/lead"
)

// A headcount is read as it was sent, and records from before it was a number are too.
func TestHeadcountInJSON(t *testing.T) {
	for sent, want := range map[string]string{`250`: `250`, `"250"`: `250`, `"51-200"`: `"51-200"`, `"500+"`: `"500+"`, `null`: ``} {
		var c lead.Company
		if err := json.Unmarshal([]byte(`{"employees":`+sent+`}`), &c); err != nil {
			t.Fatal(err)
		}
		if want != "" {
			want = `"employees":` + want
		}
		if got, err := json.Marshal(c); err != nil || string(got) != "{"+want+"}" {
			t.Errorf("%s: %s, %v", sent, got, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"employees":true}`), &lead.Company{}); err == nil {
		t.Error("true was read as a headcount")
	}
}
