package tracker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Troubles of rooms and emails. They name a room, or an order, in place of a channel.
const (
	roomArchived trouble = "room archived"
	mayNotShare  trouble = "the inviter may not share the room"
	emailsUsedUp trouble = "no emails left"
)

// atTheSameTime is how far apart two things are at most that cross each other: the look of one and the other.
const atTheSameTime = minute

// roomModel is the truth about one room, which one order is for.
type roomModel struct {
	rights map[invitation.MemberID]invitation.Right
	since  map[invitation.MemberID]time.Time // when the right last changed
}

// emailSent is a new invitation that the portal sent by email.
type emailSent struct {
	address string
	at      time.Time
}

// sentLink is a direct message with a link in it.
type sentLink struct {
	key   string
	card  invitation.Card
	link  string
	taken bool
}

// room names the order's room. Each has its own, so that it is plain who shares it.
func room(key string) invitation.RoomID { return invitation.RoomID("room of " + key) }

// drawRooms plans which orders are for a room, what becomes of it, and what the portal's emails and links go through.
func (p *plan) drawRooms() {
	r := dice(p.seed, "rooms")
	p.opts.Email = chance(r, 0.7)
	at := func() time.Duration { return time.Duration(r.Int64N(int64(p.length))) }
	window := func(probability float64, what trouble, channel invitation.Channel, high time.Duration) {
		for chance(r, probability) {
			from := at()
			if chance(r, 0.4) {
				from = p.orders[r.IntN(len(p.orders))].at + between(r, time.Second, 5*day) - minute
			}
			to := from + between(r, minute, high)
			if chance(r, 0.3) {
				to = forever
			}
			p.windows = append(p.windows, window{what, channel, from, to})
		}
	}
	window(0.4, emailsUsedUp, "", 3*day)
	for range pick(r, 0, 0, 1, 1, 3) {
		soon := p.orders[r.IntN(len(p.orders))].at + between(r, time.Second, 20*time.Second) // links are on their way
		p.add(pick(r, at(), soon, soon), "revoke the link", func(w *world) { w.revoke() })
	}
	for i := range p.orders {
		o := p.orders[i]
		for range pick(r, 0, 0, 1, 3) {
			p.add(o.at+between(r, minute, 8*day), "resend "+o.key, func(w *world) { w.resend(o.key) })
		}
		if o.request.Room.ID == "" {
			continue
		}
		window(0.25, roomArchived, invitation.Channel(o.key), 2*day)
		window(0.25, mayNotShare, invitation.Channel(o.key), 2*day)
		for _, who := range p.people {
			if !chance(r, 0.3) {
				continue
			}
			right := pick(r, invitation.ReadRight, invitation.CommentRight, invitation.ManageRight)
			p.add(o.at+between(r, time.Second, 6*day), fmt.Sprint("the owner gives ", who.user, " the right ", right, " in the room of ", o.key), func(w *world) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if a := w.portal.byEmail(who.email); a != nil {
					w.portal.room(room(o.key)).raise(a.ID, right)
				}
			})
		}
	}
}

// drawRoom returns the room that an order is for, if any.
func (p *plan) drawRoom(key string) invitation.Room {
	r := dice(p.seed, "room of "+key)
	if chance(r, 0.4) {
		return invitation.Room{}
	}
	return invitation.Room{
		ID: room(key), Title: "Q3", Right: pick(r, invitation.ReadRight, invitation.CommentRight, invitation.FillFormsRight, invitation.EditRight),
	}
}

func (m *portalModel) room(id invitation.RoomID) *roomModel {
	if m.rooms == nil {
		m.rooms = map[invitation.RoomID]*roomModel{}
	}
	if m.rooms[id] == nil {
		m.rooms[id] = &roomModel{map[invitation.MemberID]invitation.Right{}, map[invitation.MemberID]time.Time{}}
	}
	return m.rooms[id]
}

func (r *roomModel) raise(id invitation.MemberID, right invitation.Right) {
	if right.Covers(r.rights[id]) || r.rights[id] == "" {
		r.rights[id], r.since[id] = right, time.Now()
	}
}

