// Package tracker is the product: it keeps invitations and the people they wait for,
// and carries each one from the command to the confirmation. It knows neither Slack nor
// HTTP; what it needs of the outside stands in needs.go ([Portal], [Messenger],
// [Journal]), and ids of the outside are opaque to it.
//
// # One invitation's story
//
// Accept puts a request on the journal. From then on one question drives everything:
// what do we still owe people? (owed.go.) The answer is derived from the
// entries on the journal and never stored, so that a restart and an ordinary minute take
// the same path: do the first thing owed, note the entry that says it is done, ask again.
//
//	accepted ──▶ admitted ──▶ linked ──▶ posted ◀──▶ expired (and back, when it is extended)
//	 │  ▲  │         │           │          └──────▶ cancelled (by a user, or its card was deleted)
//	 │  │  │         │           │
//	 │  asked        │           │     (and back when approved, to be looked at again)
//	 │     │         │           │
//	 └─────┴─────────┴───────────┴─▶ refused (the inviter is told why, and may try again)
//
// Once posted, an invitation may be withheld, because its place or its inviter no longer qualifies. It
// gives out no link until a user who may extend it does.
//
// When nothing is owed any more, each of the last three is finished: it leaves the memory at
// once, and the journal after [Options].Retention. One that expired before everybody had joined
// can be extended for a week, and is finished then (actions.go).
//
// While an invitation is posted, each of its invitees has a story of their own. The
// sweeps (watch.go) move them up to active, the work (work.go) from there:
//
//	awaited ──▶ registered ──▶ active ──▶ welcomed ──▶ confirmed
//	   │  └──────────────────────▲                        ▲
//	   ├──▶ already_member ───────────────────────────────┘
//	   ├──▶ missed, withdrawn (also from registered)
//	   └──▶ removed (also from registered, and from there to wherever an account is that is enabled again)
//
// registered is an enabled account whose e-mail address is not confirmed yet; active one
// whose address is; already_member one that was active before the invitation, and is
// confirmed without a welcome; removed one that was disabled or deleted at the portal;
// missed and withdrawn are those still awaited when the invitation expired or was
// cancelled. A disabled account stays watched: enabled again, it goes on where it was. An invitee
// whose account was deleted is awaited again when they press Join, and so are the missed of an
// invitation that is extended.
//
// An invitee is watched for under every address that is theirs (addresses.go).
//
// # The one place
//
// Every change of an invitation is an [Entry] (and so is what outlives invitations: an inviter's word
// for whose account it is), and every entry passes through ledger.note or ledger.decide: first onto the
// journal, then into memory, in the same order. Nothing else writes there. What comes while the journal
// is busy is written together.
//
// # Once, not twice
//
// What people would notice twice is an [Effect]. Before it is tried an entry says so, and one
// afterwards what came of it. An effect that stands between the two, because the process died
// or no answer came, is looked for before it is tried again (worker.doneBefore, Messenger.Find); only
// where nobody can tell is it repeated, counted and logged: two confirmations do less harm than
// none. What was done and cannot be noted, because the disk is full, is noted later and not
// done again (attempts.go).
//
// # Where a change goes
//
// Anything new that people are owed, such as another kind of reminder: when it is owed to owed.go (to
// reminders.go if it waits for somebody's working hours), how it is done to worker.do in perform.go, the
// entry that says so to entry.go, what that makes true to lifecycle.go, and to effects.go if nobody may get
// it twice. What it says is the [Messenger]'s.
package tracker
