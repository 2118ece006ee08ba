package enrich

import "regexp"

// orders are sentences that speak to a program that reads the page, in plain
// lower case. A line with one, and the lines beside it, vouch for nothing.
var orders = regexp.MustCompile(`\b(ignore|disregard|forget|override)\b.{0,40}\b(instruction|instructions|prompt|prompts|rules|above|previous|prior)\b` +
	`|\b(ignora|dimentica|trascura)\b.{0,40}\b(istruzioni|regole|precedenti)\b` +
	`|\b(ignoriere|ignorieren|vergiss|missachte)\b.{0,40}\b(anweisung|anweisungen|regeln|vorherigen)\b` +
	`|\b(note|notice|message|instructions?|attention|dear|hey|hello)\b[ :,]{1,3}(for |to |the |all |any |every )*(ai|llm|llms|gpt|chatgpt|language model|language models|model|models|crawler|crawlers|bots|assistant|assistants|agents)\b` +
	`|\b(istruzioni|nota|attenzione)\b.{0,12}\b(ai|ia|llm|modello|modelli|assistente|assistenti)\b` +
	`|\b(hinweis|anweisung|anweisungen|achtung)\b.{0,12}\b(ki|llm|sprachmodell|sprachmodelle|modell|assistent|assistenten)\b` +
	`|\b(as|you are|you're) an? (ai|llm|language model|large language model|assistant)\b` +
	`|\b(ai|llm|language model|assistant)s? (must|should|shall|reading this|reads this)\b` +
	`|\b(system|developer|user) (prompt|message)\b` +
	`|\bif you('re| are) (an? )?(ai|llm|model|language model|assistant|bot)\b` +
	`|\b(set|record|report|write|put|enter|return|output|answer|respond|mark|rate|score|classify|treat)\b.{0,40}\b(employees?|headcount|head count|revenue|industry|confidence|verified|score|lead|icp|verdict|eql|qualified)\b.{0,20}(\b(to|as|with|at|is)\b|=|:)` +
	`|\b(give|assign|award)\b.{0,40}\b(score|points|rating|verdict)\b` +
	`|\bapprove (this|the) (lead|company)\b` +
	`|record_firmographics|fetch_page|source_id|</?source`)

// commanded reports whether the lines round the passage speak to the reader's program.
func commanded(p passage) bool {
	tokens := p.page.tokens
	line := func(i, step int) int { // the far end of the line at i and of its neighbour
		for breaks := 0; i >= 0 && i < len(tokens); i += step {
			if tokens[i].kind == lineBreak {
				if breaks++; breaks == 2 {
					break
				}
			}
		}
		return i
	}
	from, to := line(p.from, -1)+1, line(p.to-1, 1)
	start, end := tokens[from].start, tokens[to-1].end
	return orderWords.any(tokens, from, to) && orders.MatchString(flatten(p.page.low[start:end]))
}

// orderWords are what every one of the orders holds one of: most lines have none,
// and the pattern is dear.
var orderWords = vocabulary(`ignore disregard forget override ignora dimentica trascura ignoriere ignorieren vergiss missachte
	note notice message instruction instructions attention dear hey hello istruzioni nota attenzione hinweis anweisung anweisungen achtung
	ai llm ais llms language assistant assistants large system developer user if set record report write put enter return output answer respond mark rate score classify treat
	give assign award approve fetch source`)

func flatten(runes []rune) string {
	out := make([]rune, len(runes))
	for i, r := range runes {
		if r == '\n' {
			r = ' '
		}
		out[i] = r
	}
	return string(out)
}
