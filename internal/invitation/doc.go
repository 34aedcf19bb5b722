// Package invitation is the core: what an invitation is, what happens to it, and what it still owes people. It is
// pure. Nothing here has a mutex, a context, a clock or a connection; the time is an argument. It knows
// neither Slack nor the portal, whose ids are opaque to it, nor who carries things out or where entries are kept.
//
// Three things to know:
//
//   - Every change is an [Entry], and [Invitation.Apply] is the only thing that changes an invitation. An entry
//     that no longer fits changes nothing.
//   - What is owed is derived, never stored: [Invitation.Owed] names the steps. So a restart and an ordinary
//     minute take the same path: do the first step, note the entry that says so, ask again.
//   - What people ask for (join, extend, cancel, approve …) is a method in decide.go that returns the entry, or
//     why it cannot be.
//
// # The invitation
//
// The words on the arrows are the kinds of the entries; the other kinds change neither stage nor state. A test
// holds both drawings against Apply.
//
//	accepted ──admitted──▶ admitted ──linked──▶ linked ──posted──▶ posted ──expired──▶ expired ──extended──▶ posted
//	accepted ──asked──▶ asked ──approved──▶ accepted
//	asked ──denied──▶ refused
//	accepted, asked, admitted, linked ──refused──▶ refused
//	posted, expired ──cancelled──▶ cancelled
//
// What was approved is vetted again, so it goes back to accepted. The inviter of a refused invitation is told,
// and may try again for an hour. A posted invitation is withheld when its channel or its inviter no longer
// qualifies: it gives out no link, not even in reminders, until someone who may extend it does. When nothing is
// owed any more, a refused, expired or cancelled invitation is finished, which is its last entry. If people were
// missing when it expired, it can be extended for a week before that.
//
// # The invitee
//
// While the invitation is posted, each of its invitees has a story of their own. seen is what the portal shows of
// their account.
//
//	awaited ──seen──▶ registered ──seen──▶ active ──greeted──▶ welcomed ──confirmed──▶ confirmed
//	active, already_member ──confirmed──▶ confirmed
//	awaited, registered, removed ──seen──▶ active, already_member, welcomed
//	awaited, registered ──seen──▶ removed
//	registered ──lost──▶ removed
//	removed ──seen──▶ awaited, registered
//	removed ──claimed, attributed──▶ awaited
//	awaited, registered ──expired──▶ missed ──extended──▶ awaited, registered
//	awaited, registered ──cancelled──▶ withdrawn
//	awaited, registered ──unidentified──▶ off_the_list
//
// In words:
//
//   - registered: there is an account, and its email address is not verified yet. No one is welcomed for that.
//   - active: the address is verified. The portal is asked to welcome them (entry welcomed). If the invitation is
//     for a room, they are given it (entry shared). Then a direct message welcomes them (entry greeted), which makes
//     the state welcomed, and the card's thread names them, which makes it confirmed. Where another invitation
//     welcomes the person, active is passed over.
//   - already_member: the account was active before the invitation. It is given the room, and confirmed without a
//     welcome.
//   - removed: the account was disabled (it stays watched, and enabled again it goes on where it was) or deleted
//     (lost). Someone who presses Join (claimed) or is vouched for (attributed) is awaited again.
//   - off_the_list: Slack knows no person there who can be watched for (unidentified).
//
// Someone who can't be given the room is confirmed without it, and the inviter is told why, once (entry not_shared). An
// invitation that was cancelled gives no room any more.
//
// An invitee whom the chat doesn't know is invited by the portal's own email (entry emailed). The inviter is handed
// the link for those whom it does not reach, once that is known of everyone.
//
// When the portal's link is revoked (entry revoked), the invitation stays where it is and has no link until the portal
// gives another (entry linked). Until then no one is given one, and messages with the old one are taken back. A link
// that was on its way to it at that moment doesn't count, which the revision in its entry tells. If the portal gives none
// for a reason that doesn't pass by itself, the inviter is told why, once (entry not_linked).
//
// An invitee is watched for under each of their addresses (address.go). The same person may be awaited by
// several invitations; each has its own inviter, and its own story of them.
//
// # Once, not twice
//
// What people would notice twice is an [Effect], told apart by invitation, invitee and Since. Before it is tried
// an entry of KindBegun says so; the entry that says it took place comes after. An effect between the two may
// have taken place. The engine looks for its message, and repeats it only where no one can tell; a link, a
// reminder and an email that is sent again, which people can do without, are not repeated then
// (docs/adr/0004-once-not-twice.md).
//
// Giving the room and inviting by email are no effects: the portal tells who has a right or an account, so the step
// looks before it acts. It lowers no one's right and raises no one's role.
//
// # Where a change goes
//
// Anything new that people are owed, such as another kind of reminder:
//
//  1. entry.go: the kind of entry that says it is done, and what such an entry cannot do without (Whole).
//  2. apply.go: what the entry makes true, kept in a field of the invitee or the invitation.
//  3. owed.go: the kind of step, and when it is owed. Rooms and emails have sharing.go, links link.go. Reminders
//     have reminder.go: remindAt says when the next one is due, NextLook has the engine come back at that time.
//     Working hours are not the core's: the engine asks the Messenger (AtWork) once the step is due, and puts it
//     off.
//  4. effect.go: a row, if others would notice it twice.
//  5. internal/tracker: the method of Messenger or Portal in needs.go, the call in worker.do (perform.go).
//     failed.go says when to give up, worker.spare what is left out, and what is not repeated when in doubt.
//  6. internal/slackbot: the method of Messenger (remind.go for reminders), the message as a method of voice, what
//     find.go looks for after a crash; the sentence in every file of internal/catalogue/messages.
//  7. A story in cmd/bot, and what the simulation in internal/tracker must see of it.
package invitation
