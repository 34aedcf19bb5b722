package slackbot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// namesInList is how many people a sentence names; the others are counted.
const namesInList = 20

// namesInLine is how many people one of several lines names.
const namesInLine = 6

// renderConfirmation says in the thread that somebody is active, with the role they really
// have. It says nothing of a welcome: whether the portal sent one is not known.
func renderConfirmation(inv tracker.Invitation, v tracker.Invitee) message {
	has := v.Member.Role
	already := v.Already || v.State == tracker.AlreadyMember
	text := ":white_check_mark: " + public(v) + " is now in DocSpace"
	if already {
		text = ":white_check_mark: " + public(v) + " is already in DocSpace"
	}
	if has != "" {
		text += " as *" + role(has) + "*"
	}
	text += "."
	switch {
	case has == "" || has == inv.Role:
	case already:
		text += fmt.Sprintf(" The invitation was for *%s*.", role(inv.Role))
	default:
		text += fmt.Sprintf(" The invitation was for *%s*: the portal gives a lesser role when it is short of seats. A portal admin can change it.",
			role(inv.Role))
	}
	return said(text)
}

// renderConfirmations says in one message that several are active; whoever differs from the
// rest is told apart.
func renderConfirmations(inv tracker.Invitation, people []tracker.Invitee) message {
	if len(people) == 1 {
		return renderConfirmation(inv, people[0])
	}
	list := []string{fmt.Sprintf(":white_check_mark: *%d people are in DocSpace now:*", len(people))}
	lesser := false
	for _, v := range people {
		line := "• " + public(v)
		if v.Member.Role != "" {
			line += " as *" + role(v.Member.Role) + "*"
		}
		switch already := v.Already || v.State == tracker.AlreadyMember; {
		case already:
			line += ", was a member already"
		case v.Member.Role != "" && v.Member.Role != inv.Role:
			line += fmt.Sprintf(" instead of *%s*", role(inv.Role))
			lesser = true
		}
		list = append(list, line)
	}
	if lesser {
		list = append(list, "The portal gives a lesser role when it is short of seats. A portal admin can change it.")
	}
	return saidInFull(list)
}

// renderForetold tells the inviter what was known of those they invited.
func renderForetold(inv tracker.Invitation) message {
	list := []string{"What is known of them already:"}
	tell := func(is func(tracker.Invitee) bool, what string) {
		var people []tracker.Invitee
		for _, v := range inv.Invitees {
			if is(v) {
				people = append(people, v)
			}
		}
		if len(people) > 0 {
			list = append(list, "• "+someNames(people, namesInLine)+" "+what)
		}
	}
	standing := func(s tracker.Standing) func(tracker.Invitee) bool {
		return func(v tracker.Invitee) bool { return v.Member.ID != "" && v.Member.Standing == s }
	}
	tell(standing(tracker.Enabled), "— in DocSpace already, with nothing left to do")
	tell(standing(tracker.Unconfirmed), "— registered; the e-mail address is not confirmed yet")
	tell(standing(tracker.Invited), "— invited by e-mail before, and has not answered")
	tell(standing(tracker.Disabled), "— disabled: a portal admin must enable the account, the link alone does not help")
	tell(func(v tracker.Invitee) bool { return v.Elsewhere }, "— awaited by another open invitation too")
	return saidInFull(list)
}

// renderRemoved says in the thread that somebody's account was disabled or removed.
func renderRemoved(_ tracker.Invitation, v tracker.Invitee) message {
	what := "was removed from DocSpace before it became active. They can join anew by the card."
	if v.Member.Standing == tracker.Disabled {
		what = "is disabled at the portal. A portal admin can enable it; then they can press *Join DocSpace* again."
	}
	return said(":no_entry: The account of " + public(v) + " " + what)
}

// renderEnded says in the thread that the invitation is over, and who has not joined.
func renderEnded(inv tracker.Invitation) message {
	missing := inv.Missing()
	extend := func(words message) message {
		words.Blocks = append(words.Blocks, mendButton(deedExtend, inv, "Extend", ""))
		return words
	}
	switch {
	case len(inv.Invitees) == 0:
		return extend(said("This invitation has ended. Nobody joined by it."))
	case len(missing) == 0:
		return said("This invitation has ended. Everybody has joined.")
	}
	names := []string{"This invitation has ended. These people have not joined; <@" + string(inv.Inviter) + "> can extend it:"}
	for i, v := range missing {
		if i == namesInList {
			names = append(names, fmt.Sprintf("and %d more", len(missing)-i))
			break
		}
		names = append(names, "• "+public(v))
	}
	return extend(said(lines(names)))
}

