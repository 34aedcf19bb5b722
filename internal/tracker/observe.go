package tracker

import (
	"context"
	"errors"
	"time"
)

// Observer is told what the tracker does, for those who measure it. Its methods return at once and
// are safe for concurrent use. It learns no address, no link and no name.
type Observer interface {
	// StepBegins is told that a step of an invitation begins: one of those that owed.go names,
	// look_up before the card or find after a crash. The calls that the step makes get the returned
	// context; ended is called once with the reason why it failed, "" if it did not.
	StepBegins(ctx context.Context, id ID, step string) (calls context.Context, ended func(Reason))
	// SweepBegins is told the same of a sweep.
	SweepBegins(ctx context.Context) (calls context.Context, ended func(Reason))
	// Saw is told, with a sweep's context, of each invitee whom that sweep saw move, once it is kept.
	Saw(sweep context.Context, id ID)
	// Confirmed is told how long after an invitee was seen to be active the thread said so.
	Confirmed(after time.Duration)
	// Repeated is told of every effect that is done again because it cannot be found out whether it
	// was done before.
	Repeated(effect Effect)
}

// Steps outside the list of what is owed.
const (
	stepLookUp = "look_up" // what the portal knows of the people whom a card will name
	stepFind   = "find"    // whether an effect was there before the process died
)

// blind is the observer of a tracker that nobody observes.
type blind struct{}

func unseen(Reason) {}

func (blind) StepBegins(ctx context.Context, _ ID, _ string) (context.Context, func(Reason)) {
	return ctx, unseen
}
func (blind) SweepBegins(ctx context.Context) (context.Context, func(Reason)) { return ctx, unseen }
func (blind) Saw(context.Context, ID)                                         {}
func (blind) Confirmed(time.Duration)                                         {}
func (blind) Repeated(Effect)                                                 {}

// reasonOf returns the reason that an error wraps, "" for none at all.
func reasonOf(err error) Reason {
	if err == nil {
		return ""
	}
	if reason, ok := errors.AsType[Reason](err); ok {
		return reason
	}
	return Unexpected
}

// tellConfirmed tells the observer how long those waited of whom the thread speaks now. Who was a
// member before has not waited for it.
func (w *worker) tellConfirmed(inv Invitation, group string, now time.Time) {
	for _, v := range inv.members(group) {
		if !v.Already {
			w.opts.Observer.Confirmed(now.Sub(v.moved.time()))
		}
	}
}
