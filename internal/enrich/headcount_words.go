package enrich

// The words round a head count, in English, Italian, German and some French.
// What is not listed does not verify: an unlisted true sentence costs points, a
// wrong one costs a person's trust.
var (
	headNouns = phraseList(`
		employees
		staff
		staff members
		workers
		team members
		teammates
		colleagues
		co-workers
		coworkers
		ftes
		dipendenti
		collaboratori
		addetti
		impiegati
		lavoratori
		colleghi
		mitarbeiter
		mitarbeitern
		mitarbeiterinnen
		mitarbeitende
		mitarbeitenden
		beschäftigte
		beschäftigten
		angestellte
		angestellten
		kollegen
		kolleginnen
		salariés
		collaborateurs
		employés
		empleados
		trabajadores
		colaboradores`)
	// personNouns may be customers, users or guests as well.
	personNouns = phraseList(`
		people
		persons
		professionals
		specialists
		experts
		persone
		professionisti
		experten
		expertinnen
		spezialisten
		fachleute
		personen
		menschen
		köpfe
		leute
		leuten
		personnes
		personas
		profesionales`)
	// employing stands right before a number of people who work there.
	employing = phraseList(`
		employs
		employ
		employing
		company with
		firm with
		business with
		unternehmen mit
		azienda con
		entreprise avec
		our team is
		employees of
		has
		have
		has grown
		have grown
		has grown to
		have grown to
		we are
		we're
		we count
		our team :
		our team today :
		the team :
		workforce :
		our people :
		team gehören
		team umfasst
		equipo de
		plantilla de
		empresa de
		somos
		tiene
		tenemos
		cuenta con
		cuenta hoy con
		contamos con
		emplea a
		empleamos a
		está formado por
		está compuesto por
		nous sommes
		employons
		rassemble
		réunit
		société de
		realtà di
		trabajan
		trabajamos
		da empleo a
		unser team :
		notre équipe :
		il nostro team :
		nuestro equipo :
		comptons
		team aus
		azienda di
		società di
		impresa di
		entreprise de
		company of
		team of
		staff of
		workforce of
		headcount of
		impiega
		impieghiamo
		occupa
		conta
		contiamo
		siamo
		siamo in
		un team di
		squadra di
		organico di
		beschäftigt
		beschäftigen
		zählt
		wir sind
		arbeiten
		team von
		belegschaft von
		lavorano
		lavorano con noi
		lavorano per noi
		lavorano da noi
		diamo lavoro a
		dà lavoro a
		beschäftigen wir
		beschäftigt das unternehmen
		beschäftigt die firma
		zählt das unternehmen
		zählen wir
		haben wir
		sind wir
		arbeiten bei uns
		arbeiten für uns
		bei uns arbeiten
		work for us
		work with us
		consists of
		is made up of
		are made up of
		comprises
		is comprised of
		team counts
		team has
		team now has
		besteht aus
		è composto da
		è composta da
		è formato da
		è formata da
		se compose de
		est composée de
		équipe de
		emploie
		compte`)
	// staffing says so by itself, whatever follows the people.
	staffing = phraseList(`
		employs
		employ
		we are
		we're
		impiega
		impieghiamo
		siamo
		siamo in
		beschäftigt
		beschäftigen
		wir sind
		diamo lavoro a
		company with
		our team is
		consists of
		is made up of
		besteht aus
		è composto da
		è composta da
		company of
		team of
		un team di
		squadra di
		équipe de
		azienda di
		società di
		impresa di
		team aus
		nous sommes
		emploie
		employons
		somos
		emplea a
		empleamos a
		equipo de
		está formado por`)
	// elsewise follows people who are not all, or not the company's.
	elsewise = vocabulary("of for to per short less fewer using covered trained included more too away behind di del della von für bei pour de")
	// workingHere follows a number of people who work there.
	workingHere = phraseList(`
		work here
		work there
		work for us
		work with us
		work at the company
		lavorano qui
		lavorano da noi
		lavorano in azienda
		arbeiten bei uns
		arbeiten hier
		arbeiten für uns
		arbeiten mit uns
		arbeiten an
		arbeiten in
		travaillent ici
		trabajan aquí
		trabajan con nosotros
		on staff
		on our team
		on our staff
		strong`)
	// countLabels stand before a number, with or without a colon.
	countLabels = phraseList(`
		employees
		number of employees
		employee count
		headcount
		head count
		team size
		company size
		staff
		workforce
		dipendenti
		numero di dipendenti
		numero dipendenti
		addetti
		organico
		mitarbeiter
		mitarbeitende
		mitarbeiterzahl
		total employees
		total headcount
		total staff
		number of staff
		anzahl mitarbeiter
		anzahl mitarbeitende
		anzahl der mitarbeitenden
		anzahl beschäftigte
		anzahl der mitarbeiter
		beschäftigte
		effectif
		effectifs
		team members
		mitarbeiteranzahl
		n . dipendenti
		nombre de salariés
		nombre d'employés
		nombre de collaborateurs
		empleados
		número de empleados
		número de trabajadores
		employees worldwide
		plantilla
		nuestra plantilla`)
	// weAlone stand before a number that ends its sentence.
	weAlone = phraseList(`
		heute sind wir
		wir sind heute
		inzwischen sind wir
		mittlerweile sind wir
		nous sommes
		nous sommes aujourd'hui
		aujourd'hui, nous sommes
		hoy somos`)
	// whereabouts are where all who work for a company may be.
	whereabouts = vocabulary(`office offices location locations site sites country countries city cities region regions continent continents world globe
		company headquarters team teams family heart total
		büro büros standort standorte standorten ländern land welt unternehmen firma
		ufficio uffici sede sedi paese paesi mondo città azienda estero
		bureau bureaux pays monde ville villes entreprise
		oficina oficinas país países mundo ciudad ciudades`)
	afterPlace = vocabulary("of in and across worldwide around on at today with e ed und et y in auf de di")
	// peopleDo is what those who work for a company may be said to do.
	peopleDo = vocabulary(`building making developing designing creating selling supporting helping shipping writing working serving spanning spread living based`)
	// teamVerbs may follow "our team of 250".
	teamVerbs = vocabulary("works work builds is are strong arbeitet lavora")
	// wholeTeams name all who work there, not one department.
	wholeTeams = phraseList(`
		team of
		staff of
		workforce of
		headcount of
		équipe de
		equipo de
		plantilla de
		team has grown to
		team counts
		team numbers
		staff numbers
		headcount is
		number of employees is
		mitarbeiterzahl beträgt
		siamo in
		oggi siamo
		workforce numbers
		team di
		squadra di
		gruppo di lavoro di
		organico di
		team von
		belegschaft von
		employs
		employ
		impiega
		beschäftigt
		emploie`)
	beforeTeam = vocabulary(`a an our the with whole entire core global international worldwide growing strong small large diverse talented passionate
		remote distributed dedicated multicultural un una il nostro nostra unser unsere unserem ein eine einem mit con`)
	members          = vocabulary("members mitglieder membri membres")
	peopleAdjectives = vocabulary(`full time - dedicated talented highly skilled qualified passionate committed permanent motivated experienced
		professional happy loyal own of our its the tra qualificati specializzati motivierte motivierten engagierte engagierten qualifizierte
		qualifizierten feste festangestellte unsere unserer`)
	beforeCount = vocabulary(`has have having with employ employs employing of our its the are now currently today counts numbers : ( " - and
		worldwide globally weltweit europaweit derzeit aktuell total insgesamt altogether presently
		ha hanno abbiamo conta contiamo impiega impieghiamo occupa con di siamo nostri i gli suoi attualmente oggi e
		hat haben beschäftigt beschäftigen zählt zählen mit sind unsere unserer die der derzeit aktuell heute und arbeiten lavorano avec compte comptons emploie employons avons rassemble sommes somos tenemos tiene nuestros con lists arbeiten lavorano work wir noi`)
	afterCount = vocabulary(`in across and worldwide globally today now currently throughout around strong
		- ( ) " : with from who nel nella nelle nei e con tra distribuiti oggi attualmente weltweit aus an und im mit verteilt europaweit dans et headquartered based spread working located speaking serving`)
	moreThan = phraseList(`
		over
		more than
		above
		at least
		upwards of
		in excess of
		exceeding
		well over
		oltre
		più di
		almeno
		über
		mehr als
		mindestens
		plus de
		más de`)
	nearly = phraseList(`
		about
		around
		approximately
		approx
		approx.
		roughly
		some
		circa
		ca
		ca.
		c.
		~
		nearly
		almost
		quasi
		rund
		etwa
		ungefähr
		knapp
		fast
		zirka
		environ`)
	lessThan = phraseList(`
		under
		below
		fewer than
		less than
		up to
		as many as
		maximum
		max
		max.
		meno di
		fino a
		massimo
		weniger als
		unter
		bis zu
		höchstens
		moins de
		menos de
		jusqu'à
		hasta`)
	orMore = phraseList(`
		+
		plus
		or more
		and more
		o più
		oder mehr
		und mehr`)
)

