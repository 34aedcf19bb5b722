package slackbot

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// What an inviter answers who is asked about a stranger. Which stranger it is stands in the id of
// the controls' block, and no right: that is looked up at every answer.
const (
	actionWho       = "who"        // one of those whom the inviter awaits
	actionWhoUser   = "who_user"   // somebody of the workspace
	actionWhoNobody = "who_nobody" // nobody whom the inviter has invited
	blockWho        = "who"
)

// candidatesMax is how many options a select takes (section 6.1 of the Slack facts).
const candidatesMax = 100

// AskWho asks the inviter in a direct message who a stranger is. See [tracker.Messenger].
func (m *Messenger) AskWho(ctx context.Context, inv tracker.Invitation, s tracker.Stranger, candidates []tracker.Candidate) error {
	words := renderWho(inv, s, candidates, m.portal).marked(inv, tracker.EffectWho, s.Identity())
	_, err := m.post(ctx, string(inv.Inviter), "", words)
	return err
}

// settleWho takes the inviter's word for whose account it is.
func (b *Bot) settleWho(ctx context.Context, did interaction) message {
	about := strings.Fields(did.Actions[0].BlockID)
	if len(about) != 3 {
		return renderFailure(tracker.InvitationOver)
	}
	host, member, user := tracker.ID(about[1]), tracker.MemberID(about[2]), did.User.ID
	inv, known := b.tracker.Look(host)
	if !known {
		return renderFailure(tracker.InvitationOver)
	}
	rejected := func(reason tracker.Reason, err error) message {
		tracker.Decision{
			Deed: "claim_account", Verdict: tracker.Rejected, By: user, Reason: reason, About: string(member), Invitation: inv, Err: err,
		}.Log(ctx, b.log)
		return renderFailure(reason)
	}
	if inv.Inviter != user {
		if who, err := b.messenger.caller(ctx, user); err != nil || !who.admin {
			return rejected(tracker.NotYours, err)
		}
	}
	whose := tracker.Whose{}
	switch did.action() {
	case actionWhoNobody:
		if err := b.tracker.Disown(ctx, host, member, user); err != nil {
			return rejected(reasonOf(err), err)
		}
		return renderDisowned(inv, member, b.messenger.portal).instead()
	case actionWhoUser:
		person, err := b.messenger.directory.person(ctx, did.Actions[0].SelectedUser)
		if err != nil {
			return rejected(reasonOf(err), err)
		}
		whose.Person = person
	default:
		target, invitee, _ := strings.Cut(did.chosen(), " ")
		if to, ok := b.tracker.Look(tracker.ID(target)); !ok || to.Inviter != inv.Inviter {
			return rejected(tracker.InvitationOver, nil) // a list is its inviter's
		}
		whose.Invitation, whose.Invitee = tracker.ID(target), invitee
	}
	invitee, err := b.tracker.Attribute(ctx, host, member, whose, user)
	if err != nil {
		return rejected(reasonOf(err), err)
	}
	return renderAttributed(inv, member, invitee).instead()
}

// renderWho asks an inviter who has joined.
func renderWho(inv tracker.Invitation, s tracker.Stranger, candidates []tracker.Candidate, portalURL string) message {
	text := fmt.Sprintf(":wave: %s has joined DocSpace as *%s* by one of my links, and I cannot tell who that is. It may have been by your invitation in <#%s>.",
		joinerName(s.Member), role(s.Member.Role), inv.Channel)
	if s.Unexpected {
		text = fmt.Sprintf(":warning: %s has joined DocSpace as *%s* by one of my links, and is nobody whom you have named. It may have been by your invitation in <#%s>.",
			joinerName(s.Member), role(s.Member.Role), inv.Channel)
	}
	words := said(text)
	nobody := slack.NewButtonBlockElement(actionWhoNobody, "", plain("Nobody I have invited"))
	controls := []slack.BlockElement{}
	if options := candidateOptions(candidates); len(options) > 0 {
		controls = append(controls, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Who is this?"), actionWho, options...))
	} else {
		controls = append(controls, slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plain("Who is this?"), actionWhoUser))
	}
	block := strings.Join([]string{blockWho, string(inv.ID), string(s.Member.ID)}, " ")
	words.Blocks = append(words.Blocks,
		slack.NewActionBlock(block, append(controls, nobody)...),
		footnote("Nobody is named anywhere until you say who it is."))
	if s.Unexpected {
		words.Blocks = append(words.Blocks, footnote(againstStrangers(portalURL)))
	}
	return words
}

// againstStrangers says what can be done about somebody whom nobody knows.
func againstStrangers(portalURL string) string {
	return "If nobody knows them: a portal admin can disable the account under Contacts <" + portalURL + "|at the portal>. " +
		"The link itself cannot be taken back: it lapses at the portal, after 7 days as a rule."
}

// candidateOptions offers those whom the inviter awaits. The inviter has named them, or they have
// pressed the button with their name, so that they are shown by name.
func candidateOptions(candidates []tracker.Candidate) []*slack.OptionBlockObject {
	var options []*slack.OptionBlockObject
	for _, c := range candidates {
		shown := c.Invitee.Email
		if c.Invitee.Name != "" {
			shown = c.Invitee.Name + " (" + c.Invitee.Email + ")"
		}
		value := string(c.Invitation) + " " + c.Invitee.ID
		if len(options) == candidatesMax || len(value) > 150 {
			continue
		}
		options = append(options, slack.NewOptionBlockObject(value, plain(cut(printable(shown), 75)), nil))
	}
	return options
}

// joinerName is an account as its inviter is asked about it, with the whole address: one cannot say
// who somebody is whom one cannot tell apart.
func joinerName(m tracker.Member) string {
	if m.Name == "" {
		return "*" + name(m.Email) + "*"
	}
	return "*" + name(m.Name) + "* (" + name(m.Email) + ")"
}

// renderAttributed confirms whose account it is.
func renderAttributed(inv tracker.Invitation, member tracker.MemberID, v tracker.Invitee) message {
	return said(fmt.Sprintf(":white_check_mark: %s is %s. I go on from here: the card shows it, and its thread confirms it once the account is active.",
		joinerName(memberOf(inv, member)), public(tracker.Invitee{Person: v.Person})))
}

// renderDisowned confirms that it is nobody whom the inviter has invited.
func renderDisowned(inv tracker.Invitation, member tracker.MemberID, portalURL string) message {
	return said(joinerName(memberOf(inv, member)) + " is nobody whom you have invited. " + againstStrangers(portalURL))
}

func memberOf(inv tracker.Invitation, id tracker.MemberID) tracker.Member {
	for _, s := range inv.Strangers {
		if s.Member.ID == id {
			return s.Member
		}
	}
	return tracker.Member{Email: "somebody"}
}
