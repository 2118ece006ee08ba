package slack

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// Locale names the language ("en", "it", "it-CH") that a person reads in a
// channel; without a user the one in which the channel's cards are written.
type Locale func(user, channel string) string

// speak is the catalogue of a locale, by its language; English where there is none.
func speak(locale string) *catalogue {
	language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	if say, ok := catalogues()[strings.ToLower(language)]; ok {
		return say
	}
	return catalogues()["en"]
}

// day is a calendar day in words, in UTC.
func (say *catalogue) day(t time.Time) string {
	t = t.UTC()
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = say.First
	}
	return fmt.Sprintf(say.Date, day, say.Months[t.Month()-1], t.Year())
}

// moment is shown in each reader's own time zone and language, in UTC where
// Slack cannot.
func moment(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}

// clock is a moment of today in the reader's own time zone, to the second.
func clock(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{time_secs}|%s>", t.Unix(), t.UTC().Format("15:04:05 UTC"))
}

// number groups the digits of a whole number.
func (say *catalogue) number(n int) string { return say.grouped(strconv.Itoa(n)) }

func (say *catalogue) grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + say.Thousands + digits[i:]
	}
	return sign + digits
}

func (say *catalogue) decimal(x float64, places int) string {
	whole, part, _ := strings.Cut(strconv.FormatFloat(x, 'f', places, 64), ".")
	if part == "" {
		return say.grouped(whole)
	}
	return say.grouped(whole) + say.Point + part
}

// percent shows millionths as hundredths, in at most four digits.
func (say *catalogue) percent(ppm int64) string {
	return strings.Replace(strconv.FormatFloat(float64(ppm)/10_000, 'g', 4, 64), ".", say.Point, 1) + " %"
}

var (
	wholeNumber = regexp.MustCompile(`^[0-9]{1,15}$`)
	amount      = regexp.MustCompile(`^([0-9]{1,15}) ([A-Z]{3})(?: ([0-9]{4}))?$`)
)

// headcount shows N, MIN-MAX or MIN+ with grouped digits; anything else as it is.
func (say *catalogue) headcount(value string) string {
	low, high, span := strings.Cut(value, "-")
	low, open := strings.CutSuffix(low, "+")
	if !wholeNumber.MatchString(low) || span && (open || !wholeNumber.MatchString(high)) {
		return value
	}
	switch {
	case span:
		return say.grouped(low) + "–" + say.grouped(high)
	case open:
		return say.grouped(low) + "+"
	}
	return say.grouped(low)
}

// money shows AMOUNT CURRENCY [YEAR] with grouped digits; anything else as it is.
func (say *catalogue) money(value string) string {
	m := amount.FindStringSubmatch(value)
	if m == nil {
		return value
	}
	s := fmt.Sprintf(say.Sum, say.grouped(m[1]), m[2])
	if m[3] != "" {
		s += " (" + m[3] + ")"
	}
	return s
}

// value is a fact's value in words, inert; "—" for none.
func (say *catalogue) value(field lead.Field, value string, max int) string {
	switch field {
	case lead.Industry:
		value = cmp.Or(company.IndustryLabel(value, say.lang), value)
	case lead.Revenue:
		value = say.money(value)
	default:
		value = say.inSentence(field, value)
	}
	return cmp.Or(safe(value, max), "—")
}

func (say *catalogue) verdict(v lead.Verdict) string {
	return cmp.Or(say.Verdicts[v], safe(string(v), 40), "—")
}

// term says an identifier of the model, an event, a signal or an act: by the
// catalogue, else as words.
func (say *catalogue) term(id string) string {
	return cmp.Or(say.Terms[id], safe(strings.ReplaceAll(id, "_", " "), 60))
}

// explained is a reason of a score or a fact in words, inert.
func (say *catalogue) explained(r lead.Reason, max int) string {
	return safe(lead.Language{Sentences: say.Reasons, Show: say.shown}.Say(r), max)
}

// shown is an arg of a reason that the catalogue has no word for. Of a value the
// first arg is the field, of an operator's own words the rule.
func (say *catalogue) shown(kind, first, arg string) string {
	switch kind {
	case "value":
		return say.inSentence(lead.Field(first), arg)
	case "count", "band":
		return say.headcount(arg)
	case "term", "rule":
		return say.term(strings.ReplaceAll(arg, " ", "_"))
	case "verdict":
		return say.verdict(lead.Verdict(arg))
	case "source":
		return cmp.Or(say.Sources[lead.Source(arg)], arg)
	case "stage":
		return cmp.Or(say.Stages[lead.Stage(arg)], arg)
	case "page":
		_, rest, _ := strings.Cut(arg, "://")
		return cmp.Or(strings.TrimSuffix(rest, "/"), arg)
	case "shipped":
		if own := lead.ReasonCode("own_" + first); arg == lead.English[own] { // as in the shipped model
			return say.Reasons[own]
		}
	}
	return arg
}

// inSentence is a fact's value inside a sentence, where of an industry's label
// only acronyms have capitals.
func (say *catalogue) inSentence(field lead.Field, value string) string {
	switch field {
	case lead.Industry:
		words := strings.Fields(company.IndustryLabel(value, say.lang))
		for i, w := range words {
			if len(w) < 2 || w != strings.ToUpper(w) {
				words[i] = strings.ToLower(w)
			}
		}
		return cmp.Or(strings.Join(words, " "), value)
	case lead.HQCountry:
		return cmp.Or(company.CountryName(value, say.lang), value)
	case lead.Employees:
		return say.headcount(value)
	}
	return value
}

// reasons are the configured reasons to reject. A label that is still our own
// is said in the reader's language; one of the operator's stays as it is.
func (say *catalogue) reasons(configured []Reason) []Reason {
	if len(configured) == 0 {
		return say.Rejections
	}
	own, ours := slices.Clone(configured), speak("").Rejections
	for i, r := range own {
		if at := slices.Index(ours, r); at >= 0 {
			own[i] = say.Rejections[at]
		}
	}
	return own
}

// slackUser is what `reviewers` takes for a user id.
var slackUser = regexp.MustCompile(`^[UW][A-Za-z0-9_-]+$`)

// actorName names the actor of an act: a Slack user as a mention, an API key by its
// name, who sent a lead in words.
func (say *catalogue) actorName(by string) string {
	if by == lead.BySender {
		return say.Sender
	}
	if slackUser.MatchString(by) {
		return "<@" + by + ">"
	}
	if name, ok := strings.CutPrefix(by, lead.KeyActor); ok {
		return fmt.Sprintf(say.Key, safe(name, 80))
	}
	return safe(by, 80)
}
