package tracker

import (
	"context"
	"log/slog"
	"time"

	"github.com/docspace-invite-bot/bot/internal/logging"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// fetchLink asks the portal for a link for the invitation, together with all others that
// want the same role meanwhile. It returns at once: a portal may take its time.
func (w *worker) fetchLink(inv invitation.Invitation) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	w.linking[inv.ID] = true
	w.lookUpFirst(inv)
	w.waiting[inv.Role] = append(w.waiting[inv.Role], inv.ID)
	if len(w.waiting[inv.Role]) > 1 {
		return
	}
	w.hands.Go(func() {
		ctx, cancel := context.WithTimeout(logging.With(w.steps, slog.String("invitation", string(inv.ID))), stepTimeout) // of those that share it, the first
		defer cancel()
		link, err := w.t.portal.InviteLink(ctx, inv.Role)
		if isOver(w.steps, err) {
			return // the next Run asks again
		}
		if err == nil {
			w.keepLink(inv.Role, link)
		}
		for _, id := range w.waitedFor(inv.Role) {
			w.hands.Go(func() { w.linked(w.steps, id, link, err) })
		}
	})
}

// linkAtOnce returns the entries of an invitation that needs no call for its link: in a burst
// they go onto the journal with its admission.
func (w *worker) linkAtOnce(inv invitation.Invitation) []invitation.Entry {
	if link := w.recentLink(inv.Role); link != "" {
		return w.haveLink(inv.ID, link)
	}
	return nil
}

// recentLink returns a link that may be used once more, or "" when the portal is to be asked.
func (w *worker) recentLink(role invitation.Role) string {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	link := w.links[role]
	if time.Since(link.at) >= linkLife || w.linkCalls.Allow() {
		return ""
	}
	return link.address
}

// haveLink returns the entries that say that the invitation has its link. The card comes next:
// that it is begun is noted in the same breath.
func (w *worker) haveLink(id invitation.ID, link string) []invitation.Entry {
	w.doubt(id, invitation.Step{Kind: invitation.StepPostCard}, false)
	now := time.Now()
	return []invitation.Entry{
		{Kind: invitation.KindLinked, At: now, Invitation: id, Link: link},
		{Kind: invitation.KindBegun, At: now, Invitation: id, Effect: invitation.EffectCard},
	}
}

// Beyond linkRate calls a second, a link that is younger than linkLife serves further
// invitations for its role: it stays good for days (docs/facts/docspace.md, "Legacy invitation
// link"), and a burst of commands must not become a burst of calls.
const (
	linkRate = 5
	linkLife = 10 * time.Second
)

// fetchedLink is a link and when the portal gave it.
type fetchedLink struct {
	address string
	at      time.Time
}

func (w *worker) keepLink(role invitation.Role, link string) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	w.links[role] = fetchedLink{link, time.Now()}
}

// waitedFor takes the invitations that wait for the role's link.
func (w *worker) waitedFor(role invitation.Role) []invitation.ID {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	waiting := w.waiting[role]
	delete(w.waiting, role)
	return waiting
}

// linked notes for one invitation what the portal answered.
func (w *worker) linked(ctx context.Context, id invitation.ID, link string, err error) {
	entries := append(w.lookedUp(id), w.haveLink(id, link)...)
	if err != nil {
		now := time.Now()
		refusal := invitation.RefusalOf(err, now)
		entries = []invitation.Entry{{Kind: invitation.KindRefused, At: now, Invitation: id, Refusal: &refusal, Cause: err}}
	}
	inv, known := w.t.Look(id)
	if err := w.t.ledger.decide(id, func() ([]invitation.Entry, error) {
		if inv, known := w.t.Look(id); !known || inv.Stage != invitation.Admitted {
			return nil, nil
		}
		return entries, nil
	}); err != nil {
		s := invitation.Step{Kind: invitation.StepFetchLink}
		w.count(id, s)
		w.again(id, s, w.pause(id, s))
	} else if known {
		for _, e := range entries {
			w.audit(ctx, inv, e)
		}
	}
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	delete(w.linking, id)
	if inv := w.t.mem.invitations[id]; inv != nil {
		w.t.queue.add(id, inv.Inviter)
	}
}
