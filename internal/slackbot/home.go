package slackbot

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// actionForm is the button that opens the dialog: in the app's Home, and where a command was not understood.
	actionForm = "open_form"
	// invitationsInHome is how many invitations the Home shows: a view has a hundred blocks
	// (docs/facts/slack.md, "Limits, escaping, blocks"). The others are counted.
	invitationsInHome = 30
	// viewHome is the type of view that a Home is.
	viewHome = "home"
)

// event is what the bot reads of the events that it subscribes to (docs/facts/slack.md, "Other
// payloads and events").
type event struct {
	Event struct {
		Type    string              `json:"type"`
		User    invitation.ChatUser `json:"user"`
		Tab     string              `json:"tab"`
		Channel json.RawMessage     `json:"channel"`
	} `json:"event"`
}

func (b *Bot) onEvent(ctx context.Context, e *socketmode.Envelope) {
	var sent event
	err := json.Unmarshal(e.Payload, &sent)
	b.ack(ctx, e, nil)
	if err != nil {
		b.log.WarnContext(ctx, "an event that cannot be read", "err", err)
		return
	}
	switch {
	case sent.Event.Type == "app_home_opened" && sent.Event.Tab == "home":
		b.showHome(ctx, sent.Event.User, message{})
	case sent.Event.Type == "channel_shared":
		b.recheck(ctx, sent.channel())
	case sent.Event.Type == "channel_unarchive", sent.Event.Type == "group_unarchive",
		sent.Event.Type == "member_joined_channel" && string(sent.Event.User) == b.messenger.botUser:
		b.tracker.Unpark(sent.channel())
	}
}

// channel returns where it happened. For other events Slack says more there than an id.
func (e *event) channel() (id invitation.Channel) {
	_ = json.Unmarshal(e.Event.Channel, &id)
	return id
}

// recheck looks again at the cards in a channel that people of another organisation have come into.
func (b *Bot) recheck(ctx context.Context, channel invitation.Channel) {
	for _, inv := range b.tracker.Open() {
		if inv.Channel == channel {
			_ = b.stillQualifies(ctx, inv) // a fact that can't be looked up now is looked up when the card is used
		}
	}
}

// showHome publishes somebody's Home, with a notice if there is one. An older version that
// comes late is put right when they open it again.
func (b *Bot) showHome(ctx context.Context, user invitation.ChatUser, notice message) {
	who, err := b.messenger.caller(ctx, user)
	if err != nil {
		b.log.WarnContext(ctx, "a home was not published: whose it is is not known", "user", user, "err", err)
		return
	}
	theirs := func(all []invitation.Invitation) []invitation.Invitation {
		return slices.DeleteFunc(all, func(inv invitation.Invitation) bool { return !who.admin && inv.Inviter != user })
	}
	view := b.messenger.voiceFor(ctx, user).renderHome(home{
		user: user, who: who, open: theirs(b.tracker.Open()), missed: theirs(b.tracker.Missed()), health: b.tracker.Health(), notice: notice,
	})
	err = b.messenger.api.Call(ctx, "views.publish", string(user), func(ctx context.Context) error {
		_, err := b.messenger.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: string(user), View: view})
		return err
	})
	if err != nil {
		b.log.WarnContext(ctx, "a home was not published", "user", user, "err", err)
	}
}

// home is what somebody's Home shows.
type home struct {
	user   invitation.ChatUser
	who    caller
	open   []invitation.Invitation // that are theirs to change
	missed []invitation.Invitation // that ended, and are theirs to extend
	health tracker.Health
	notice message
}

// renderHome shows somebody the invitations that are theirs to change, their own first.
func (in voice) renderHome(h home) slack.HomeTabViewRequest {
	blocks := slices.Clone(h.notice.Blocks)
	if !h.who.ours {
		blocks = append(blocks, section(in.say("home.guest", nil)))
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
	}
	invite := slack.NewButtonBlockElement(actionForm, "", plain(in.say("home.invite", nil)))
	invite.Style = slack.StylePrimary
	blocks = append(blocks, slack.NewActionBlock("", invite))

	var mine, others []invitation.Invitation
	for _, inv := range h.open {
		if inv.Inviter == h.user {
			mine = append(mine, inv)
		} else {
			others = append(others, inv)
		}
	}
	room := invitationsInHome
	list := func(title string, all []invitation.Invitation) {
		blocks = append(blocks, section(title))
		shown := all[:min(len(all), room)]
		room -= len(shown)
		for _, inv := range shown {
			blocks = append(blocks, in.shortCard(inv, viewer{h.user, h.who.admin}))
		}
		if n := len(all) - len(shown); n > 0 {
			blocks = append(blocks, footnote(in.say("home.more", with{"N": n})))
		}
	}
	if len(mine) == 0 {
		blocks = append(blocks, section(in.say("home.none", nil)))
	} else {
		list(in.say("home.mine", with{"N": len(mine)}), mine)
	}
	if len(h.missed) > 0 {
		list(in.say("home.missed", with{"N": len(h.missed)}), h.missed)
	}
	if words := in.portalHealth(h.health, h.who.admin); words != "" {
		blocks = append(blocks, footnote(words))
	}
	if h.who.admin {
		waiting := 0
		for _, inv := range h.open {
			waiting += inv.CountMissing()
		}
		list(in.say("home.others", with{"Invitations": len(others), "N": waiting}), others)
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
}

// portalHealth says how the portal is doing: to admins always, to others when it fails.
func (in voice) portalHealth(h tracker.Health, admin bool) string {
	switch trouble := "portal." + string(h.Trouble); {
	case h.Trouble != "" && in.Has(trouble):
		return in.say(trouble, with{"Since": date(h.Since, dayAndTime)})
	case h.Trouble != "":
		return in.say("portal.unexpected", with{"Since": date(h.Since, dayAndTime)})
	case admin && !h.Seen.IsZero():
		return in.say("portal.well", with{"At": date(h.Seen, dayAndTime)})
	}
	return ""
}
