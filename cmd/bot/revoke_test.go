package main

import (
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// linkCall is a part of the path of every call about the portal's one link of a role.
const linkCall = "portal/users/invitationlink"

// revokes has Zoe revoke the link of the card's role, and returns what she hears.
func (w *world) revokes(card slacksim.Message) string {
	w.t.Helper()
	heard := len(w.slack.DMs(w.zoe))
	w.chooses(w.zoe, card, "revoke_link")
	w.submits(w.zoe, "", nil)
	w.await("an answer to Zoe", func() bool { return len(w.slack.DMs(w.zoe)) > heard })
	return w.direct(w.zoe)
}

// failsAfterRevoking has the portal revoke the next link, and then fail in that way about all links until it is
// cleared.
func (w *world) failsAfterRevoking(f docspacesim.Fault) (clear func()) {
	w.portal.Fault(docspacesim.Fault{Path: linkCall, Delay: time.Nanosecond, Times: 2}) // it is looked up, and deleted
	f.Path = linkCall
	return w.portal.Fault(f)
}

// TestNoCardShowsARevokedLink while the portal is down for an hour: neither the cards nor the message to Bob, who
// doesn't read the channel. All get the new one as soon as it is back.
func TestNoCardShowsARevokedLink(t *testing.T) {
	for name, fault := range map[string]docspacesim.Fault{"it's down": {Status: 503}, "it hangs": {Delay: time.Hour}} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				side := w.slack.AddChannel(channelWith(w, "side", w.ann, w.zoe)).ID
				w.types(w.ann, side, "/docspace-invite user @bob")
				w.types(w.ann, w.general, "/docspace-invite user @carol")
				cards := func() []slacksim.Message { return []slacksim.Message{w.card(side, 1), w.card(w.general, 1)} }
				old := linkOf(t, cards()[0])
				w.direct(w.bob)
				if got := linkIn(w.slack.DMs(w.bob)[0]); got != old {
					t.Fatalf("Bob has the link %q", got)
				}
				w.passes(time.Minute)
				before := cards()
				clear := w.failsAfterRevoking(fault)
				contains(t, "what Zoe hears", w.revokes(before[0]), "no longer works", "2 open invitations get the new one as soon as")
				w.passes(10 * time.Second)
				for _, m := range append(cards(), w.slack.DMs(w.bob)...) {
					if linkIn(m) != "" {
						t.Errorf("the revoked link stands in %s", m.Plain())
					}
				}
				contains(t, "the card", cards()[0].Plain(), "link was revoked", "comes back to the card as soon as")
				contains(t, "Bob's message", w.direct(w.bob), "was revoked and no longer works")
				w.pressesJoin(w.carol, before[1]) // which she still sees
				contains(t, "the answer to Carol", w.told(w.carol, 1), "link was revoked")
				w.types(w.ann, w.general, "/docspace-invite status")
				contains(t, "Ann's status", w.told(w.ann, 1), "link was revoked")

				w.passes(time.Hour)
				clear()
				w.await("the new link", func() bool {
					return linkIn(cards()[0]) != "" && linkIn(cards()[1]) != "" && len(w.slack.DMs(w.bob)) == 2
				})
				fresh := linkOf(t, cards()[0])
				if fresh == old || linkOf(t, cards()[1]) != fresh || linkIn(w.slack.DMs(w.bob)[1]) != fresh || linkIn(w.slack.DMs(w.bob)[0]) != "" {
					t.Errorf("the cards show %q and %q, and Bob reads %q", fresh, linkOf(t, cards()[1]), w.direct(w.bob))
				}
				w.joins(cards()[0], "Bob", "Baker", "bob@acme.test")
				w.passes(time.Hour)
				for i, card := range cards() { // without the link, with it, and Carol's is as it was
					if n := card.Updates - before[i].Updates; n > 3-i {
						t.Errorf("card %d was updated %d times", i, n)
					}
				}
				if n := len(w.slack.DMs(w.ann)); n > 0 {
					t.Errorf("Ann, who can do nothing about it, was told: %s", plainOf(w.slack.DMs(w.ann)))
				}
			}, "LINKS", "managed", "REMINDERS", "false")
		})
	}
}

