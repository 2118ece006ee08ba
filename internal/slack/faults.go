package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// Refusal is Slack's "ok": false with its code and what to do about it.
type Refusal struct {
	Code   string
	Detail string // which scope or which part of a block
	Remedy string // empty: nothing is known to do
}

func (r *Refusal) Error() string {
	s := "slack says " + r.Code
	if r.Detail != "" {
		s += " (" + r.Detail + ")"
	}
	if r.Remedy != "" {
		s += ": " + r.Remedy
	}
	return s
}

// Is makes a message that is not found, or cannot be changed any more, lead.ErrMessageGone.
func (r *Refusal) Is(target error) bool {
	return target == lead.ErrMessageGone && (r.fixed() || r.Code == "message_not_found" || r.Code == "thread_not_found")
}

// fixed reports whether a message stands but is not ours to change: the app was made
// anew, or the workspace bounds the time for edits.
func (r *Refusal) fixed() bool {
	return r.Code == "cant_update_message" || r.Code == "edit_window_closed"
}

const (
	operatorDelay = time.Minute // between two looks whether an operator has acted
	throttleDelay = time.Second // when Slack names none; its own limit is 1 message/s/channel
	// longestThrottle bounds what Slack may ask for: it counts by the minute.
	longestThrottle = time.Minute
)

// What an operator does about a refusal. Cards wait meanwhile.
const (
	remedyToken   = "set SLACK_BOT_TOKEN to a valid bot token (xoxb-…) of the installed app and restart"
	remedyScope   = "add the scopes of slack-manifest.yaml to the app and install it again"
	remedyInvite  = "invite the app to the channel (/invite), or set SLACK_CHANNEL to the id of a channel where it is a member"
	remedyArchive = "unarchive the channel, or set SLACK_CHANNEL to another"
	remedyAdmin   = "ask an administrator of the Slack workspace to let the app post in this channel"
	remedyReport  = "this is a fault of the program; please report it with the lead's id"
)

type verdict struct {
	kind   lead.FaultKind
	remedy string
	after  time.Duration
}

func operator(remedy string) verdict { return verdict{lead.Temporary, remedy, operatorDelay} }

var (
	broken    = verdict{kind: lead.Permanent, remedy: remedyReport}
	maybe     = verdict{kind: lead.Uncertain}
	throttled = verdict{kind: lead.Throttled, after: throttleDelay}
)

// refusals maps the codes of the methods that are called (chat.postMessage,
// chat.update, chat.postEphemeral, conversations.history, views.open, views.publish, usergroups.users.list, auth.test;
// https://docs.slack.dev/reference/methods) to what follows. A code that is not
// listed is Temporary with the worker's own delay.
var refusals = byCode(map[verdict]string{
	operator(remedyToken): "invalid_auth not_authed token_revoked token_expired account_inactive not_allowed_token_type team_added_to_org " +
		"org_login_required metadata_must_be_sent_from_app",
	operator(remedyScope):   "missing_scope no_permission",
	operator(remedyInvite):  "channel_not_found not_in_channel",
	operator(remedyArchive): "is_archived",
	operator("switch the Home tab on, as slack-manifest.yaml does (App Home)"):       "not_enabled",
	operator("user groups need a paid plan of Slack; name the reviewers one by one"): "plan_upgrade_required",
	operator(remedyAdmin): "access_denied team_access_not_granted ekm_access_denied enterprise_is_restricted restricted_action " +
		"restricted_action_read_only_channel restricted_action_thread_only_channel restricted_action_non_threadable_channel " +
		"restricted_action_thread_locked messages_tab_disabled user_is_restricted two_factor_setup_required slack_connect_canvas_sharing_blocked",
	throttled: "ratelimited rate_limited",
	{kind: lead.Throttled, after: operatorDelay}: "message_limit_exceeded",
	// Slack says of these that part of the work may be done.
	maybe: "internal_error fatal_error service_unavailable",
	// The body was cut on its way; nothing was done.
	{kind: lead.Temporary}: "request_timeout",
	{kind: lead.Permanent}: "message_not_found thread_not_found cant_update_message user_not_in_channel user_not_found " +
		"expired_trigger_id trigger_expired exchanged_trigger_id trigger_exchanged invalid_trigger_id",
	{kind: lead.Permanent, remedy: "let apps edit their messages in the workspace's settings"}: "edit_window_closed",
	broken: "invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long no_text block_mismatch too_many_attachments " +
		"invalid_metadata_format invalid_metadata_schema metadata_too_large invalid_arguments invalid_arg_name invalid_array_arg " +
		"invalid_charset invalid_form_data invalid_post_type missing_post_type invalid_cursor invalid_ts_latest invalid_ts_oldest " +
		"view_too_large invalid_json json_not_object method_deprecated deprecated_endpoint unknown_method",
})

func byCode(codes map[verdict]string) map[string]verdict {
	out := map[string]verdict{}
	for v, list := range codes {
		for code := range strings.FieldsSeq(list) {
			out[code] = v
		}
	}
	return out
}

// watch reports through sent whether a request that carries ctx may have
// reached Slack.
func watch(ctx context.Context) (_ context.Context, sent *atomic.Bool) {
	sent = new(atomic.Bool)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}), sent
}

// classify turns what a call to Slack returned into a lead.Fault that begins
// with op. A call that may have taken effect is Uncertain when it must happen
// only once, else Temporary.
func classify(err error, op string, sent, once bool) error {
	if err == nil {
		return nil
	}
	uncertain := lead.Temporary
	if once {
		uncertain = lead.Uncertain
	}
	var refused slackapi.SlackErrorResponse
	var limited *slackapi.RateLimitedError
	var status slackapi.StatusCodeError
	switch {
	case errors.As(err, &refused):
		v := refusals[refused.Err]
		if v.kind == lead.Uncertain {
			v.kind = uncertain
		}
		refusal := &Refusal{Code: refused.Err, Detail: detail(refused), Remedy: v.remedy}
		f := &lead.Fault{Kind: v.kind, After: v.after, Err: fmt.Errorf("%s: %w", op, refusal)}
		if v.after == operatorDelay && v.kind == lead.Temporary {
			f.Outage = &lead.Outage{Code: refused.Err, Sentence: refusal.Error()}
		}
		return f
	case errors.As(err, &limited):
		return lead.Faultf(lead.Throttled, min(max(limited.RetryAfter, throttleDelay), longestThrottle), "%s: %w", op, err)
	case errors.As(err, &status) && status.Code == http.StatusRequestTimeout:
		return lead.Faultf(uncertain, 0, "%s: %w", op, err)
	case errors.As(err, &status) && status.Code < 500:
		// No method of Slack's answers so; something else does.
		return lead.Faultf(lead.Temporary, operatorDelay, "%s: HTTP %d: check SLACK_API_URL and what stands between here and Slack", op, status.Code)
	case sent:
		return lead.Faultf(uncertain, 0, "%s: %w", op, err)
	}
	return lead.Faultf(lead.Temporary, 0, "%s: %w", op, err)
}

// detail keeps the scope that lacks, or the place of a fault in the blocks;
// never their contents.
func detail(r slackapi.SlackErrorResponse) string {
	if r.Needed != "" {
		return fmt.Sprintf("needed %s", label(r.Needed, 100))
	}
	for _, m := range r.ResponseMetadata.Messages {
		if i := strings.Index(m, "[json-pointer:"); i >= 0 {
			return label(m[i:], 100)
		}
	}
	return ""
}
