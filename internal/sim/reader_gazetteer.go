package sim

import "strings"

// What the model knows of the world: names of countries in some languages,
// regions and larger cities. A place outside this list keeps its name and has
// no country unless the page states one.

var countryNames = map[string]string{
	"AT": "Austria|Österreich|Autriche", "AU": "Australia|Australien", "BE": "Belgium|Belgien|Belgio|Belgique|België",
	"BR": "Brazil|Brasilien|Brasile|Brasil", "CA": "Canada|Kanada", "CH": "Switzerland|Schweiz|Svizzera|Suisse|Die Schweiz",
	"CZ": "Czech Republic|Czechia|Tschechien|Repubblica Ceca", "DE": "Germany|Deutschland|Germania|Allemagne|Alemania|Duitsland",
	"DK": "Denmark|Dänemark|Danimarca|Danmark", "EE": "Estonia|Estland|Eesti", "ES": "Spain|Spanien|Spagna|Espagne|España",
	"FI": "Finland|Finnland|Finlandia|Suomi", "FR": "France|Frankreich|Francia|Frankrijk",
	"GB": "United Kingdom|UK|Great Britain|England|Scotland|Wales|Northern Ireland|Großbritannien|Vereinigtes Königreich|Regno Unito|Royaume-Uni",
	"GR": "Greece|Griechenland|Grecia", "HU": "Hungary|Ungarn|Ungheria", "IE": "Ireland|Irland|Irlanda|Irlande|Éire",
	"IN": "India|Indien", "IT": "Italy|Italien|Italia|Italie", "JP": "Japan|Giappone", "LU": "Luxembourg|Luxemburg|Lussemburgo",
	"MX": "Mexico|Mexiko|Messico|México", "NL": "Netherlands|The Netherlands|Niederlande|Paesi Bassi|Pays-Bas|Nederland|Holland",
	"NO": "Norway|Norwegen|Norvegia|Norge", "PL": "Poland|Polen|Polonia|Polska", "PT": "Portugal|Portogallo",
	"RO": "Romania|Rumänien", "SE": "Sweden|Schweden|Svezia|Suède|Sverige", "SG": "Singapore|Singapur",
	"US": "United States|United States of America|USA|U.S.|US|Vereinigte Staaten|Stati Uniti|États-Unis",
}

var regionNames = map[string]string{
	"US": "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming|AZ|CT|FL|IL|MA|MI|MN|MO|NC|NJ|NY|OH|OR|PA|TX|WA|WI",
	"CA": "Alberta|British Columbia|Manitoba|New Brunswick|Nova Scotia|Ontario|Quebec|Québec|Saskatchewan|AB|BC|ON|QC",
	"GB": "West Yorkshire|Yorkshire|Greater Manchester|Surrey|Kent|Somerset",
	"IT": "Lombardia|Lombardy|Piemonte|Piedmont|Veneto|Emilia-Romagna|Toscana|Tuscany|Lazio",
	"DE": "Bayern|Bavaria|Sachsen|Saxony|Hessen|Hesse",
	"FR": "Île-de-France|Seine-Saint-Denis|Hauts-de-Seine",
}

var cityNames = map[string]string{
	"AT": "Vienna|Wien|Graz|Linz|Salzburg", "BE": "Brussels|Bruxelles|Antwerp|Ghent", "CA": "Toronto|Montreal|Vancouver|Calgary|Ottawa|Edmonton",
	"CH": "Zurich|Zürich|Geneva|Genève|Basel|Bern|Lausanne", "CZ": "Prague|Brno",
	"DE": "Berlin|Hamburg|Munich|München|Frankfurt|Cologne|Köln|Stuttgart|Düsseldorf|Leipzig|Dresden|Hannover|Nürnberg",
	"DK": "Copenhagen|København|Aarhus", "EE": "Tallinn", "ES": "Madrid|Barcelona|Valencia|Sevilla|Bilbao", "FI": "Helsinki|Tampere",
	"FR": "Paris|Lyon|Marseille|Toulouse|Nantes|Lille|Bordeaux|Montreuil|Boulogne-Billancourt|Saint-Denis",
	"GB": "London|Leeds|Manchester|Birmingham|Bristol|Edinburgh|Glasgow|Cambridge|Oxford|Sheffield|Liverpool|Cardiff|Belfast",
	"IE": "Dublin|Cork|Galway|Limerick",
	"IT": "Milan|Milano|Rome|Roma|Turin|Torino|Bologna|Naples|Napoli|Florence|Firenze|Venice|Venezia|Verona|Padova|Genova|Bergamo|Trento",
	"NL": "Amsterdam|Rotterdam|Utrecht|Eindhoven|The Hague|Den Haag", "NO": "Oslo|Bergen", "PL": "Warsaw|Krakow|Wroclaw",
	"PT": "Lisbon|Lisboa|Porto", "SE": "Stockholm|Gothenburg|Malmö",
	"US": "New York|San Francisco|Seattle|Chicago|Boston|Austin|Denver|Los Angeles|Atlanta|Minneapolis|Raleigh|Duluth",
}

var (
	countryByName = reversed(countryNames)
	regionCountry = reversed(regionNames)
	cityCountry   = reversed(cityNames)
)

func reversed(names map[string]string) map[string]string {
	out := map[string]string{}
	for code, list := range names {
		for name := range strings.SplitSeq(list, "|") {
			out[name] = code
		}
	}
	return out
}

// knownWords are the words that known places begin or end with.
var knownWords = func() map[string]bool {
	words := map[string]bool{}
	for _, names := range []map[string]string{countryByName, regionCountry, cityCountry} {
		for name := range names {
			for w := range strings.FieldsSeq(name) {
				words[strings.TrimRight(w, ".")] = true
			}
		}
	}
	return words
}()

func countryCode(name string) (string, bool) {
	code, ok := countryByName[name]
	return code, ok
}
