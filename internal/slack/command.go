package slack

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// SlashCommand is the command of slack-manifest.yaml.
const SlashCommand = "/eql"

// Rows of an answer: it stays far below the 20 kB that Socket Mode takes.
const (
	commandWaiting = 15
	commandLeads   = 10
	// commandRead bounds the leads of a company that are looked through for
	// those that the person may see.
	commandRead = 50
)

// Command answers a slash command within 2.5 s, to the person alone. It changes
// nothing, and shows only leads that the person may decide about.
func (a *Actions) Command(ctx context.Context, cmd slackapi.SlashCommand) Answer {
	if why := a.foreign(ctx, cmd.TeamID, cmd.APIAppID); why != "" {
		return Answer{Refused: why}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a.o.Groups.await(ctx)
	cmd.UserID = person(cmd.UserID)
	l := a.list(ctx, cmd.UserID, cmd.ChannelID)
	words := append(strings.Fields(cmd.Text), "")
	word, rest := words[0], strings.Join(words[1:], " ")
	var lines []string
	var parked map[int]string
	var err error
	switch strings.ToLower(word) {
	case "pending":
		lines, err = a.pending(ctx, l, cmd.UserID)
	case "lead":
		lines, parked, err = a.leadsOf(ctx, l, cmd.UserID, strings.TrimSpace(rest))
	case "", "help":
		lines = []string{l.say.Help}
	default:
		lines = []string{fmt.Sprintf(l.say.UnknownWord, safe(word, 40)), l.say.Help}
	}
	if err != nil {
		a.o.Logger.ErrorContext(ctx, "slack command not answered", "user", cmd.UserID, "error", err)
		lines, parked = []string{l.say.NotRead}, nil
	}
	blocks := stacked(lines)
	if len(parked) > 0 {
		blocks = nil
		for i, line := range lines {
			if id := parked[i]; id != "" {
				blocks = append(blocks, l.sendable(line, id))
			} else {
				blocks = append(blocks, section(line))
			}
		}
	}
	return Answer{Body: slackapi.Msg{ResponseType: slackapi.ResponseTypeEphemeral, Text: lines[0], Blocks: slackapi.Blocks{BlockSet: blocks}}}
}

func (a *Actions) pending(ctx context.Context, l listing, user string) ([]string, error) {
	within := a.o.Reviewers.Scopes(user)
	if len(within) == 0 {
		return []string{l.say.NotReviewer}, nil
	}
	page, err := a.o.Records.Waiting(ctx, lead.WaitingFilter{Within: within, Limit: commandWaiting})
	if err != nil {
		return nil, err
	}
	lines := append([]string{l.summary(page)}, l.waiting(page.Leads)...)
	return l.more(lines, page.Total-len(page.Leads)), nil
}

// leadsOf lists the leads of a company, whichever partner sent them, and the ids of
// those that can be sent to review, by their lines.
func (a *Actions) leadsOf(ctx context.Context, l listing, user, words string) (lines []string, parked map[int]string, err error) {
	if len(a.o.Reviewers.Scopes(user)) == 0 {
		return []string{l.say.NotReviewer}, nil, nil
	}
	if utf8.RuneCountInString(words) < 2 {
		return []string{l.say.LeadUsage}, nil, nil
	}
	domain, err := company.Domain(words)
	if err != nil {
		domain = ""
	}
	found, err := a.o.Records.Find(ctx, domain, words, commandRead)
	if err != nil {
		return nil, nil, err
	}
	parked = map[int]string{}
	for i := range found {
		if d := &found[i]; a.o.Reviewers.Authorized(user, d) {
			if d.Lead.Stage == lead.Parked && len(lines) < commandLeads {
				parked[len(lines)] = d.Lead.ID
			}
			lines = append(lines, l.dossier(d))
		}
	}
	if len(lines) == 0 {
		return []string{fmt.Sprintf(l.say.LeadNone, safe(words, 100))}, nil, nil
	}
	return l.more(atMost(lines, commandLeads), len(lines)-commandLeads), parked, nil
}

// dossier is a lead in one line: where it stands and who decided what.
func (l listing) dossier(d *lead.Dossier) string {
	parts := []string{"*" + l.name(d.Lead.Name()) + "*", l.from(d.Lead.Partner.ID), l.say.Stages[d.Lead.Stage]}
	if s := d.Lead.Score; s != nil {
		parts = append(parts, fmt.Sprintf(l.say.ScoreRow, l.say.verdict(s.Verdict), s.Total))
	}
	r := d.Review()
	if r == nil {
		return strings.Join(append(parts, l.say.NotAsked), " · ")
	}
	if !r.Open() {
		parts = append(parts, fmt.Sprintf(l.say.DecidedBy, l.word(r.Decision), l.say.actorName(r.By), moment(r.DecidedAt)))
		if r.Override {
			parts = append(parts, l.say.OverrideMark)
		}
	}
	return strings.Join(append(parts, l.card(r.Channel, r.TS)), " · ")
}

// Commands is POST /slack/commands.
func (a *Actions) Commands() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := a.signed(w, r)
		if !ok {
			return
		}
		form, err := url.ParseQuery(string(body))
		if form.Get("ssl_check") == "1" { // Slack looks at the certificate
			return
		}
		if err != nil || form.Get("command") == "" || form.Get("user_id") == "" {
			http.Error(w, "expected a form with the fields command and user_id", http.StatusBadRequest)
			return
		}
		a.respond(w, r, a.Command(r.Context(), slackapi.SlashCommand{Command: form.Get("command"), Text: form.Get("text"),
			UserID: form.Get("user_id"), ChannelID: form.Get("channel_id"), TeamID: form.Get("team_id"), APIAppID: form.Get("api_app_id")}))
	})
}
