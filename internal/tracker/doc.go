// Package tracker is the engine: it keeps the invitations that are open, asks each what it owes people
// (package invitation says), has that done, and notes what came of it. It watches the portal for the people who
// are awaited. It knows neither Slack nor HTTP; what it needs of the outside stands in needs.go ([Portal],
// [Messenger], [Journal]).
//
// # One invitation's way
//
// Tracker.Accept puts a request on the journal. From then on worker.carry (work.go) does one thing after the
// other: the first step owed that may be done now (worker.next), done by worker.perform (perform.go) or given
// up or put off (failed.go), and noted. The sweeps (watch.go) note what the portal shows, clicks (actions.go)
// what people decide; either makes something owed, and the invitation is taken up again.
//
// # The one place
//
// Every entry passes through ledger.note or ledger.decide (ledger.go): first onto the journal, then into memory,
// in the same order. Nothing else writes there. What comes while the journal is busy is written together.
//
// # Once, not twice
//
// An effect that was begun and not noted, because the process died or no answer came, is looked for before it
// is tried again (worker.doneBefore, Messenger.FindMessage); only where no one can tell is it repeated, counted and
// logged: two confirmations do less harm than none. What was done and cannot be noted, because the disk is full,
// is noted later and not done again (attempts.go).
package tracker
