package slackbot

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/catalogue"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	accepted = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	sample   = invitation.Invitation{
		ID:       "k3j9x2m4p7qa",
		Request:  invitation.Request{Role: invitation.User, Inviter: "U0ANN", Channel: "C0GENERAL", Note: "for the Q3 archive"},
		Accepted: accepted, Expires: accepted.Add(7 * 24 * time.Hour), Stage: invitation.Posted,
		Link: "https://acme.docspace.example/s/Xk7pWmRZ4tJ9_cB", Card: invitation.Card{Channel: "C0GENERAL", Message: "1795424400.000100"},
	}
	bob = invitation.Invitee{
		ID: "U0BOB", Person: invitation.Person{ChatUser: "U0BOB", Email: "bob@acme.test", Name: "Bob Baker"}, State: invitation.Awaited,
	}
	carol = invitation.Invitee{ID: "mail-1", Person: invitation.Person{Email: "carol@other.test"}, State: invitation.Awaited}
)

// english is the voice of most tests.
var english = voice{Language: catalogue.English(), reminders: true, workspace: "https://acme.slack.example/"}

// everyVoice is one voice for each language.
func everyVoice() map[string]voice {
	all := map[string]voice{}
	for _, spoken := range catalogue.All() {
		all[spoken.Tag()] = voice{Language: spoken, reminders: true, workspace: english.workspace}
	}
	return all
}

// turned returns the invitee in another state, with an account of that standing.
func turned(v invitation.Invitee, state invitation.State, standing invitation.Standing, role invitation.Role, name string) invitation.Invitee {
	v.State, v.Already = state, state == invitation.AlreadyMember
	v.Member = invitation.Member{ID: "m", Email: v.Email, Name: name, Role: role, Standing: standing}
	return v
}

