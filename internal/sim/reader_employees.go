package sim

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// staff are words that mean people who work for the company.
	staff = `employees?|staff members|staff|team members|members of staff|colleagues|FTEs?|worker-owners|co-owners|workers|professionals|specialists|consultants` +
		`|Mitarbeiterinnen und Mitarbeitern?|Mitarbeiter(?:[:*]?innen|Innen)?n?|Mitarbeitenden?|Beschäftigten?|Angestellten?|Kolleg(?:innen|en)` +
		`|dipendenti|collaboratori|addetti|professionisti|colleghi|salariés|collaborateurs|employés|empleados|trabajadores|medewerkers`
	// crowd are words for people, who work for the company only if the rest says so.
	crowd = `people|persons|of us|persone|Personen|Menschen|Leute|personnes|personas|mensen`

	atLeast = `over|more than|above|at least|upwards of|über|mehr als|mindestens|oltre|più di|almeno|plus de|más de|meer dan|ruim`
	roughly = `about|around|some|roughly|nearly|almost|approximately|rund|etwa|circa|ca\.|knapp|gut|environ|quelque|près de|unos|zo’n|now|exactly|genau`
	adverbs = `(?:(` + atLeast + `)\s+|(?:` + roughly + `)\s+)?`
)

// headcountForms are the ways to state a head count, each with how sure it is.
// Groups: qualifier, number, plus sign, words between, noun.
var headcountForms = []struct {
	re     *regexp.Regexp
	weight int
}{
	{regexp.MustCompile(`(?i)` + adverbs + `\b(` + number + `)(\+?)\s+((?:[\p{L}’'-]+\s+){0,2}?)(` + staff + `)\b`), 3},
	{regexp.MustCompile(`(?i)` + adverbs + `\b(` + number + `)(\+?)\s+((?:[\p{L}’'-]+\s+){0,1}?)(` + crowd + `)\b`), 2},
	{regexp.MustCompile(`(?i)` + wordStart + `(?:team|crew|workforce|staff|squadra|équipe|equipo|Belegschaft|organico)\s+(?:of|von|di|de|mit|van)\s+` + adverbs + `(` + number + `)(\+?)()()(?:\s|$|[.,;)])`), 3},
	{regexp.MustCompile(`(?i)\b(?:employs|employing|beschäftigt|beschäftigen|impiega|emploie|emplea|we are|siamo in|siamo|wir sind|nous sommes)\s+` + adverbs + `(` + number + `)(\+?)()()(?:\s|$|[.,;)])`), 1},
	{regexp.MustCompile(`(?i)(?:head ?count|number ?of ?employees|employees|company size|staff|Mitarbeiterzahl|Mitarbeiter|Mitarbeitende|dipendenti|effectif|salariés|medewerkers)["']?\s*[:=]\s*` + adverbs + `(` + number + `)(\+?)()()(?:\s|$|[.,;)])`), 4},
}

// headcountBand is a size band, as directories and company pages give it.
var headcountBand = regexp.MustCompile(`(?i)(?:(?:size|headcount|employees|Mitarbeiter|dipendenti)["']?\s*[:=]\s*|\b)(\d[\d.,]*)\s?(?:-|–|to|bis)\s?(\d[\d.,]*)(?:\s+(?:` + staff + `|` + crowd + `)\b|\s*$)`)

var (
	bandLabel = regexp.MustCompile(`(?i)(size|headcount|employees|Mitarbeiter|dipendenti|band|range|staff|people)`)

	otherPeople = regexp.MustCompile(`(?i)\b(companies|businesses|firms|clients|customers|teams|organi[sz]ations|offices|shops|Unternehmen|Kunden|Firmen|Betrieben?|aziende|imprese|clienti|entreprises|PME|bedrijven)\s+(?:with|of|having|from|between|mit|von|ab|con|da|di|de|avec|met|that employ|employing|for|up to|employ|have|)\s*(?:\S+\s+){0,2}$|(?:help|serv|reach|train|host|insur|deliver|protect|support|attract|used by|loved by|trusted by|attend|for|per|für|zones? of)\w*\s+(?:\S+\s+){0,1}$`)
	newJobs     = regexp.MustCompile(`(?i)\b(add|adding|adds|creat\w+|hire|hires|hiring|recruit\w*|looking for|einstellen|schaffen|stellen|suchen|assum\w+|cerchiamo|recrut\w+|plan\w*|goal|target|will (?:have|be|employ)|by 20\d\d|bis 20\d\d|entro il 20\d\d)\b`)
	jobsAfter   = regexp.MustCompile(`(?i)^\W*(?:new |open )?(?:jobs|openings|vacancies|positions|by 20\d\d)`)
	pastPeople  = regexp.MustCompile(`(?i)(at (?:its|our|the) peak|at one time|once (?:had|employed|counted)|used to|formerly|in the past|laid off|laying off|lay off|let go|layoffs|redundan|entlassen|früher|einst|damals|licenziat|un tempo|in passato|licenci|autrefois|back then|start(?:ed|ing) with|began with|when (?:we|it) (?:started|began)|ha(?:d|ve) come|years ago|vor \w+ Jahren)`)
	nowAgain    = regexp.MustCompile(`(?i)\b(today|now|currently|heute|oggi|aujourd|are|to|on|auf)\b[^,;]{0,20}$`)
	partOnly    = regexp.MustCompile(`(?i)^\W*(?:\w+ )?(?:of them|of whom|davon|at (?:our|the|its) (?:head office|\w+ site|\w+ plant|\w+ office)|in (?:our|the) \w+ office|in sales|in support|on the \w+ team|each|per shift|am Hauptsitz)`)
	wholeFirm   = regexp.MustCompile(`(?i)(worldwide|in total|altogether|in all\b|all told|insgesamt|weltweit|in totale|complessivamente|au total|across|today|currently|heute|oggi|aujourd)`)
	atWork      = regexp.MustCompile(`(?i)` + wordStart + `(works?|working|team|employ\w*|staff|we are|we have|we’re|we're|arbeite[nt]|beschäftig\w*|wir sind|lavora\w*|siamo|squadra|impieg\w*|travaill\w*|équipe|nous sommes|trabaj\w*|equipo|has|counts|payroll|werken|company|firm|cooperative)\b`)
	wrongWords  = regexp.MustCompile(`(?i)\b(and|of|with|in|for|per|our|offices?|locations?|countries|years?|products?|sites?|und|mit|für|Jahren?|Standorte?n?|con|anni|sedi|paesi|customer|clients?|other|new|open|former|neue|nuovi|nouveaux)\b`)
)

