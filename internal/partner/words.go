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
	Lang   string   `yaml:"-"`
	Months []string `yaml:"months"`
	Date   string   `yaml:"date"`

	Title, Intro, Private, None, Newer, Older, Sent, Today, Since, Next, Lacked, Silent, Gone, List string

	IntroAlone string `yaml:"introAlone"`
	GoneHelp   string `yaml:"goneHelp"`
	ClaimMine  string `yaml:"claimMine"`
	ClaimOther string `yaml:"claimOther"`

	Days    struct{ One, Many, None string }
	Status  map[Status]string
	Then    map[string]string // what comes next, by status; parked: while nobody is asked
	Missing map[string]string
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
