package slack

import "leadtriage/internal/lead"

// catalogue holds every sentence that Slack shows to people, in one language.
// Arguments are numbered so that a translation may reorder them; they are
// already inert. A colon never touches an argument: a name between two colons
// would be an emoji.
type catalogue struct {
	lang   string     // for names of countries
	months [12]string // short, January first
	date   string     // day, month, year

	noCompany, company, partner, noPartner, tier, contactAt, referred, via, confirmed, confirmedAnon string
	contact, useCase, employees, unknown                                                             string
	proposed, notScored, points, forLead, againstLead, line, moreLines                               string
	facts, noFacts, noFactsYet, nothingNamed, moreFacts, quote, givenBy, states, legend              string

	incompleteLate, incompleteFailed, incomplete, singleTrigger, singleAsset, rival, rivalBare, noReviewers string

	approve, reject, details, edit, undo, undone                                        string
	approved, rejected, decidedAt, override, reason, note, earlierRound, overRound, key string
	round, footer                                                                       string
	fallbackOpen, fallbackDecided, fallbackApproved, fallbackRejected                   string

	modalTitle, modalLead, modalReason, modalPick, modalNote, modalSubmit, modalCancel, modalClose string
	modalPickOne, modalNoteLong                                                                    string
	overrideTitle, overrideAsk, overrideNote, overrideEmpty                                        string
	editTitle, editAsk, editSave, editPick, editNotEarning, editEmptied                            string
	editEmployees, editCountry, editIndustry, editTechnologies, editTechnologiesMany               string
	badEmployees, badCountry, badIndustry, badTechnologies                                         string

	detailsTitle, wouldChange, scoreTitle, touchpoints, signals, events, attribution, cost, history string
	product, landing, referrer, costOf, costNothing, moreHere                                       string

	notAllowed, alreadyApproved, alreadyRejected, youApproved, youRejected, stale, notUnderReview string
	unknownReview, notSaved, noModal                                                              string
	undoTooLate, undoOpen, alreadyUndone, youUndid                                                string

	verdicts   map[lead.Verdict]string
	sources    map[lead.Source]string
	fields     map[lead.Field]string
	marks      map[lead.FactStatus]string
	rejections []Reason
}

