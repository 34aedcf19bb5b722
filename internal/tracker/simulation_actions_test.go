package tracker_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// drawActions plans what people choose from the menu of an order's card, some of it twice.
func (p *plan) drawActions(r *rand.Rand, o order) {
	if p.approvals[o.key] {
		for range pick(r, 0, 1, 1, 2) {
			approve := chance(r, 0.7)
			p.add(o.at+between(r, 2*time.Second, 4*day), fmt.Sprint("decide ", o.key, " ", approve), func(w *world) { w.decide(o.key, approve) })
		}
	}
	for range pick(r, 0, 0, 0, 1, 2, 3) {
		at := o.at + between(r, time.Second, 8*day)
		what := pick(r, "extend", "extend", "extend", "close", "close", "reopen", "cancel", "remind", "remind")
		for range pick(r, 1, 1, 2) {
			p.add(at+between(r, time.Millisecond, 5*time.Second), what+" "+o.key, func(w *world) { w.act(what, o.key) })
		}
	}
}

// mute is a person's word that they do not want to be reminded.
type mute struct {
	user invitation.ChatUser
	at   time.Time
}

// drawMutes plans who does not want to be reminded.
func (p *plan) drawMutes(r *rand.Rand) {
	for _, who := range p.people {
		if !chance(r, 0.2) {
			continue
		}
		p.add(between(r, hour, 10*day), "mute "+string(who.user), func(w *world) {
			b := w.living()
			if b == nil {
				return
			}
			_, err := b.tracker.Mute(b.ctx, who.user)
			w.mu.Lock()
			defer w.mu.Unlock()
			if err == nil && !b.isDead() {
				w.mutes = append(w.mutes, mute{who.user, time.Now()})
			}
		})
	}
}

// decide has Zoe press a button of a request for approval, as soon as there is one.
func (w *world) decide(key string, approve bool) {
	for range 5 {
		b := w.living()
		w.mu.Lock()
		var id invitation.ID
		var request invitation.Card
		for _, m := range w.chat.said {
			if m.effect == invitation.EffectRequest && m.key == key {
				id, request = m.invitation, cardOf(m)
			}
		}
		w.mu.Unlock()
		if b == nil || id == "" {
			time.Sleep(hour)
			continue
		}
		inv, changed, err := b.tracker.Decide(b.ctx, id, "UZOE", approve, request)
		w.mu.Lock()
		w.history("decide %s %v = %v, %v", key, approve, changed, err)
		if changed && inv.Approval.Approved != approve {
			w.fail(key, "decided %v, and it is %v", approve, inv.Approval.Approved)
		}
		w.mu.Unlock()
		return
	}
}

// approvedAt returns when the order was approved, by the journal.
func (w *world) approvedAt(key string) (at time.Time) {
	for _, l := range w.book.told {
		if l.kind == invitation.KindApproved && w.book.keys[l.invitation] == key {
			at = l.at
		}
	}
	return at
}

// act has Ann choose from the menu. She never extends what has ended: people who came between the end
// and the extension are not for this world to judge.
func (w *world) act(what, key string) {
	b := w.living()
	w.mu.Lock()
	card := w.chat.card(key)
	left := time.Duration(0)
	if card != nil {
		left = time.Until(card.expires)
	}
	w.mu.Unlock()
	shared := card != nil && w.plan.in(strangersRead, card.channel, w.clock()) // the chat decides who may extend
	if b == nil || card == nil || what == "extend" && (left < 3*hour || shared) {
		return
	}
	var inv invitation.Invitation
	var changed bool
	var err error
	switch what {
	case "extend":
		inv, changed, err = b.tracker.Extend(b.ctx, card.invitation, "UANN")
	case "remind":
		inv, changed, err = b.tracker.Remind(b.ctx, card.invitation, "UANN")
	case "cancel":
		inv, changed, err = b.tracker.Cancel(b.ctx, card.invitation, "UANN")
	default:
		inv, changed, err = b.tracker.CloseList(b.ctx, card.invitation, "UANN", what == "close")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history("%s %s = %v, %v", what, key, changed, err)
	switch {
	case err != nil:
	case what == "cancel" && inv.Stage != invitation.Cancelled, what == "extend" && time.Until(inv.Expires) < ttl-hour && changed:
		w.fail(key, "%s, and it is %s until %v", what, inv.Stage, inv.Expires)
	case (what == "close" || what == "reopen") && inv.Closed != (what == "close"):
		w.fail(key, "%s, and the list is closed: %v", what, inv.Closed)
	}
}

// actionsDone has the chat's truth follow what stands on the journal. The mutex is held.
func (w *world) actionsDone(entries []invitation.Entry) {
	for _, e := range entries {
		card := w.chat.card(w.book.keys[e.Invitation])
		if card == nil {
			continue
		}
		switch {
		case e.Kind == invitation.KindExtended:
			card.expires = e.Expires
		case e.Kind == invitation.KindCancelled && e.By != "": // the bot may as well be told that it is gone
			card.deleted = true
		}
	}
}
