package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// ModelProfile is how another server that speaks these APIs differs from OpenAI's.
type ModelProfile string

const (
	ModelStrict   ModelProfile = "strict"   // refuses every parameter beside the oldest
	ModelCarrying ModelProfile = "carrying" // wants members of its own back with its calls
	ModelLoose    ModelProfile = "loose"    // odd types and names, thoughts before the answer
)

// oldest are the parameters that a strict server knows.
var oldest = strings.Fields("model messages input instructions tools tool_choice max_tokens max_output_tokens include")

// refuses is what a server of this profile has against a request; nil: nothing.
func (p ModelProfile) refuses(request any) (status int, answer any) {
	object, _ := request.(map[string]any)
	switch p {
	case ModelStrict:
		var faults []any
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if !slices.Contains(oldest, name) {
				faults = append(faults, forbidden("body", name))
			}
		}
		each(object["tools"], func(o map[string]any) {
			if o["strict"] != nil {
				faults = append(faults, forbidden("body", "tools", "strict"))
			}
		})
		if len(faults) > 0 { // one at a time, as some do
			return http.StatusUnprocessableEntity, map[string]any{"detail": faults[:1]}
		}
	case ModelCarrying:
		lacking := false
		each([]any{object["messages"], object["input"]}, func(o map[string]any) {
			lacking = lacking || called(o) != nil && o["extra_content"] == nil
		})
		if lacking {
			return http.StatusBadRequest, []any{map[string]any{"error": map[string]any{"code": 400, "status": "INVALID_ARGUMENT",
				"message": "a function call lacks its thought_signature"}}}
		}
	}
	return 0, nil
}

func forbidden(at ...string) any {
	return map[string]any{"type": "extra_forbidden", "loc": at, "msg": "Extra inputs are not permitted"}
}

// dressed is an answer as a server of this profile writes it.
func (p ModelProfile) dressed(answer any) any {
	text, _ := json.Marshal(answer)
	var out map[string]any
	_ = json.Unmarshal(text, &out)
	each(out, func(o map[string]any) {
		function := called(o)
		switch {
		case p == ModelCarrying && function != nil:
			o["extra_content"] = map[string]any{"thought_signature": "SIG-1"}
		case p == ModelLoose && function != nil:
			function["name"] = fmt.Sprintf("functions.%v:0", function["name"])
			var arguments any
			_ = json.Unmarshal([]byte(fmt.Sprint(function["arguments"])), &arguments)
			each(arguments, loosen)
			function["arguments"] = arguments
		}
	})
	if p == ModelLoose {
		out["created"], out["created_at"] = 1796065385.59, 1796065385.59
	}
	return out
}

// loosen writes numbers as numbers and texts as texts, the other way round than asked.
func loosen(o map[string]any) {
	if n := json.Number(fmt.Sprint(o["value"])); json.Unmarshal([]byte(n), new(float64)) == nil {
		o["value"] = n
	}
	if values, ok := o["values"].([]any); ok && len(values) == 1 {
		o["values"] = values[0]
	}
	if o["confidence"] != nil {
		o["confidence"] = "high"
	}
}

// called is the function of an object that is a call, in either API.
func called(o map[string]any) map[string]any {
	if o["type"] == "function_call" {
		return o
	}
	if f, ok := o["function"].(map[string]any); ok && f["arguments"] != nil {
		return f
	}
	return nil
}

// each calls back for every object in a JSON value.
func each(v any, do func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			each(item, do)
		}
	case map[string]any:
		do(v)
		for _, member := range v {
			each(member, do)
		}
	}
}
