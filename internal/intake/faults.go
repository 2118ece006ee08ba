package intake

import (
	"fmt"
	"net/http"
	"strings"
)

// Fault is one thing wrong with what was sent. The message is a sentence that
// begins with the location and never repeats the value.
type Fault struct {
	Location string `json:"location" doc:"The faulty field, such as partner.tier or events[0].at." example:"partner.tier"`
	Message  string `json:"message" doc:"What is wrong with it, and what to send instead." example:"partner.tier is required: the programme tier the partner is in, one of gold, silver"`
}

// body is the location of a fault of the whole text, before any field was read.
const body = "body"

// maxFaults bounds an answer to a hostile or hopeless body.
const maxFaults = 100

// Faults is everything wrong with what was sent, in the order of reading; empty
// when nothing is.
type Faults []Fault

// Error joins the messages into one sentence.
func (f Faults) Error() string {
	messages := make([]string, len(f))
	for i, fault := range f {
		messages[i] = fault.Message
	}
	return strings.Join(messages, "; ")
}

// Status is 400 when the text could not be read at all, and 422 when fields are faulty.
func (f Faults) Status() int {
	if len(f) == 1 && f[0].Location == body {
		return http.StatusBadRequest
	}
	return http.StatusUnprocessableEntity
}

func (f *Faults) add(at, format string, args ...any) {
	f.append(Fault{Location: at, Message: at + " " + fmt.Sprintf(format, args...)})
}

func (f *Faults) append(fault Fault) {
	switch {
	case len(*f) < maxFaults:
		*f = append(*f, fault)
	case len(*f) == maxFaults:
		*f = append(*f, Fault{Location: fault.Location, Message: "there are more faults than are listed here: mend these first"})
	}
}

func malformed(format string, args ...any) Faults {
	return Faults{{Location: body, Message: "the body " + fmt.Sprintf(format, args...)}}
}
