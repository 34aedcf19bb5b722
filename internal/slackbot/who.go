package slackbot

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// The controls by which an inviter says who a stranger is. The id of their block names the stranger. It grants
// nothing: rights are looked up at every answer.
const (
	actionWho       = "who"        // one of those whom the inviter awaits
	actionWhoUser   = "who_user"   // someone of the workspace
	actionWhoElse   = "who_else"   // not the likely one
	actionWhoNobody = "who_nobody" // no one whom the inviter has invited
	blockWho        = "who"
)

// candidatesMax is how many options a select takes (docs/facts/slack.md, "Numbers").
const candidatesMax = 100

// AskWho asks the inviter in a direct message who a stranger is. See [tracker.Messenger].
func (m *Messenger) AskWho(ctx context.Context, inv invitation.Invitation, s invitation.Stranger, candidates []tracker.Candidate) error {
	words := m.voiceFor(ctx, inv.Inviter).renderWho(inv, s, candidates, m.portal).marked(inv, invitation.EffectWho, s.Identity())
	_, err := m.post(ctx, string(inv.Inviter), "", words)
	return err
}

// settleWho takes the inviter's word for whose account it is.
func (b *Bot) settleWho(ctx context.Context, did interaction) message {
	about := strings.Fields(did.Actions[0].BlockID)
	in := b.messenger.voiceFor(ctx, did.User.ID)
	if len(about) != 3 {
		return in.renderFailure(invitation.InvitationOver)
	}
	host, member, user := invitation.ID(about[1]), invitation.MemberID(about[2]), did.User.ID
	inv, known := b.tracker.Look(host)
	if !known {
		return in.renderFailure(invitation.InvitationOver)
	}
	rejected := func(reason invitation.Reason, err error) message {
		tracker.Decision{
			Action: "claim_account", Verdict: tracker.Rejected, By: user, Reason: reason, About: string(member), Invitation: inv, Err: err,
		}.Log(ctx, b.log)
		return in.renderFailure(reason)
	}
	if inv.Inviter != user {
		if who, err := b.messenger.caller(ctx, user); err != nil || !who.admin {
			return rejected(invitation.NotYours, err)
		}
	}
	whose := tracker.Whose{}
	switch did.action() {
	case actionWhoElse:
		s := inv.Stranger(member)
		if s == nil || s.By != "" {
			return in.renderFailure(invitation.AlreadySettled)
		}
		others := b.tracker.Candidates(inv.Inviter)
		if likely := likeliest(*s, others); likely != nil {
			others = slices.DeleteFunc(others, func(c tracker.Candidate) bool { return samePerson(c.Invitee, likely.Invitee) })
		}
		return in.renderWhoElse(inv, *s, others, b.messenger.portal).instead()
	case actionWhoNobody:
		if err := b.tracker.Disown(ctx, host, member, user); err != nil {
			return rejected(reasonOf(err), err)
		}
		return in.renderDisowned(inv, member, b.messenger.portal).instead()
	case actionWhoUser:
		person, err := b.messenger.Identify(ctx, did.Actions[0].SelectedUser)
		if isHidden(err) { // the inviter knows them all the same, and the account tells the address
			person, err = invitation.Person{ChatUser: did.Actions[0].SelectedUser, Email: in.memberOf(inv, member).Email}, nil
		}
		if err != nil {
			return rejected(reasonOf(err), err)
		}
		whose.Person = person
	default:
		target, invitee, _ := strings.Cut(did.chosen(), " ")
		if to, ok := b.tracker.Look(invitation.ID(target)); !ok || to.Inviter != inv.Inviter {
			return rejected(invitation.InvitationOver, nil) // a list is its inviter's
		}
		whose.Invitation, whose.Invitee = invitation.ID(target), invitee
	}
	invitee, err := b.tracker.Attribute(ctx, host, member, whose, user)
	if err != nil {
		return rejected(reasonOf(err), err)
	}
	return in.renderAttributed(inv, member, invitee).instead()
}

// renderWho asks an inviter who has joined: whether it is the likely one, if there is one.
func (in voice) renderWho(inv invitation.Invitation, s invitation.Stranger, candidates []tracker.Candidate, portalURL string) message {
	likely := likeliest(s, candidates)
	if likely == nil {
		return in.renderWhoElse(inv, s, candidates, portalURL)
	}
	words := said(in.say("who.is", with{
		"Who": joinerName(s.Member), "Role": in.role(s.Member.Role), "Channel": mentionChannel(inv.Channel), "Invitee": inviteeName(likely.Invitee),
	}))
	yes := slack.NewButtonBlockElement(actionWho, candidateValue(*likely), plain(in.say("who.yes", nil)))
	yes.Style = slack.StylePrimary
	words.Blocks = append(words.Blocks,
		slack.NewActionBlock(whoBlock(inv, s), yes, slack.NewButtonBlockElement(actionWhoElse, "", plain(in.say("who.else", nil))), in.nobodyButton()),
		footnote(in.say("who.unnamed", nil)))
	return words
}

// inviteeName is someone on the list as the inviter named them.
func inviteeName(v invitation.Invitee) string {
	if v.ChatUser == "" {
		return address(v.Email)
	}
	return mention(v.ChatUser)
}

// whoBlock names in a block's id which stranger its controls are about.
func whoBlock(inv invitation.Invitation, s invitation.Stranger) string {
	return strings.Join([]string{blockWho, string(inv.ID), string(s.Member.ID)}, " ")
}

func (in voice) nobodyButton() *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(actionWhoNobody, "", plain(in.say("who.nobody", nil)))
	button.Confirm = in.confirm("who.nobody-title", "who.nobody-ask", "who.nobody")
	return button
}

