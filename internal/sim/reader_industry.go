package sim

import (
	"regexp"
	"strings"
)

// trade is an industry, the phrases that tell it, and how clearly they do.
type trade struct {
	slug    string
	weight  int
	phrases []string
}

func trades(slug string, weight int, phrases string) trade {
	return trade{slug, weight, strings.Split(phrases, "|")}
}

// tradePhrases lead from wording, in lower case, to the slugs of the contract's
// list. Clear names of a trade weigh 5, its products 3. A phrase counts from
// the start of a word.
var tradePhrases = []trade{
	trades("software", 4, "software company|software vendor|software firm|software house|software maker|software developer|software cooperative|software start-up|software startup|software scale-up|software business|saas company|saas vendor|saas firm|saas start-up|saas provider|softwarehersteller|softwareunternehmen|software-unternehmen|softwarehaus|azienda di software|società di software|éditeur de logiciel|softwarebedrijf|industry: software"),
	trades("software", 3, "software|cloud platform|saas|cloud-plattform|piattaforma cloud|gestionale in cloud|logiciel"),
	trades("fintech", 5, "fintech|financial technology|finanztechnologie"),
	trades("fintech", 4, "payment platform|payments platform|payment infrastructure|payments infrastructure|payment processing|payments company|payment provider|zahlungsplattform|zahlungsdienst|zahlungsinfrastruktur|zahlungsabwicklung|open banking|neobank|piattaforma di pagament|plateforme de paiement"),
	trades("ecommerce", 5, "entreprise d’e-commerce|e-commerce company|ecommerce company|e-commerce firm|e-commerce business|e-commerce retailer|e-commerce brand|online shop|online store|online retailer|online marketplace|onlineshop|online-shop|onlinehändler|online-händler|onlinehandel|negozio online|boutique en ligne|vente en ligne|e-commerçant|marque en ligne|webshop"),
	trades("ecommerce", 3, "e-commerce|ecommerce"),
	trades("business_services", 5, "business services|business process outsourcing|bpo|back-office services|outsourced payroll|outsourced customer|shared services|facility services|staffing agency|payroll services|unternehmensdienstleist|servizi alle imprese|services aux entreprises"),
	trades("it_services", 5, "it services|it consult|managed services provider|systems integrator|it-dienstleist|systemhaus|servizi informatici|system integrator|software development and consultancy|software consultancy"),
	trades("marketing_advertising", 5, "marketing agency|advertising agency|seo agency|pr agency|creative agency|branding agency|digital agency|werbeagentur|marketingagentur|agenzia di marketing|agenzia di comunicazione|agenzia di pubblicità|agence de publicité|agence de communication"),
	trades("legal_accounting", 5, "law firm|solicitors|accounting firm|accountants|steuerberat|anwaltskanzlei|studio legale|studio commercialista"),
	trades("financial_services", 5, "private equity investor|private-equity investor|private equity firm|private-equity firm|investment manage|investment firm|asset manage|venture capital|wealth management|vermögensverwalt"),
	trades("insurance", 5, "insurance company|insurance broker|insurance carrier|insurer|versicherungsmakler|versicherungsunternehmen|assicurazioni"),
	trades("real_estate", 5, "real estate|property developer|property management|immobilien|immobiliare"),
	trades("construction", 5, "construction contractor|building contractor|piling contractor|drilling contractor|piling and drilling contractor|roofing contractor|foundation contractor|civil engineering contractor|general contractor|construction company|construction firm|bauunternehmen|impresa edile|entreprise de construction"),
	trades("construction", 3, "piling|drilled shafts"),
	trades("manufacturing", 5, "metal stamping|metal-stamping|stamping shop|stamping firm|stamping press|manufacturer|manufacturing company|manufacturing firm|machine shop|metallverarbeitung|hersteller von|stampaggio|produttore di"),
	trades("industrial_equipment", 5, "engineered industrial|industrial products|industrial equipment|industrial machinery|vacuum automation|vacuum-automation|klebstoffauftrag|maschinenbau|machine builder|macchinari|automation systems"),
	trades("automotive", 5, "car maker|automotive supplier|auto parts|automobilzulieferer"),
	trades("aerospace_defense", 5, "aerospace company|aerospace supplier|aerospace manufacturer|defence contractor|defense contractor"),
	trades("chemicals", 5, "chemical company|chemical maker|chemical producer|chemieunternehmen"),
	trades("food_beverage", 5, "food and feed|food and beverage|food processor|food producer|food company|brewery|lebensmittelhersteller|azienda alimentare"),
	trades("consumer_goods", 4, "cosmetics|apparel brand|furniture maker|toy maker"),
	trades("retail", 4, "retail chain|supermarket|high-street stores|einzelhandel"),
	trades("wholesale", 4, "wholesal|distributor of|großhandel|ingrosso"),
	trades("logistics", 5, "logistics company|logistics provider|logistics firm|logistics software|freight forwarder|freight broker|haulage|parcel carrier|parcel delivery|courier|spedition|spedizioniere|truckers with shippers"),
	trades("telecom", 5, "telecom operator|telecoms operator|telecommunications company|telecom provider|telekommunikation"),
	trades("media", 4, "newspaper|publisher|broadcaster|verlag|casa editrice"),
	trades("education", 5, "private university|business school|e-learning provider|language school|bildungsträger"),
	trades("healthcare", 5, "hospital group|healthcare provider|krankenhaus|casa di cura"),
	trades("pharma_biotech", 5, "pharmaceutical|biotech|pharmaunternehmen"),
	trades("energy_utilities", 5, "utility company|wind farm operator|solar developer|energy supplier|stadtwerke|energieversorger"),
	trades("agriculture", 4, "farm business|vineyard|agricultural cooperative|landwirtschaft"),
	trades("hospitality_travel", 5, "hotel group|hotel chain|tour operator|travel agency|reiseveranstalter"),
	trades("nonprofit", 5, "non-profit|nonprofit|registered charity|gemeinnützig|onlus"),
	trades("public_sector", 5, "city council|municipality|government agency|stadtverwaltung"),
}

