package tracker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// settle decides what a failed step means: an entry that ends it, or none when it is to be
// tried again.
func (w *worker) settle(ctx context.Context, inv Invitation, s step, err error) Entry {
	wait, passing := FailureOf(err).RetryAfter, isPassing(ctx, err)
	refusal := refusalOf(err, time.Now())
	count := w.count(inv.ID, s)

	if !passing && refusal.Reason.Disqualifies() && inv.Stage == Posted {
		return Entry{Kind: KindWithheld, Refusal: &refusal, cause: err}
	}
	switch s.kind {
	case stepVet, stepAsk, stepPostCard:
		if passing && time.Since(inv.ready()) < patience {
			break
		}
		return Entry{Kind: KindRefused, Refusal: &refusal, cause: err}
	case stepTellInviter:
		if passing && count < tellingTries {
			break
		}
		w.t.log.WarnContext(ctx, "the inviter cannot be told", "inviter", inv.Inviter, "err", err)
		return Entry{Kind: KindTold}
	case stepHandOver, stepAnnounce:
		if passing && count < tellingTries {
			break
		}
		w.t.log.WarnContext(ctx, "the inviter cannot be told", "inviter", inv.Inviter, "err", err)
		if s.kind == stepAnnounce {
			return Entry{Kind: KindAnnounced}
		}
		return Entry{Kind: KindHandedOver, Outcome: Failed}
	case stepUpdateCard:
		if errors.Is(err, CardGone) {
			w.t.log.WarnContext(ctx, "the card was deleted: the invitation ends with it")
			return Entry{Kind: KindCancelled}
		}
	case stepAnswer:
		if !passing {
			w.t.log.WarnContext(ctx, "a request for approval cannot show what became of it", "err", err)
			return Entry{Kind: KindAnswered}
		}
	case stepIdentify:
		if !passing {
			w.t.log.InfoContext(ctx, "cannot watch for an invitee", "reason", refusal.Reason)
			return Entry{Kind: KindUnidentified, Refusal: &refusal}
		}
	}
	if kind, ok := spared[s.kind]; ok {
		most := tries
		if s.kind == stepWelcome && errors.Is(err, PortalDown) { // it may have sent one each time
			most, wait = welcomeTries, max(wait, welcomeAgain)
		}
		switch {
		case s.kind == stepWelcome && errors.Is(err, PortalDenied):
			w.t.log.InfoContext(ctx, "the portal does not let the bot send its welcome; not asked again for an hour")
			return Entry{Kind: kind, Outcome: Denied}
		case !passing || count >= most || s.kind == stepWelcome && wait > time.Minute:
			w.t.log.WarnContext(ctx, "given up: nobody is kept waiting for it", "inviter", inv.Inviter, "err", err)
			return Entry{Kind: kind, Outcome: Failed}
		}
	}

	switch {
	case errors.Is(err, CannotPost), errors.Is(err, ChannelRestricted), errors.Is(err, ChannelArchived):
		w.park(ctx, inv, refusal.Reason, err)
		return Entry{}
	case !passing:
		wait = parkedFor
		if count == 1 {
			w.t.log.ErrorContext(ctx, "failed; tried again every ten minutes", "err", err)
		}
	default:
		w.t.log.WarnContext(ctx, "step failed, will be tried again", "attempt", count, "err", err)
	}
	w.again(inv.ID, s, max(wait, w.pause(inv.ID, s)))
	return Entry{}
}

// isPassing tells whether a failure is worth another try: the outside asked to wait, or did
// not answer, or something else answered in the portal's place.
func isPassing(ctx context.Context, err error) bool {
	return (FailureOf(err).RetryAfter > 0 || errors.Is(err, ChatDown) || errors.Is(err, PortalDown) || errors.Is(err, NotDocSpace) ||
		errors.Is(err, context.DeadlineExceeded) || isOver(ctx, err)) && !errors.Is(err, TooMany)
}

// backoff returns a pause that doubles with every attempt from first up to last, give or
// take a quarter, so that many that failed together do not come back together.
func backoff(attempt int, first, last time.Duration) time.Duration {
	pause := last
	if shift := attempt - 1; shift < 20 {
		pause = min(last, first<<shift)
	}
	return pause*3/4 + rand.N(pause/2+1)
}