// goldens are all messages, by name.
func goldens(in voice) map[string]any {
	card := func(change func(*invitation.Invitation)) message {
		inv := sample
		change(&inv)
		return in.renderCard(inv)
	}
	people := func(list ...invitation.Invitee) func(*invitation.Invitation) {
		return func(inv *invitation.Invitation) { inv.Invitees = list }
	}
	active := turned(bob, invitation.Confirmed, invitation.Enabled, invitation.User, "Bob Baker")
	many := make([]invitation.Invitee, 30)
	for i := range many {
		many[i] = carol
		many[i].Email = fmt.Sprintf("person%02d@other.test", i)
	}
	secretive := in
	secretive.claimed = true
	all := map[string]any{
		"card.bare": card(func(inv *invitation.Invitation) {
			inv.Role, inv.Note, inv.Stage = invitation.Guest, "", invitation.Linked
		}),
		"card.named": card(people(bob, carol)),
		"card.under-way": card(people(active, turned(carol, invitation.Registered, invitation.Unconfirmed, invitation.User, "Carol Chen"),
			turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.User, "Dan D."), turned(carol, invitation.Removed, invitation.Disabled, "", ""),
			turned(carol, invitation.Awaited, invitation.Invited, "", ""), opened(bob))),
		"card.many": card(people(many...)),
		"card.expired": card(func(inv *invitation.Invitation) {
			inv.Stage, inv.Invitees = invitation.Expired, []invitation.Invitee{active, turned(carol, invitation.Missed, "", "", "")}
		}),
		"card.revoked":  card(func(inv *invitation.Invitation) { inv.Link, inv.Invitees = "", []invitation.Invitee{bob} }),
		"card.withheld": card(withheld(invitation.ChannelShared, bob, carol)),
		"card.approved": in.renderCard(withPeople(asked(decided(true)), bob, carol)),
		"card.all-in": card(func(inv *invitation.Invitation) {
			inv.People = []invitation.Person{bob.Person}
			inv.Invitees = []invitation.Invitee{turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.User, "Bob Baker")}
		}),
		"card.closed":    card(func(inv *invitation.Invitation) { inv.Closed, inv.Invitees = true, []invitation.Invitee{bob} }),
		"card.cancelled": card(cancelled(bob)),
		"alone.foretold": in.renderPreflight(withPeople(sample, turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.User, "Bob Baker"), carol,
			turned(carol, invitation.Registered, invitation.Unconfirmed, invitation.User, "Carol Chen"), turned(bob, invitation.Awaited, invitation.Invited, "", ""), elsewhere(carol),
			turned(carol, invitation.Removed, invitation.Disabled, "", "Dan D."))),
		"dialog.cancel":                 in.renderCancelQuestion(withPeople(sample, active, bob, carol), true),
		"dialog.cancel-nobody":          in.renderCancelQuestion(sample, false),
		"dialog.revoke":                 in.renderRevokeQuestion(sample),
		"direct.taken-back-revoked":     in.renderTakenBack(sample, bob),
		"alone.status-revoked":          in.renderStatus([]invitation.Invitation{change(sample, func(inv *invitation.Invitation) { inv.Link = "" })}, viewer{"U0ANN", false}, tracker.Health{}),
		"direct.not-linked":             in.renderNotLinked(change(sample, func(inv *invitation.Invitation) { inv.NotLinked.Reason = invitation.SeatLimit })),
		"direct.revoked":                in.renderRevoked(invitation.RoomAdmin, 3),
		"alone.revoke-not-managed":      in.renderNotRevoked(invitation.User, invitation.NotManaged),
		"direct.revoke-no-seat":         in.renderNotRevoked(invitation.RoomAdmin, invitation.SeatLimit),
		"direct.revoke-unsure":          in.renderNotRevoked(invitation.User, invitation.PortalDown),
		"alone.status-crowded":          in.renderStatus([]invitation.Invitation{withPeople(sample, invitedByMail(carol))}, viewer{"U0ZOE", true}, tracker.Health{}),
		"alone.manage-cancelled-before": in.renderManaged(menuCancel, change(sample, cancelled(bob)), false),
		"alone.remind":                  in.renderReminding(withPeople(sample, bob, claimed(bob), muted(bob), reminded(bob), carol, active), viewer{id: "U0ANN"}, true, accepted),
		"alone.remind-before":           in.renderReminding(withPeople(sample, bob), viewer{id: "U0ANN"}, false, accepted),
		"alone.remind-nobody":           in.renderReminding(withPeople(sample, carol, invitedByMail(carol)), viewer{id: "U0ANN"}, false, accepted),
		"alone.remind-all-in":           in.renderReminding(withPeople(sample, active), viewer{id: "U0ANN"}, false, accepted),
		"alone.resending-before":        in.renderResending(withPeople(sample, invitedByMail(carol), bob), viewer{id: "U0ANN"}, false),
		"alone.resending-nobody":        in.renderResending(withPeople(sample, bob), viewer{id: "U0ANN"}, false),
		"alone.resending":               in.renderResending(resent(withPeople(sample, invitedByMail(carol), bob, turned(bob, invitation.Registered, invitation.Unconfirmed, invitation.User, "Bob Baker"))), viewer{id: "U0ANN"}, true),
		"alone.resending-mine":          in.renderResendingYours(invitedByMail(bob), true),
		"alone.resending-mine-before":   in.renderResendingYours(invitedByMail(bob), false),
		"alone.left-out":                in.renderLeftOut([]invitation.Refusal{{Reason: invitation.IsBot, About: "U0BOT"}, {Reason: invitation.IsDeactivated, About: "U0DAN"}}),
		"alone.wrong-people": in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.WrongPeople, Each: []invitation.Refusal{
			{Reason: invitation.IsMe, About: "U0BOTME"},
			{Reason: invitation.IsBot, About: "U0BOT"},
			{Reason: invitation.IsDeactivated, About: "U0DAN"},
			{Reason: invitation.NoEmail, About: "U0EVE"},
			{Reason: invitation.NotAPerson, About: "U0NOBODY"},
			{Reason: invitation.UnknownGroup, About: "S0GROUP"},
		}})),
		"alone.refused-right": in.renderRefusal(change(sample, func(inv *invitation.Invitation) {
			inv.Refusal = invitation.Refusal{Reason: invitation.RightNotThere, About: "Editing", Rooms: []invitation.Room{publicRoom}}
		})),
		"alone.refused-right-later": in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.RightNotThere, About: "Editing"})),
		"alone.refused-room":        in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.RoomUnknown, About: "SALES"})),
		"direct.not-shared":         in.renderNotShared(notShared(invitation.Refusal{Reason: invitation.RoomArchived})),
		"direct.not-shared-yours":   in.renderNotShared(notShared(invitation.Refusal{Reason: invitation.RoomNotYours})),
		"alone.refused-outside":     in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.CannotPost})),
		"alone.refused-restricted":  in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.ChannelRestricted})),
		"alone.refused-held-up":     in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.TooLate})),
		"alone.mistakes": in.renderMistakes(mistakes{
			{Word: "please invite bob", Problem: notUnderstood},
			{Word: "guset", Problem: notUnderstood, Meant: "guest"},
			{Word: "@here", Problem: everybody},
			{Word: "carol@acme", Problem: badHost},
			{Word: "o’brien@acme.test", Problem: badLetter, Letter: "’", Meant: "o'brien@acme.test"},
			{Word: "admin", Problem: roleOrName},
		}, command{Role: invitation.User, People: []invitation.Person{bob.Person, carol.Person}, Note: "for us"}),
		"card.room": in.renderCard(intoRoom(sample, emailed(carol), emailed(invitedByMail(carol)), bob, shared(active, invitation.Done))),
		"card.room-bare": in.renderCard(change(intoRoom(sample), func(inv *invitation.Invitation) {
			inv.Role, inv.Note, inv.Room.Right = invitation.Guest, "", invitation.FillFormsRight
		})),
		"card.room-cancelled":           in.renderCard(change(intoRoom(sample), cancelled(bob))),
		"card.room-expired":             in.renderCard(change(intoRoom(sample), func(inv *invitation.Invitation) { inv.Stage = invitation.Expired })),
		"approval.request-room":         in.renderRequest(asked(func(inv *invitation.Invitation) { inv.Room = plans })),
		"alone.foretold-room":           in.renderPreflight(intoRoom(sample, invitedByMail(carol))),
		"alone.status-room":             in.renderStatus([]invitation.Invitation{intoRoom(sample, active, carol), {ID: "x", Request: invitation.Request{Role: invitation.Guest, Inviter: "U0BOB", Channel: "C0SIDE", Room: invitation.Room{Title: "Typed title"}}, Expires: sample.Expires, Stage: invitation.Accepted}}, viewer{"U0ANN", true}, tracker.Health{}),
		"alone.claimed-joined-room":     in.renderClaimed(intoRoom(sample), shared(active, invitation.Done)),
		"direct.delivery-room":          in.renderDelivery(intoRoom(sample), bob),
		"direct.reminder-room":          in.renderReminder(intoRoom(sample), bob),
		"direct.ending-soon-room":       in.renderEndingSoon(intoRoom(sample, active, bob, carol)),
		"direct.taken-back-room":        in.renderTakenBack(intoRoom(sample), shared(active, invitation.Done)),
		"direct.greeting-room":          greeting(in, intoRoom(sample), shared(active, invitation.Done)),
		"thread.confirmed-room":         in.renderConfirmation(intoRoom(sample), shared(active, invitation.Done)),
		"thread.confirmed-room-lesser":  in.renderConfirmation(intoRoom(sample), shared(turned(bob, invitation.Active, invitation.Enabled, invitation.Guest, "Bob Baker"), invitation.Done)),
		"thread.confirmed-room-already": in.renderConfirmation(intoRoom(sample), shared(turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.DocSpaceAdmin, "Bob Baker"), invitation.Done)),
		"thread.confirmed-room-without": in.renderConfirmation(intoRoom(sample), shared(active, invitation.Denied)),
		"thread.confirmed-room-several": in.renderConfirmations(intoRoom(sample), []invitation.Invitee{shared(active, invitation.Done), shared(turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.User, "Dan D."), invitation.Done)}),
		"thread.confirmed-room-others": in.renderConfirmations(intoRoom(sample), []invitation.Invitee{
			shared(active, invitation.Done), shared(turned(carol, invitation.Active, invitation.Enabled, invitation.Guest, "Carol Chen"), invitation.Denied),
			shared(turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.User, "Dan D."), invitation.Done),
		}),
		"card.looking-up":         card(people(active, unresolved("U0CAROL"), unresolved("U0DAN"))),
		"approval.request":        in.renderRequest(asked(nil)),
		"approval.request-open":   in.renderRequest(asked(func(inv *invitation.Invitation) { inv.Approval.People, inv.Note = nil, "" })),
		"approval.approved":       in.renderRequest(asked(decided(true))),
		"approval.failed":         in.renderRequest(asked(func(inv *invitation.Invitation) { decided(true)(inv); inv.Stage = invitation.Refused })),
		"approval.denied":         in.renderRequest(asked(decided(false))),
		"approval.expired":        in.renderRequest(asked(func(inv *invitation.Invitation) { inv.Stage = invitation.Refused })),
		"approval.anyone":         in.renderApproveAnyone(asked(nil), invitation.Card{Channel: "C0ADMINS", Message: "1.1"}, 42),
		"approval.anyone-unknown": in.renderApproveAnyone(asked(nil), invitation.Card{Channel: "C0ADMINS", Message: "1.1"}, 0),
		"direct.approved-failed":  in.renderRefusal(asked(func(inv *invitation.Invitation) { decided(true)(inv); inv.Refusal.Reason = invitation.ChannelShared })),
		"alone.working":           in.renderWorking(),
		"alone.posted":            in.renderPosted(sample),
		"alone.join-withheld":     in.renderNoJoin(sample, invitation.RoleNotYours),
		"alone.extend-withheld":   in.renderNoExtension(sample, "U0ZOE", invitation.CallerIsGuest),
		"alone.extend-not-yours":  in.renderNoExtension(sample, sample.Inviter, invitation.RoleNotYours),
		"alone.asked":             in.renderAsked(asked(nil)),
		"alone.approved":          in.renderApproved(asked(decided(true))),
		"alone.verdict-late":      in.renderDecidedBefore(asked(decided(true))),
		"alone.status-asked":      in.renderStatus([]invitation.Invitation{asked(nil)}, viewer{id: "U0ANN"}, tracker.Health{}),
		"who.unexpected": in.renderWhoElse(sample, stranger(true), []tracker.Candidate{
			{Invitation: sample.ID, Invitee: opened(bob)}, {Invitation: "other", Invitee: bob}, {Invitation: sample.ID, Invitee: carol},
		}, portalURL),
		"who.likely":                   in.renderWho(sample, stranger(true), []tracker.Candidate{{Invitation: sample.ID, Invitee: opened(bob)}, {Invitation: sample.ID, Invitee: carol}}, portalURL),
		"who.likely-by-mail":           in.renderWho(sample, stranger(true), []tracker.Candidate{{Invitation: sample.ID, Invitee: opened(carol)}}, portalURL),
		"who.open-card":                in.renderWho(sample, stranger(false), nil, portalURL),
		"who.attributed":               in.renderAttributed(met(stranger(true)), "m-1", bob),
		"who.disowned":                 in.renderDisowned(met(stranger(true)), "m-1", portalURL),
		"card.claimed-links":           secretive.renderCard(withPeople(sample, bob, carol)),
		"alone.link":                   in.renderLink(sample, opened(bob)),
		"alone.link-joined":            in.renderLink(sample, active),
		"alone.link-invited":           in.renderLink(sample, invitedByMail(bob)),
		"alone.hand-over":              in.renderHandOver(withPeople(sample, bob, carol)),
		"alone.hand-over-not-emailed":  in.renderHandOver(change(withPeople(sample, carol, emailed(carol)), func(inv *invitation.Invitation) { inv.NotEmailed.Reason = invitation.EmailsUsedUp })),
		"direct.hand-over-approved":    in.renderHandOver(withPeople(asked(decided(true)), bob, carol)),
		"direct.approved-forwards":     in.renderApproved(withPeople(asked(decided(true)), bob, carol)),
		"alone.hand-over-many":         in.renderHandOver(withPeople(sample, many...)),
		"direct.delivery":              in.renderDelivery(sample, bob),
		"direct.delivery-invited":      in.renderDelivery(sample, invitedByMail(bob)),
		"direct.ending-soon":           in.renderEndingSoon(withPeople(sample, active, bob, carol)),
		"direct.taken-back-joined":     in.renderTakenBack(sample, active),
		"direct.taken-back-cancelled":  in.renderTakenBack(change(sample, cancelled(bob)), turned(bob, invitation.Withdrawn, "", "", "")),
		"direct.taken-back-ended":      in.renderTakenBack(expired(bob), turned(bob, invitation.Missed, "", "", "")),
		"direct.taken-back-withheld":   in.renderTakenBack(change(sample, withheld(invitation.ChannelShared, bob)), bob),
		"alone.muted":                  in.renderMuted(),
		"direct.reminder":              in.renderReminder(sample, bob),
		"direct.reminder-opened":       in.renderReminder(sample, opened(bob)),
		"direct.reminder-last":         in.renderReminder(sample, reminded(turned(bob, invitation.Registered, invitation.Unconfirmed, invitation.User, "Bob Baker"))),
		"direct.reminder-invited":      in.renderReminder(sample, invitedByMail(bob)),
		"alone.manage-closed":          in.renderManaged(menuClose, sample, true),
		"alone.manage-closed-before":   in.renderManaged(menuClose, sample, false),
		"alone.manage-extended":        in.renderManaged(menuExtend, sample, true),
		"alone.manage-extended-before": in.renderManaged(menuExtend, sample, false),
		"alone.manage-not-yours":       in.renderNotYours(sample),
		"alone.manage-reopened":        in.renderManaged(menuReopen, sample, true),
		"alone.manage-reopened-before": in.renderManaged(menuReopen, sample, false),
		"alone.list-closed":            in.renderFailure(invitation.ListClosed),
		"thread.confirmed":             in.renderConfirmation(sample, active),
		"thread.confirmed-lesser":      in.renderConfirmation(sample, turned(bob, invitation.Active, invitation.Enabled, invitation.Guest, "Bob Baker")),
		"thread.confirmed-already": in.renderConfirmation(sample,
			turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.Guest, "Bob Baker")),
		"thread.confirmed-by-mail": in.renderConfirmation(sample, turned(carol, invitation.Welcomed, invitation.Enabled, invitation.User, "Carol Chen")),
		"thread.confirmed-several": in.renderConfirmations(sample, []invitation.Invitee{
			active, turned(carol, invitation.Active, invitation.Enabled, invitation.Guest, "Carol Chen"),
			turned(bob, invitation.AlreadyMember, invitation.Enabled, invitation.User, "Dan D."),
		}),
		"thread.disabled":          in.renderRemoved(turned(bob, invitation.Removed, invitation.Disabled, "", "Bob Baker")),
		"thread.removed":           in.renderRemoved(turned(carol, invitation.Removed, invitation.Unconfirmed, "", "")),
		"thread.ended":             in.renderEnded(withPeople(sample, active, turned(carol, invitation.Missed, "", "", ""), turned(bob, invitation.Missed, "", "", ""))),
		"thread.ended-nobody":      in.renderEnded(sample),
		"direct.greeting":          greeting(in, sample, active),
		"direct.greeting-admin":    greeting(in, sample, turned(bob, invitation.Confirmed, invitation.Enabled, invitation.RoomAdmin, "Bob Baker")),
		"alone.help":               in.renderHelp(invitation.Guest, Policy{OpenRoles: []invitation.Role{invitation.Guest, invitation.User}}),
		"alone.mistake":            in.renderMistakes(mistakes{{Word: "guset", Problem: notUnderstood, Meant: "guest"}}, command{}),
		"alone.status":             in.renderStatus([]invitation.Invitation{withPeople(sample, active, carol), {ID: "x", Request: invitation.Request{Role: invitation.Guest, Inviter: "U0BOB", Channel: "C0SIDE"}, Expires: sample.Expires, Stage: invitation.Accepted}}, viewer{"U0ANN", true}, tracker.Health{}),
		"alone.status-parked":      in.renderStatus([]invitation.Invitation{parkedFor(invitation.CannotPost), parkedFor(invitation.ChannelRestricted), parkedFor(invitation.ChannelArchived)}, viewer{id: "U0BOB"}, tracker.Health{}),
		"alone.status-none":        in.renderStatus(nil, viewer{id: "U0ANN"}, tracker.Health{}),
		"alone.claimed":            in.renderClaimed(sample, bob),
		"alone.claimed-registered": in.renderClaimed(sample, turned(bob, invitation.Registered, invitation.Unconfirmed, invitation.User, "Bob Baker")),
		"alone.claimed-disabled":   in.renderClaimed(sample, turned(bob, invitation.Removed, invitation.Disabled, invitation.User, "Bob Baker")),
		"alone.claimed-joined":     in.renderClaimed(sample, active),
		"alone.claimed-invited":    in.renderClaimed(sample, invitedByMail(bob)),
		"alone.claimed-undated":    in.renderClaimed(sample, turned(bob, invitation.Awaited, invitation.Invited, "", "")),
		"alone.claimed-unseen":     in.renderClaimed(sample, invitation.Invitee{State: invitation.Awaited}),
		"alone.over":               in.renderFailure(invitation.InvitationOver),
		"home":                     in.renderHome(home{open: []invitation.Invitation{withPeople(sample, active, carol), other(sample)}, user: "U0ANN", who: caller{ours: true, admin: true}, health: tracker.Health{Seen: accepted}}),
		"home.member":              in.renderHome(home{open: []invitation.Invitation{withPeople(sample, many...)}, user: "U0ANN", who: caller{ours: true}, notice: in.renderManaged(menuClose, sample, true)}),
		"home.empty":               in.renderHome(home{user: "U0ANN", who: caller{ours: true}, missed: []invitation.Invitation{expired(bob)}, health: tracker.Health{Trouble: invitation.KeyBroken, Since: accepted}}),
		"home.waiting": in.renderHome(home{
			user: "U0BOB", who: caller{ours: true}, join: []invitation.Invitation{sample}, decide: []invitation.Invitation{asked(nil)}, open: []invitation.Invitation{other(sample)},
		}),
		"channel.hello": in.renderHello(),
		"home.guest":    in.renderHome(home{user: "U0ANN"}),
		"alone.room-ambiguous": in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.RoomAmbiguous, About: "planning", Rooms: []invitation.Room{
			{ID: "7", Title: "Q3 planning", Owner: "Ann Archer"}, {ID: "8", Title: "Q3 planning", Owner: "Zoe <Zimmer>"},
		}})),
		"alone.no-author": in.renderNoAuthor(),
		"dialog":          in.renderForm([]choice{{invitation.Guest, false}, {invitation.User, false}}, invitation.User, "C0GENERAL", command{}, false),
		"dialog.author":   in.renderForm([]choice{{invitation.Guest, false}, {invitation.RoomAdmin, true}}, invitation.User, "", command{People: []invitation.Person{{ChatUser: "U0BOB"}}}, true),
		"dialog.filled": in.renderForm([]choice{{invitation.Guest, false}, {invitation.User, false}}, invitation.Guest, "C0GENERAL", command{
			Role: invitation.User, People: []invitation.Person{{ChatUser: "U0BOB"}, {Email: "carol@other.test"}, {Email: "dan@other.test"}}, Note: "for us",
			Room: invitation.Room{ID: "7", Title: "Q3 planning", Owner: "Ann Archer", Right: invitation.EditRight, Rights: []invitation.Right{
				invitation.ReadRight, invitation.EditRight, invitation.ManageRight,
			}},
		}, true),
	}
	return all
}

