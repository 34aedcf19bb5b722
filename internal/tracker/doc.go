// Package tracker is the engine. It keeps the open invitations, asks each what it owes people (package invitation
// says), has that done, and notes what came of it. It watches the portal for the people who are awaited. It knows
// neither Slack nor HTTP; needs.go has what it needs of the outside ([Portal], [Messenger], [Journal]).
//
// # One invitation's way
//
// Tracker.Accept puts a request on the journal. From then on, worker.carry (work.go) does one step after the
// other. It takes the first step owed that can be done now (worker.next); worker.perform (perform.go) does it and
// notes it, or failed.go puts it off or gives it up. Sweeps (watch.go) note what the portal shows, and clicks
// (actions.go) what people decide. Either can make something owed: then the invitation is taken up again.
//
// # The one place
//
// Every entry passes through ledger.note or ledger.decide (ledger.go): first onto the journal, then into memory,
// in the same order. Nothing else writes there. What comes while the journal is busy is written together.
//
// # Once, not twice
//
// An effect may have begun without a note of how it ended, because the process died or no answer came. Before it is
// tried again, its message is looked for (worker.doneBefore, Messenger.FindMessage). If no one can tell, it is
// repeated, counted and logged: two confirmations do less harm than none. What was done and cannot be noted,
// because the disk is full, is noted later and not done again (attempts.go).
package tracker
