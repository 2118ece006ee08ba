package sim

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SlackChannel is a conversation of the simulated workspace.
type SlackChannel struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Private   bool   `json:"private"`
	Archived  bool   `json:"archived"`
	NotMember bool   `json:"-"` // the app was not invited
}

// SlackUser is a person of the simulated workspace, member of every channel.
type SlackUser struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	RealName string `json:"real_name"`
	Email    string `json:"-"`
}

// SlackOptions describe the workspace and the app that is installed in it.
type SlackOptions struct {
	BotToken      string // xoxb-…
	AppToken      string // xapp-…; empty: no Socket Mode
	SigningSecret string

	AppName  string // "leadtriage" where empty
	TeamName string // "Workspace" where empty
	Channels []SlackChannel
	Users    []SlackUser
	Scopes   []string // of the bot token; nil: every scope

	Now func() time.Time // time.Now where nil

	RateLimit  float64       // posts per second and channel; 0: no limit
	AckTimeout time.Duration // how long an answer to an interaction may take; 3 s where 0

	Inbox  func() []InboxItem // shown on the page as what the CRM received; Touch says that there is more
	Banner string             // first words of the page's banner
	// HomeTab: the app has one; without it views.publish is refused.
	HomeTab  bool
	Commands []string // slash commands of the app's manifest; nil: any
	Logger   *slog.Logger
}

// Slack is a workspace with one installed app: the Web API, Socket Mode,
// interactions by people, and a page that shows the channel.
type Slack struct {
	opt    SlackOptions
	mux    *http.ServeMux
	client *http.Client
	log    *slog.Logger

	mu sync.Mutex // guards all below
	slackWorkspace
	slackDialogs
	slackRecords
	slackLines
}

// slackWorkspace is what stands in the workspace.
type slackWorkspace struct {
	channels   map[string]*slackRoom
	order      []string // channel ids as configured
	users      map[string]SlackUser
	groups     map[string][]string        // user ids by user group
	messages   map[string][]*SlackMessage // by channel, oldest first
	ephemerals []*SlackMessage
	lastTS     map[string]int64 // newest ts of a channel in microseconds
	revoked    bool             // the app's token
}

// slackDialogs are what the app may still answer to.
type slackDialogs struct {
	views    []*SlackView
	triggers map[string]*slackTrigger
	replies  map[string]*slackReply // response_url by its secret part
}

// slackRecords are what happened, and what is to go wrong.
type slackRecords struct {
	faults   []*slackPlannedFault
	calls    []SlackCall
	answers  []SlackAnswer
	changed  chan struct{}
	revision int64
}

// slackLines lead to the app.
type slackLines struct {
	base    string // where this server is reached: the Host of the last request
	appURL  string // below it are /slack/interactions, /slack/commands and /slack/events; empty: all go through the socket
	hint    string // shown on the page
	sockets []*slackSocket
	tickets sync.Map // of apps.connections.open, each for one connection
	waiting sync.Map // chan slackAck by envelope
	stopped bool
	done    chan struct{}
}

type slackRoom struct {
	SlackChannel
	nextPost time.Time
}

// Identifiers of the one installation; no two tests need different ones.
const (
	slackTeamID = "T0SIMTEAM"
	slackAppID  = "A0SIMAPP"
	slackBotID  = "B0SIMBOT"
	slackBotUID = "U0SIMBOT"
)