var (
	// plans is the room of most tests.
	plans = invitation.Room{ID: "11", Title: "Q3 planning", URL: portalURL + "/rooms/shared/11", Right: invitation.EditRight}
	// publicRoom has only two rights, of which one is not for users.
	publicRoom = invitation.Room{ID: "12", Title: "Press", Rights: []invitation.Right{invitation.CreateRight, invitation.ManageRight}}
)

// intoRoom is the invitation to a room.
func intoRoom(inv invitation.Invitation, people ...invitation.Invitee) invitation.Invitation {
	inv.Room, inv.Invitees = plans, people
	return inv
}

// shared is someone whom the bot tried to give the room to.
func shared(v invitation.Invitee, outcome invitation.Outcome) invitation.Invitee {
	v.Shared = outcome
	return v
}

// resent is the invitation whose people are about to get the portal's email again.
func resent(inv invitation.Invitation) invitation.Invitation {
	inv.Invitees = slices.Clone(inv.Invitees)
	inv.Apply(invitation.Entry{Kind: invitation.KindResend, At: accepted, Invitation: inv.ID})
	return inv
}

// emailed is someone whom the portal invited by email.
func emailed(v invitation.Invitee) invitation.Invitee {
	v.Emailed = invitation.Done
	return v
}

// notShared is an invitation whose room one of three did not get.
func notShared(why invitation.Refusal) invitation.Invitation {
	active := turned(bob, invitation.Confirmed, invitation.Enabled, invitation.User, "Bob Baker")
	inv := intoRoom(sample, shared(active, invitation.Done), carol, shared(turned(carol, invitation.Active, invitation.Enabled, invitation.Guest, "Carol Chen"), invitation.Denied))
	inv.NotShared = why
	return inv
}

