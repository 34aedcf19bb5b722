package tracker

import (
	"context"
	"time"
)

// fetchLink asks the portal for a link for the invitation, together with all others that
// want the same role meanwhile. It returns at once: a portal may take its time.
func (w *worker) fetchLink(inv Invitation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.linking[inv.ID] = true
	w.waiting[inv.Role] = append(w.waiting[inv.Role], inv.ID)
	if len(w.waiting[inv.Role]) > 1 {
		return
	}
	w.hands.Go(func() {
		ctx, cancel := context.WithTimeout(w.steps, stepTimeout)
		defer cancel()
		link, err := w.portal.InviteLink(ctx, inv.Role)
		if isOver(w.steps, err) {
			return // the next Run asks again
		}
		for _, id := range w.waitedFor(inv.Role) {
			w.linked(ctx, id, link, err)
		}
	})
}

// waitedFor takes the invitations that wait for the role's link.
func (w *worker) waitedFor(role Role) []ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := w.waiting[role]
	delete(w.waiting, role)
	return waiting
}

// linked notes for one invitation what the portal answered.
func (w *worker) linked(ctx context.Context, id ID, link string, err error) {
	log := w.log.With("invitation", id)
	entry := Entry{Kind: KindLinked, At: time.Now(), Invitation: id, Link: link}
	if err != nil {
		refusal := refusalOf(err, entry.At)
		entry.Kind, entry.Link, entry.Refusal = KindRefused, "", &refusal
		log.WarnContext(ctx, "invitation refused", "reason", refusal.Reason, "err", err)
	}
	if err := w.note(ctx, entry); err != nil {
		log.ErrorContext(ctx, "cannot keep the invite link; it will be fetched again", "err", err)
		w.again(id, step{kind: stepFetchLink}, retryFirst)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.linking, id)
	w.queue.add(id)
}
