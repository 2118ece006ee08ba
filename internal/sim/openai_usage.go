package sim

import (
	"hash/maphash"
	"sync"
	"unicode/utf8"
)

// A token is taken to be four characters: near enough for English, and the
// same on every run.
const charsPerToken = 4

func countTokens(s string) int {
	return (utf8.RuneCountInString(s) + charsPerToken - 1) / charsPerToken
}

// modelAnswer is a reply with what it cost.
type modelAnswer struct {
	modelReply
	id        string
	created   int64
	prompt    int // tokens
	cached    int // of the prompt
	output    int // reasoning included
	reasoning int
	truncated bool
	empty     bool // of the right shape, without any content
}

// measure counts tokens and cuts the reply where the caller's limit, or a
// fault, says so.
func (s *OpenAI) measure(p *modelPrompt, r modelReply, f *ModelFault) modelAnswer {
	a := modelAnswer{modelReply: r, id: newID() + newID(), created: s.now().Unix(),
		prompt: countTokens(p.counted.String()), cached: s.cache.see(p.model, p.counted.String()), empty: f.is(ModelEmptyChoices)}
	if p.reasons() {
		a.reasoning = 64 // tokens of thought before it speaks
	}
	size := countTokens(r.text) + countTokens(r.refusal)
	for _, c := range r.calls {
		size += countTokens(c.name) + countTokens(c.arguments)
	}
	room := size
	if p.maxTokens > 0 {
		room = max(0, p.maxTokens-a.reasoning)
	}
	if f.is(ModelTruncated) {
		room = min(room, size/2)
	}
	if room < size {
		a.cutTo(room)
		size = room
		if p.maxTokens > 0 {
			a.reasoning = min(a.reasoning, p.maxTokens)
		}
	}
	a.output = size + a.reasoning
	return a
}

// cutTo keeps the first tokens of the reply, as a model that ran into its limit.
func (a *modelAnswer) cutTo(tokens int) {
	a.truncated = true
	left := tokens
	take := func(s string) string {
		n := min(countTokens(s), left)
		left -= n
		runes := []rune(s)
		return string(runes[:min(n*charsPerToken, len(runes))])
	}
	a.text = take(a.text)
	var calls []modelCall
	for _, c := range a.calls {
		if left <= 0 {
			break
		}
		left -= min(left, countTokens(c.name))
		c.arguments = take(c.arguments)
		calls = append(calls, c)
	}
	a.calls = calls
}

// The service caches prompts from 1024 tokens on, in steps of 128.
const (
	cacheFrom = 1024
	cacheStep = 128
	cacheMax  = 50_000 // prefixes remembered, then all are forgotten
)

// promptCache remembers the beginnings of prompts.
type promptCache struct {
	mu   sync.Mutex
	seed maphash.Seed
	seen map[uint64]struct{}
}

// see returns how many leading tokens were sent to this model before, and
// remembers them.
func (c *promptCache) see(model, prompt string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) > cacheMax {
		c.seed, c.seen = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	cached, whole := 0, true
	for tokens := cacheFrom; tokens*charsPerToken <= len(prompt); tokens += cacheStep {
		sum := maphash.String(c.seed, model+"\x00"+prompt[:tokens*charsPerToken])
		_, known := c.seen[sum]
		if whole = whole && known; whole {
			cached = tokens
		}
		c.seen[sum] = struct{}{}
	}
	return cached
}