// other is the invitation as if someone else had asked for it.
func other(inv invitation.Invitation) invitation.Invitation {
	inv.Inviter, inv.Note = "U0BOB", ""
	return inv
}

// asked is an invitation that waits for approval, changed as given.
func asked(how func(*invitation.Invitation)) invitation.Invitation {
	inv := sample
	inv.Role, inv.Stage = invitation.RoomAdmin, invitation.Asked
	inv.Approval = invitation.Approval{
		People: []invitation.Person{{ChatUser: "U0BOB", Email: "bob@acme.test"}, {Email: "carol@other.test"}, {ChatUser: "U0DAN"}},
		Until:  accepted.Add(72 * time.Hour),
	}
	if how != nil {
		how(&inv)
	}
	return inv
}

func decided(approved bool) func(*invitation.Invitation) {
	return func(inv *invitation.Invitation) {
		inv.Stage, inv.Approval.By, inv.Approval.Approved = invitation.Posted, "U0ZOE", approved
		if !approved {
			inv.Stage = invitation.Refused
		}
	}
}

const portalURL = "https://acme.docspace.example"

func stranger(unexpected bool) invitation.Stranger {
	return invitation.Stranger{
		Member:     invitation.Member{ID: "m-1", Email: "bobby@home.test", Name: "Bobby B.", Role: invitation.User, Standing: invitation.Enabled},
		Unexpected: unexpected, At: accepted,
	}
}