// likeliest returns who a stranger probably is: the only one with a similar name, or else the only one who has
// opened the link and not signed up. nil when neither tells.
func likeliest(s invitation.Stranger, candidates []tracker.Candidate) *tracker.Candidate {
	for _, is := range []func(invitation.Invitee) bool{
		func(v invitation.Invitee) bool { return similarNames(v.Name, s.Member.Name) },
		func(v invitation.Invitee) bool { return v.Opened },
	} {
		if c := onlyOne(candidates, is); c != nil {
			return c
		}
	}
	return nil
}

// onlyOne returns the candidate of whom that is so; nil when there is none, or more than one person.
func onlyOne(candidates []tracker.Candidate, is func(invitation.Invitee) bool) (found *tracker.Candidate) {
	for i, c := range candidates {
		switch {
		case !is(c.Invitee) || len(candidateValue(c)) > candidateValueMax:
		case found == nil:
			found = &candidates[i]
		case !samePerson(found.Invitee, c.Invitee):
			return nil
		}
	}
	return found
}

// similarNames reports whether a word of one name begins a word of the other: Bob and Bobby.
func similarNames(a, b string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(a)) {
		for other := range strings.FieldsSeq(strings.ToLower(b)) {
			short := min(utf8.RuneCountInString(word), utf8.RuneCountInString(other))
			if short >= 3 && (strings.HasPrefix(word, other) || strings.HasPrefix(other, word)) {
				return true
			}
		}
	}
	return false
}

// samePerson reports whether two invitees, perhaps of different invitations, are one person.
func samePerson(a, b invitation.Invitee) bool {
	return a.ChatUser != "" && a.ChatUser == b.ChatUser || a.Email != "" && invitation.SameEmail(a.Email, b.Email)
}

// renderWhoElse asks an inviter who has joined, of all whom they await or of everyone in the workspace.
func (in voice) renderWhoElse(inv invitation.Invitation, s invitation.Stranger, candidates []tracker.Candidate, portalURL string) message {
	about := with{"Who": joinerName(s.Member), "Role": in.role(s.Member.Role), "Channel": mentionChannel(inv.Channel)}
	words := said(in.say("who.question", about))
	if s.Unexpected {
		words = said(in.say("who.alarm", about))
	}
	choose := plain(in.say("who.choose", nil))
	control := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, choose, actionWhoUser)
	if options := candidateOptions(candidates); len(options) > 0 {
		control = slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, choose, actionWho, options...)
	}
	words.Blocks = append(words.Blocks,
		slack.NewActionBlock(whoBlock(inv, s), control, in.nobodyButton()),
		footnote(in.say("who.unnamed", nil)))
	if s.Unexpected {
		words.Blocks = append(words.Blocks, footnote(in.againstStrangers(portalURL)))
	}
	return words
}

// againstStrangers says what can be done about someone whom no one knows.
func (in voice) againstStrangers(portalURL string) string {
	return in.say("who.against", with{"Portal": "<" + portalURL + "|" + in.say("who.at-portal", nil) + ">"})
}

// candidateValueMax is how long an option's value may be.
const candidateValueMax = 150

// candidateValue names a candidate in a control.
func candidateValue(c tracker.Candidate) string { return string(c.Invitation) + " " + c.Invitee.ID }

// candidateOptions offers those whom the inviter awaits, each once. The inviter has named them, or they have
// pressed the button with their name, so that they are shown by name.
func candidateOptions(candidates []tracker.Candidate) []*slack.OptionBlockObject {
	var options []*slack.OptionBlockObject
	for i, c := range candidates {
		value := candidateValue(c)
		again := slices.ContainsFunc(candidates[:i], func(other tracker.Candidate) bool { return samePerson(other.Invitee, c.Invitee) })
		if again || len(options) == candidatesMax || len(value) > candidateValueMax {
			continue
		}
		options = append(options, candidateOption(value, printable(c.Invitee.Name), printable(c.Invitee.Email)))
	}
	return options
}

// optionMax is how long an option's text and description may be (docs/facts/slack.md, "Numbers").
const optionMax = 75

// candidateOption shows a name and an address. Where there is no room for both in one line, the
// address comes first and the name stands below it.
func candidateOption(value, person, email string) *slack.OptionBlockObject {
	both := person + " (" + email + ")"
	switch {
	case person == "":
		return slack.NewOptionBlockObject(value, plain(cut(email, optionMax)), nil)
	case utf8.RuneCountInString(both) > optionMax:
		return slack.NewOptionBlockObject(value, plain(cut(email, optionMax)), plain(cut(person, optionMax)))
	}
	return slack.NewOptionBlockObject(value, plain(both), nil)
}

// joinerName is an account as its inviter is asked about it. It has the whole address, so that the inviter can tell
// people with the same name apart.
func joinerName(m invitation.Member) string {
	shown := name(m.Name)
	if shown == "" {
		return address(m.Email)
	}
	return "*" + shown + "* (" + address(m.Email) + ")"
}

// renderAttributed confirms whose account it is.
func (in voice) renderAttributed(inv invitation.Invitation, member invitation.MemberID, v invitation.Invitee) message {
	return said(in.say("who.attributed", with{"Who": joinerName(in.memberOf(inv, member)), "Invitee": inviteeName(v)}))
}

// renderDisowned confirms that the account belongs to no one the inviter invited.
func (in voice) renderDisowned(inv invitation.Invitation, member invitation.MemberID, portalURL string) message {
	return said(in.say("who.disowned", with{"Who": joinerName(in.memberOf(inv, member))}) + " " + in.againstStrangers(portalURL))
}

func (in voice) memberOf(inv invitation.Invitation, id invitation.MemberID) invitation.Member {
	if s := inv.Stranger(id); s != nil {
		return s.Member
	}
	return invitation.Member{Email: in.say("list.somebody", nil)}
}