var (
	// forOthers stands before the trade of customers, not of the company.
	forOthers = regexp.MustCompile(`(?i)\b(for|to|helps?|serves?|serving|among|customers (?:are|include)|clients (?:are|include)|für|per|pour|aux|alle|agli|wie|such as|integrat\w+ with|beats any)\W+(?:[\p{L}-]+\W+){0,4}$`)
	ofUs      = regexp.MustCompile(`(?i)` + wordStart + `(is|are|we are|we’re|sind|ist|è|siamo|sommes|est|as an?|ein|eine|un|une|una|an?|family-owned)\W+(?:[\p{L}\d-]+\W+){0,5}$`)
)

// findIndustry weighs all phrases of a source and quotes the clearest of the
// trade that wins.
func findIndustry(src readPage) (finding, bool) {
	type tally struct {
		sum  int
		best finding
	}
	sums := map[string]*tally{}
	for _, s := range src.sentences {
		lower := lowerInPlace(s)
		for _, t := range tradePhrases {
			from, to := findPhrase(lower, t.phrases)
			if from < 0 {
				continue
			}
			weight := t.weight
			switch before := s[:from]; {
			case forOthers.MatchString(before):
				weight = 1
			case ofUs.MatchString(before):
				weight++
			}
			if sums[t.slug] == nil {
				sums[t.slug] = &tally{}
			}
			sum := sums[t.slug]
			sum.sum += weight
			if weight > sum.best.weight {
				sum.best = finding{t.slug, quoteAround(s, from, to), weight}
			}
		}
	}
	var best finding
	top := 0
	for _, t := range tradePhrases {
		// In the order of the table, so that a draw always falls alike.
		if sum := sums[t.slug]; sum != nil && sum.best.weight >= 3 && sum.best.weight*10+sum.sum > top {
			top, best = sum.best.weight*10+sum.sum, sum.best
		}
	}
	return best, best.weight > 0
}

// modelPhrases are ways to earn money, in the words of pricing pages, the more
// telling ones first.
var modelPhrases = [][]string{
	{"b2b saas"},
	{"monthly plan", "annual plan", "monthly subscription", "annual subscription", "yearly subscription", "by subscription",
		"subscription costs", "subscription covers", "im abonnement", "in abbonamento", "sur abonnement", "per user per month", "pro monat", "al mese"},
	{"marketplace that", "marketplace for", "marktplatz für"},
	{"transaction fee", "per transaction", "pro transaktion", "per ogni transazione"},
	{"directly to consumers", "direct to consumer", "d2c", "vente directe", "vente en ligne"},
	{"retainer", "day rate", "tagessätze", "projects at a fixed price", "by the hour"},
	{"contract manufactur", "made to order", "job shop"},
	{"tenders", "lump-sum contract"},
}

func findBusinessModel(src readPage) (finding, bool) {
	for _, phrases := range modelPhrases {
		for _, s := range src.sentences {
			if from, to := findPhrase(lowerInPlace(s), phrases); from >= 0 {
				for to < len(s) && !strings.ContainsRune(" ,.;:", rune(s[to])) {
					to++
				}
				return finding{s[from:to], quoteAround(s, from, to), 3}, true
			}
		}
	}
	return finding{}, false
}

var usedFor = regexp.MustCompile(`(?i)\b(?:customers|clients|teams|companies|firms|Kunden|clienti|clients)\s+(?:use|rely on|nutzen|usano|utilisent)\s+[^.;]{2,40}?\s+(?:to|um|per|pour)\s+([^.;]{8,100})`)

func findUseCase(src readPage) (finding, bool) {
	for _, s := range src.sentences {
		if !containsAny(s, " use ", " rely ", " nutzen ", " usano ", " utilisent ") {
			continue
		}
		if m := usedFor.FindStringSubmatchIndex(s); m != nil {
			return finding{strings.TrimSpace(s[m[2]:m[3]]), quoteAround(s, m[0], m[1]), 2}, true
		}
	}
	return finding{}, false
}
