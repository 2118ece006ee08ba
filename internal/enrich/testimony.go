package enrich

import "unicode"

var (
	// thanked stand before the name of whom a customer speaks of, praised after it.
	thanked = phraseList(`
		thanks to
		switched to
		switching to
		moved to
		chose
		choose
		chosen
		selected
		using
		uses
		use
		used
		adopted
		implemented
		recommend
		love
		trusts
		trust
		relies on
		rely on
		dank
		nutzen
		nutzt
		vertraut
		vertrauen
		setzt auf
		setzen auf
		empfehlen
		grazie a
		usiamo
		utilizziamo
		scelto
		ci affidiamo a
		grâce à
		utilisons
		choisi`)
	praised = phraseList(`
		saved us
		saves us
		has saved us
		helped us
		helps us
		has helped us
		gave us
		gives us
		lets us
		let us
		allows us
		allowed us
		enables us
		enabled us
		made us
		makes us
		changed our
		cut our
		reduced our
		saved our
		replaced our
		hilft uns
		half uns
		hat uns
		spart uns
		ermöglicht uns
		ci ha
		ci aiuta
		ci permette
		ci fa
		nous a
		nous aide
		nous permet`)
)

// testimony reports whether the line of the passage, or one beside it, is a
// customer's: it speaks of the company as somebody who uses it does.
func (s selves) testimony(p passage) bool {
	tokens := p.page.tokens
	from := lineStart(tokens, p.from)
	to := lineEnd(tokens, p.to)
	for i := from; i < to; i++ {
		if tokens[i].kind != word || !unicode.IsUpper([]rune(tokens[i].raw)[0]) || !s.own(tokens[i]) {
			continue
		}
		end := i + 1
		for end < to && isName(tokens[end]) {
			end++
		}
		serves := end+1 < to && tokens[end].kind == word && !vocabulary("is was are were")[tokens[end].low] && vocabulary("us our uns unser unsere unseren ci nous")[tokens[end+1].low]
		if serves || thanked.endsAt(tokens, i) > 0 || praised.startsAt(tokens, end) > 0 {
			return true
		}
	}
	return false
}
