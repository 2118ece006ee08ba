package partner

import (
	"embed"
	"fmt"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed words/*.yaml
var wordFiles embed.FS

// words are all sentences that partners read, in one language (words/en.yaml).
type words struct {
	Lang   string `yaml:"-"`
	Months []string
	Date   string

	Title, Intro, Private, None, Newer, Older, Sent, Since, Next, Lacked, Silent, Gone, List string

	IntroAlone string `yaml:"intro_alone"`
	GoneHelp   string `yaml:"gone_help"`
	ClaimMine  string `yaml:"claim_mine"`
	ClaimOther string `yaml:"claim_other"`

	Days    struct{ One, Many, None string }
	Status  map[Status]string
	Then    map[string]string // what comes next, by status; parked: while nobody is asked
	Missing map[string]string

	Mail struct {
		Subject, Hello, Stands, Why, Out string

		AskSubject string `yaml:"ask_subject"`
		AskAbout   string `yaml:"ask_about"`
		AskHere    string `yaml:"ask_here"`
		WhyAlone   string `yaml:"why_alone"`
	}
	Answer struct {
		Title, About, Yes, No, Pick, Words, Name, Send, Empty, Thanks, Done string

		TooLong    string `yaml:"too_long"`
		ThanksHelp string `yaml:"thanks_help"`
		DoneHelp   string `yaml:"done_help"`
	}
	OptOut struct {
		Title, Ask, Do, Done, Again, Back string

		DoneHelp string `yaml:"done_help"`
		BackHelp string `yaml:"back_help"`
	} `yaml:"opt_out"`
}

var languages = sync.OnceValue(func() map[string]*words {
	all := map[string]*words{}
	for _, lang := range []string{"en", "it"} {
		text, err := wordFiles.ReadFile("words/" + lang + ".yaml")
		w := &words{Lang: lang}
		if err == nil {
			err = yaml.UnmarshalWithOptions(text, w, yaml.Strict())
		}
		if err != nil {
			panic(fmt.Sprintf("words/%s.yaml: %v", lang, err)) // embedded with the program
		}
		all[lang] = w
	}
	return all
})

func speak(locale string) *words {
	if w, ok := languages()[locale]; ok {
		return w
	}
	return languages()["en"]
}

func (w *words) day(t time.Time) string {
	return fmt.Sprintf(w.Date, t.Day(), w.Months[t.Month()-1], t.Year())
}

// span is how long it is since then, in days.
func (w *words) span(since, now time.Time) string {
	switch n := int(now.Sub(since).Hours() / 24); {
	case n < 1:
		return w.Days.None
	case n == 1:
		return w.Days.One
	default:
		return fmt.Sprintf(w.Days.Many, n)
	}
}
