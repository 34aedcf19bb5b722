package slackbot

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

const (
	// actionJoin is the card's button. It has an address and still tells the bot who
	// pressed it (docs/facts/slack.md, "Surprises", 8).
	actionJoin = "join"
	// namesOnCard is how many people a card lists; the others are counted.
	namesOnCard = 20
)

// renderCard shows an invitation in its channel, as it stands.
func (in voice) renderCard(inv invitation.Invitation) message {
	open := inv.Stage == invitation.Linked || inv.Stage == invitation.Posted
	joinable := open && !inv.AllIn()
	withheld := joinable && inv.Withheld.Reason != ""
	title := in.cardTitle(inv, open)
	head := title
	if joinable {
		head += in.youMay(inv)
	}
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn(head), nil, in.manageMenu(inv, viewer{}))}
	if inv.Note != "" {
		blocks = append(blocks, section("> "+fit(inv.Note, noteMax)))
	}
	if people := in.peopleOnCard(inv); people != "" {
		blocks = append(blocks, section(people))
	}
	switch {
	case withheld:
		blocks = append(blocks, section(":no_entry: "+in.noLink(inv, inv.Withheld.Reason)))
	case joinable && inv.LacksLink():
		blocks = append(blocks, section(in.lacksLink()))
	case joinable:
		foot := []string{in.say("card.register", with{"Until": date(inv.Expires, dayAndTime)})}
		if inv.Closed {
			foot = slices.Insert(foot, 0, in.say("card.closed", nil))
		}
		if in.hidesLink(inv) {
			foot = slices.Insert(foot, 0, in.say("card.claimed", nil))
		}
		blocks = append(blocks, in.joinButton(inv, !in.hidesLink(inv)), footnote(strings.Join(foot, " ")))
	}
	return message{
		Text:     in.cardText(inv, title, joinable && inv.GivesLink()),
		Blocks:   blocks,
		Metadata: cardMark(inv.ID),
	}
}

// noLink says that an invitation no longer gives out its link, and whom to ask.
func (in voice) noLink(inv invitation.Invitation, why invitation.Reason) string {
	return in.say("withheld.card", with{"Why": in.whyWithheld(inv, why), "Inviter": mention(inv.Inviter)})
}

// lacksLink says that an invitation has no link at present.
func (in voice) lacksLink() string {
	return ":hourglass_flowing_sand: " + in.say("reason.link_revoked", nil)
}

// whyWithheld says in a word why a card gives out no link.
func (in voice) whyWithheld(inv invitation.Invitation, why invitation.Reason) string {
	return in.say("withheld."+string(why), with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role)})
}

func (in voice) cardTitle(inv invitation.Invitation, open bool) string {
	words := with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role), "By": mention(inv.EndedBy)}
	switch {
	case inv.Room.ID != "":
		return in.roomTitle(inv, open)
	case inv.EndedBy != "":
		return in.say("card.cancelled", words)
	case !open:
		return in.say("card.ended", words)
	}
	return in.say("card.invites", words)
}

// cardText is what notifications and screen readers get. It does without the blocks and
// without the link.
func (in voice) cardText(inv invitation.Invitation, title string, open bool) string {
	text := []string{strings.ReplaceAll(title, "*", "")}
	if inv.Note != "" {
		text = append(text, in.say("card.note", with{"Note": fit(inv.Note, noteMax)}))
	}
	if open {
		text = append(text, in.say("card.press", nil))
	}
	if len(inv.Invitees) > 0 {
		text = append(text, in.howMany(inv))
	}
	return strings.Join(text, "\n")
}

// howMany says how many of an invitation's people have joined.
func (in voice) howMany(inv invitation.Invitation) string {
	return in.say("card.joined", with{"Joined": joined(inv), "All": len(inv.Invitees)})
}

func (in voice) joinButton(inv invitation.Invitation, withLink bool) slack.Block {
	return slack.NewActionBlock("invitation", in.joinElement(inv, withLink))
}

func (in voice) joinElement(inv invitation.Invitation, withLink bool) *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(actionJoin, string(inv.ID), plain(in.say("card.join", nil)))
	if withLink {
		button.URL = inv.Link
	}
	button.Style = slack.StylePrimary
	return button
}

// peopleOnCard lists who is invited and how far they are.
func (in voice) peopleOnCard(inv invitation.Invitation) string {
	if len(inv.Invitees) == 0 {
		return ""
	}
	var list []string
	if n := len(inv.Invitees); n > 1 {
		list = append(list, progressBar(joined(inv), n)+" *"+in.howMany(inv)+"*")
	}
	if n := inv.Unidentified(); n > 0 {
		list = append(list, ":mag: "+in.say("card.looking-up", with{"N": n}))
	}
	for i, v := range inv.Invitees {
		if i == namesOnCard {
			list = append(list, in.more(len(inv.Invitees)-i))
			break
		}
		sign, how := standing(v)
		list = append(list, sign+" "+in.public(v)+" — "+in.say(how, nil))
	}
	return in.lines(list)
}

func joined(inv invitation.Invitation) (n int) {
	for _, v := range inv.Invitees {
		if v.Joined() {
			n++
		}
	}
	return n
}

// progressBar has ten parts; the words beside it say the same.
func progressBar(done, all int) string {
	full := done * 10 / all
	return strings.Repeat("▰", full) + strings.Repeat("▱", 10-full)
}

// standing is how far someone is, as their line on the card says it.
func standing(v invitation.Invitee) (sign, sentence string) {
	switch v.State {
	case invitation.Registered:
		return ":hourglass_flowing_sand:", "standing.registered"
	case invitation.Active, invitation.Welcomed, invitation.Confirmed, invitation.AlreadyMember:
		if wasMember(v) {
			return ":white_check_mark:", "standing.already"
		}
		return ":white_check_mark:", "standing.active"
	case invitation.Removed:
		if v.Disabled() {
			return ":no_entry:", "standing.disabled"
		}
		return ":no_entry:", "standing.removed"
	case invitation.Missed, invitation.Withdrawn:
		return ":white_small_square:", "standing.missed"
	}
	if v.Emailed == invitation.Done {
		return ":envelope:", "email.invited"
	}
	if v.Member.Standing == invitation.Invited {
		return ":envelope:", "standing.invited-by-mail"
	}
	if v.Opened {
		return ":envelope_with_arrow:", "standing.opened"
	}
	if v.Untold() {
		return ":grey_question:", "standing.untold"
	}
	return ":envelope:", "standing.invited"
}

// wasMember reports whether someone was active before the invitation.
func wasMember(v invitation.Invitee) bool { return v.Already || v.State == invitation.AlreadyMember }

// public is how a channel may see someone: as a Slack user, by the name they gave
// themselves at the portal, or by a shortened address. The whole address was typed for the
// bot alone.
func (in voice) public(v invitation.Invitee) string {
	shown := name(v.Member.Name)
	switch {
	case v.ChatUser != "" && shown != "":
		return shown + " (" + mention(v.ChatUser) + ")"
	case v.ChatUser != "":
		return mention(v.ChatUser)
	case shown != "":
		return shown + " (" + in.shortened(v.Email) + ")"
	}
	return in.shortened(v.Email)
}

// shortened shows of an address the first letter and the host.
func (in voice) shortened(address string) string {
	local, host, ok := strings.Cut(printable(address), "@")
	if !ok || local == "" {
		return in.say("list.somebody", nil)
	}
	first := []rune(local)[0]
	return name(string(first) + "…@" + host)
}