// TestARestartFindsTheNextLink: the bot is stopped between a revocation and the new link.
func TestARestartFindsTheNextLink(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		old := linkOf(t, w.card(w.general, 1))
		w.passes(time.Minute)
		clear := w.failsAfterRevoking(docspacesim.Fault{Status: 503})
		w.revokes(w.card(w.general, 1))
		w.restarts(func() { w.passes(20 * time.Minute) })
		w.passes(10 * time.Second)
		if link := linkIn(w.card(w.general, 1)); link != "" {
			t.Errorf("the card shows %q", link)
		}
		w.restarts(clear)
		w.await("the new link", func() bool { return linkIn(w.card(w.general, 1)) != "" })
		if fresh := linkOf(t, w.card(w.general, 1)); fresh == old {
			t.Error("the card shows the revoked link")
		}
		w.joins(w.card(w.general, 1), "Bob", "Baker", "bob@acme.test")
	}, "LINKS", "managed")
}

// TestALinkIsRevokedTwice, the second time while the portal has yet to give the next one.
func TestALinkIsRevokedTwice(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		card := w.card(w.general, 1)
		old := linkOf(t, card)
		w.passes(time.Minute)
		clear := w.failsAfterRevoking(docspacesim.Fault{Status: 503})
		w.revokes(card)
		w.passes(time.Minute)
		contains(t, "what Zoe hears", w.revokes(w.card(w.general, 1)), "didn't answer")
		clear()
		contains(t, "what Zoe hears then", w.revokes(w.card(w.general, 1)), "no longer works", "1 open invitation")
		w.await("the new link", func() bool { return linkIn(w.card(w.general, 1)) != "" })
		w.passes(time.Minute)
		if fresh := linkOf(t, w.card(w.general, 1)); fresh == old {
			t.Error("the card shows the revoked link")
		}
		w.joins(w.card(w.general, 1), "Bob", "Baker", "bob@acme.test")
	}, "LINKS", "managed")
}

// TestTheInviterHearsOnceWhyThereIsNoNewLink, also over a restart, and the card gets the link once there is one.
func TestTheInviterHearsOnceWhyThereIsNoNewLink(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		w.card(w.general, 1)
		w.passes(time.Minute)
		clear := w.failsAfterRevoking(docspacesim.Fault{Status: 402, Body: noSeat})
		w.revokes(w.card(w.general, 1))
		contains(t, "what Ann hears", w.direct(w.ann), "invitation in #general was revoked", "no free seat for this role", "keep asking")
		w.passes(time.Hour)
		contains(t, "the card", w.card(w.general, 1).Plain(), "link was revoked")
		w.restarts(func() {})
		w.passes(time.Hour)
		if n := w.log.count(`"deed":"give_link","verdict":"rejected"`); n != 1 {
			t.Errorf("that there is no link was audited %d times", n)
		}
		clear()
		w.await("the new link", func() bool { return linkIn(w.card(w.general, 1)) != "" })
		w.passes(time.Minute)
		if n := len(w.slack.DMs(w.ann)); n != 1 {
			t.Errorf("Ann was told %d times:\n%s", n, plainOf(w.slack.DMs(w.ann)))
		}
	}, "LINKS", "managed")
}

// TestALinkIsRevokedWithoutAFreeSeat, although the portal hides it, if it has shown it since the start. The admin
// hears what to do if it hasn't.
func TestALinkIsRevokedWithoutAFreeSeat(t *testing.T) {
	durable(t, func(w *world) {
		w.types(w.zoe, w.general, "/docspace-invite roomadmin")
		old := linkOf(t, w.card(w.general, 1))
		w.passes(time.Minute)
		w.portal.Seats(0)
		w.restarts(func() {})
		contains(t, "what Zoe hears", w.revokes(w.card(w.general, 1)), "Room admin* isn't revoked", "free a seat", "Settings → Security → Invitations")
		if linkIn(w.card(w.general, 1)) != old {
			t.Error("the link is not revoked, and the card does not show it")
		}

		w.portal.Seats(1)
		w.chooses(w.zoe, w.card(w.general, 1), "extend")
		w.told(w.zoe, 1)
		w.portal.Seats(0)
		w.revokes(w.card(w.general, 1))
		w.passes(10 * time.Second)
		contains(t, "what Zoe hears, as an admin and as the inviter", plainOf(w.slack.DMs(w.zoe)), "no longer works", "no free seat")
		if linkIn(w.card(w.general, 1)) != "" {
			t.Error("the card shows the revoked link")
		}
		if _, err := w.portal.Join(old, "Eve", "Evil", "eve@evil.test"); err == nil {
			t.Error("the revoked link lets people in")
		}
		w.portal.Seats(1)
		w.await("the new link", func() bool { return linkIn(w.card(w.general, 1)) != "" })
		w.joins(w.card(w.general, 1), "Bob", "Baker", "bob@acme.test")
	}, "LINKS", "managed")
}
