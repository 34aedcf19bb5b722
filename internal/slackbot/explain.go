package slackbot

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Rules for these sentences: what happened, then what to do and who can do it. They are
// for somebody who never reads a log.

// sentences has one for every reason that an invitation can be refused for. %s is what the
// reason is about.
var sentences = map[tracker.Reason]string{
	tracker.PortalDenied:  "The DocSpace portal does not let me invite people. A portal admin can switch inviting on under Settings → Security → Invitations.",
	tracker.NoLink:        "The portal gave me no invite link for this role. The account behind my API key may not hand it out; whoever runs me can give me a key of a DocSpace admin.",
	tracker.UnknownMember: "The portal does not know this account any more.",
	tracker.KeyBroken:     "The portal does not accept my API key. Whoever runs me has to renew it; then please try again.",
	tracker.SeatLimit:     "The portal has no free seat for this role. Try another role, or ask a portal admin to free a seat.",
	tracker.PortalUnpaid:  "The portal is out of service: it is unpaid or suspended. Its owner can mend that.",
	tracker.PortalBusy:    "The portal is being asked too much at the moment. Please try again %s.",
	tracker.PortalDown:    "The portal did not answer, so I could not fetch an invite link. Please try again in a few minutes; if it stays so, tell whoever runs the portal.",
	tracker.NotDocSpace:   "What answers at the portal's address does not speak like DocSpace. Whoever runs me has to check the address.",

	tracker.CallerIsGuest:     "Guests and people of other organisations cannot invite from here. Ask a full member of this workspace.",
	tracker.Denial:            "Your request was denied by %s. Nothing was posted.",
	tracker.NotDecided:        "Nobody decided about your request in time, so it has lapsed. Nothing was posted. Please ask an admin, then send it again.",
	tracker.NoApprovers:       "This role needs an approval, and I cannot post where I am to ask for it. Whoever runs me finds the cause in my log.",
	tracker.NotYours:          "This is for somebody else to do, so I have not done it.",
	tracker.RoleNotYours:      "The role %s is not yours to hand out. Ask an admin of this workspace to invite, or choose another role.",
	tracker.ChannelNotAllowed: "Invitations do not work in this channel. Try one that your admins have opened for them.",
	tracker.ChannelShared:     "People of other organisations read this channel, and they could use the link. Please invite in a channel of your own organisation.",
	tracker.ChannelArchived:   "This channel is archived, so I cannot post here. Please use another one.",
	tracker.CannotPost:        "I can't post here. Invite me to the channel with `/invite @docspace`, then try again.",
	tracker.TooMany:           "You have reached the number of invitations per hour. Please try again %s.",
	tracker.TooManyPeople:     "One invitation takes up to 200 people, and this names %s. Please split it.",
	tracker.NotAPerson:        "I cannot see who %s is, so I cannot invite them. Please name their e-mail address instead.",
	tracker.IsBot:             "%s is an app, and cannot be invited. Please leave it out.",
	tracker.IsMe:              "%s is me, and I am where I need to be. Please leave me out.",
	tracker.IsDeactivated:     "The account of %s is deactivated. Please leave them out, or name an e-mail address.",
	tracker.WrongPeople:       "Nothing was posted, because these cannot be invited:",
	tracker.EmptyGroup:        "In %s is nobody whom I can invite. Please name people, or their e-mail addresses.",
	tracker.NoEmail:           "Slack does not tell me the e-mail address of %s. Please name the address instead.",
	tracker.UnknownGroup:      "I do not know the user group %s. Please name its people instead.",
	tracker.ChatMisconfigured: "Slack refuses something that I need, so I could not do this. Whoever runs me will find in my log what to mend.",
	tracker.ChatDown:          "Slack did not answer me for a while, so I gave up on this. Please try again.",
	tracker.CardGone:          "The invitation's card was deleted, and the invitation ended with it.",
	tracker.Busy:              "I am being asked a lot right now and could not take this on. Please try again in a minute.",
	tracker.NotKept:           "I cannot write down what you asked for, so I have not taken it on. Whoever runs me finds the cause in my log; please try again later.",
	tracker.TooLate:           "I was held up before I could carry out what you asked for, and now it is too late. Please type the command again if it is still wanted.",
	tracker.NotThere:          "I did not find the message that I was looking for.",
	tracker.CannotTell:        "I may not read what was written there, so I cannot tell whether I have said this before.",
	tracker.AlreadySettled:    "This is settled already: somebody has said who it is, or they have turned up with an account of their own.",
	tracker.LinkNotForYou:     "The link is for people of this workspace. Ask whoever invited you for another way in.",
	tracker.NotYet:            "The card has only just been posted. Please try again in a moment.",
	tracker.ListClosed:        "This invitation is for the people listed on its card, and its list is closed. Ask whoever invited to reopen it, or to invite you.",
	tracker.InvitationOver:    "This invitation is over, or I do not know it any more. Ask whoever invited for a new one.",
}