var english = catalogue{
	lang:   "en",
	months: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	date:   "%[1]d %[2]s %[3]d",

	noCompany:     "No company named",
	company:       "*Company*",
	partner:       "*Partner*",
	noPartner:     "No partner sent this lead",
	tier:          "%[1]s tier",
	contactAt:     "Contact there is %[1]s",
	referred:      "Referred on %[1]s",
	via:           "by %[1]s",
	confirmed:     "✓ Referral confirmed by %[1]s on %[2]s",
	confirmedAnon: "✓ Referral confirmed on %[1]s",
	contact:       "Contact is %[1]s",
	useCase:       "Use case, in the lead's words: “%[1]s”",
	employees:     "%[1]s employees",
	unknown:       "%[1]s unknown",

	proposed:    "Proposed: *%[1]s*   %[2]s   *%[3]d / 100*",
	notScored:   "Not scored yet.",
	points:      "ICP %[1]d/%[2]d · intent %[3]d/%[4]d",
	forLead:     "*Speaks for it*",
	againstLead: "*Speaks against it*",
	line:        "`%[1]d/%[2]d`  %[3]s — %[4]s",
	moreLines:   "… and %[1]d more lines of the score",

	facts:        "*What was found*",
	noFacts:      "Nothing was found about the company.",
	noFactsYet:   "Nothing was found about the company so far.",
	nothingNamed: "No company is named, so nothing was looked up.",
	moreFacts:    "… and %[1]d more facts",
	quote:        "“%[1]s”",
	givenBy:      "from %[1]s",
	states:       "%[1]s says %[2]s",
	legend:       "✓ verified on a page · ✎ given by the sender or a reviewer · ? not verified, earns nothing · ≠ sources disagree, earns nothing",

	incompleteLate:   "⚠ *Facts incomplete*: the search still goes on; this card is drawn again when it gets through.",
	incompleteFailed: "⚠ *Facts incomplete*: the search for facts failed. What is missing here may still be true.",
	incomplete:       "⚠ *Facts incomplete*: what is missing here may still be true.",
	singleTrigger:    "⚑ Fewer than two kinds of buying behaviour are on record.",
	singleAsset:      "⚑ Fewer than two owned or partner assets were touched.",
	rival:            "⚑ Also sent by %[1]s, referred on %[2]s.",
	rivalBare:        "⚑ Another partner sent this company too.",
	noReviewers:      "⚠ *No reviewers configured*: nobody can decide. Set SLACK_REVIEWERS to the Slack user ids of the reviewers, separated by commas, and restart.",

	approve:          "Approve",
	reject:           "Reject",
	details:          "Details",
	edit:             "Edit facts",
	undo:             "Undo",
	undone:           "↩ Undone by %[1]s on %[2]s",
	approved:         "✅ *Approved* by %[1]s",
	rejected:         "⛔ *Rejected* by %[1]s",
	decidedAt:        "on %[1]s",
	override:         "*Override*: the proposal was %[1]s.",
	reason:           "Reason: %[1]s",
	note:             "Note: %[1]s",
	earlierRound:     "In round %[1]d: %[2]s",
	overRound:        "This round of the review is over; a newer card takes its place.",
	key:              "API key %[1]s",
	round:            "Review round %[1]d",
	footer:           "Lead %[1]s",
	fallbackOpen:     "Lead to review: %[1]s, from %[2]s. Proposed %[3]s, %[4]d of 100.",
	fallbackDecided:  "%[1]s, from %[2]s, was %[3]s.",
	fallbackApproved: "approved",
	fallbackRejected: "rejected",

	modalTitle:    "Reject this lead", // Slack takes 24 characters
	modalLead:     "*%[1]s*, from %[2]s",
	modalReason:   "Reason",
	modalPick:     "Choose a reason",
	modalNote:     "Note",
	modalSubmit:   "Reject",
	modalCancel:   "Cancel",
	modalClose:    "Close",
	modalPickOne:  "Choose one of the reasons.",
	modalNoteLong: "The note is too long: write at most %[1]d characters.",

	overrideTitle: "Approve all the same",
	overrideAsk:   "The proposal is *%[1]s*, not EQL. %[2]s",
	overrideNote:  "Why is it an EQL?",
	overrideEmpty: "Please write a word of why: it goes on record with the approval.",

	editTitle:            "Edit facts",
	editAsk:              "What you write here is recorded as your word: it stands above what was sent and found, and the lead is scored again. Leave a field as it is to say nothing about it; empty a field that a reviewer wrote to take that back.",
	editSave:             "Save",
	editPick:             "Choose an industry",
	editNotEarning:       "On record but not verified, or disputed: %[1]s",
	editEmptied:          "Write what is right: what was sent or found cannot be emptied.",
	editIndustry:         "Industry",
	editEmployees:        "Employees",
	editCountry:          "Country of the headquarters",
	editTechnologies:     "Technologies, separated by commas",
	editTechnologiesMany: "The list is too long to show here; what you write replaces it.",
	badIndustry:          "Choose one of the industries.",
	badEmployees:         "Write a number such as 250, a range such as 51-200, or 500+.",
	badCountry:           "Write the name of a country or its code of two letters, such as Italy or IT.",
	badTechnologies:      "Write at most 30 names of at most 60 characters each, separated by commas.",

	detailsTitle: "Lead in detail",
	wouldChange:  "*What would change the proposal*\n%[1]s",
	scoreTitle:   "*Every line of the score*",
	touchpoints:  "*Touchpoints*, newest first",
	signals:      "*Signals of the partner relation*, newest first",
	events:       "*Buying behaviour*, newest first",
	attribution:  "*Where it came from*",
	cost:         "*What the facts cost*",
	history:      "*History*, newest first",
	product:      "Product",
	landing:      "Landed on",
	referrer:     "Came from",
	costOf:       "%[1]d calls of the model: %[2]d tokens read, %[3]d of them from its cache, and %[4]d written, for $%.4[5]f.",
	costNothing:  "Nothing: no call of the model was made for this lead.",
	moreHere:     "… and %[1]d more",

	notAllowed:      "Only configured reviewers may decide about this lead. Nothing was changed. Ask your administrator to add you to the reviewers.",
	alreadyApproved: "%[1]s was already approved by %[2]s on %[3]s. Your answer changed nothing.",
	alreadyRejected: "%[1]s was already rejected by %[2]s on %[3]s. Your answer changed nothing.",
	youApproved:     "You already approved %[1]s on %[2]s.",
	youRejected:     "You already rejected %[1]s on %[2]s.",
	stale:           "This card is from an earlier round of the review. Please use the newest card of this lead.",
	notUnderReview:  "This lead is not under review any more. Nothing was changed.",
	unknownReview:   "This card belongs to no lead on record here. Nothing was changed.",
	notSaved:        "Your answer could not be saved. Please try again in a moment; the card shows when an answer is recorded.",
	noModal:         "Slack could not open the form in time. Please press the button again.",

	undoTooLate:   "It is too late to undo this: the time for it is over, or the decision has left already. Nothing was changed. Please correct it where the decision arrived.",
	undoOpen:      "There is no decision to undo: this lead still waits for one.",
	alreadyUndone: "%[1]s already undid this decision on %[2]s. The card asks again.",
	youUndid:      "You already undid this decision on %[1]s. The card asks again.",

	verdicts: map[lead.Verdict]string{
		lead.EQL: "EQL", lead.SQL: "SQL", lead.MQL: "MQL", lead.Nurture: "nurture", lead.VerdictDisqualify: "disqualified",
	},
	sources: map[lead.Source]string{
		lead.PartnerReferral: "partner referral", lead.Integration: "integration", lead.Marketplace: "marketplace",
		lead.CoMarketing: "co-marketing", lead.Backlink: "backlink", lead.AICitation: "AI citation", lead.CoSell: "co-sell",
		lead.Overlap: "account overlap", lead.Website: "own website", lead.EventList: "event list", lead.PurchasedList: "purchased list",
	},
	fields: map[lead.Field]string{
		lead.LegalName: "Legal name", lead.Industry: "Industry", lead.Employees: "Employees", lead.HQCountry: "Country",
		lead.HQCity: "City", lead.FoundedYear: "Founded", lead.Revenue: "Revenue", lead.BusinessModel: "Business model",
		lead.Technology: "Technology", lead.UseCase: "Use case", lead.Description: "Description",
	},
	marks: map[lead.FactStatus]string{lead.Verified: "✓", lead.Given: "✎", lead.Unverified: "?", lead.Conflicting: "≠"},
	rejections: []Reason{
		{"not_icp", "Does not fit the ICP"},
		{"no_partner_relation", "The partner relation is not real"},
		{"no_buying_intent", "No buying intent"},
		{"wrong_contact", "Wrong contact or role"},
		{"known_account", "Already a customer or in the pipeline"},
		{"wrong_facts", "The facts are wrong"},
		{"other", "Other (see the note)"},
	},
}
