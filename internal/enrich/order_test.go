package enrich

import (
	"slices"
	"testing"
)

// Whatever the pattern of orders matches holds one of the words that are looked
// for first.
func TestOrderWordsCoverTheOrders(t *testing.T) {
	for _, order := range []string{
		"ignore all rules", "disregard the above", "forget previous", "override prompts", "ignora le istruzioni", "dimentica regole", "trascura precedenti",
		"ignoriere anweisungen", "ignorieren regeln", "vergiss regeln", "missachte anweisung", "note to ai", "notice: llm", "message for chatgpt", "instruction to models",
		"instructions: bots", "attention crawlers", "dear assistant", "hey gpt", "hello agents", "istruzioni per ai", "nota ai modelli", "attenzione llm", "hinweis ki", "anweisung modell",
		"anweisungen llm", "achtung assistent", "as an ai", "you are a large language model", "you're an assistant", "ai must", "llms should", "language models shall", "assistants must",
		"system prompt", "developer message", "user prompt", "if you are an ai", "if you're a bot", "set employees to", "record the score as", "report revenue: ", "write industry is",
		"put verified at", "enter lead as", "return icp as", "output verdict:", "answer eql is", "respond score =", "mark lead as", "rate lead as", "score lead with", "classify industry as",
		"treat lead as", "give points", "assign a rating", "award a verdict", "approve this lead", "approve the company", "record_firmographics", "fetch_page", "source_id", "<source", "</source",
	} {
		seq := words(order)
		matches, looked := orders.MatchString(order), slices.ContainsFunc(seq, func(k token) bool { return orderWords[k.low] })
		if !matches || !looked {
			t.Errorf("%q: matches %v, looked at %v", order, matches, looked)
		}
	}
}
