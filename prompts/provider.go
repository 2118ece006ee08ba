package prompts

import (
	"encoding/json"
	"fmt"
	"leadtriage/internal/lead"
)

// AskPrefix begins the names of functions that ask a data provider.
const AskPrefix = "ask_"

// noArguments is the strict schema of a function that takes none.
var noArguments = json.RawMessage(`{"type":"object","properties":{},"required":[],"additionalProperties":false}`)

// AskProvider is the function that asks a data provider about the company at
// hand. The model cannot say which company is meant.
func AskProvider(name string, fields []lead.Field) Tool {
	return Tool{
		Name: AskPrefix + name,
		Description: fmt.Sprintf("Ask the data provider %s about this company; it may know %s. "+
			"Call it once, and only if one of these is missing from the sources. What it states is put on record by itself: "+
			"the answer names the fields only. Do not record them unless a source states them.", name, listed(fields)),
		Schema: noArguments,
	}
}

// ProviderAnswer tells the model which fields a provider stated; the values are
// none of its business.
func ProviderAnswer(name string, fields []lead.Field) string {
	if len(fields) == 0 {
		return fmt.Sprintf("%s states nothing about this company.", name)
	}
	return fmt.Sprintf("%s stated: %s. This is on record now. Record what the sources state.", name, listed(fields))
}