func met(s invitation.Stranger) invitation.Invitation {
	inv := sample
	inv.Strangers = []invitation.Stranger{s}
	return inv
}

func expired(v invitation.Invitee) invitation.Invitation {
	inv := withPeople(sample, turned(v, invitation.Missed, "", "", ""))
	inv.Stage = invitation.Expired
	return inv
}

func refusedFor(r invitation.Refusal) invitation.Invitation {
	inv := sample
	inv.Refusal = r
	return inv
}

func unresolved(user invitation.ChatUser) invitation.Invitee {
	return invitation.Invitee{ID: string(user), Person: invitation.Person{ChatUser: user}, State: invitation.Awaited}
}

func elsewhere(v invitation.Invitee) invitation.Invitee {
	v.Elsewhere = true
	return v
}

// invitedByMail is an invitee to whom the portal has sent an invitation of its own.
func invitedByMail(v invitation.Invitee) invitation.Invitee {
	v = turned(v, invitation.Awaited, invitation.Invited, "", "")
	v.Member.Registered = accepted.Add(-48 * time.Hour)
	return v
}

func claimed(v invitation.Invitee) invitation.Invitee {
	v.Claimed = true
	return v
}

func muted(v invitation.Invitee) invitation.Invitee {
	v.Muted = true
	return v
}

func reminded(v invitation.Invitee) invitation.Invitee {
	v.Reminded = 2
	return v
}

func opened(v invitation.Invitee) invitation.Invitee {
	v.Opened = true
	return v
}

// cancelled ends an invitation that waited for someone.
func cancelled(v invitation.Invitee) func(*invitation.Invitation) {
	return func(inv *invitation.Invitation) {
		inv.Stage, inv.EndedBy = invitation.Cancelled, "U0ZOE"
		inv.Invitees = []invitation.Invitee{turned(v, invitation.Withdrawn, "", "", "")}
	}
}

// withheld keeps the link of an invitation from everyone.
func withheld(why invitation.Reason, people ...invitation.Invitee) func(*invitation.Invitation) {
	return func(inv *invitation.Invitation) {
		inv.Withheld.Reason, inv.Invitees = why, people
	}
}

func change(inv invitation.Invitation, how func(*invitation.Invitation)) invitation.Invitation {
	how(&inv)
	return inv
}

func parkedFor(reason invitation.Reason) invitation.Invitation {
	inv := withPeople(sample, bob)
	inv.Parked = reason
	return inv
}

