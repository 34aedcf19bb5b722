package tracker

import (
	"context"
	"slices"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// withPreflight returns the invitation with what was known of its invitees when the card was posted; any
// is false when the card says all of it.
func (t *Tracker) withPreflight(inv invitation.Invitation) (told invitation.Invitation, any bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	told = inv.Clone()
	for i := range told.Invitees {
		v := &told.Invitees[i]
		v.Elsewhere = v.Pending() && v.Email != "" && slices.ContainsFunc(t.mem.pending[invitation.FoldEmail(v.Email)], func(r ref) bool {
			return r.invitation != inv.ID
		})
		any = any || v.Elsewhere || v.Member.Standing == invitation.Invited || v.Member.Standing == invitation.Disabled
	}
	return told, any
}

// identified tells the inviter whom the invitation had to leave out, once that is known of
// everyone.
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
