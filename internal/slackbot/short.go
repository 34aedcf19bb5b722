package slackbot

import (
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// viewer is the person who looks at invitations in the status or in their Home.
type viewer struct {
	id    invitation.ChatUser
	admin bool
}

// mayManage reports whether the invitation is the viewer's to change.
func (v viewer) mayManage(inv invitation.Invitation) bool { return v.admin || inv.Inviter == v.id }

// shortCard shows an invitation in one block: what it is, a link to its card, how far it is, who is missing,
// and the card's menu if the viewer may use it.
func (in voice) shortCard(inv invitation.Invitation, to viewer) slack.Block {
	lines := []string{in.shortTitle(inv, to), in.progress(inv)}
	if missing := inv.Missing(); len(missing) > 0 {
		lines = append(lines, in.say("status.missing", with{"People": in.someNamesFor(to, inv, missing)}))
	}
	if blocked := "parked." + string(inv.Parked); in.Has(blocked) {
		lines = append(lines, ":warning: "+in.say(blocked, nil))
	}
	if inv.LacksLink() {
		lines = append(lines, in.lacksLink())
	}
	var menu *slack.Accessory
	if to.mayManage(inv) {
		menu = in.manageMenu(inv, to)
	}
	return slack.NewSectionBlock(mrkdwn(strings.Join(lines, "\n")), nil, menu)
}

func (in voice) shortTitle(inv invitation.Invitation, to viewer) string {
	about := with{"Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel)}
	title := in.say("status.line-mine", about)
	if inv.Inviter != to.id {
		about["Inviter"] = mention(inv.Inviter)
		title = in.say("status.line", about)
	}
	title += in.intoRoom(inv)
	if inv.Note != "" {
		title += in.say("list.comma", nil) + in.say("list.quoted", with{"Word": fit(inv.Note, 40)})
	}
	if link := in.linkTo(inv.Card); link != "" {
		title += " · <" + link + "|" + in.say("status.card", nil) + ">"
	}
	return title
}

// linkTo returns the address of a message, in the form in which chat.getPermalink returns it; "" where there is
// none. A call for each line of a list would be too much.
func (in voice) linkTo(card invitation.Card) string {
	if card.Message == "" || in.workspace == "" {
		return ""
	}
	return in.workspace + "archives/" + string(card.Channel) + "/p" + strings.ReplaceAll(card.Message, ".", "")
}

// progress says how far an invitation is, and until when it is open.
func (in voice) progress(inv invitation.Invitation) string {
	how := with{"Joined": joined(inv), "All": len(inv.Invitees), "At": date(inv.Expires, dayAndTime)}
	line := ""
	switch {
	case inv.Waits():
		how["At"] = date(inv.Approval.Until, dayAndTime)
		return in.say("status.asked", how)
	case inv.Stage == invitation.Expired:
		line = in.say("status.ended", how)
	case inv.Stage != invitation.Posted:
		return in.say("status.posting", how)
	case len(inv.Invitees) == 0:
		return in.say("status.nobody", how)
	default:
		line = in.say("status.joined", how)
	}
	if n := len(inv.Invitees); n > 1 {
		line = progressBar(joined(inv), n) + " " + line
	}
	return line
}

// namesInLine is how many people a line names; the others are counted.
const namesInLine = 6

// someNamesFor names people as the viewer may see them: the inviter sees the addresses they typed in full.
func (in voice) someNamesFor(to viewer, inv invitation.Invitation, people []invitation.Invitee) string {
	var names []string
	for i, v := range people {
		if i == namesInLine {
			names = append(names, in.more(len(people)-i))
			break
		}
		if v.ChatUser == "" && inv.Inviter == to.id {
			names = append(names, address(v.Email))
		} else {
			names = append(names, in.public(v))
		}
	}
	return in.list(names)
}