// TestConfirmationNamesEveryone: however long their names are.
func TestConfirmationNamesEveryone(t *testing.T) {
	people := make([]invitation.Invitee, 30)
	for i := range people {
		people[i] = turned(bob, invitation.Active, invitation.Enabled, invitation.Guest, strings.Repeat("<&>", 30))
		people[i].ChatUser = invitation.ChatUser(fmt.Sprintf("U%014d", i))
	}
	msg := english.renderConfirmations(sample, people)
	var all strings.Builder
	total := 0
	for _, block := range msg.Blocks {
		text := block.(*slack.SectionBlock).Text.Text
		if n := utf8.RuneCountInString(text); n > 3000 {
			t.Errorf("a section has %d characters", n)
		}
		total += utf8.RuneCountInString(text)
		all.WriteString(text)
	}
	if total > 9500 {
		t.Errorf("the message has %d characters in its blocks", total)
	}
	for _, v := range people {
		if mention := "<@" + string(v.ChatUser) + ">"; !strings.Contains(all.String(), mention) || !strings.Contains(msg.Text, mention) {
			t.Errorf("%s is not named", mention)
		}
	}
}

func greeting(in voice, inv invitation.Invitation, v invitation.Invitee) message {
	msg, err := in.renderWelcome(nil, inv, v, "https://acme.docspace.example")
	if err != nil {
		panic(err)
	}
	return msg
}

func withPeople(inv invitation.Invitation, people ...invitation.Invitee) invitation.Invitation {
	inv.Invitees = people
	return inv
}

// body is a message as it is sent; it can be pasted into Slack's Block Kit Builder.
func body(v any) any {
	m, ok := v.(message)
	if !ok {
		return v
	}
	b := map[string]any{"text": m.Text, "blocks": m.Blocks}
	if m.Metadata.EventType != "" {
		b["metadata"] = m.Metadata
	}
	return b
}

func TestGolden(t *testing.T) {
	for name, v := range goldens(english) {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			encoder := json.NewEncoder(&got)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(body(v)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".golden.json")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s differs (go test ./internal/slackbot -update rewrites it):\n%s", path, got.String())
			}
		})
	}
}

// TestEveryReasonHasWords reads the reasons out of the tracker's source, so that a new one
// cannot be forgotten.
func TestEveryReasonHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../invitation/reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		found++
		reason := invitation.Reason(strings.Trim(literal.Value, `"`))
		words := english.explain(invitation.Refusal{Reason: reason, About: "U0BOB"}, invitation.User, "ref-1")
		switch {
		case len(words) < 30:
			t.Errorf("%s is explained by %q", reason, words)
		case reason == invitation.Unexpected && !strings.Contains(words, "ref-1"):
			t.Errorf("an unexpected failure gives no reference: %q", words)
		case !english.Has("reason." + string(reason)):
			t.Errorf("there are no words for %s", reason)
		}
		return true
	})
	if found < 20 {
		t.Errorf("found %d reasons in the source; is the test looking at the right place?", found)
	}
}

var hostile = []string{
	"<!channel> <!here> <@U0ZOE> <!subteam^S0ALL> <#C0X>", "@here @channel @everyone #general", "<https://evil.test|click me>",
	"https://evil.test www.evil.test", "*bold* _it_ ~s~ `code` ```x```", "&lt;!channel&gt; &amp;lt;!here&amp;gt;",
	"`<!channel>`@acme.test", "a\n`@acme.test", "``` <@U0ZOE> ```@acme.test", "\u202egnp.exe \u200b\u2066x", "line\nbreak\r\n> quote\n• item", "]]>|<", strings.Repeat("<!here>", 2000), "\xff\xfe", strings.Repeat("🙂é", 6000),
}

// TestHostileTextHasNoEffect feeds what people and portals could say through every field
// that reaches a message.
func TestHostileTextHasNoEffect(t *testing.T) {
	for tag, in := range everyVoice() {
		t.Run(tag, func(t *testing.T) { testHostileText(t, in) })
	}
}

func testHostileText(t *testing.T, in voice) {
	for _, evil := range hostile {
		v := turned(bob, invitation.Confirmed, invitation.Enabled, invitation.Role(evil), evil)
		v.Name, v.Email, v.Member.Email = evil, evil, evil
		named := carol
		named.Email = evil + "@x.test"
		inv := withPeople(sample, v, named)
		inv.Note, inv.Role, inv.NotEmailed.Reason = evil, invitation.Role(evil), invitation.EmailRefused
		inv.Room = invitation.Room{ID: "11", Title: evil, URL: evil, Right: invitation.Right(evil)}
		inv.NotShared = invitation.Refusal{Reason: invitation.RoomDenied, About: evil}
		for _, reason := range []invitation.Reason{invitation.NotAPerson, invitation.UnknownGroup, invitation.RoleNotYours, invitation.TooManyPeople, invitation.RoomUnknown, invitation.RightNotThere, invitation.Unexpected} {
			inv.Refusal = invitation.Refusal{Reason: reason, About: evil, Rooms: []invitation.Room{{Title: evil, Owner: evil, Rights: []invitation.Right{invitation.Right(evil)}}}}
			checkHarmless(t, in.renderRefusal(inv), "U0ANN")
		}
		unknown := inv
		unknown.ID, unknown.Refusal = invitation.ID(evil), invitation.Refusal{}
		checkHarmless(t, in.renderRefusal(unknown), "U0ANN")
		for _, m := range []message{
			in.renderCard(inv), in.renderConfirmation(inv, v), in.renderConfirmation(inv, named), in.renderRemoved(v), in.renderEnded(inv),
			greeting(in, inv, v), in.renderClaimed(inv, v), in.renderReminder(inv, v), in.renderReminding(inv, viewer{id: "U0ANN"}, true, accepted), in.renderRequest(hostileRequest(inv, evil)), in.renderDelivery(inv, v), in.renderHandOver(withPeople(inv, named)),
			in.renderNotShared(withPeople(inv, shared(v, invitation.Denied))), in.renderConfirmation(inv, shared(v, invitation.Done)), greeting(in, inv, shared(v, invitation.Done)),
			in.renderWho(inv, invitation.Stranger{Member: v.Member, Unexpected: true}, []tracker.Candidate{{Invitation: "x", Invitee: named}}, portalURL), in.renderStatus([]invitation.Invitation{inv}, viewer{"U0ANN", true}, tracker.Health{}),
			in.renderMistakes(mistakes{{Word: evil, Problem: badLetter, Letter: evil, Meant: evil}}, command{Note: evil}), in.renderMistakes(mistakes{{Word: evil, Problem: notUnderstood, Meant: evil}}, command{}),
		} {
			checkHarmless(t, m, "U0ANN", "U0BOB")
		}
	}
}

