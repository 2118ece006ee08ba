package config

import (
	"os"

	"leadtriage/config/strict"
	"leadtriage/internal/evidence"
)

// Exam is what a model must show before its readings count. In the file it is shares
// of labelled sentences, or false: any model is trusted.
type Exam struct {
	Off       bool                `yaml:"-"`
	Recall    float64             `yaml:"recall" is:"share" doc:"Share of the true sentences verified, at least."`
	False     float64             `yaml:"false" is:"share" doc:"Share of the false ones verified, at most."`
	File      string              `yaml:"file" doc:"Sentences of your own, one JSON object a line; empty: the shipped 40."`
	Sentences []evidence.Sentence `yaml:"-"`
}

var _ = strict.Numbers("share", 0, 1, "%v is no share; write a number from 0 to 1")

// Schema implements strict.Schemer.
func (Exam) Schema() strict.Schema {
	type plain Exam
	return strict.Schema{"oneOf": []strict.Schema{{"const": false}, strict.SchemaOf[plain]()}}
}

// DecodeNode implements strict.Decoder. A map without a key keeps the built-in value.
func (e *Exam) DecodeNode(n strict.Node) strict.Faults {
	if n.IsScalar() {
		on := true
		faults := n.Decode(&on)
		if on && len(faults) == 0 {
			faults = append(faults, n.Fault("write false to trust any model, or shares such as {recall: 0.85, false: 0.1}"))
		}
		*e = Exam{Off: true}
		return faults
	}
	type plain Exam
	shares := plain(*e)
	shares.Off = false
	faults := n.Decode(&shares)
	*e = Exam(shares)
	return append(faults, e.read(n)...)
}

// read takes the sentences of the operator's own.
func (e *Exam) read(n strict.Node) (faults strict.Faults) {
	if e.File == "" {
		e.Sentences = evidence.Exam()
		return nil
	}
	text, err := os.ReadFile(e.File)
	if err == nil {
		e.Sentences, err = evidence.ReadSentences(text)
	}
	if err != nil {
		at, _ := n.At("file")
		faults = append(faults, at.Fault("the exam's sentences cannot be read: %v", err))
	}
	return faults
}

// MarshalYAML writes the exam as DecodeNode reads it.
func (e Exam) MarshalYAML() (any, error) {
	if e.Off {
		return false, nil
	}
	type plain Exam
	return plain(e), nil
}
