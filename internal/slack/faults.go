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

// Is makes a message that is not found lead.ErrMessageGone.
func (r *Refusal) Is(target error) bool {
	return target == lead.ErrMessageGone && (r.Code == "message_not_found" || r.Code == "thread_not_found")
}

const (
	operatorDelay = time.Minute // between two looks whether an operator has acted
	throttleDelay = time.Second // when Slack names none; its own limit is 1 message/s/channel
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
var refusals = map[string]verdict{
	"invalid_auth": operator(remedyToken), "not_authed": operator(remedyToken), "token_revoked": operator(remedyToken),
	"token_expired": operator(remedyToken), "account_inactive": operator(remedyToken), "not_allowed_token_type": operator(remedyToken),
	"team_added_to_org": operator(remedyToken), "org_login_required": operator(remedyToken),

	"missing_scope": operator(remedyScope), "no_permission": operator(remedyScope), "metadata_must_be_sent_from_app": operator(remedyToken),

	"channel_not_found": operator(remedyInvite), "not_in_channel": operator(remedyInvite), "is_archived": operator(remedyArchive),

	"not_enabled":           operator("switch the Home tab on, as slack-manifest.yaml does (App Home)"),
	"plan_upgrade_required": operator("user groups need a paid plan of Slack; name the reviewers one by one"),

	"access_denied": operator(remedyAdmin), "team_access_not_granted": operator(remedyAdmin), "ekm_access_denied": operator(remedyAdmin),
	"enterprise_is_restricted": operator(remedyAdmin), "restricted_action": operator(remedyAdmin),
	"restricted_action_read_only_channel": operator(remedyAdmin), "restricted_action_thread_only_channel": operator(remedyAdmin),
	"restricted_action_non_threadable_channel": operator(remedyAdmin), "restricted_action_thread_locked": operator(remedyAdmin),
	"messages_tab_disabled": operator(remedyAdmin), "user_is_restricted": operator(remedyAdmin),
	"two_factor_setup_required": operator(remedyAdmin), "slack_connect_canvas_sharing_blocked": operator(remedyAdmin),

	"ratelimited": throttled, "rate_limited": throttled, "message_limit_exceeded": {kind: lead.Throttled, after: operatorDelay},

	// Slack says of these that part of the work may be done.
	"internal_error": maybe, "fatal_error": maybe, "service_unavailable": maybe,
	// The body was cut on its way; nothing was done.
	"request_timeout": {kind: lead.Temporary},

	"message_not_found": {kind: lead.Permanent}, "thread_not_found": {kind: lead.Permanent}, "cant_update_message": {kind: lead.Permanent},
	"edit_window_closed":  {kind: lead.Permanent, remedy: "let apps edit their messages in the workspace's settings"},
	"user_not_in_channel": {kind: lead.Permanent}, "user_not_found": {kind: lead.Permanent},
	"expired_trigger_id": {kind: lead.Permanent}, "trigger_expired": {kind: lead.Permanent}, "exchanged_trigger_id": {kind: lead.Permanent},
	"trigger_exchanged": {kind: lead.Permanent}, "invalid_trigger_id": {kind: lead.Permanent},

	"invalid_blocks": broken, "invalid_blocks_format": broken, "msg_too_long": broken, "msg_blocks_too_long": broken, "no_text": broken,
	"block_mismatch": broken, "too_many_attachments": broken, "invalid_metadata_format": broken, "invalid_metadata_schema": broken,
	"metadata_too_large": broken, "invalid_arguments": broken, "invalid_arg_name": broken, "invalid_array_arg": broken,
	"invalid_charset": broken, "invalid_form_data": broken, "invalid_post_type": broken, "missing_post_type": broken,
	"invalid_cursor": broken, "invalid_ts_latest": broken, "invalid_ts_oldest": broken, "view_too_large": broken,
	"invalid_json": broken, "json_not_object": broken, "method_deprecated": broken, "deprecated_endpoint": broken, "unknown_method": broken,
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
			f.Obstacle = &lead.Obstacle{Code: refused.Err, Sentence: refusal.Error()}
		}
		return f
	case errors.As(err, &limited):
		return lead.Faultf(lead.Throttled, max(limited.RetryAfter, throttleDelay), "%s: %w", op, err)
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