// Doubt about a head count: the past, the future, a part, or somebody else's people.
var (
	countDoubts = vocabulary(`peak formerly former previously once ago earlier originally laid layoff layoffs laying redundancies dismissed fired had employed lost
		average per each not no never without if falls imagine suppose
		visitors students users subscribers participants attendees guests volunteers freelancers contractors
		initially anfangs inizialmente anfänglich supervise supervising
		parent subsidiary acquired belongs
		éramos tenía étions antiguos anciens
		aveva avevano contava erano eravamo ex precedentemente picco licenziati licenziato licenziamenti volontari non mai
		hatte hatten waren ehemals früher damals einst entlassen entlässt abgebaut nicht kein keine würde
		tochter tochtergesellschaft mutterkonzern konzern`)
	// deeds are done to people, or planned: they doubt a number in their own clause,
	// and one that they stand before.
	deeds = vocabulary(`jobs job vacancies openings positions roles hire hires hired hiring recruit recruits recruiting plan plans planned will would could may might
		goal target aim aims expects expected forecast lose cut cuts reduced reduce added adding adds joined
		train trains trained helped helps help serves served
		recrutons recruter recrutement buscamos contratar contrataremos queremos
		assunzioni assumere assumeremo posti stellen wird werden wollen sollen`)
	countDoubtPhrases = phraseList(`
		at one time
		this week
		this weekend
		tonight
		diese woche
		heute abend
		questa settimana
		cette semaine
		ce soir
		esta semana
		used to
		part of
		up to
		un tempo
		in passato
		fa parte
		owned by
		gehört zu
		teil der
		teil von
		on average
		at first
		back then
		started with
		started out
		began with
		when we started
		in the beginning
		in our early days
		am anfang
		zu beginn
		zu anfang
		startete mit
		begann mit
		begannen mit
		all ' inizio
		agli inizi
		au début
		lead a
		leads a
		lead our
		leading a team
		manage a
		manages a
		managing a
		managing our
		head a
		join a
		in charge of
		responsible for
		führung eines
		leitung eines
		leitest
		führst
		guidare
		guiderai
		coordinare
		coordinerai
		gestire
		gestirai`)
	// partOf before a number, or right after it, makes it a part of another one.
	partOf = phraseList(`
		of which
		of whom
		of them
		of us
		di cui
		tra cui
		davon
		dont`)
	// others have people too, when they stand before the number.
	others = vocabulary(`customer customers client clients companies businesses organisations organizations firms enterprises smes smbs startups teams
		employers partner partners agencies brands retailers merchants clienti cliente aziende imprese entreprises empresas clientes kunde kunden firmen betriebe arbeitgeber mittelständler
		for für per pour para`)
	places = vocabulary(`office site plant factory branch warehouse department division headquarters hq laboratory lab store shop
		ufficio sede stabilimento filiale magazzino reparto negozio standort werk niederlassung büro hauptsitz zentrale abteilung filialen lager`)
	closed = phraseList(`
		shut down its operations
		shut down operations
		ceased operations
		ceased trading
		out of business
		closed its doors
		in liquidation
		has been dissolved
		was dissolved
		filed for bankruptcy
		ha cessato l'attività
		in liquidazione
		hat den betrieb eingestellt
		in insolvenz
		in liquidation
		insolvenz angemeldet`)
)
