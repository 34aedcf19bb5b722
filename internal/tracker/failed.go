package tracker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// failed decides what a failed step means: an entry that ends it, or none when it is to be
// tried again.
func (w *worker) failed(ctx context.Context, inv invitation.Invitation, s invitation.Step, err error) invitation.Entry {
	wait, passing := invitation.FailureOf(err).RetryAfter, isPassing(ctx, err)
	refusal := invitation.RefusalOf(err, time.Now())
	count := w.count(inv.ID, s)

	if !passing && refusal.Reason.Disqualifies() && inv.Stage == invitation.Posted && s.Kind != invitation.StepShare {
		return invitation.Entry{Kind: invitation.KindWithheld, Refusal: &refusal, Cause: err}
	}
	switch s.Kind {
	case invitation.StepVet, invitation.StepAsk, invitation.StepPostCard, invitation.StepFetchLink:
		if !inv.Unposted() && s.Kind == invitation.StepFetchLink { // for a card that shows none: what doesn't pass is told, once
			if !passing && inv.NotLinked.Reason == "" {
				return invitation.Entry{Kind: invitation.KindLinked, Refusal: &refusal, Cause: err}
			}
			break
		}
		// The chat is waited for. Of the portal, which has the link and the room, the inviter hears at once.
		waits := passing && s.Kind != invitation.StepFetchLink && !ofPortal[refusal.Reason] && time.Since(inv.Ready()) < patience
		if !waits && !isOver(ctx, err) {
			return invitation.Entry{Kind: invitation.KindRefused, Refusal: &refusal, Cause: err}
		}
	case invitation.StepShare, invitation.StepEmail: // the inviter hears why, and the rest goes on
		// Where the key lacks a right, people get no further by waiting, and an email can be too long in coming.
		kind, goesOn := invitation.KindShared, count < shareTries
		if s.Kind == invitation.StepEmail {
			kind, goesOn = invitation.KindEmailed, wait <= patience && count < tellingTries
		}
		if waitsForOperator(refusal.Reason) && count < operatorTries || passing && goesOn {
			break
		}
		return invitation.Entry{Kind: kind, Outcome: invitation.Failed, Refusal: &refusal, Cause: err}
	case invitation.StepTellInviter:
		if passing && count < tellingTries {
			break
		}
		w.t.log.WarnContext(ctx, "the inviter can't be told", "inviter", inv.Inviter, "err", err)
		return invitation.Entry{Kind: invitation.KindTold}
	case invitation.StepHandOver, invitation.StepAnnounce:
		if passing && count < tellingTries {
			break
		}
		w.t.log.WarnContext(ctx, "the inviter can't be told", "inviter", inv.Inviter, "err", err)
		if s.Kind == invitation.StepAnnounce {
			return invitation.Entry{Kind: invitation.KindAnnounced}
		}
		return invitation.Entry{Kind: invitation.KindHandedOver, Outcome: invitation.Failed}
	case invitation.StepUpdateCard:
		if errors.Is(err, invitation.CardGone) {
			w.t.log.WarnContext(ctx, "the card was deleted: the invitation ends with it")
			return invitation.Entry{Kind: invitation.KindCancelled}
		}
	case invitation.StepAnswer:
		if !passing {
			w.t.log.WarnContext(ctx, "a request for approval can't show its outcome", "err", err)
			return invitation.Entry{Kind: invitation.KindAnswered}
		}
	case invitation.StepIdentify:
		if !passing {
			w.t.log.InfoContext(ctx, "cannot watch for an invitee", "reason", refusal.Reason)
			return invitation.Entry{Kind: invitation.KindUnidentified, Refusal: &refusal}
		}
	}
	// What our own token or key has kept from someone waits until an operator has renewed that.
	if kind, ok := spared[s.Kind]; ok && !waitsForOperator(refusal.Reason) {
		most := tries
		if s.Kind == invitation.StepWelcome && errors.Is(err, invitation.PortalDown) { // it may have sent one each time
			most, wait = welcomeTries, max(wait, welcomeAgain)
		}
		switch {
		case s.Kind == invitation.StepWelcome && errors.Is(err, invitation.PortalDenied):
			w.t.log.InfoContext(ctx, "the portal refuses to send its welcome; not asked again for an hour")
			return invitation.Entry{Kind: kind, Outcome: invitation.Denied}
		case !passing || count >= most || s.Kind == invitation.StepWelcome && wait > time.Minute:
			w.t.log.WarnContext(ctx, "step given up", "inviter", inv.Inviter, "err", err)
			return invitation.Entry{Kind: kind, Outcome: invitation.Failed}
		}
	}

	switch {
	case errors.Is(err, invitation.CannotPost), errors.Is(err, invitation.ChannelRestricted), errors.Is(err, invitation.ChannelArchived):
		w.park(ctx, inv, refusal.Reason, err)
		return invitation.Entry{}
	case !passing:
		wait = parkedFor
		if count == 1 {
			w.t.log.ErrorContext(ctx, "step failed; tried again every ten minutes", "err", err)
		}
	default:
		w.t.log.WarnContext(ctx, "step failed, will be tried again", "attempt", count, "err", err)
	}
	w.again(inv.ID, s, max(wait, w.pause(inv.ID, s)))
	return invitation.Entry{}
}

// ofPortal has the passing failures that are the portal's.
var ofPortal = map[invitation.Reason]bool{invitation.PortalDown: true, invitation.PortalBusy: true, invitation.NotDocSpace: true}

// waitsForOperator reports whether our own token or key is broken, which passes when an operator has renewed that.
func waitsForOperator(reason invitation.Reason) bool {
	return reason == invitation.KeyBroken || reason == invitation.ChatMisconfigured
}

// isPassing reports whether a failure is worth another try: the outside asked to wait, or did
// not answer, or something else answered in the portal's place.
func isPassing(ctx context.Context, err error) bool {
	return (invitation.FailureOf(err).RetryAfter > 0 || errors.Is(err, invitation.ChatDown) || errors.Is(err, invitation.PortalDown) || errors.Is(err, invitation.NotDocSpace) ||
		errors.Is(err, context.DeadlineExceeded) || isOver(ctx, err)) && !errors.Is(err, invitation.TooMany)
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