// renderRefusal tells the inviter why an invitation came to nothing.
func renderRefusal(inv tracker.Invitation) message {
	return said(explain(inv.Refusal, inv.Role, string(inv.ID)))
}

// renderClaimed tells whoever pressed Join what happens now.
func renderClaimed(v tracker.Invitee) message {
	switch {
	case v.Joined():
		return said("You are in DocSpace already. Nothing is left to do.")
	case v.State == tracker.Registered:
		return said("You have registered. Open the letter that the portal sent to " + name(cmp.Or(v.Member.Email, v.Email)) +
			" and confirm the address; then you are in.")
	}
	return said("Register with *" + name(v.Email) + "*: that is how I know that it is you. Then confirm the letter that the portal sends there. " +
		"With another address you get in just as well; then I have to ask whoever invited you who you are.")
}

// renderNoAuthor says why the dialog did not open from a message.
func renderNoAuthor() message {
	return said("An app has posted this message: there is nobody to invite. Use the shortcut on a message that a person has written.")
}

const usageLine = "`/docspace-invite [role] [people…] [\"note\"]`"

// renderHelp explains the command.
func renderHelp(def tracker.Role, open []tracker.Role) message {
	return said(lines([]string{
		"*Invite people to DocSpace*",
		usageLine,
		"• alone, it posts an invitation as *" + role(def) + "* for whoever presses the button",
		"• role: `guest`, `user`, `roomadmin` or `admin`; everybody here may hand out " + escape(roleList(open)),
		"• people: @mentions, @groups or e-mail addresses",
		"• note: in quotes, shown on the card",
		"`/docspace-invite status` shows the invitations that are open, `/docspace-invite form` opens a dialog.",
		"Example: `/docspace-invite user @bob carol@acme.test \"for the archive room\"`",
	}))
}

func roleList(roles []tracker.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

// mistakesInList is how many wrong words are told one by one.
const mistakesInList = 8

// explainMistakes has a sentence for each word that was wrong.
func explainMistakes(err error) []string {
	var list []string
	for _, one := range mistakesOf(err) {
		if sentence := fmt.Sprintf(mistakes[one.Problem], "“"+name(one.Word)+"”"); !slices.Contains(list, sentence) {
			list = append(list, sentence)
		}
	}
	return list
}

// renderParseError says which words were not understood, with the usage.
func renderParseError(err error) message {
	list := explainMistakes(err)
	if len(list) > mistakesInList {
		list = append(list[:mistakesInList], fmt.Sprintf("There are %d more words that I did not understand.", len(list)-mistakesInList))
	}
	return said(lines(append(list, "Nothing was posted. Usage: "+usageLine+" — `/docspace-invite help` tells more.")))
}

// renderStatus lists open invitations, newest first. all says that they are everybody's.
func renderStatus(open []tracker.Invitation, all bool, health tracker.Health) message {
	ailing := portalHealth(health, all)
	if len(open) == 0 {
		return said(strings.TrimSpace("There are no open invitations that you may see.\n" + ailing))
	}
	title := fmt.Sprintf("*Open invitations: %d*", len(open))
	if all {
		title += " (everybody's: you are an admin)"
	}
	list := []string{title}
	if ailing != "" {
		list = append(list, ailing)
	}
	for _, inv := range open {
		list = append(list, statusLine(inv))
	}
	return said(lines(list))
}

func statusLine(inv tracker.Invitation) string {
	line := fmt.Sprintf("• *%s* in <#%s> by <@%s>", role(inv.Role), inv.Channel, inv.Inviter)
	if inv.Note != "" {
		line += ", “" + fit(inv.Note, 40) + "”"
	}
	how, until, at := "", "until", inv.Expires
	switch n := len(inv.Invitees); {
	case inv.Waits():
		how, at = "waits for approval", inv.Approval.Until
	case inv.Stage == tracker.Expired:
		how, until = fmt.Sprintf("%d of %d joined", joined(inv), n), "ended"
	case inv.Stage != tracker.Posted:
		how = "its card is on the way"
	case n == 0:
		how = "nobody has pressed Join yet"
	default:
		how = fmt.Sprintf("%d of %d joined", joined(inv), n)
	}
	line += ": " + how + ", " + until + " " + date(at, "{date_short_pretty} {time}")
	if blocked := parked[inv.Parked]; blocked != "" {
		line += "\n    :warning: " + blocked
	}
	return line
}

// parked says why an invitation's messages wait, and who can mend it.
var parked = map[tracker.Reason]string{
	tracker.CannotPost:      "I cannot post in this channel any more: invite me with `/invite @docspace`, and I go on.",
	tracker.ChannelArchived: "The channel is archived: its messages wait until somebody unarchives it.",
}
