package tracker

import (
	"context"
	"errors"
	"time"
)

// Observer is told what the tracker does, for those who measure it. Its methods return at once and
// are safe for concurrent use. It learns no address, no link and no name.
type Observer interface {
	// SweepBegins is told that a sweep begins. The sweep's calls get the returned context; ended is
	// called once with the reason why it failed, "" if it did not.
	SweepBegins(ctx context.Context) (calls context.Context, ended func(Reason))
	// Confirmed is told how long after an invitee was seen to be active the thread said so.
	Confirmed(after time.Duration)
	// Repeated is told of every effect that is done again because it cannot be found out whether it
	// was done before.
	Repeated(effect Effect)
}

// blind is the observer of a tracker that nobody observes.
type blind struct{}

func (blind) SweepBegins(ctx context.Context) (context.Context, func(Reason)) {
	return ctx, func(Reason) {}
}
func (blind) Confirmed(time.Duration) {}
func (blind) Repeated(Effect)         {}

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
