package slackbot

import (
	"regexp"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// unfitList has a line for each person who cannot be invited.
func (in voice) unfitList(people []invitation.Refusal) []string {
	var list []string
	for _, one := range people {
		why := "unfit." + string(one.Reason)
		if !in.Has(why) {
			why = "unfit.unexpected"
		}
		list = append(list, "• "+in.whom(one, "")+" — "+in.say(why, nil))
	}
	return list
}

// renderLeftOut tells the inviter who was named and cannot be invited after all.
func (in voice) renderLeftOut(people []invitation.Refusal) message {
	return said(in.lines(append([]string{in.say("reason.left_out", nil)}, in.unfitList(people)...)))
}

// explain says why something was refused. reference helps the operator to find it in the
// log; it may be empty.
func (in voice) explain(r invitation.Refusal, asked invitation.Role, reference string) string {
	id := "reason." + string(r.Reason)
	switch {
	case reference != "" && (r.Reason == invitation.Unexpected || !in.Has(id)):
		return in.say("reason.unexpected_in_log", with{"Reference": name(reference)})
	case !in.Has(id):
		return in.say("reason.unexpected", nil)
	}
	if r.Reason == invitation.RightNotThere {
		return in.noSuchRight(r, asked)
	}
	sentence := in.say(id, with{"About": in.whom(r, asked)})
	if r.Reason == invitation.WrongPeople {
		return in.lines(append(append([]string{sentence}, in.unfitList(r.Each)...), in.say("reason.wrong_people_advice", nil)))
	}
	return sentence
}

var slackID = regexp.MustCompile(`^[UWS][A-Z0-9]{2,}$`)

// whom says what a reason is about: a time, a person, a group, a role, a room, a right, a number.
func (in voice) whom(r invitation.Refusal, asked invitation.Role) string {
	switch about := r.About; {
	case r.Reason == invitation.PortalBusy || r.Reason == invitation.TooMany:
		if r.Again.IsZero() {
			return in.say("when.soon", nil)
		}
		return in.say("when.after", with{"At": date(r.Again, timeAlone)})
	case r.Reason == invitation.RoleNotYours && about == "":
		return "*" + in.role(asked) + "*"
	case r.Reason == invitation.RoleNotYours:
		return "*" + in.role(invitation.Role(about)) + "*"
	case r.Reason.IsAboutRoom(): // which may be called like an id
		return in.room(invitation.Room{Title: about})
	case r.Reason == invitation.RightNotThere:
		return "*" + in.right(invitation.Right(about)) + "*"
	case slackID.MatchString(about) && about[0] == 'S':
		return "<!subteam^" + about + ">"
	case slackID.MatchString(about):
		return mention(invitation.ChatUser(about))
	case about == "":
		return in.say("list.somebody", nil)
	default:
		return name(about)
	}
}