// revoke has Zoe revoke the link of users, and try again until that is done.
func (w *world) revoke() {
	w.mu.Lock()
	w.revoking++
	w.mu.Unlock()
	for {
		var err error
		b := w.living()
		if b != nil {
			_, err = b.tracker.RevokeLink(b.ctx, invitation.User, "UZOE")
		}
		w.mu.Lock()
		w.history("revoke = %v", err)
		if b != nil && err == nil && !b.isDead() {
			w.revoking--
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		time.Sleep(10 * minute)
	}
}

// resend has Ann ask for the portal's emails again.
func (w *world) resend(key string) {
	b := w.living()
	w.mu.Lock()
	card := w.chat.card(key)
	w.mu.Unlock()
	if b == nil || card == nil {
		return
	}
	_, changed, err := b.tracker.Resend(b.ctx, card.invitation, "UANN", "")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history("resend %s = %v, %v", key, changed, err)
}

// link is the one that users join by at present. The mutex is held.
func (m *portalModel) link(role invitation.Role) string {
	if role != invitation.User {
		return "https://portal.example/join/" + string(role)
	}
	return fmt.Sprint("https://portal.example/join/User/", m.revoked)
}

// keyOf is the order that the room is for.
func (w *world) keyOf(id invitation.RoomID) string {
	for _, o := range w.plan.orders {
		if room(o.key) == id {
			return o.key
		}
	}
	return ""
}

// mayShare returns why the inviter may not share the room at a time. The mutex is held.
func (w *world) mayShare(key string, channel invitation.Channel, at time.Duration) error {
	switch {
	case w.plan.in(strangersRead, channel, at):
		return &invitation.Failure{Reason: invitation.ChannelShared}
	case w.plan.in(mayNotShare, invitation.Channel(key), at):
		return &invitation.Failure{Reason: invitation.RoomNotYours}
	}
	return nil
}

// checkShare checks that someone's room is shared while they may, or might a moment ago. The mutex is held.
func (w *world) checkShare(key, what string) {
	for _, o := range w.plan.orders {
		if o.key == key && w.mayShare(key, o.request.Channel, w.clock()) != nil && w.mayShare(key, o.request.Channel, w.clock()-atTheSameTime) != nil {
			w.fail(key, "%s, which its inviter may not", what)
		}
	}
}

func (p portal) roomOpen(key string) error {
	if p.world.plan.in(roomArchived, invitation.Channel(key), p.world.clock()) {
		return &invitation.Failure{Reason: invitation.RoomArchived}
	}
	return nil
}

func (p portal) RoomRights(ctx context.Context, id invitation.RoomID, _ string) (members []invitation.RoomMember, err error) {
	err = p.call(ctx, "rights", p.world.keyOf(id), func() error {
		for m, right := range p.world.portal.room(id).rights {
			members = append(members, invitation.RoomMember{Member: invitation.Member{ID: m}, Right: right})
		}
		return p.open()
	})
	return members, err
}

// ShareRoom denies the call because of some people, and leaves others out without a word.
func (p portal) ShareRoom(ctx context.Context, id invitation.RoomID, right invitation.Right, members []invitation.MemberID) (given []invitation.MemberID, err error) {
	w, key := p.world, p.world.keyOf(id)
	err = p.call(ctx, "share", key, func() error {
		if err := p.open(); err != nil {
			return err
		}
		if err := p.roomOpen(key); err != nil {
			return err
		}
		w.checkShare(key, "the room is shared")
		odd := func(what string, m invitation.MemberID) bool {
			return chance(dice(w.plan.seed, fmt.Sprint(what, key, m)), 0.08)
		}
		if slices.ContainsFunc(members, func(m invitation.MemberID) bool { return odd("denied", m) }) {
			return &invitation.Failure{Reason: invitation.RightNotThere}
		}
		for _, m := range members {
			a := w.portal.byID(m)
			if a == nil || a.Standing == invitation.Disabled || odd("left out", m) {
				continue
			}
			r := w.portal.room(id)
			if had := r.rights[m]; had != "" && !right.Covers(had) && time.Since(r.since[m]) > atTheSameTime {
				w.fail(key, "%s had the right %s in the room, and has %s now", a.Email, had, right)
			}
			r.rights[m], r.since[m] = right, time.Now()
			given = append(given, m)
		}
		return nil
	})
	return given, err
}

// invite makes an account that is yet to be accepted, and sends an email, as far as the portal would. The mutex is
// held.
func (p portal) invite(key, address string, again bool) error {
	w := p.world
	if w.plan.in(emailsUsedUp, "", w.clock()) {
		wait := pick(dice(w.plan.seed, "allowance"+key), 0, 5*minute, 20*hour)
		return &invitation.Failure{Reason: invitation.EmailsUsedUp, RetryAfter: wait}
	}
	a := w.portal.byEmail(address)
	if a != nil && time.Now().After(a.visible.Add(atTheSameTime)) && time.Since(a.story[len(a.story)-1].from) > atTheSameTime {
		w.fail(key, "%s is invited by email, and has an account", address)
	}
	if a == nil || again && a.Standing == invitation.Invited {
		w.portal.emails = append(w.portal.emails, emailSent{invitation.FoldEmail(address), time.Now()})
	}
	if a == nil {
		w.portal.register(address, invitation.Invited, time.Now(), 0)
		w.portal.byEmail(address).emailed = true
	}
	return nil
}

func (p portal) InviteByEmail(ctx context.Context, addresses []string, role invitation.Role) error {
	return p.call(ctx, "email", fmt.Sprint(addresses), func() error {
		if err := p.open(); err != nil {
			return err
		}
		if role == invitation.Guest {
			p.world.fail("", "a guest is invited by email, and to no room")
		}
		for _, address := range addresses { // it stops at the first that it refuses
			if err := p.invite("", address, false); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p portal) InviteToRoom(ctx context.Context, id invitation.RoomID, right invitation.Right, addresses []string) error {
	key := p.world.keyOf(id)
	return p.call(ctx, "email", fmt.Sprint(key, addresses), func() error {
		if err := p.open(); err != nil {
			return err
		}
		if err := p.roomOpen(key); err != nil {
			return err
		}
		p.world.checkShare(key, "someone is invited to the room by email")
		for _, address := range addresses {
			if err := p.invite(key, address, true); err != nil {
				return err
			}
			p.world.portal.room(id).raise(p.world.portal.byEmail(address).ID, right)
		}
		return nil
	})
}

func (p portal) ResendInvitations(ctx context.Context, members []invitation.MemberID) error {
	return p.call(ctx, "resend", fmt.Sprint(members), func() error {
		if len(members) == 0 || slices.Contains(members, "") {
			p.world.fail("", "emails are sent again to %q", members)
		}
		return p.open()
	})
}

func (p portal) RevokeLink(ctx context.Context, role invitation.Role) error {
	return p.call(ctx, "revoke", string(role), func() error {
		if err := p.open(); err != nil {
			return err
		}
		p.world.portal.revoked++
		return nil
	})
}

func (c chat) MayShare(ctx context.Context, inv invitation.Invitation) error {
	return c.call(ctx, "may share", inv.Keys[0], func() error {
		if err := c.open(""); err != nil {
			return err
		}
		return c.world.mayShare(inv.Keys[0], inv.Channel, c.world.clock())
	})
}

func (c chat) NotLinked(ctx context.Context, inv invitation.Invitation) error {
	if !inv.LacksLink() {
		c.world.fail(inv.Keys[0], "the inviter is told that there is no link, and it is %s", inv.Link)
	}
	_, err := c.say(ctx, invitation.EffectNotLinked, inv, "")
	return err
}

func (c chat) NotShared(ctx context.Context, inv invitation.Invitation) error {
	_, err := c.say(ctx, invitation.EffectNotShared, inv, "")
	return err
}

// checkRevoked checks, some hours after the last fault, that no revoked link stands on a card, be it open or not, or
// in a message that the bot knows of, and that every open card that may have a link has the new one.
func (w *world) checkRevoked() {
	bot := w.living().tracker
	known := append(bot.Open(), bot.Missed()...)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.revoking > 0 {
		w.fail("", "a link cannot be revoked hours after all is well")
	}
	for _, inv := range known {
		key, link := inv.Keys[0], w.portal.link(inv.Role)
		gives := inv.Open() && inv.Invites()
		if gives && inv.Link != link {
			w.fail(key, "it gives out %q, and the portal %s", inv.Link, link)
		}
		if card := w.chat.at(inv.Card); card != nil && card.link != link && (gives || card.link != "") && !w.plan.in(archived, card.channel, w.clock()) {
			w.fail(key, "its card shows %q, and the portal has %s", card.link, link)
		}
		noted := w.sentOf(key)
		for _, m := range w.chat.links {
			if m.key == key && m.link != link && !m.taken && slices.Contains(noted, m.card) {
				w.fail(key, "the message %v still has the link %s", m.card, m.link)
			}
		}
	}
}

// entriesOf returns what the journal told of the order.
func (w *world) entriesOf(key string) (all []invitation.Entry) {
	for _, l := range w.book.told {
		var e invitation.Entry
		if w.book.keys[l.invitation] == key && json.Unmarshal(l.text, &e) == nil {
			all = append(all, e)
		}
	}
	return all
}

// sentOf returns where the messages are, as the journal tells.
func (w *world) sentOf(key string) (cards []invitation.Card) {
	for _, e := range w.entriesOf(key) {
		if e.Card != nil && (e.Kind == invitation.KindDelivered || e.Kind == invitation.KindReminded || e.Kind == invitation.KindHandedOver) {
			cards = append(cards, *e.Card)
		}
	}
	return cards
}

// checkRoom checks, in the end, that everyone whom the thread names has the order's room, or the inviter heard why
// not.
func (w *world) checkRoom(o order) {
	want := o.request.Room
	inv := w.told(o.key)
	if want.ID == "" {
		return
	}
	heard := w.chat.count(func(m *message) bool { return m.key == o.key && m.effect == invitation.EffectNotShared }) > 0
	for _, e := range w.entriesOf(o.key) {
		heard = heard || e.Kind == invitation.KindNotShared && e.Outcome == invitation.Failed // the chat would not have it
	}
	for _, v := range inv.Invitees {
		if v.State != invitation.Confirmed {
			continue
		}
		has := w.portal.room(want.ID).rights[v.Member.ID]
		switch {
		case v.Shared == "":
			w.fail(o.key, "%s is confirmed before they have the room", v.ID)
		case v.Shared == invitation.Done && !has.Covers(want.Right) && (has == "" || want.Right.Covers(has)):
			w.fail(o.key, "%s is said to have the room, and has the right %q there", v.ID, has)
		case v.Shared != invitation.Done && !heard && inv.Stage != invitation.Cancelled:
			w.fail(o.key, "%s does not have the room, and the inviter does not know", v.ID)
		}
	}
}

// checkEmails checks, in the end, that no one was sent a second invitation by email while the first was good, and
// that there was one for everyone of whom that is said.
func (w *world) checkEmails() {
	last := map[string]time.Time{}
	for _, e := range w.portal.emails {
		before, twice := last[e.address]
		lost := slices.ContainsFunc(w.portal.accounts, func(a *account) bool {
			return slices.ContainsFunc(a.story, func(c chapter) bool {
				return (c.standing == "" || invitation.FoldEmail(c.email) != e.address) && !c.from.Before(before) && !c.from.After(e.at) && invitation.FoldEmail(a.story[0].email) == e.address
			})
		})
		if twice && !lost && e.at.Sub(before) > atTheSameTime {
			w.fail("", "%s was invited by email at %s and at %s", e.address, before.Format(stamp), e.at.Format(stamp))
		}
		last[e.address] = e.at
	}
	for _, o := range w.plan.orders {
		inv := w.told(o.key)
		for _, e := range w.entriesOf(o.key) {
			if e.Kind != invitation.KindEmailed || e.Outcome != invitation.Done {
				continue
			}
			for _, id := range e.Invitees {
				v := inv.Invitee(id)
				if v != nil && !slices.ContainsFunc(w.portal.accounts, func(a *account) bool { return v.Has(a.story[0].email) || v.Has(a.Email) }) {
					w.fail(o.key, "%s is said to have an email, and there was none", v.ID)
				}
			}
		}
	}
}

var _ tracker.Portal = portal{}
