package tracker

import (
	"context"
	"slices"
	"time"
)

// preflightWait is how long a card waits for what the portal knows of those it names. The
// sweep catches up on what comes too late.
const preflightWait = 3 * time.Second

// lookUpFirst looks up the invitation's people while its link is fetched, so that the card
// starts with how far they are. Call it with the mutex held.
func (w *worker) lookUpFirst(inv Invitation) {
	var addresses []string
	for _, v := range inv.Invitees {
		addresses = slices.AppendSeq(addresses, v.addresses())
	}
	if len(addresses) == 0 {
		return
	}
	answer := make(chan []Entry, 1)
	w.lookups[inv.ID] = answer
	w.hands.Go(func() {
		ctx, cancel := context.WithTimeout(Urgent(w.steps), preflightWait)
		defer cancel()
		members, err := w.t.portal.Find(ctx, addresses)
		if err != nil {
			w.t.log.InfoContext(ctx, "the card does not wait for what the portal knows of its people", "invitation", inv.ID, "err", err)
		}
		answer <- inv.preflight(members)
	})
}

// lookedUp returns what came of the look-up, once that has an end.
func (w *worker) lookedUp(id ID) []Entry {
	w.t.mu.Lock()
	answer := w.lookups[id]
	delete(w.lookups, id)
	w.t.mu.Unlock()
	if answer == nil {
		return nil
	}
	return <-answer
}

// preflight returns what the accounts tell of the invitees. An account that is active now, but wasn't
// before the invitation, joined at this very moment: it is left to the sweep, which alone decides who is
// welcomed.
func (inv *Invitation) preflight(members []Member) []Entry {
	var sights []Entry
	for _, m := range members {
		for i := range inv.Invitees {
			v := &inv.Invitees[i]
			if already := v.wasActiveBefore(m); v.has(m.Email) && (already || m.Standing != Enabled) {
				sights = append(sights, Entry{
					Kind: KindSeen, At: time.Now(), Invitation: inv.ID, Invitee: v.ID, Member: &m, Already: already,
				})
			}
		}
	}
	return bestSights(sights)
}

// withPreflight returns the invitation with what was known of its invitees when the card was posted;
// any is false when nothing was.
func (t *Tracker) withPreflight(inv Invitation) (told Invitation, any bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	told = inv.clone()
	for i := range told.Invitees {
		v := &told.Invitees[i]
		v.Elsewhere = v.Pending() && v.Email != "" && slices.ContainsFunc(t.mem.pending[FoldEmail(v.Email)], func(r ref) bool {
			return r.invitation != inv.ID
		})
		any = any || v.Elsewhere || v.Member.ID != ""
	}
	return told, any
}

// identified tells the inviter whom the invitation had to leave out, once that is known of
// everybody.
func (w *worker) identified(id ID) {
	inv, ok := w.t.Look(id)
	if !ok || inv.Unidentified() > 0 || len(inv.leftOut) == 0 {
		return
	}
	inv.Retry = false // that has had its answer
	w.whisper(inv, "who cannot be invited", func(ctx context.Context, inv Invitation) error {
		return w.t.messenger.LeftOut(ctx, inv, inv.leftOut)
	})
}