func hostileRequest(inv invitation.Invitation, evil string) invitation.Invitation {
	inv.Stage = invitation.Asked
	inv.Approval.People = []invitation.Person{{ChatUser: "U0BOB", Email: evil + "@x.test"}, {Email: evil + "@x.test"}}
	return inv
}

var link = regexp.MustCompile(`<(https?:[^|>]*)`)

func checkHarmless(t *testing.T, m message, may ...string) {
	t.Helper()
	blocks, err := json.Marshal(m.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range slacksim.Mentions(m.Text, blocks) {
		ok := false
		for _, id := range may {
			ok = ok || strings.Contains(who, id)
		}
		if !ok {
			t.Errorf("a message mentions %s: %.300s", who, blocks)
		}
	}
	for _, at := range link.FindAllStringSubmatch(m.Text+string(blocks), -1) {
		if !strings.HasPrefix(at[1], "https://acme.docspace.example") && !strings.HasPrefix(at[1], english.workspace) {
			t.Errorf("a message links to %s", at[1])
		}
	}
	if strings.Contains(m.Text, "https://evil.test") || strings.ContainsAny(m.Text, "\u202e\u2066\u200b") {
		t.Errorf("a message's text holds an address that Slack would link, or hidden characters: %.300q", m.Text)
	}
	checkLimits(t, m)
}

// checkLimits holds a message to docs/facts/slack.md, "Numbers" and "Cumulative block text".
func checkLimits(t *testing.T, m message) {
	t.Helper()
	if n := utf8.RuneCountInString(m.Text); n == 0 || n > 4000 || !utf8.ValidString(m.Text) {
		t.Errorf("a message's text has %d characters", n)
	}
	if len(m.Blocks) > 50 {
		t.Errorf("a message has %d blocks", len(m.Blocks))
	}
	sum := 0
	for _, b := range m.Blocks {
		if a, ok := b.(*slack.ActionBlock); ok {
			for _, e := range a.Elements.ElementSet {
				if s, ok := e.(*slack.SelectBlockElement); ok && len(s.Options) > 100 {
					t.Errorf("a select has %d options", len(s.Options))
				}
			}
			if len(a.BlockID) > 255 {
				t.Errorf("a block's id has %d characters", len(a.BlockID))
			}
		}
		if s, ok := b.(*slack.SectionBlock); ok {
			n := utf8.RuneCountInString(s.Text.Text)
			if sum += n; n > 3000 {
				t.Errorf("a section has %d characters", n)
			}
			if !s.Text.Verbatim {
				t.Error("a section is not verbatim")
			}
		}
	}
	if sum > 9000 {
		t.Errorf("a message's blocks have %d characters", sum)
	}
}

// TestFullCardKeepsSlacksLimits fills a card with as much as it can hold.
func TestFullCardKeepsSlacksLimits(t *testing.T) {
	for tag, in := range everyVoice() {
		t.Run(tag, func(t *testing.T) { testFullCard(t, in) })
	}
}

func testFullCard(t *testing.T, in voice) {
	secretive := in
	secretive.claimed = true
	inv := sample
	inv.Note = strings.Repeat("<&>", 200)
	for i := range 200 {
		v := turned(bob, invitation.Registered, invitation.Unconfirmed, invitation.User, strings.Repeat("<&>*", 40))
		v.ID = fmt.Sprint(i)
		inv.Invitees = append(inv.Invitees, v)
	}
	for _, stage := range []invitation.Stage{invitation.Asked, invitation.Linked, invitation.Posted, invitation.Expired, invitation.Cancelled} {
		inv.Stage, inv.Closed = stage, !inv.Closed
		checkLimits(t, in.renderCard(inv))
		checkLimits(t, secretive.renderCard(inv))
		checkLimits(t, in.renderEnded(inv))
	}
}

// TestFullMessagesKeepSlacksLimits gives every message that names people two hundred of them, with
// names and addresses as long as they come, in every state.
func TestFullMessagesKeepSlacksLimits(t *testing.T) {
	for tag, in := range everyVoice() {
		t.Run(tag, func(t *testing.T) { testFullMessages(t, in) })
	}
}

func testFullMessages(t *testing.T, in voice) {
	evil := strings.Repeat("<&>*", 40)
	inv := sample
	inv.Note = strings.Repeat("<&>", 200)
	var refusals []invitation.Refusal
	var candidates []tracker.Candidate
	states := []invitation.State{invitation.Awaited, invitation.Registered, invitation.Active, invitation.AlreadyMember, invitation.Removed, invitation.Missed}
	standings := []invitation.Standing{"", invitation.Invited, invitation.Unconfirmed, invitation.Enabled, invitation.Disabled}
	inv.Room = invitation.Room{ID: "11", Title: evil, URL: portalURL, Right: invitation.EditRight}
	inv.NotEmailed, inv.NotShared = invitation.Refusal{Reason: invitation.RoomDenied}, invitation.Refusal{Reason: invitation.RoomDenied}
	for i := range 200 {
		v := turned(bob, states[i%len(states)], standings[i%len(standings)], invitation.Role(evil), evil)
		v.ID, v.Name, v.Email, v.Claimed, v.Opened, v.Elsewhere = fmt.Sprint(i), evil, evil+"@x.test", i%3 == 0, i%2 == 0, i%4 == 0
		v.Shared, v.Emailed = []invitation.Outcome{"", invitation.Done, invitation.Denied}[i%3], []invitation.Outcome{"", invitation.Done}[i%2]
		if i%5 == 0 {
			v.ChatUser = ""
		}
		inv.Invitees = append(inv.Invitees, v)
		inv.Approval.People = append(inv.Approval.People, v.Person)
		refusals = append(refusals, invitation.Refusal{Reason: invitation.IsBot, About: evil})
		candidates = append(candidates, tracker.Candidate{Invitation: inv.ID, Invitee: v})
	}
	inv.Stage = invitation.Asked
	checkLimits(t, in.renderRequest(inv))
	inv.Stage = invitation.Posted
	for _, m := range []message{
		in.renderPreflight(inv), in.renderReminding(inv, viewer{id: "U0ANN"}, true, accepted), in.renderLeftOut(refusals), in.renderHandOver(inv),
		in.renderRefusal(refusedFor(invitation.Refusal{Reason: invitation.WrongPeople, Each: refusals})),
		in.renderWho(inv, invitation.Stranger{Member: inv.Invitees[0].Member, Unexpected: true}, candidates, portalURL),
		in.renderRequest(inv), in.renderNotShared(inv),
	} {
		checkLimits(t, m)
	}
	for _, v := range inv.Invitees[:30] {
		for _, m := range []message{in.renderReminder(inv, v), in.renderDelivery(inv, v), in.renderLink(inv, v), in.renderClaimed(inv, v), in.renderConfirmation(inv, v), in.renderRemoved(v)} {
			checkLimits(t, m)
		}
	}
}

// TestFullHomeKeepsSlacksLimits: a view has up to 100 blocks.
func TestFullHomeKeepsSlacksLimits(t *testing.T) {
	for tag, in := range everyVoice() {
		t.Run(tag, func(t *testing.T) { testFullHome(t, in) })
	}
}

func testFullHome(t *testing.T, in voice) {
	inv := sample
	inv.Note = strings.Repeat("<&>", 200)
	for range 200 {
		inv.Invitees = append(inv.Invitees, turned(bob, invitation.Registered, invitation.Unconfirmed, invitation.User, strings.Repeat("<&>*", 40)))
	}
	var open []invitation.Invitation
	for range 40 {
		open = append(open, inv, other(inv))
	}
	view := in.renderHome(home{open: open, missed: open, join: open, decide: open, user: inv.Inviter, who: caller{ours: true, admin: true}, notice: in.renderManaged(menuClose, inv, true)})
	if n := len(view.Blocks.BlockSet); n > 100 {
		t.Errorf("the Home has %d blocks", n)
	}
	for _, block := range view.Blocks.BlockSet {
		if s, ok := block.(*slack.SectionBlock); ok && utf8.RuneCountInString(s.Text.Text) > 3000 {
			t.Errorf("a section has %d characters", utf8.RuneCountInString(s.Text.Text))
		}
	}
}

func TestCardTextHasNoLink(t *testing.T) {
	card := english.renderCard(sample)
	if strings.Contains(card.Text, sample.Link) {
		t.Errorf("the text holds the link: %q", card.Text)
	}
	if !strings.Contains(card.Text, "for the Q3 archive") {
		t.Errorf("the text does not read well alone: %q", card.Text)
	}
}

func TestParseForm(t *testing.T) {
	state := func(values map[string]slack.BlockAction) *slack.ViewState {
		s := &slack.ViewState{Values: map[string]map[string]slack.BlockAction{}}
		for block, v := range values {
			s.Values[block] = map[string]slack.BlockAction{actionChoose: v}
		}
		return s
	}
	user := slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: "User"}}
	place := slack.BlockAction{SelectedConversation: "C0X"}
	c, channel, wrong := english.parseForm(state(map[string]slack.BlockAction{
		blockRole: user, blockChannel: place, blockPeople: {SelectedUsers: []string{"U0BOB", "U0BOB"}},
		blockEmails: {Value: "a@x.test,\nb@x.test A@x.test"}, blockNote: {Value: " hi\nthere "},
	}))
	if len(wrong) != 0 || channel != "C0X" || c.Role != invitation.User || len(c.People) != 3 || c.Note != "hi there" {
		t.Errorf("parseForm = %+v, %v", c, wrong)
	}
	for block, values := range map[string]map[string]slack.BlockAction{
		blockRole:    {blockChannel: place},
		blockChannel: {blockRole: user},
		blockEmails:  {blockRole: user, blockChannel: place, blockEmails: {Value: "a@x.test carol@"}},
		blockPeople:  {blockRole: user, blockChannel: place, blockEmails: {Value: manyPeople(201)}},
		blockNote:    {blockRole: user, blockChannel: place, blockNote: {Value: strings.Repeat("x", 501)}},
	} {
		if _, _, wrong := english.parseForm(state(values)); len(wrong) != 1 || wrong[block] == "" {
			t.Errorf("wrong = %v, want one for %s", wrong, block)
		}
	}
	if _, _, wrong := english.parseForm(nil); wrong[blockRole] == "" {
		t.Error("a dialog without a state was accepted")
	}
}

// TestMoreThanAskedForNeedsNoWord: no admin has to change anything for someone who may do more than they were invited
// for.
func TestMoreThanAskedForNeedsNoWord(t *testing.T) {
	for _, state := range []invitation.State{invitation.Active, invitation.AlreadyMember} {
		more := turned(bob, state, invitation.Enabled, invitation.RoomAdmin, "Bob Baker")
		for _, said := range []message{english.renderConfirmation(sample, more), english.renderConfirmations(sample, []invitation.Invitee{more, more})} {
			if !strings.Contains(said.Text, "*Room admin*") || strings.Contains(said.Text, "*User*") || strings.Contains(said.Text, "lower role") {
				t.Errorf("%s: %s", state, said.Text)
			}
		}
	}
}
