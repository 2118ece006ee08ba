package slack

import "leadtriage/internal/lead"

// catalogue holds every sentence that Slack shows to people, in one language.
// Arguments are numbered so that a translation may reorder them; they are
// already inert. A colon never touches an argument: a name between two colons
// would be an emoji. A sentence is added to every language; a test looks.
type catalogue struct {
	lang             string     // for names of countries and industries
	months           [12]string // January first
	date, first      string     // day, month, year; the first day of a month
	thousands, point string     // between groups of three digits; before decimals
	sum              string     // amount, currency

	noCompany, company, partner, noPartner, from, fromNobody, tier, contactAt, referred, via, confirmed, confirmedAnon, unconfirmed string
	contact, useCase, employees, employee, unknown                                                                                  string
	proposed, notScored, points, change, forLead, againstLead, nothing, line                                                        string
	editedBy, unverified, disputed, marksShort, facts, otherFacts, noFacts, noFactsYet, nothingNamed                                string
	quote, givenBy, sender, states, legend                                                                                          string

	incompleteLate, incompleteFailed, incomplete, closed, closedBare, noneVerified, singleTrigger, singleAsset, noReviewers string
	utmPartner, utmUnknown, utmMedium, creditTo, creditDirect                                                               string
	rival, rivalDirect, rivalFirst, rivalLater, rivalApproved, rivalRejected, rivalBare                                     string

	approve, reject, details, edit, undo, undoUntil, undone                                                                   string
	approved, rejected, decidedAt, override, reason, note, earlierRound, overRound, key                                       string
	round, footer                                                                                                             string
	fallbackOpen, fallbackIncomplete, fallbackDecided, fallbackApproved, fallbackRejected, fallbackMerged, merged, mergedAway string

	modalTitle, modalLead, modalReason, modalPick, modalNote, modalSubmit, modalCancel, modalClose string
	modalPickOne, modalNoteLong                                                                    string
	overrideTitle, overrideAsk, overrideNote, overrideEmpty, overrideOver                          string
	editTitle, editAsk, editSave, editPick, editNotEarning, editEmptied                            string
	editEmployees, editCountry, editIndustry, editTechnologies, editTechnologiesMany               string
	badEmployees, badCountry, badIndustry, badTechnologies                                         string

	detailsTitle, scoreTitle, touchpoints, signals, events, attribution, cost, history string
	unanchored, asOf                                                                   string
	product, landing, referrer, costOf, costNothing, moreHere                          string

	notAllowed, alreadyApproved, alreadyRejected, youApproved, youRejected, stale, notUnderReview string
	unknownReview, notSaved, noModal                                                              string
	timeline, earlier, remind, remindBackup                                                       string
	undoTooLate, undoOpen, alreadyUndone, youUndid                                                string

	homeTitle, homeHighest, homeLongest, homeMine, homeMineNone, homeRefresh, homeAsOf        string
	nothingWaits, waitingSince, waitingRow, decidedRow, decidedBy, scoreRow, listMore         string
	openCard, cardComing, inChannel, notAsked, overrideMark, undoneMark, notReviewer, notRead string
	help, unknownWord, leadUsage, leadNone                                                    string

	stages map[lead.Stage]string

	digestWaiting, digestDone, digestDecided, digestOverridden, digestMedian, digestNone string
	digestParked, parkedRow, digestDisqualified, daysHours, hoursMinutes, minutes        string

	acts       map[string]string // what a thread tells of (lead.Told), with who did it
	verdicts   map[lead.Verdict]string
	sources    map[lead.Source]string
	fields     map[lead.Field]string
	marks      map[lead.FactStatus]string
	refusals   map[lead.ReasonCode]string // why a fact is not verified; see lead.Refusals
	subjects   map[string]string          // whom or what a quote speaks of
	terms      map[string]string          // of events, signals, rules and history; without an entry an identifier is shown as words
	phrases    phrasebook                 // of the score; it speaks English itself
	acted      phrasebook                 // of what the history adds to an act; likewise
	rejections []Reason                   // as in the shipped configuration
}
