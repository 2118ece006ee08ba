package slack

// italianPhrases are the sentences of internal/score, each with its translation
// below it. %s is any text, %d a number, %l a list, %q what stands in quotes.
const italianPhrases = `
	%s; capped by %d: intent counts %d at most
	%s; ridotto di %d: l'intento vale al massimo %d
	%s; capped by %d: %s together count %d at most
	%s; ridotto di %d: %s: al massimo %d in tutto
	newest of %d, %s
	il più recente di %d, %s
	%s, counts in full
	%s, vale per intero
	%s, worth %d of %d by now
	%s, ora vale %d su %d
	today
	oggi
	yesterday
	ieri
	%d days ago
	%d giorni fa

	%s (verified)
	%s (verificato)
	%s (given)
	%s (dichiarato)
	%s is on the list
	%s è nell'elenco
	at least %d is within %s
	almeno %d rientra in %s
	%s is within %s
	%s rientra in %s
	%s reaches into %s, which counts
	%s arriva alla fascia %s, che è quella che vale
	at least %d is in no band of %l
	almeno %d non rientra in nessuna fascia: %l
	%s is in no band of %l
	%s non rientra in nessuna fascia: %l
	%s reaches outside the bands %l
	%s esce dalle fasce %l
	%q is not a headcount
	«%q» non è un numero di dipendenti
	stated by the lead in %d words
	dichiarata dal lead in %d parole
	stated too briefly: %d or more words are needed
	dichiarata troppo in breve: servono almeno %d parole
	not stated by the lead
	non dichiarata dal lead
	not stated
	dato mancante
	%s not stated
	%s: dato mancante
	%s is unverified, earns nothing
	%s non è verificato, non vale punti
	%s is conflicting, earns nothing
	%s: fonti discordi, non vale punti
	%s: conflicting, earns nothing
	%s: fonti discordi, non vale punti
	%s against %s
	%s contro %s
	%s (as sent)
	%s (come inviato)
	%l is not on the list of %d
	%l non è nell'elenco di %d valori
	%l are not on the list of %d
	%l non sono nell'elenco di %d valori
	%l is not on the list: %l
	%l non è nell'elenco: %l
	%l are not on the list: %l
	%l non sono nell'elenco: %l
	%s on page %s
	%s sulla pagina %s
	%s, verified
	%s, verificato
	%s, given
	%s, dichiarato
	%s, unverified
	%s, non verificato
	%s, conflicting
	%s, fonti discordi
	%d or more
	da %d in su
	%d more
	ancora %d
	holds: %s (%l)
	soddisfatta: %s (%l)
	does not hold: %s (%l)
	non soddisfatta: %s (%l)
	holds: %s
	soddisfatta: %s
	does not hold: %s
	non soddisfatta: %s

	Score %d without a buying signal; one of %l would make it a marketing lead.
	Punteggio %d senza un segnale d'acquisto; uno tra %l ne farebbe un lead per il marketing.
	It has %s, but %l.
	Ha %s, ma %l.
	a buying signal (%l)
	un segnale d'acquisto (%l)
	Score %d and ICP fit %d with an ecosystem signal (%l) and %s.
	Punteggio %d e aderenza all'ICP %d, con un segnale dell'ecosistema (%l) e %s.
	Score %d and ICP fit %d with %s, but %s.
	Punteggio %d e aderenza all'ICP %d, con %s, ma %s.
	ICP fit %d is below %d
	l'aderenza all'ICP %d è sotto %d
	the score %d is below %d
	il punteggio %d è sotto %d
	no live ecosystem signal: %l
	nessun segnale dell'ecosistema ancora valido: %l
	%s expired: it is %d days old, %d at most count
	%s: scaduto, ha %d giorni e ne valgono al massimo %d
	%s is not dated, for the lead has no referred_on
	%s non ha una data, perché il lead non ha referred_on
	%s counts only with %d touched assets, %d on record
	%s: vale solo con %d contenuti visitati, ne risultano %d
	no ecosystem signal: an overlap without use or referral is none
	nessun segnale dell'ecosistema: una sovrapposizione senza uso né segnalazione non lo è
	no ecosystem signal
	nessun segnale dell'ecosistema
	it shows %d of %d required kinds of intent events
	i tipi di eventi d'intento sono %d sui %d richiesti
	it touched %d of %d required assets
	i contenuti visitati sono %d sui %d richiesti
	A bought or event list is unverified until a signal or an event arrives.
	Una lista acquistata o di un evento non è verificata finché non arriva un segnale o un evento.

	With nothing new it stays eql for a year.
	Senza novità resta EQL per un anno.
	With nothing new it becomes %s tomorrow, at a score of %d.
	Senza novità diventa %s domani, con un punteggio di %d.
	With nothing new it becomes %s in %d days, at a score of %d.
	Senza novità diventa %s tra %d giorni, con un punteggio di %d.
	No single event, signal or fact would make it more than %s.
	Nessun singolo evento, segnale o dato lo porterebbe oltre %s.
	%l would bring it to %d and make it %s.
	%l: arriverebbe a %d e diventerebbe %s.
	%l would make it %s.
	%l: diventerebbe %s.
	a lead to nurture
	nurturing
	eql
	EQL
	sql
	SQL
	mql
	MQL
	disqualified
	escluso
	a verified %s (one of its list)
	un dato verificato: %s (uno dell'elenco)
	a verified %s (%l)
	un dato verificato: %s (%l)
	another touched asset
	un altro contenuto visitato
	%l today
	%l oggi
	the event of a stated use case
	l'evento di un'esigenza dichiarata
	a use case stated by the lead
	un'esigenza dichiarata dal lead
	a stated use case
	un'esigenza dichiarata
	stated use case
	esigenza dichiarata
	the event %l
	l'evento %l
	a pricing page view
	una visita alla pagina prezzi
	an integration click
	un clic sull'integrazione
	an integration install
	un'installazione dell'integrazione
	a demo request
	una richiesta di demo
	a started trial
	una prova avviata
	a confirmed budget
	un budget confermato
	a contact with sales
	un contatto con le vendite
	a docs visit
	una visita alla documentazione
	an attended webinar
	la partecipazione a un webinar
	an active integration
	un'integrazione attiva
	a co-sell
	un co-sell
	a co-marketing contact
	un contatto di co-marketing
	an AI citation
	una citazione di un'AI
	a referral by the partner
	una segnalazione del partner
	a shared customer
	un cliente in comune
	a marketplace click
	un clic sul marketplace
`

// italianHistory are the details of the history's acts, likewise.
const italianHistory = `
	facts: %d
	dati: %d
	events: %d, signals: %d
	eventi: %d, segnali: %d
	round %d, override of %s
	giro %d, in deroga a %s
	round %d
	giro %d
	into lead %s
	nel lead %s
	%s from %s
	%s da %s
	%d %s by %s
	%d %s con %s
`
