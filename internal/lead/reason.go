package lead

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ReasonCode names a reason. Those of a score stand in package score; these say at which
// step a fact was refused (CONTRACT "A lead, as read").
type ReasonCode string

const (
	NotInPage          ReasonCode = "not_in_page"           // the quote stands in no page that was read
	OthersWords        ReasonCode = "others_words"          // it stands only in what the page marks as others' words
	NotAnchored        ReasonCode = "not_anchored"          // the quote does not contain the value
	NotChosen          ReasonCode = "not_chosen"            // nobody read the quote a second time
	NotReadYet         ReasonCode = "not_read_yet"          // the second reading is still to come
	ReaderNotTrusted   ReasonCode = "reader_not_trusted"    // the model has not passed the exam
	ReadAsOtherValue   ReasonCode = "read_as_other_value"   // args: as read, as claimed; nothing read: it is said as readAsNoValue
	readAsNoValue      ReasonCode = "read_as_no_value"      // never stored
	ReadAsOtherSubject ReasonCode = "read_as_other_subject" // args: the subject, a slot of read_quotes or "unclear"
	ReadAsPast         ReasonCode = "read_as_past"          // args: past or planned
	MaybeAnother       ReasonCode = "maybe_another_company" // a page of others that nothing ties to this company

	FieldMissing ReasonCode = "field_missing" // args: the field

	// What a line of history adds to its act.
	FactsCounted ReasonCode = "facts_counted" // args: how many
	AddedCounted ReasonCode = "added_counted" // args: how many events, and signals
	ScoredAs     ReasonCode = "scored_as"     // args: points, verdict, model
	ByRule       ReasonCode = "by_rule"       // args: the rule
	ToldOf       ReasonCode = "told_of"       // args: the event; empty: a message
	InCRMKept    ReasonCode = "in_crm_kept"   // args: the CRM, a list of properties
	StageKept    ReasonCode = "stage_kept"    // args: the CRM, the stage that the contact has
	MatchedAs    ReasonCode = "matched_as"    // args: a MatchKind; empty: unknown there
	QuestionIs   ReasonCode = "question_is"   // args: a question to the partner
	AnsweredWith ReasonCode = "answered_with" // args: the question; yes, no or words
	NotTold      ReasonCode = "not_told"      // args: why the partner is not told: no_consent, opted_out or no_address
	cameBy       ReasonCode = "came_by"       // args: source, partner
	inRound      ReasonCode = "in_round"      // args: the round
	overrideOf   ReasonCode = "override_of"   // args: the round, the verdict
	fieldsNamed  ReasonCode = "fields_named"  // args: a list of fields
	thatLead     ReasonCode = "that_lead"     // args: its id
	intoLead     ReasonCode = "into_lead"     // args: its id
	atStage      ReasonCode = "at_stage"      // args: the stage
	happenedOn   ReasonCode = "happened_on"   // args: the day
	ofDeal       ReasonCode = "of_deal"       // args: its id
)

// Reason is why something is so, as data: a sentence is made of it where it is shown. What
// its args are, and how its parts are joined, the sentence of its code says. Of a value the
// first arg is the field. A reason of an older version is its English sentence, the Text
// alone, and a string in JSON.
type Reason struct {
	Code ReasonCode `json:"code"`
	Args []string   `json:"args"`
	Of   []Reason   `json:"of,omitempty"`   // its parts
	Text string     `json:"text,omitempty"` // in English; in the record of the API only
}

// Why is the reason of the code with its args.
func Why(code ReasonCode, args ...string) Reason { return Reason{Code: code, Args: args} }

// With is the reason with these parts.
func (r Reason) With(parts ...Reason) Reason {
	r.Of = parts
	return r
}

// NewReason is why a fact is refused. It has no nil Args, so that the API never shows null.
func NewReason(code ReasonCode, args ...string) *Reason {
	r := Why(code, append([]string{}, args...)...)
	return &r
}

// List makes one arg of several.
func List(items []string) string { return strings.Join(items, "\n") }

