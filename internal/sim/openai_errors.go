package sim

import (
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
	type body struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}
	b := body{Message: e.Message, Type: e.Type}
	if b.Type == "" {
		b.Type = "invalid_request_error"
	}
	if e.Param != "" {
		b.Param = &e.Param
	}
	if e.Code != "" {
		b.Code = &e.Code
	}
	return json.Marshal(map[string]any{"error": b})
}

func writeAPIError(w http.ResponseWriter, e *apiError) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(e)
}

// badParam is the service's answer to a request that it understands and refuses.
func badParam(param, code, format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Param: param, Code: code, Message: fmt.Sprintf(format, args...)}
}

func noSuchModel(name string) *apiError {
	return &apiError{Status: http.StatusNotFound, Code: "model_not_found",
		Message: fmt.Sprintf("The model `%s` does not exist or you do not have access to it.", name)}
}
