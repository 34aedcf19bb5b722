package slackbot

import (
	"cmp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// namesInList is how many people a sentence names; the others are counted.
const namesInList = 20

// renderConfirmation says in the thread that someone is active, with the role they really
// have. It says nothing of a welcome: whether the portal sent one is not known.
func (in voice) renderConfirmation(inv invitation.Invitation, v invitation.Invitee) message {
	has := v.Member.Role
	already := wasMember(v)
	words := with{"Who": in.public(v), "Role": in.role(has)}
	var text string
	switch {
	case isInRoom(inv, v):
		text = in.joinedRoom(inv, v)
	case already && has != "":
		text = in.say("thread.already-in-as", words)
	case already:
		text = in.say("thread.already-in", words)
	case has != "":
		text = in.say("thread.in-as", words)
	default:
		text = in.say("thread.in", words)
	}
	asked := with{"Role": in.role(inv.Role)}
	switch {
	case !isLess(has, inv.Role):
	case already:
		text += " " + in.say("thread.asked-for", asked)
	default:
		text += " " + in.say("thread.lesser", asked)
	}
	return in.openingFor(said(text), inv, v)
}

// isLess reports whether a role, if it is known, may do less than the one that was asked for.
func isLess(has, asked invitation.Role) bool {
	return has != "" && slices.Index(invitation.Roles(), has) < slices.Index(invitation.Roles(), asked)
}

// renderConfirmations says in one message that several are active. It names those who
// differ from the rest.
func (in voice) renderConfirmations(inv invitation.Invitation, people []invitation.Invitee) message {
	if len(people) == 1 {
		return in.renderConfirmation(inv, people[0])
	}
	list := []string{in.say("thread.several", with{"N": len(people)})}
	lesser, inRoom := false, 0
	for _, v := range people {
		if isInRoom(inv, v) {
			inRoom++
		}
	}
	for _, v := range people {
		has := v.Member.Role
		already := wasMember(v)
		words := with{"Who": in.public(v), "Role": in.role(has), "Asked": in.role(inv.Role)}
		line := in.public(v)
		switch {
		case already && has == "":
			line = in.say("thread.one-already", words)
		case already:
			line = in.say("thread.one-already-as", words)
		case has == "":
		case isLess(has, inv.Role):
			line = in.say("thread.one-lesser", words)
			lesser = true
		default:
			line = in.say("thread.one-as", words)
		}
		if inRoom > 0 && !isInRoom(inv, v) {
			line += in.say("list.comma", nil) + in.say("room.without", nil)
		}
		list = append(list, "• "+line)
	}
	switch room := (with{"Room": in.room(inv.Room)}); inRoom {
	case 0:
	case len(people):
		list = append(list, in.say("room.all", room))
	default:
		list = append(list, in.say("room.others", room))
	}
	if lesser {
		list = append(list, in.say("thread.lesser-some", nil))
	}
	if inRoom == 0 {
		return saidInFull(list)
	}
	return in.opening(saidInFull(list), inv.Room)
}

// renderPreflight tells the inviter what the card doesn't say of those they invited.
func (in voice) renderPreflight(inv invitation.Invitation) message {
	list := []string{in.say("foretold.title", nil)}
	if inv.Room.ID != "" {
		list[0] = in.say("room.foretold", with{"Room": in.roomAs(inv.Room)})
	}
	tell := func(is func(invitation.Invitee) bool, what string) {
		var people []invitation.Invitee
		for _, v := range inv.Invitees {
			if is(v) {
				people = append(people, v)
			}
		}
		if len(people) > 0 {
			list = append(list, "• "+in.someNamesFor(viewer{id: inv.Inviter}, inv, people)+" — "+what)
		}
	}
	standing := func(s invitation.Standing) func(invitation.Invitee) bool {
		return func(v invitation.Invitee) bool { return v.Member.ID != "" && v.Member.Standing == s }
	}
	tell(standing(invitation.Invited), in.say("foretold.invited", nil))
	tell(standing(invitation.Disabled), in.say("foretold.disabled", nil))
	tell(func(v invitation.Invitee) bool { return v.Elsewhere }, in.say("foretold.elsewhere", nil))
	return saidInFull(list)
}

// renderRemoved says in the thread that someone's account was disabled or removed.
func (in voice) renderRemoved(v invitation.Invitee) message {
	words := with{"Who": in.public(v)}
	if v.Member.Standing == invitation.Disabled {
		return said(in.say("thread.disabled", words))
	}
	return said(in.say("thread.removed", words))
}

// renderEnded says in the thread that the invitation is over, and who has not joined.
func (in voice) renderEnded(inv invitation.Invitation) message {
	missing := inv.Missing()
	extend := func(words message) message {
		words.Blocks = append(words.Blocks, manageButton(menuExtend, inv, in.say("manage.extend-button", nil), ""))
		return words
	}
	if len(inv.Invitees) == 0 {
		return extend(said(in.say("thread.ended-nobody", nil)))
	}
	names := []string{in.say("thread.ended", with{"Inviter": mention(inv.Inviter)})}
	for i, v := range missing {
		if i == namesInList {
			names = append(names, in.more(len(missing)-i))
			break
		}
		names = append(names, "• "+in.public(v))
	}
	return extend(said(in.lines(names)))
}

// renderEndingSoon tells the inviter who has not joined while there is time.
func (in voice) renderEndingSoon(inv invitation.Invitation) message {
	about := with{
		"Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel), "Until": date(inv.Expires, dayAndTime),
		"People": in.someNamesFor(viewer{id: inv.Inviter}, inv, inv.Missing()), "Room": in.room(inv.Room),
	}
	text := in.say("manage.ending", about)
	if inv.Room.ID != "" {
		text = in.say("room.ending", about)
	}
	words := said(text)
	if link := in.linkTo(inv.Card); link != "" {
		words.Blocks = []slack.Block{section(text + "\n<" + link + "|" + in.say("status.card", nil) + ">")}
	}
	words.Blocks = append(words.Blocks, manageButton(menuExtend, inv, in.say("manage.extend-button", nil), slack.StylePrimary))
	return words
}

// renderRefusal tells the inviter why an invitation came to nothing.
func (in voice) renderRefusal(inv invitation.Invitation) message {
	inv.Refusal = aboutRoom(inv.Refusal, inv.Room)
	words := said(in.explain(inv.Refusal, inv.Role, string(inv.ID)))
	if inv.ID != "" && inv.Refusal.Reason.MayPass() {
		words = in.renderRetryable(inv)
	}
	asked := command{Role: inv.Role, People: inv.People, Note: inv.Note, Room: inv.Room}
	switch inv.Refusal.Reason { // the form knows which rooms and rights there are
	case invitation.RoomUnknown:
		asked.Room.Title = ""
		words.Blocks = append(words.Blocks, slack.NewActionBlock("", in.formButton(asked)))
	case invitation.RightNotThere:
		asked.Room.Right = ""
		words.Blocks = append(words.Blocks, slack.NewActionBlock("", in.formButton(asked)))
	}
	if inv.Approval.Approved {
		failed := in.say("approval.but-failed", with{"By": mention(inv.Approval.By), "Channel": mentionChannel(inv.Channel)})
		words.Text = failed + "\n" + words.Text
		words.Blocks = slices.Insert(words.Blocks, 0, section(failed))
	}
	return words
}

// renderWorking tells the inviter that their invitation takes a while.
func (in voice) renderWorking() message { return said(in.say("wait.working", nil)) }

// renderPosted tells an inviter who has waited that the card is there.
func (in voice) renderPosted(inv invitation.Invitation) message {
	return said(in.say("wait.posted", with{"Channel": mentionChannel(inv.Channel)}))
}

// renderFailure says to one person why what they did came to nothing.
func (in voice) renderFailure(err error) message {
	return in.renderRefusal(invitation.Invitation{Refusal: invitation.Refusal{Reason: reasonOf(err)}})
}

// renderNoJoin tells the person who pressed Join why that came to nothing.
func (in voice) renderNoJoin(inv invitation.Invitation, err error) message {
	if why := reasonOf(err); why.Disqualifies() {
		return said(in.noLink(inv, why))
	}
	return in.renderFailure(err)
}

// renderClaimed tells the person who pressed Join what happens now.
func (in voice) renderClaimed(inv invitation.Invitation, v invitation.Invitee) message {
	switch {
	case v.Joined():
		return in.openingFor(said(in.say("claim.joined", nil)), inv, v)
	case v.State == invitation.Registered:
		return said(in.say("claim.registered", with{"Email": address(cmp.Or(v.Member.Email, v.Email))}))
	case v.Disabled():
		return said(in.say("claim.disabled", nil))
	case isInvitedByMail(v):
		return said(in.invitedByMail(inv, v))
	case v.Email == "":
		return said(in.say("claim.unseen", with{"Inviter": mention(inv.Inviter)}))
	}
	return said(in.say("claim.register", with{"Email": address(v.Email), "Inviter": mention(inv.Inviter)}))
}

// isInvitedByMail reports whether the portal has sent an invitation of its own that is not accepted
// yet. Then it refuses the address on the page of every other link (docs/facts/docspace.md, "Legacy
// invitation link").
func isInvitedByMail(v invitation.Invitee) bool {
	return v.State == invitation.Awaited && v.Member.Standing == invitation.Invited
}

// invitedByMail says where such a person can sign up.
func (in voice) invitedByMail(inv invitation.Invitation, v invitation.Invitee) string {
	words := with{"Email": address(cmp.Or(v.Member.Email, v.Email)), "Inviter": mention(inv.Inviter)}
	if v.Member.Registered.IsZero() {
		return in.say("claim.invited-by-mail-undated", words)
	}
	words["On"] = date(v.Member.Registered, dayAlone)
	return in.say("claim.invited-by-mail", words)
}

// renderNoAuthor says why the dialog did not open from a message.
func (in voice) renderNoAuthor() message { return said(in.say("dialog.no-author", nil)) }

// renderHelp explains the command, with the roles that the caller may choose.
func (in voice) renderHelp(def invitation.Role, policy Policy) message {
	list := []string{
		in.say("help.title", nil),
		in.say("help.usage", nil),
		"• " + in.say("help.alone", with{"Role": in.role(def)}),
		"• " + in.say("help.role", nil),
	}
	for _, role := range invitation.Roles() {
		line := "    `" + typedRoles[role] + "` *" + in.role(role) + "*: " + in.mayDo(role)
		switch {
		case slices.Contains(policy.OpenRoles, role):
		case policy.ApprovalChannel != "":
			line += " (" + in.say("dialog.role-asks", nil) + ")"
		default:
			line += " (" + in.say("help.admins-only", nil) + ")"
		}
		list = append(list, line)
	}
	list = append(list, "• "+in.say("help.people", nil))
	if policy.Rooms != RoomsOff {
		list = append(list, "• "+in.say("rooms.help", nil))
	}
	return said(in.lines(append(list,
		"• "+in.say("help.note", nil),
		in.say("help.others", nil),
		in.say("help.example", nil),
	)))
}

// typedRoles is what people type for each role.
var typedRoles = map[invitation.Role]string{
	invitation.Guest: "guest", invitation.User: "user", invitation.RoomAdmin: "roomadmin", invitation.DocSpaceAdmin: "admin",
}

// mistakesInList is how many wrong words are told one by one.
const mistakesInList = 8

// explainMistakes has one sentence for all words that were not understood, and one for each other
// word that was wrong.
func (in voice) explainMistakes(err error) []string {
	var words, meant, others []string
	for _, one := range mistakesOf(err) {
		if one.Problem != notUnderstood {
			if sentence := in.explainMistake(one, name); !slices.Contains(others, sentence) {
				others = append(others, sentence)
			}
			continue
		}
		if word := in.say("list.quoted", with{"Word": name(one.Word)}); !slices.Contains(words, word) {
			words = append(words, word)
		}
		if one.Meant != "" && !slices.Contains(meant, one.Meant) {
			meant = append(meant, one.Meant)
		}
	}
	if len(words) == 0 {
		return others
	}
	if len(words) > mistakesInList {
		words = append(words[:mistakesInList], "…")
	}
	sentence := in.say("mistake.not_understood", with{"Words": in.list(words)})
	if len(meant) == 1 {
		sentence += " " + in.say("mistakes.meant", with{"Word": name(meant[0])})
	}
	return append([]string{sentence}, others...)
}

// explainMistake says what is wrong with one word, and what was meant. show makes text of the word's.
func (in voice) explainMistake(one *mistake, show func(string) string) string {
	word := show(one.Word)
	sentence := in.say("mistake."+string(one.Problem), with{"Word": word, "Words": in.say("list.quoted", with{"Word": word}), "Letter": show(one.Letter)})
	if one.Meant != "" {
		sentence += " " + in.say("mistakes.meant", with{"Word": show(one.Meant)})
	}
	return sentence
}

// mistakesInLine is how many sentences about wrong words an answer has; the others are counted.
const mistakesInLine = 3

// renderMistakes says in a line which words were not understood, and offers the dialog with what was, or was
// probably meant.
func (in voice) renderMistakes(err error, understood command) message {
	list := in.explainMistakes(err)
	if n := len(list) - mistakesInLine; n > 0 {
		list = append(list[:mistakesInLine], in.say("mistakes.more", with{"N": n}))
	}
	for _, one := range mistakesOf(err) {
		if role, ok := invitation.ParseRole(one.Meant); ok && understood.Role == "" {
			understood.Role = role
		}
	}
	words := said(strings.Join(list, " "))
	words.Blocks = append(words.Blocks, slack.NewActionBlock("", in.formButton(understood)), footnote(in.say("mistakes.usage", with{"Usage": in.say("help.usage", nil)})))
	return words
}

// formButton opens the dialog, filled with the command.
func (in voice) formButton(c command) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(actionForm, handOver(c), plain(in.say("mistakes.form", nil)))
}

// invitationsInStatus is how many invitations the status shows; the others are counted.
const invitationsInStatus = 20

// renderStatus lists invitations, newest first.
func (in voice) renderStatus(open []invitation.Invitation, to viewer, health tracker.Health) message {
	ailing := in.portalHealth(health, to.admin)
	if len(open) == 0 {
		return said(strings.TrimSpace(in.say("status.none", nil) + "\n" + ailing))
	}
	title := in.say("status.title", with{"N": len(open)})
	if to.admin {
		title += " " + in.say("status.all", nil)
	}
	if ailing != "" {
		title += "\n" + ailing
	}
	words := said(title)
	lines := []string{title}
	for i, inv := range open {
		if i == invitationsInStatus {
			lines = append(lines, in.more(len(open)-i))
			words.Blocks = append(words.Blocks, footnote(in.more(len(open)-i)))
			break
		}
		lines = append(lines, "• "+in.shortTitle(inv, to)+": "+in.progress(inv))
		words.Blocks = append(words.Blocks, in.shortCard(inv, to))
	}
	words.Text = in.lines(lines)
	return words
}