// unfits says in a list why somebody cannot be invited.
var unfits = map[tracker.Reason]string{
	tracker.NotAPerson:    "somebody I cannot see",
	tracker.IsBot:         "an app",
	tracker.IsMe:          "that is me",
	tracker.IsDeactivated: "a deactivated account",
	tracker.NoEmail:       "Slack does not tell me the e-mail address: please name the address",
	tracker.UnknownGroup:  "a group I do not know: please name its people",
}

// unfitList has a line for each person who cannot be invited.
func unfitList(people []tracker.Refusal) []string {
	var list []string
	for _, one := range people {
		list = append(list, "• "+whom(one, "")+" — "+cmp.Or(unfits[one.Reason], "they cannot be looked up at the moment"))
	}
	return list
}

// renderLeftOut tells the inviter who was named and cannot be invited after all.
func renderLeftOut(people []tracker.Refusal) message {
	return said(lines(append([]string{"I have left out of the invitation:"}, unfitList(people)...)))
}

// explain says why something was refused. reference helps the operator to find it in the
// log; it may be empty.
func explain(r tracker.Refusal, asked tracker.Role, reference string) string {
	sentence, ok := sentences[r.Reason]
	if !ok {
		sentence = "Something went wrong on my side, and nothing was done. Please try again."
		if reference != "" {
			sentence += " Whoever runs me finds it in the log as `" + name(reference) + "`."
		}
		return sentence
	}
	if r.Reason == tracker.WrongPeople {
		return lines(append(append([]string{sentence}, unfitList(r.Each)...), "Please leave them out, and send it again."))
	}
	if !strings.Contains(sentence, "%s") {
		return sentence
	}
	return fmt.Sprintf(sentence, whom(r, asked))
}

var slackID = regexp.MustCompile(`^[UWS][A-Z0-9]{2,}$`)

// whom says what a reason is about: a time, a person, a group, a role, a number.
func whom(r tracker.Refusal, asked tracker.Role) string {
	switch about := r.About; {
	case r.Reason == tracker.PortalBusy || r.Reason == tracker.TooMany:
		if r.Again.IsZero() {
			return "in a few minutes"
		}
		return "after " + date(r.Again, "{time}")
	case r.Reason == tracker.RoleNotYours && about == "":
		return "*" + role(asked) + "*"
	case r.Reason == tracker.RoleNotYours:
		return "*" + name(about) + "*"
	case slackID.MatchString(about) && about[0] == 'S':
		return "<!subteam^" + about + ">"
	case slackID.MatchString(about):
		return "<@" + about + ">"
	case about == "":
		return "somebody"
	default:
		return name(about)
	}
}

// date shows a time in the reader's own zone; elsewhere it is UTC.
func date(t time.Time, format string) string {
	return fmt.Sprintf("<!date^%d^%s|%s>", t.Unix(), format, t.UTC().Format("2 Jan 15:04 MST"))
}

// mistakes has a sentence for every problem of a command; %s is the word.
var mistakes = map[problem]string{
	notUnderstood: "I did not understand %s.",
	openQuote:     "The note that begins with %s has no closing quote.",
	longNote:      "The note that begins with %s is longer than 500 characters.",
	secondRole:    "There is a second role, %s: one invitation has one role.",
	secondNote:    "There is a second note, %s: one invitation has one.",
	tooManyPeople: "At %s it is more than 200 people: please split the invitation.",
	standsAlone:   "%s stands alone: nothing may come before or after it.",
	bareMention:   "I see %s and cannot tell who that is. Pick the person from the list that Slack shows while you type @.",
	everybody:     "%s names nobody in particular. Without names, whoever presses the button on the card is invited.",
	aChannel:      "%s is a channel. An invitation is posted where you type the command.",
	badAddress:    "%s is not an e-mail address that I can use.",
}
