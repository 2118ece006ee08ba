package slack

import (
	"context"
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

const maxAsked = 20 // people and groups in a reminder

// Remind asks people (U…) and user groups (S…) below the round's card for an
// answer. It fails as PostTimeline does.
func (p *Poster) Remind(ctx context.Context, d *lead.Dossier, r *lead.Review, kind lead.EffectKind, whom []string) (ts string, err error) {
	say := speak(p.locale("", r.Channel))
	sentence := say.Remind
	if kind == lead.BackupEffect {
		sentence = say.RemindBackup
	}
	text := fmt.Sprintf(sentence, mentions(whom), moment(r.OpenedAt))
	return p.reply(ctx, kind, d, r, slackapi.MsgOptionText(text, false), slackapi.MsgOptionBlocks(section(text)))
}

// mentions calls people and groups by ids from the configuration.
func mentions(ids []string) string {
	var all []string
	for _, id := range ids[:min(len(ids), maxAsked)] {
		if strings.HasPrefix(id, "S") {
			all = append(all, "<!subteam^"+id+">")
		} else {
			all = append(all, "<@"+id+">")
		}
	}
	return strings.Join(all, " ")
}