// NewSlack builds a workspace. It wants a bot token, a signing secret and at
// least one channel and one user, with distinct ids.
func NewSlack(opt SlackOptions) (*Slack, error) {
	if opt.BotToken == "" || opt.SigningSecret == "" {
		return nil, errors.New("slack simulator: give it a bot token and a signing secret")
	}
	if len(opt.Channels) == 0 || len(opt.Users) == 0 {
		return nil, errors.New("slack simulator: give it at least one channel and one user")
	}
	s := &Slack{
		opt:    opt,
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		log:    cmp.Or(opt.Logger, slog.New(slog.DiscardHandler)),
		slackWorkspace: slackWorkspace{channels: map[string]*slackRoom{}, users: map[string]SlackUser{}, groups: map[string][]string{},
			messages: map[string][]*SlackMessage{}, lastTS: map[string]int64{}},
		slackDialogs: slackDialogs{triggers: map[string]*slackTrigger{}, replies: map[string]*slackReply{}},
		slackRecords: slackRecords{changed: make(chan struct{})},
		slackLines:   slackLines{done: make(chan struct{})},
	}
	if s.opt.Now == nil {
		s.opt.Now = time.Now
	}
	if opt.Scopes == nil {
		s.opt.Scopes = []string{"chat:write", "channels:history", "groups:history", "usergroups:read", "commands", "users:read", "users:read.email", "im:write", "im:history"}
	}
	s.opt.AckTimeout = cmp.Or(opt.AckTimeout, 3*time.Second)
	s.opt.AppName, s.opt.TeamName = cmp.Or(opt.AppName, "leadtriage"), cmp.Or(opt.TeamName, "Workspace")
	for _, c := range opt.Channels {
		s.Create(c)
	}
	for _, u := range opt.Users {
		s.Join(u)
	}
	bad := slices.ContainsFunc(opt.Users, func(u SlackUser) bool { return u.ID == "" || u.ID == slackBotUID })
	if bad || len(s.channels) != len(opt.Channels) || len(s.users) != len(opt.Users) || s.channels[""] != nil {
		return nil, errors.New("slack simulator: the ids of channels, and of users, must be distinct and not empty")
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/api/{method}", s.serveAPI)
	s.mux.HandleFunc("GET /link", s.serveSocket)
	s.mux.HandleFunc("POST /respond/{secret}", s.serveResponseURL)
	s.mux.HandleFunc("GET /archives/{channel}/{message}", s.servePermalink)
	s.mountPage()
	return s, nil
}

// ServeHTTP answers the Web API under /api/, Socket Mode at /link, response
// URLs under /respond/ and the channel page under /channel/.
func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.base = "http://" + r.Host
	s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// Stop ends the sockets and the page's event streams. The server is of no use after it.
func (s *Slack) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.stopped = true
		close(s.done)
	}
	for _, socket := range s.sockets {
		socket.conn.Close()
	}
}

// look reads something of the workspace.
func look[T any](s *Slack, what func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return what()
}

// change does something that a person may see, and wakes whoever waits for a change.
func (s *Slack) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	s.notify()
}

// SetAppURL says where interactions go from now on; "" sends them through the socket.
func (s *Slack) SetAppURL(base string) {
	s.change(func() { s.appURL = strings.TrimSuffix(base, "/") })
}

// SetHint sets what the page shows on demand, such as a command to try.
func (s *Slack) SetHint(text string) { s.change(func() { s.hint = text }) }

// Hint is what SetHint set.
func (s *Slack) Hint() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hint
}

// Revoke makes every call answer token_revoked, or takes that back.
func (s *Slack) Revoke(revoked bool) { s.change(func() { s.revoked = revoked }) }

// Create adds a channel to the workspace.
func (s *Slack) Create(c SlackChannel) {
	s.change(func() {
		if s.channels[c.ID] == nil {
			s.order = append(s.order, c.ID)
		}
		s.channels[c.ID] = &slackRoom{SlackChannel: c}
	})
}

// Join adds a person to the workspace.
func (s *Slack) Join(u SlackUser) { s.change(func() { s.users[u.ID] = u }) }

// Archive archives a channel, or takes it out of the archive.
func (s *Slack) Archive(channel string, archived bool) {
	s.alter(channel, func(room *slackRoom) { room.Archived = archived })
}

// Invite makes the app a member of a channel, or removes it.
func (s *Slack) Invite(channel string, member bool) {
	s.alter(channel, func(room *slackRoom) { room.NotMember = !member })
}

func (s *Slack) alter(channel string, how func(*slackRoom)) {
	s.change(func() {
		if room, ok := s.channels[channel]; ok {
			how(room)
		}
	})
}

// Changed returns a channel that is closed at the next change of anything that
// a person could see, and at the next call of the app.
func (s *Slack) Changed() <-chan struct{} { return look(s, func() chan struct{} { return s.changed }) }

// Touch tells the page that something outside changed, such as the inbox.
func (s *Slack) Touch() { s.change(func() {}) }

// notify wakes everybody who waits for a change. The lock is held.
func (s *Slack) notify() {
	s.revision++
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Slack) now() time.Time { return s.opt.Now() }

// nextTS returns a timestamp that is new in the channel and above all before it,
// in Slack's form "1732270000.000100". The lock is held.
func (s *Slack) nextTS(channel string) string {
	micros := max(s.now().UnixMicro(), s.lastTS[channel]+100)
	s.lastTS[channel] = micros
	return slackTS(micros)
}

func slackTS(micros int64) string { return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6) }

// slackMicros reads a timestamp; Slack takes fewer digits after the point too.
func slackMicros(ts string) (int64, bool) {
	sec, frac, _ := strings.Cut(ts, ".")
	micros, err := strconv.ParseUint(sec+(frac + "000000")[:max(6, len(frac))], 10, 63)
	return int64(micros), err == nil && len(frac) <= 6
}

// slackID makes an unguessable id of Slack's look.
func slackID(prefix string) string {
	var raw [6]byte
	rand.Read(raw[:])
	return prefix + strings.ToUpper(hex.EncodeToString(raw[:]))
}
