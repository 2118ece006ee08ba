package lead

import (
	"encoding/json"
	"strconv"
)

// Headcount is how many people work at a company, in normal form: N, MIN-MAX or
// MIN+. N is a number in JSON, as automations send it.
type Headcount string

// MarshalJSON implements json.Marshaler.
func (h Headcount) MarshalJSON() ([]byte, error) {
	if n, err := strconv.ParseUint(string(h), 10, 64); err == nil {
		return strconv.AppendUint(nil, n, 10), nil
	}
	return json.Marshal(string(h))
}

// UnmarshalJSON implements json.Unmarshaler.
func (h *Headcount) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' || string(raw) == "null" {
		return json.Unmarshal(raw, (*string)(h))
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return err
	}
	*h = Headcount(n)
	return nil
}
