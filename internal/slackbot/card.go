package slackbot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// actionJoin is the card's button. It has an address and still tells the bot who
	// pressed it (section 0.8 of the Slack facts).
	actionJoin = "join"
	// namesOnCard is how many people a card lists; the others are counted.
	namesOnCard = 20
)

// features are what a card depends on beside the invitation.
type features struct {
	reminders bool
	// claimed says that the card shows no link: it is given to whoever presses the button and may.
	claimed bool
}

// renderCard shows an invitation in its channel, as it stands.
func renderCard(inv tracker.Invitation, f features) message {
	open := inv.Stage == tracker.Linked || inv.Stage == tracker.Posted
	title := fmt.Sprintf("*<@%s> invites you to DocSpace* as *%s*", inv.Inviter, role(inv.Role))
	switch {
	case inv.EndedBy != "":
		title = fmt.Sprintf("<@%s>'s invitation to DocSpace as *%s* was cancelled by <@%s>", inv.Inviter, role(inv.Role), inv.EndedBy)
	case !open:
		title = fmt.Sprintf("<@%s>'s invitation to DocSpace as *%s* has ended", inv.Inviter, role(inv.Role))
	}
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn(title), nil, mendMenu(inv, f))}
	if inv.Note != "" {
		blocks = append(blocks, section("> "+fit(inv.Note, noteMax)))
	}
	if people := peopleOnCard(inv, namesOnCard); people != "" {
		blocks = append(blocks, section(people))
	}
	if open {
		foot := "Register with the e-mail address of your Slack profile, and I will know you. Open until " +
			date(inv.Expires, "{date_short_pretty} {time}") + "."
		if inv.Closed {
			foot = "Only for the people listed here. " + foot
		}
		if f.claimed {
			foot = "Press the button, and I give you the link, which nobody else sees. " + foot
		}
		blocks = append(blocks, joinButton(inv, f), footnote(foot))
	}
	return message{
		Text:     cardText(inv, open),
		Blocks:   blocks,
		Metadata: cardMark(inv.ID),
	}
}

// cardText is what notifications and screen readers get. It does without the blocks and
// without the link.
func cardText(inv tracker.Invitation, open bool) string {
	text := fmt.Sprintf("<@%s> invites you to DocSpace as %s.", inv.Inviter, role(inv.Role))
	switch {
	case inv.EndedBy != "":
		text = fmt.Sprintf("<@%s>'s invitation to DocSpace as %s was cancelled.", inv.Inviter, role(inv.Role))
	case !open:
		text = fmt.Sprintf("<@%s>'s invitation to DocSpace as %s has ended.", inv.Inviter, role(inv.Role))
	}
	if inv.Note != "" {
		text += " Note: " + fit(inv.Note, noteMax)
	}
	if open {
		text += " Press Join DocSpace on the card."
	}
	if n := len(inv.Invitees); n > 0 {
		text += fmt.Sprintf(" %d of %d joined.", joined(inv), n)
	}
	return text
}

func joinButton(inv tracker.Invitation, f features) slack.Block {
	return slack.NewActionBlock("invitation", joinElement(inv, f))
}

func joinElement(inv tracker.Invitation, f features) *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(actionJoin, string(inv.ID), plain("Join DocSpace"))
	if !f.claimed {
		button.URL = inv.Link
	}
	button.Style = slack.StylePrimary
	return button
}

// peopleOnCard lists who is invited and how far they are, so many by name.
func peopleOnCard(inv tracker.Invitation, names int) string {
	if len(inv.Invitees) == 0 {
		return ""
	}
	var list []string
	if n := len(inv.Invitees); n > 1 {
		list = append(list, fmt.Sprintf("%s *%d of %d joined*", progressBar(joined(inv), n), joined(inv), n))
	}
	if n := inv.Unidentified(); n > 0 {
		list = append(list, fmt.Sprintf(":mag: looking up %d of them", n))
	}
	for i, v := range inv.Invitees {
		if i == names {
			list = append(list, fmt.Sprintf("and %d more", len(inv.Invitees)-i))
			break
		}
		list = append(list, standing(v))
	}
	return lines(list)
}

func joined(inv tracker.Invitation) (n int) {
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

// standing is one person's line on the card.
func standing(v tracker.Invitee) string {
	who := public(v)
	switch v.State {
	case tracker.Registered:
		return ":hourglass_flowing_sand: " + who + " — registered, must confirm the e-mail"
	case tracker.Active, tracker.Welcomed, tracker.Confirmed, tracker.AlreadyMember:
		if v.Already || v.State == tracker.AlreadyMember {
			return ":white_check_mark: " + who + " — was a member already"
		}
		return ":white_check_mark: " + who + " — active"
	case tracker.Removed:
		return ":no_entry: " + who + " — account disabled or removed"
	case tracker.Missed, tracker.Withdrawn:
		return ":white_small_square: " + who + " — did not join"
	}
	if v.Member.Standing == tracker.Invited {
		return ":envelope: " + who + " — has an invitation by e-mail to complete"
	}
	if v.Opened {
		return ":envelope_with_arrow: " + who + " — opened the link, must register"
	}
	return ":envelope: " + who + " — invited"
}

// public is how a channel may see somebody: as a Slack user, by the name they gave
// themselves at the portal, or by a shortened address. The whole address was typed for the
// bot alone.
func public(v tracker.Invitee) string {
	switch {
	case v.ChatUser != "" && v.Member.Name != "":
		return fmt.Sprintf("%s (<@%s>)", name(v.Member.Name), v.ChatUser)
	case v.ChatUser != "":
		return "<@" + string(v.ChatUser) + ">"
	case v.Member.Name != "":
		return fmt.Sprintf("%s (%s)", name(v.Member.Name), name(shortened(v.Email)))
	}
	return name(shortened(v.Email))
}

// shortened shows of an address the first letter and the host.
func shortened(address string) string {
	local, host, ok := strings.Cut(printable(address), "@")
	if !ok || local == "" {
		return "somebody"
	}
	first := []rune(local)[0]
	return string(first) + "…@" + host
}

// role shows a role. It comes from the bot's own list, or from a portal.
func role(r tracker.Role) string { return fit(string(r), 30) }
