package slackbot

import (
	"cmp"
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
	theirs := func(all []tracker.Invitation) []tracker.Invitation {
		return slices.DeleteFunc(all, func(inv tracker.Invitation) bool { return !who.admin && inv.Inviter != user })
	}
	view := renderHome(home{
		user: user, who: who, open: theirs(b.tracker.Open()), missed: theirs(b.tracker.Missed()), health: b.tracker.Health(), notice: notice,
	}, b.messenger.features)
	err = b.messenger.gate.call(ctx, "views.publish", string(user), func(ctx context.Context) error {
		_, err := b.messenger.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: string(user), View: view})
		return err
	})
	if err != nil {
		b.log.WarnContext(ctx, "a home was not published", "user", user, "err", err)
	}
}

// home is what somebody's Home shows.
type home struct {
	user   tracker.ChatUser
	who    caller
	open   []tracker.Invitation // that are theirs to change
	missed []tracker.Invitation // that ended, and are theirs to extend
	health tracker.Health
	notice message
}

// renderHome shows somebody the invitations that are theirs to change, their own first.
func renderHome(h home, f features) slack.HomeTabViewRequest {
	blocks := slices.Clone(h.notice.Blocks)
	if !h.who.ours {
		blocks = append(blocks, section("Only full members of this workspace can invite people to DocSpace."))
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
	}
	invite := slack.NewButtonBlockElement(actionForm, "", plain("Invite people"))
	invite.Style = slack.StylePrimary
	blocks = append(blocks, slack.NewActionBlock("", invite))

	var mine, others []tracker.Invitation
	for _, inv := range h.open {
		if inv.Inviter == h.user {
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
	if len(h.missed) > 0 {
		list(fmt.Sprintf("*Ended with people missing: %d* — for a week they can be extended", len(h.missed)), h.missed)
	}
	if words := portalHealth(h.health, h.who.admin); words != "" {
		blocks = append(blocks, footnote(words))
	}
	if h.who.admin {
		waiting := 0
		for _, inv := range h.open {
			waiting += len(inv.Missing())
		}
		list(fmt.Sprintf("*Other people's: %d* — in all, %d people are awaited (you see this as an admin)", len(others), waiting), others)
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
}

// ailments say what is wrong with the portal.
var ailments = map[tracker.Reason]string{
	tracker.PortalDown:   "does not answer",
	tracker.PortalBusy:   "is being asked too much",
	tracker.PortalDenied: "does not let me look who has joined",
	tracker.PortalUnpaid: "is unpaid or suspended",
	tracker.KeyBroken:    "refuses my API key",
	tracker.NotDocSpace:  "does not speak like DocSpace",
}

// portalHealth says how the portal is doing: to admins always, to others when it fails.
func portalHealth(h tracker.Health, admin bool) string {
	switch {
	case h.Trouble != "":
		return fmt.Sprintf(":warning: The portal %s since %s. Nobody is forgotten: I go on when it is back.",
			cmp.Or(ailments[h.Trouble], "fails me"), date(h.Since, "{date_short_pretty} {time}"))
	case admin && !h.Seen.IsZero():
		return ":large_green_circle: The portal answered me last " + date(h.Seen, "{date_short_pretty} {time}") + "."
	}
	return ""
}