// staffHints are what every sentence with a head count holds one of.
var staffHints = strings.Split("employ|staff|team|member|colleague|fte|worker|owner|professional|specialist|consultant|mitarbeit|beschäftig|angestellt|kolleg|dipendent|collaborat|addetti|professionist|collegh|salari|emplead|emplea|trabaj|medewerk|people|person|of us|mensch|leute|mensen|crew|workforce|squadra|équipe|equipo|belegschaft|organico|impiega|emploie|we are|siamo|wir sind|nous sommes|headcount|head count|company size|effectif", "|")

func findEmployees(src readPage) (finding, bool) { return src.staff, src.staff.weight > 0 }

// statedStaff looks for the head count that sentences state of the company
// today: not jobs on offer, not past peaks, not other firms' staff.
func statedStaff(sentences []string) finding {
	var best finding
	consider := func(f finding) {
		if f.weight > best.weight {
			best = f
		}
	}
	for _, s := range sentences {
		if !containsAny(lowerInPlace(s), staffHints...) || !hasNumber(s) {
			continue
		}
		for _, form := range headcountForms {
			for _, m := range form.re.FindAllStringSubmatchIndex(s, -1) {
				consider(countFinding(s, m, form.weight))
			}
		}
		for _, m := range headcountBand.FindAllStringSubmatchIndex(s, -1) {
			consider(bandFinding(s, m))
		}
	}
	return best
}

func countFinding(s string, m []int, weight int) finding {
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return s[m[2*i]:m[2*i+1]]
	}
	n, ok := readNumber(group(2))
	at := m[4]
	glued, _ := utf8.DecodeLastRuneInString(s[:at])
	if !ok || n == 0 || strings.ContainsRune("/.,-–%$€£#", glued) || looksLikeYear(group(2), group(5)) {
		return finding{}
	}
	if wrongWords.MatchString(group(4)) {
		return finding{}
	}
	before, after := near(s, at, m[1], 45)
	clause, _ := clauseAround(s, at, m[1])
	if noun := group(5); noun != "" && isCrowd(noun) && !atWork.MatchString(clause) {
		return finding{}
	}
	if form := group(0); weight == 1 && m[1] < len(s) {
		// "we are 250 kilometres away": the next word decides.
		next := strings.TrimLeft(s[m[1]:], " ")
		if strings.HasSuffix(form, " ") && next != "" && !regexpStaffOrEnd.MatchString(next) {
			return finding{}
		}
	}
	lead := s[max(0, m[0]-40):m[0]]
	if otherPeople.MatchString(lead) || newJobs.MatchString(before) || jobsAfter.MatchString(after) {
		return finding{}
	}
	if (pastPeople.MatchString(before) || pastPeople.MatchString(after)) && !nowAgain.MatchString(before) {
		return finding{}
	}
	if partOnly.MatchString(after) {
		weight -= 2
	}
	if wholeFirm.MatchString(clause) {
		weight++
	}
	value := fmt.Sprint(n)
	if group(1) != "" || group(3) == "+" {
		value += "+"
	}
	return finding{value, quoteAround(s, m[0], m[1]), weight}
}

var regexpStaffOrEnd = regexp.MustCompile(`(?i)^(?:\S+\s+)?(?:` + staff + `|` + crowd + `|strong|in\b|at\b|e\b|und\b|and\b|today|now|oggi)`)

var regexpCrowd = regexp.MustCompile(`(?i)^(?:` + crowd + `)$`)

func isCrowd(noun string) bool { return regexpCrowd.MatchString(noun) }

// looksLikeYear tells "our 2024 employee survey" from a head count.
func looksLikeYear(digits, noun string) bool {
	n, ok := readNumber(digits)
	return ok && len(digits) == 4 && n >= 1900 && n <= 2100 && strings.EqualFold(noun, "employee")
}

func bandFinding(s string, m []int) finding {
	low, ok1 := readNumber(strings.TrimRight(s[m[2]:m[3]], ".,"))
	high, ok2 := readNumber(strings.TrimRight(s[m[4]:m[5]], ".,"))
	clause, _ := clauseAround(s, m[0], m[1])
	lead := s[max(0, m[0]-40):m[0]]
	if !ok1 || !ok2 || low == 0 || high <= low || !bandLabel.MatchString(clause) ||
		otherPeople.MatchString(lead) || pastPeople.MatchString(lead) {
		return finding{}
	}
	if strings.HasSuffix(strings.TrimSpace(strings.ToLower(lead)), "from") {
		return finding{}
	}
	return finding{fmt.Sprintf("%d-%d", low, high), quoteAround(s, m[0], m[1]), 2}
}