// MarshalJSON implements json.Marshaler.
func (r Reason) MarshalJSON() ([]byte, error) {
	type plain Reason
	var form any = plain(r)
	if r.Code == "" {
		form = r.Text
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // whoever encodes the whole decides that
	err := e.Encode(form)
	return out.Bytes(), err
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Reason) UnmarshalJSON(raw []byte) error {
	if *r = (Reason{}); raw[0] == '"' {
		return json.Unmarshal(raw, &r.Text)
	}
	type plain Reason
	return json.Unmarshal(raw, (*plain)(r))
}

// String is the reason in English, as the API and the commands show it.
func (r Reason) String() string { return english.Say(r) }

// Language says reasons. Sentences are by code, with holes for the args and the parts, as
// reasons.yaml explains, beside words for args, by kind or by kind and arg. Show says an
// arg that there is no word for; what it is depends on the kind and maybe the first arg.
type Language struct {
	Sentences map[ReasonCode]string
	Show      func(kind, first, arg string) string
}

//go:embed reasons.yaml
var englishText string

// English is the catalogue of the reasons, which those of other languages are held to.
var English = readReasons(englishText)

var english = Language{English, func(kind, _, arg string) string {
	switch kind {
	case "count", "band":
		return strings.Replace(arg, "-", "–", 1)
	case "rule":
		return strings.ReplaceAll(arg, "_", " ")
	}
	return arg
}}

// readReasons reads the form of YAML that reasons.yaml keeps to.
func readReasons(text string) map[ReasonCode]string {
	all := map[ReasonCode]string{}
	for line := range strings.Lines(text) {
		if key, quoted, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && key[0] != '#' {
			all[ReasonCode(key)], _ = strconv.Unquote(quoted) // embedded, and tested to be whole
		}
	}
	return all
}

// hole is a capital mark, the arg, its kind, the joint of a list and its last joint.
var hole = regexp.MustCompile(`\{(\^?)(of|\d)(?: (\w+))?(\|[^|}]*)?(\|[^|}]*)?\}`)

// Say is the reason as a sentence, or a part of one.
func (l Language) Say(r Reason) string {
	code := r.Code
	if code == ReadAsOtherValue && r.arg(1) == "" {
		code = readAsNoValue
	}
	sentence, ok := l.Sentences[code]
	switch {
	case r.Code == "":
		return r.Text
	case !ok:
		return string(code)
	}
	return hole.ReplaceAllStringFunc(sentence, func(found string) string {
		m := hole.FindStringSubmatch(found)
		var items []string
		switch n, _ := strconv.Atoi(m[2]); {
		case m[2] == "of":
			for _, part := range r.Of {
				items = append(items, l.Say(part))
			}
		case m[4] == "":
			items = []string{l.word(m[3], r.arg(1), r.arg(n))}
		default:
			for item := range strings.SplitSeq(r.arg(n), "\n") {
				items = append(items, l.word(m[3], r.arg(1), item))
			}
		}
		said := Join(items, strings.TrimPrefix(m[4], "|"), strings.TrimPrefix(m[5], "|"))
		if m[1] != "" {
			return Capital(said)
		}
		return said
	})
}

// word is an arg in the language: a word of its own, else the one of its kind.
func (l Language) word(kind, first, arg string) string {
	key := ReasonCode(kind)
	if word, ok := l.Sentences[key+"_"+ReasonCode(arg)]; ok {
		return word
	}
	if low, open := strings.CutSuffix(arg, "+"); open && (kind == "count" || kind == "band") {
		key, arg = key+"_open", low
	}
	shown := arg
	if kind == "quoted" {
		shown = strconv.Quote(arg)
	} else if kind != "" {
		shown = l.Show(kind, first, arg)
	}
	if said, ok := l.Sentences[key]; ok {
		return strings.Replace(said, "{1}", shown, 1)
	}
	return shown
}

// arg is the nth, from 1; empty where there is none.
func (r Reason) arg(n int) string {
	if n < 1 || n > len(r.Args) {
		return ""
	}
	return r.Args[n-1]
}

// Join is strings.Join with another joint before the last item, where there is one.
func Join[S ~string](items []S, joint, last string) string {
	var b strings.Builder
	for i, item := range items {
		if last != "" && i > 0 && i == len(items)-1 {
			b.WriteString(last)
		} else if i > 0 {
			b.WriteString(joint)
		}
		b.WriteString(string(item))
	}
	return b.String()
}

// Capital is s with its first letter as a capital.
func Capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
