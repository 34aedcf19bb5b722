package tracker

import (
	"context"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// preflightWait is how long a card waits for what the portal knows of those it names. The
// sweep catches up on what comes too late.
const preflightWait = 3 * time.Second

// lookUpFirst looks up the invitation's people while its link is fetched, so that the card
// starts with how far they are. Call it with the mutex held.
func (w *worker) lookUpFirst(inv invitation.Invitation) {
	var addresses []string
	for _, v := range inv.Invitees {
		addresses = slices.AppendSeq(addresses, v.Addresses())
	}
	if len(addresses) == 0 {
		return
	}
	answer := make(chan []invitation.Entry, 1)
	w.lookups[inv.ID] = answer
	w.hands.Go(func() {
		ctx, cancel := context.WithTimeout(Urgent(w.steps), preflightWait)
		defer cancel()
		members, err := w.t.portal.Find(ctx, addresses)
		if err != nil {
			w.t.log.InfoContext(ctx, "the card does not wait for what the portal knows of its people", "invitation", inv.ID, "err", err)
		}
		answer <- inv.Preflight(members, time.Now())
	})
}

// lookedUp returns what came of the look-up, once that has an end.
func (w *worker) lookedUp(id invitation.ID) []invitation.Entry {
	w.t.mu.Lock()
	answer := w.lookups[id]
	delete(w.lookups, id)
	w.t.mu.Unlock()
	if answer == nil {
		return nil
	}
	return <-answer
}

// withPreflight returns the invitation with what was known of its invitees when the card was posted;
// any is false when nothing was.
func (t *Tracker) withPreflight(inv invitation.Invitation) (told invitation.Invitation, any bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	told = inv.Clone()
	for i := range told.Invitees {
		v := &told.Invitees[i]
		v.Elsewhere = v.Pending() && v.Email != "" && slices.ContainsFunc(t.mem.pending[invitation.FoldEmail(v.Email)], func(r ref) bool {
			return r.invitation != inv.ID
		})
		any = any || v.Elsewhere || v.Member.ID != ""
	}
	return told, any
}

// identified tells the inviter whom the invitation had to leave out, once that is known of
// everybody.
func (w *worker) identified(id invitation.ID) {
	inv, ok := w.t.Look(id)
	if !ok || inv.Unidentified() > 0 || len(inv.LeftOut) == 0 {
		return
	}
	inv.Retry = false // that has had its answer
	w.whisper(inv, "who cannot be invited", func(ctx context.Context, inv invitation.Invitation) error {
		return w.t.messenger.LeftOut(ctx, inv, inv.LeftOut)
	})
}
