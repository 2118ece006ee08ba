package enrich

var (
	// foundingWords say that a company began.
	foundingWords = vocabulary(`founders gründeten gründete fondarono fondò founded incorporated established gegründet fondata fondato costituita costituito nata gründung gegründete fondée fondé créée fundada fundado since seit dal depuis desde`)
	// beganIn are founding words that a year follows directly.
	beganIn = phraseList(`
		founded in
		founded
		founded back in
		established in
		established
		est.
		est
		incorporated in
		incorporated
		founding year
		year founded
		year of foundation
		in business since
		family-owned since
		azienda di famiglia dal
		azienda familiare dal
		familienunternehmen seit
		familienbetrieb seit
		in familienhand seit
		entreprise familiale depuis
		family-run since
		operating since
		independent since
		existed since
		been around since
		in operation since
		going back to
		goes back to
		business since
		dating back to
		founded in the year
		was set up in
		was started in
		gegründet
		gegründet im jahr
		gegründet in
		gründungsjahr
		gründung
		fondata nel
		fondato nel
		costituita nel
		costituito nel
		nata nel
		anno di fondazione
		attiva dal
		attivi dal
		fondée en
		créée en
		fundada en
		fundado en
		creada en
		founded on
		gegründet am
		fondata il
		fondée le
		fundada el
		gibt es seit
		family owned since
		se fundó en
		fue creada en
		its foundation in
		our foundation in
		its founding in
		our founding in
		its creation in
		its inception in
		our inception in
		der gründung
		der gründung im jahr
		unserer gründung
		unserer gründung im jahr
		seiner gründung
		gründung erfolgte
		gründung erfolgte im jahr
		sa création en
		notre création en
		su fundación en
		nuestra fundación en
		sua fondazione nel
		nostra fondazione nel
		opera dal
		existe depuis
		existe desde`)
	founded = vocabulary("founded established incorporated gegründet fondata fondato costituita costituito fondée fondé créée fundada fundado creada")
	// foundedIt take the company for their object, or for a subject that follows.
	foundedIt = vocabulary("founded started gründeten gründete fondarono fondò fonda nasce nacque fonda fondato fondé fonde fondent crée funda fundó fundaron nace launched")
	inYear    = vocabulary("in im nel en jahr jahre anno the year ,")
	// startedIn may mean much; behind "we" or the company's name they mean its start.
	startedIn = phraseList(`
		started in
		started out in
		started up in
		began in
		launched in
		was launched in
		was started in
		was created in
		was born in
		nasce nel
		nacque nel
		nati nel
		began
		starts in
		begins in
		got started in
		è iniziato nel
		ha inizio nel
		a vu le jour en
		opened its doors in
		opened our doors in
		inizia nel
		iniziò nel
		è iniziata nel
		comincia nel
		begann
		begann im jahr
		beginnt
		beginnt im jahr
		commence en
		a commencé en
		débute en
		nació en
		nace en
		comienza en
		comenzó en
		empieza en
		empezó en
		è nata nel
		est née en`)
	foundedLabels = phraseList(`
		founded
		year founded
		founding year
		established
		gegründet
		gründungsjahr
		gründung
		fondata
		anno di fondazione
		fondée
		année de création
		date de création
		année de fondation
		création
		fundada
		fundación
		año de fundación
		fondazione
		data di fondazione
		foundation year
		foundation
		founding date
		year of incorporation
		firmengründung
		year of foundation
		year established`)
	months = vocabulary(`early late mid anfang ende january february march april may june july august september october november december
		gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
		januar februar märz mai juni juli oktober dezember
		janvier février mars avril juin juillet août septembre octobre novembre décembre
		enero febrero abril mayo junio julio septiembre octubre noviembre diciembre`)
	// trades are verbs that say what a company does all day.
	trades = vocabulary(`build builds built building make makes made making develop develops developed developing design designs designed designing
		produce produces produced producing manufacture manufactures manufactured manufacturing craft crafted crafting
		aiutiamo aiuta supportiamo accompagnons accompagne unterstützen unterstützt ayudamos
		sviluppiamo sviluppa produciamo produce realizziamo realizza progettiamo progetta costruiamo costruisce
		entwickeln entwickelt bauen baut produzieren produziert fertigen fertigt
		développons développe concevons conçoit fabriquons fabrique éditons édite
		desarrollamos desarrolla fabricamos fabrica diseñamos diseña`)
	// aids are such verbs, too, unless one customer is named.
	aids = vocabulary("help helps helped helping serve serves served serving support supports supported supporting")
	// sinceDoubt says that what goes on since a year is not all that a company does.
	sinceDoubt = vocabulary(`also too additionally new first joint jointly together with abroad internationally export team
		anche insieme con auch gemeinsam zusammen mit aussi ensemble avec también junto con`)
	// thisOne points at one product of several.
	thisOne      = vocabulary("more our the this these that their its unser unsere unseren die das den der diese il la lo l nostro nostra notre nos le nuestro nuestra el")
	storyOpeners = phraseList(`
		it all
		alles
		tutto
		tout
		todo`)
	besideFounded = vocabulary("in a à at by the and , von da im nel en jahr jahre anno year di de zu e et und of near bei it wurde die das")
	beforeFounded = vocabulary(`be been being first originally officially jointly and e und et stata stato été wurde wurden worden von as company when it
		also newly privately formally independently later who dal da`)
	sinceAlone = vocabulary("since seit dal depuis desde")
	foundDoubt = vocabulary(`office offices subsidiary subsidiaries branch customer customers client clients predecessor division partner partners
		competitor parent previous previously formerly not never first another partnership programme program department brand product
		ufficio filiale sede cliente clienti controllata divisione marchio prodotto non
		büro niederlassung tochter tochtergesellschaft kunde kunden stiftung marke produkt nicht standort ehemals
		acquired renamed merged`)
	// foundedWhat follows a founding word that has its year later.
	foundedWhat = phraseList(`
		by
		in
		at
		near
		a
		à
		im
		en
		it
		the company
		the business
		the firm
		da
		von
		wurde die firma
		wurde das unternehmen
		wurde die gesellschaft`)
)
