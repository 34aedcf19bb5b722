package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// actionForm is the button in the app's Home that opens the dialog.
	actionForm = "open_form"
	// invitationsInHome is how many invitations the Home shows, two blocks each: a view has a
	// hundred (section 6 of the Slack facts). The others are counted.
	invitationsInHome = 30
	// peopleInHome is how many people are shown of one invitation.
	peopleInHome = 10
)

// homeEvent is what the bot reads of the events that it subscribes to (section 3.4 of the Slack
// facts).
type homeEvent struct {
	Event struct {
		Type string           `json:"type"`
		User tracker.ChatUser `json:"user"`
		Tab  string           `json:"tab"`
	} `json:"event"`
}

func (b *Bot) onEvent(ctx context.Context, e *Envelope) {
	var sent homeEvent
	err := json.Unmarshal(e.Payload, &sent)
	b.ack(ctx, e, nil)
	if err != nil {
		b.log.WarnContext(ctx, "an event that cannot be read", "envelope", e.ID, "err", err)
		return
	}
	if sent.Event.Type == "app_home_opened" && sent.Event.Tab == "home" {
		b.showHome(ctx, sent.Event.User, message{})
	}
}

// showHome publishes somebody's Home, with a notice if there is one. An older version that
// comes late is put right when they open it again.
func (b *Bot) showHome(ctx context.Context, user tracker.ChatUser, notice message) {
	who, err := b.messenger.caller(ctx, user)
	if err != nil {
		b.log.WarnContext(ctx, "a home was not published: whose it is is not known", "user", user, "err", err)
		return
	}
	open := slices.DeleteFunc(b.tracker.Open(), func(inv tracker.Invitation) bool {
		return !who.admin && inv.Inviter != user
	})
	view := renderHome(open, user, who, notice, b.messenger.features)
	err = b.messenger.gate.call(ctx, "views.publish", string(user), func(ctx context.Context) error {
		_, err := b.messenger.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: string(user), View: view})
		return err
	})
	if err != nil {
		b.log.WarnContext(ctx, "a home was not published", "user", user, "err", err)
	}
}

// renderHome shows somebody the open invitations that are theirs to change, their own first.
func renderHome(open []tracker.Invitation, user tracker.ChatUser, who caller, notice message, f features) slack.HomeTabViewRequest {
	blocks := slices.Clone(notice.Blocks)
	if !who.ours {
		blocks = append(blocks, section("Only full members of this workspace can invite people to DocSpace."))
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
	}
	invite := slack.NewButtonBlockElement(actionForm, "", plain("Invite people"))
	invite.Style = slack.StylePrimary
	blocks = append(blocks, slack.NewActionBlock("", invite))

	var mine, others []tracker.Invitation
	for _, inv := range open {
		if inv.Inviter == user {
			mine = append(mine, inv)
		} else {
			others = append(others, inv)
		}
	}
	room := invitationsInHome
	list := func(title string, all []tracker.Invitation) {
		blocks = append(blocks, section(title))
		shown := all[:min(len(all), room)]
		room -= len(shown)
		for _, inv := range shown {
			blocks = append(blocks, slack.NewSectionBlock(mrkdwn(statusLine(inv)), nil, mendMenu(inv, f)))
			if people := peopleOnCard(inv, peopleInHome); people != "" {
				blocks = append(blocks, section(people))
			}
		}
		if n := len(all) - len(shown); n > 0 {
			blocks = append(blocks, footnote(fmt.Sprintf("and %d more: `/docspace-invite status` lists them", n)))
		}
	}
	if len(mine) == 0 {
		blocks = append(blocks, section("You have no open invitations."))
	} else {
		list(fmt.Sprintf("*Your open invitations: %d*", len(mine)), mine)
	}
	if who.admin {
		waiting := 0
		for _, inv := range open {
			waiting += len(inv.Missing())
		}
		list(fmt.Sprintf("*Other people's: %d* — in all, %d people are awaited (you see this as an admin)", len(others), waiting), others)
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
}
