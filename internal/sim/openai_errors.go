package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is a refusal in the service's own shape. Empty Param and Code are
// sent as null, as the service does.
type apiError struct {
	Status  int
	Message string
	Type    string // empty: invalid_request_error
	Param   string
	Code    string
}

func (e *apiError) Error() string { return e.Message }

func (e *apiError) MarshalJSON() ([]byte, error) {
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return json.Marshal(map[string]any{"error": map[string]any{"message": e.Message,
		"type": cmp.Or(e.Type, "invalid_request_error"), "param": text(e.Param), "code": text(e.Code)}})
}

func refuse(w http.ResponseWriter, e *apiError) { writeJSON(w, e.Status, e) }

// badParam is the service's answer to a request that it understands and refuses.
func badParam(param, code, format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Param: param, Code: code, Message: fmt.Sprintf(format, args...)}
}
