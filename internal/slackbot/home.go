package slackbot

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// actionForm is the button that opens the dialog: in the app's Home, in a greeting, and where a command was not
	// understood.
	actionForm = "open_form"
	// invitationsInHome is how many invitations the Home shows: a view has a hundred blocks
	// (docs/facts/slack.md, "Limits, escaping, blocks"). The others are counted.
	invitationsInHome = 30
	// waitingInHome is how many invitations to join, and requests to decide, it shows.
	waitingInHome = 10
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
		b.log.WarnContext(ctx, "unreadable event", "err", err)
		return
	}
	switch {
	case sent.Event.Type == "app_home_opened" && sent.Event.Tab == "home":
		b.homes.opens(sent.Event.User)
		b.showHome(ctx, sent.Event.User, message{})
	case sent.Event.Type == "channel_shared":
		b.recheck(ctx, sent.channel())
	case sent.Event.Type == "channel_unarchive", sent.Event.Type == "group_unarchive":
		b.tracker.Unpark(sent.channel())
	case sent.Event.Type == "member_joined_channel" && string(sent.Event.User) == b.messenger.botUser:
		b.tracker.Unpark(sent.channel())
		b.sayHello(ctx, sent.channel())
	}
}

// channel returns where it happened. For other events Slack says more there than an id.
func (e *event) channel() (id invitation.Channel) {
	_ = json.Unmarshal(e.Event.Channel, &id)
	return id
}

// sayHello greets a channel that the bot was added to, once, if invitations work there.
func (b *Bot) sayHello(ctx context.Context, channel invitation.Channel) {
	policy := b.messenger.policy
	if !policy.worksIn(channel) || string(channel) == policy.ApprovalChannel {
		return
	}
	place, err := b.messenger.directory.Channel(ctx, channel)
	if err != nil || place.IsArchived || slackapi.IsSharedOutside(place) && !policy.SharedChannels {
		return
	}
	if _, again := b.greeted.LoadOrStore(channel, true); again {
		return
	}
	if _, err := b.messenger.post(ctx, string(channel), "", b.messenger.voice.renderHello()); err != nil {
		b.log.InfoContext(ctx, "channel not greeted", "channel", channel, "err", err)
	}
}

// renderHello says what the bot is for.
func (in voice) renderHello() message {
	words := said(in.say("home.hello", nil))
	invite := slack.NewButtonBlockElement(actionForm, "", plain(in.say("home.invite", nil)))
	words.Blocks = append(words.Blocks, slack.NewActionBlock("", invite))
	return words
}

// recheck looks again at the cards in a channel that people of another organization have come into.
func (b *Bot) recheck(ctx context.Context, channel invitation.Channel) {
	for _, inv := range b.tracker.Open() {
		if inv.Channel == channel {
			_ = b.stillQualifies(ctx, inv) // a fact that can't be looked up now is looked up when the card is used
		}
	}
}

// showHome publishes someone's Home, with a notice if there is one. Should an older version overtake it, that one stays
// until something in it changes.
func (b *Bot) showHome(ctx context.Context, user invitation.ChatUser, notice message) {
	who, err := b.messenger.caller(ctx, user)
	if err != nil {
		b.log.WarnContext(ctx, "home not published: user not identified", "user", user, "err", err)
		return
	}
	h := b.known().homeOf(user, who, b.messenger.policy)
	b.homes.shows(user, who, h.gist())
	h.notice = notice
	view := b.messenger.voiceFor(ctx, user).renderHome(h)
	err = b.messenger.api.Call(ctx, "views.publish", string(user), func(ctx context.Context) error {
		_, err := b.messenger.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: string(user), View: view})
		return err
	})
	if err != nil {
		b.log.WarnContext(ctx, "home not published", "user", user, "err", err)
	}
}

// known is all that Homes are made of.
type known struct {
	open, missed []invitation.Invitation
	health       tracker.Health
}

func (b *Bot) known() known { return known{b.tracker.Open(), b.tracker.Missed(), b.tracker.Health()} }

// homeOf returns what the user's Home is to show.
func (k known) homeOf(user invitation.ChatUser, who caller, policy Policy) home {
	h := home{user: user, who: who, health: k.health}
	for _, inv := range k.open {
		if who.admin || inv.Inviter == user {
			h.open = append(h.open, inv)
		}
		switch v := inv.Find(invitation.Person{ChatUser: user}); {
		case inv.Waits() && inv.Inviter != user && who.ours && policy.mayGive(who, inv.Role):
			h.decide = append(h.decide, inv)
		case inv.Open() && inv.GivesLink() && v != nil && mayUseLink(*v):
			h.join = append(h.join, inv)
		}
	}
	for _, inv := range k.missed {
		if who.admin || inv.Inviter == user {
			h.missed = append(h.missed, inv)
		}
	}
	return h
}

// home is what someone's Home shows.
type home struct {
	user   invitation.ChatUser
	who    caller
	join   []invitation.Invitation // that wait for the user to join
	decide []invitation.Invitation // that wait for a decision which is the user's to take
	open   []invitation.Invitation // that are theirs to change
	missed []invitation.Invitation // that ended, and are theirs to extend
	health tracker.Health
	notice message
}

// renderHome shows someone what waits for them, then the invitations that are theirs to change, their own first.
func (in voice) renderHome(h home) slack.HomeTabViewRequest {
	blocks := append(slices.Clone(h.notice.Blocks), in.waitingFor(h)...)
	view := func() slack.HomeTabViewRequest {
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
	}
	if !h.who.ours {
		blocks = append(blocks, section(in.say("home.guest", nil)))
		return view()
	}
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
	invite := slack.NewButtonBlockElement(actionForm, "", plain(in.say("home.invite", nil)))
	invite.Style = slack.StylePrimary
	blocks = append(blocks, slack.NewActionBlock("", invite))
	if len(h.missed) > 0 {
		list(in.say("home.missed", with{"N": len(h.missed)}), h.missed)
	}
	if words := in.portalHealth(h.health, h.who.admin); words != "" {
		blocks = append(blocks, footnote(words))
	}
	if h.who.admin && len(others) > 0 {
		waiting := 0
		for _, inv := range others {
			waiting += inv.CountMissing()
		}
		list(in.say("home.others", with{"Invitations": len(others), "N": waiting}), others)
	}
	return view()
}

// waitingFor shows what waits for the user: invitations to join, and requests to decide. The button to join has no
// address: the link is given out when it is pressed, by the same rules as everywhere.
func (in voice) waitingFor(h home) []slack.Block {
	if len(h.join)+len(h.decide) == 0 {
		return nil
	}
	blocks := []slack.Block{section(in.say("home.waits", nil))}
	for _, inv := range h.join[:min(len(h.join), waitingInHome)] {
		text := in.invitesYou(inv) + in.youMay(inv)
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(text), nil, slack.NewAccessory(in.joinElement(inv, false))))
	}
	for _, inv := range h.decide[:min(len(h.decide), waitingInHome)] {
		blocks = append(blocks, section(in.requestTitle(inv)+"\n"+in.peopleOfRequest(inv)), in.decideButtons(inv))
	}
	return blocks
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
