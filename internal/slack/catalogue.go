package slack

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"leadtriage/internal/lead"
)

//go:embed catalogue/*.yaml
var catalogueFiles embed.FS

// catalogue holds every sentence that Slack shows to people, in one language, as
// its file of that name says it: NoCompany is the file's noCompany. What the
// arguments of a sentence are stands in catalogue/en.yaml.
type catalogue struct {
	lang string // "it"; for names of countries and industries

	Months                             []string // January first
	Date, First, Thousands, Point, Sum string

	NoCompany, NoPartner, From, FromNobody, ContactAt, Confirmed, ConfirmedAnon, Unconfirmed, Employees, Employee string
	Proposed, NotScored, Points, Change, ForLead, AgainstLead, Line, EditedBy, Facts, OtherFacts, NoFacts         string
	NoFactsYet, NothingNamed, Quote, GivenBy, Sender, States, Legend, Checks                                      string
	Bant                                                                                                          []string // as lead.BANT

	Incomplete, IncompleteLate, IncompleteFailed, Closed, ClosedTitle, ClosedAsk, NoneVerified, NoReviewers, UtmPartner string
	CreditTo, CreditDirect, Rival, RivalDirect, RivalFirst, RivalLater, RivalMore                                       string
	MatchOwner, MatchSince, MatchCustomer, InCrm, InCrmStage, InCrmKept                                                 string

	Approve, Reject, Details, Edit, Undo, UndoUntil, Undone, DecidedAt, Override, Reason, Note, EarlierRound           string
	OverRound, Key, Round, Footer, FallbackOpen, FallbackIncomplete, FallbackDecided                                   string
	AskPartner, AskTitle, AskAbout, AskQuestion, AskSend, AskNone, AskedBefore, Answered, AnswerYes, AnswerNo, Claimed string
	Revoke, Revoked, RevokeTitle, RevokeAsk, RevokeEmpty, RevokeNone                                                   string
	Merged, MergedAway                                                                                                 string

	ModalTitle, ModalLead, ModalReason, ModalPick, ModalNote, ModalSubmit, ModalCancel, ModalClose, ModalPickOne, ModalNoteLong, ModalNoteEmpty string
	OverrideTitle, OverrideAsk, OverrideNote, OverrideEmpty, OverrideOver, EditTitle, EditAsk, EditSave, EditPick, EditNotEarning               string
	EditEmptied, EditTechnologiesMany                                                                                                           string

	// by what was decided; YouAlready by the reader
	Decisions, Decided, RivalDecided, Already, YouAlready map[lead.Decision]string

	EditFields, EditWrong map[lead.Field]string // titles in the form; what is wrong with what was written

	DetailsTitle, ScoreTitle, Touchpoints, Signals, Events, Outcomes, Attribution, Cost, History, Unanchored, AsOf, Product, Landing string
	Referrer, CostOf, CostNothing, MoreHere                                                                                          string

	NotAllowed, Stale, NotUnderReview, UnknownReview, NotSaved                                       string
	NoModal, Timeline, Earlier, Remind, RemindBackup, UndoTooLate, UndoOpen, AlreadyUndone, YouUndid string

	HomeTitle, HomeHighest, HomeLongest, HomeMine, HomeMineNone, HomeRefresh, HomeAsOf, NothingWaits, WaitingSince, WaitingRow      string
	DecidedRow, DecidedBy, ScoreRow, ListMore, OpenCard, CardComing, InChannel, NotAsked, OverrideMark, UndoneMark, NotReviewer     string
	NotRead, Help, UnknownWord, LeadUsage, LeadNone, CardFixed, CardFixedDecided, HomeParked, SendToReview, SentToReview, NotParked string

	DigestWaiting, DigestDone, DigestDecided, DigestOverridden, DigestMedian, DigestNone, DigestParked, ParkedRow string
	DigestDisqualified, DaysHours, HoursMinutes, Minutes                                                          string

	OwnerIs, OwnerFrom, ContactBy, ContactOver, Accepted, Handed, PassedOver, Ownership, Accept, Reassign, NextInTurn string
	ReassignTo, ReassignWhy, NotYours, NoOwner, AlreadyTheirs, WordAssigned, WordWarned, WordBreached, WordGone       string
	Ways                                                                                                              map[lead.OwnerWay]string
	Skips                                                                                                             map[lead.Skip]string
	Clocks                                                                                                            map[lead.ClockKind]string
	ClockStates                                                                                                       map[lead.ClockState]string

	Flags      map[string]string
	Matches    map[lead.MatchKind]string
	Stages     map[lead.Stage]string
	Acts       map[string]string // what a thread tells of (lead.ThreadActions), with who did it
	Verdicts   map[lead.Verdict]string
	Sources    map[lead.Source]string
	Fields     map[lead.Field]string
	Marks      map[lead.FactStatus]string
	Terms      map[string]string // of events, signals, rules and history
	Rejections []Reason          // as in the shipped configuration

	Reasons   map[lead.ReasonCode]string // of scores and facts; none: as in English, lead.English
	Short     map[lead.ReasonCode]string // what a card says in place of some of them
	NotStated string
}

// catalogues holds each language by its name.
var catalogues = sync.OnceValue(func() map[string]*catalogue {
	all := map[string]*catalogue{}
	files, _ := catalogueFiles.ReadDir("catalogue") // embedded, so it is there
	for _, f := range files {
		text, _ := catalogueFiles.ReadFile("catalogue/" + f.Name())
		say, err := readCatalogue(text)
		if err != nil {
			panic(fmt.Sprintf("catalogue/%s: %v", f.Name(), err))
		}
		say.lang = strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		all[say.lang] = say
	}
	return all
})

// readCatalogue decodes a file. A key that is unknown or missing is an error.
func readCatalogue(text []byte) (*catalogue, error) {
	var keys map[string]ast.Node
	if err := yaml.UnmarshalWithOptions(text, &keys, yaml.Strict()); err != nil {
		return nil, err
	}
	say := &catalogue{}
	fields := reflect.ValueOf(say).Elem()
	for i := range fields.NumField() {
		field := fields.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		key := strings.ToLower(field.Name[:1]) + field.Name[1:]
		value, ok := keys[key]
		if !ok {
			return nil, fmt.Errorf("the key %s is missing", key)
		}
		if err := yaml.NodeToValue(value, fields.Field(i).Addr().Interface(), yaml.Strict()); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		delete(keys, key)
	}
	if len(keys) > 0 {
		return nil, fmt.Errorf("unknown keys: %s", strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
	}
	if len(say.Reasons) == 0 {
		say.Reasons = lead.English
	}
	return say, nil
}
