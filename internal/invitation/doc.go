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
// The words on the arrows are the kinds of the entries. A test holds both drawings against Apply.
//
//	accepted ──admitted──▶ admitted ──linked──▶ linked ──posted──▶ posted ──expired──▶ expired ──extended──▶ posted
//	accepted ──asked──▶ asked ──approved──▶ accepted
//	asked ──denied──▶ refused
//	accepted, asked, admitted, linked ──refused──▶ refused
//	posted, expired ──cancelled──▶ cancelled
//
// What was approved is looked at again, so it is accepted once more. Of a refusal the inviter is told, and may
// try again. While it is posted, an invitation may be withheld because its place or its inviter no longer
// qualifies: it gives out no link until someone who may extend it does. When nothing is owed any more, a refused,
// expired or cancelled invitation is finished, which is its last entry; one that expired with people missing can
// be extended for a week before that.
//
// # The invitee
//
// While the invitation is posted, each of its invitees has a story of their own.
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
// registered is an enabled account whose email address is not confirmed yet, active one whose address is, and
// already_member one that was active before the invitation: it is confirmed without a welcome. Where another
// invitation welcomes the person, active is passed over. removed is an account that was disabled or deleted;
// a disabled one stays watched, and enabled again it goes on where it was. An invitee is watched for under every
// address that is theirs (address.go).
//
// # Once, not twice
//
// What people would notice twice is an [Effect]. Before it is tried an entry says so, and one afterwards what
// came of it; what stands between the two may have taken place (docs/adr/0004-once-not-twice.md).
//
// # Where a change goes
//
// Anything new that people are owed, such as another kind of reminder: when it is owed to owed.go (to reminder.go
// if it waits for someone's working hours), the entry that says it is done to entry.go, what that makes true to
// apply.go, and to effect.go if nobody may get it twice. How it is done is the engine's: worker.do in
// internal/tracker/perform.go. What it says is said by internal/slackbot.
package invitation
