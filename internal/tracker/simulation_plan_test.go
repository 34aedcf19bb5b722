package tracker_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * hour
	ttl    = 7 * day
)

// plan is all that a seed decides before anything happens. Times count from the beginning.
type plan struct {
	seed      int64
	length    time.Duration // then all faults are lifted
	opts      tracker.Options
	rough     float64       // how often single calls fail; 1 is a bad day
	crashes   int           // how often the bot may die at most
	rush      time.Duration // when many people join at once, counted from the first order
	people    []person
	orders    []order
	acts      []act
	windows   []window
	denied    map[string]invitation.Reason // the orders that the chat does not allow
	approvals map[string]bool              // the orders that someone is to approve of
	crowds    map[string]bool              // the orders whose people are identified under the card
}

// person is someone who may be invited.
type person struct {
	user    invitation.ChatUser
	email   string
	unknown bool // the chat does not tell their address
	// moves is when the chat shows newEmail of them from; zero for never.
	moves    time.Duration
	newEmail string
}

// isTheirs reports whether the address is or becomes the person's.
func (p person) isTheirs(address string) bool {
	address = invitation.FoldEmail(address)
	return address == invitation.FoldEmail(p.email) || p.newEmail != "" && address == invitation.FoldEmail(p.newEmail)
}

// order is one command.
type order struct {
	key     string
	at      time.Duration
	request invitation.Request
}

// act is something that someone does at a time.
type act struct {
	at   time.Duration
	what string
	do   func(*world)
}

// A trouble is a fault that lasts.
type trouble string

const (
	portalDown    trouble = "portal down"
	keyBroken     trouble = "key broken"
	noLink        trouble = "no link"
	welcomeDenied trouble = "welcome denied"
	chatDown      trouble = "chat down"
	archived      trouble = "archived"
	kicked        trouble = "kicked"
	blind         trouble = "history unreadable"
	diskFull      trouble = "disk full"
	strangersRead trouble = "people of another organization read"
)

// window is when a trouble lasts, and in which channel when it concerns one.
type window struct {
	trouble  trouble
	channel  invitation.Channel
	from, to time.Duration
}

const forever = 1000 * day

func newPlan(seed int64) *plan {
	r := dice(seed, "plan")
	p := &plan{
		seed: seed, length: 10*day + between(r, day, 11*day), denied: map[string]invitation.Reason{}, crowds: map[string]bool{}, approvals: map[string]bool{},
		rough: pick(r, 0, 0.3, 0.3, 1, 1, 2), crashes: pick(r, 0, 3, 6, 10),
	}
	p.opts = tracker.Options{
		TTL: ttl, Poll: pick(r, 10*minute, 20*minute, 30*minute), PerHour: pick(r, 0, 0, 0, 2),
		Backlog: pick(r, 100, 100, 100, 2), Workers: pick(r, 1, 2, 8), Retention: pick(r, hour, 5*hour, 2*day),
		Congratulate: chance(r, 0.9), SendWelcome: chance(r, 0.9), Policy: invitation.Policy{Remind: chance(r, 0.8), Deliver: chance(r, 0.3)},
	}
	p.rush = between(r, minute, 5*day)
	p.drawPeople(r)
	p.drawOrders(r)
	for i := range p.people {
		p.drawLife(r, p.people[i])
	}
	p.drawWindows(r)
	p.drawMutes(r)
	p.drawEnds(r)
	p.drawRooms()
	slices.SortStableFunc(p.acts, func(a, b act) int { return cmp.Compare(a.at, b.at) })
	return p
}

func (p *plan) add(at time.Duration, what string, do func(*world)) {
	if at >= 0 && at < p.length {
		p.acts = append(p.acts, act{at, what, do})
	}
}

func (p *plan) drawPeople(r *rand.Rand) {
	for i := range r.IntN(9) {
		p.people = append(p.people, person{
			user: invitation.ChatUser(fmt.Sprintf("U%d", i)), email: fmt.Sprintf("u%d@example.com", i), unknown: chance(r, 0.07),
		})
		if who := &p.people[i]; chance(r, 0.15) {
			who.moves, who.newEmail = between(r, hour, 12*day), "moved-"+who.email
		}
	}
}

var channels = []invitation.Channel{"C1", "C2"}

func (p *plan) drawOrders(r *rand.Rand) {
	at := between(r, minute, day)
	for i := range 1 + r.IntN(6) {
		o := order{key: fmt.Sprintf("k%d", i), at: at}
		o.request = invitation.Request{
			Keys: []string{o.key}, Role: pick(r, invitation.Guest, invitation.User), Inviter: pick[invitation.ChatUser](r, "UANN", "UBEN"),
			Channel: pick(r, channels...), ReplyTo: "reply", Room: p.drawRoom(o.key),
		}
		for _, who := range p.people {
			if chance(r, 0.4) {
				o.request.People = append(o.request.People, named(r, who))
			}
		}
		if chance(r, 0.06) {
			p.denied[o.key] = pick(r, invitation.RoleNotYours, invitation.ChannelShared)
		}
		p.crowds[o.key], p.approvals[o.key] = chance(r, 0.2), chance(r, 0.15)
		p.orders = append(p.orders, o)
		p.drawOrder(r, o)
		at += pick(r, between(r, time.Millisecond, minute), between(r, minute, day), between(r, hour, 4*day))
	}
}

// named is how an inviter names someone: as a user, or by an address typed in any case.
func named(r *rand.Rand, who person) invitation.Person {
	if who.unknown || chance(r, 0.3) {
		return invitation.Person{Email: anyCase(r, who.email)}
	}
	return invitation.Person{ChatUser: who.user}
}

func anyCase(r *rand.Rand, address string) string {
	if chance(r, 0.5) {
		return strings.ToUpper(address[:1]) + address[1:]
	}
	return address
}

// drawOrder plans the deliveries of a command, the clicks on its card, and its card's end.
func (p *plan) drawOrder(r *rand.Rand, o order) {
	deliver := func(w *world) { w.deliver(o) }
	p.add(o.at, "command "+o.key, deliver)
	for range pick(r, 0, 0, 1, 1, 2, 3) {
		p.add(o.at+between(r, time.Millisecond, 30*minute), "delivery again "+o.key, deliver)
	}
	for _, who := range p.people {
		for range pick(r, 0, 0, 1, 1, 2) {
			p.add(o.at+between(r, 5*time.Second, 8*day), fmt.Sprint("claim ", o.key, " ", who.user),
				func(w *world) { w.claim(o.key, who) })
		}
	}
	p.drawActions(r, o)
	if chance(r, 0.05) {
		p.add(o.at+between(r, minute, 8*day), "card deleted "+o.key, func(w *world) { w.deleteCard(o.key) })
	}
}

// drawLife plans what someone does at the portal.
func (p *plan) drawLife(r *rand.Rand, who person) {
	portal := func(at time.Duration, what string, do func(*portalModel, time.Time)) {
		p.add(at, fmt.Sprint(what, " ", who.user), func(w *world) {
			w.mu.Lock()
			defer w.mu.Unlock()
			do(&w.portal, time.Now())
		})
	}
	standing := func(s invitation.Standing) func(*portalModel, time.Time) {
		return func(m *portalModel, now time.Time) { m.set(who.email, s, now) }
	}
	if who.newEmail != "" && chance(r, 0.5) {
		who.email = who.newEmail
	}
	email, lag := anyCase(r, who.email), between(r, time.Millisecond, 4*minute)
	first := pick(r, invitation.Unconfirmed, invitation.Unconfirmed, invitation.Enabled)
	register := func(m *portalModel, now time.Time) { m.register(email, first, now, lag) }

	at := p.orders[r.IntN(len(p.orders))].at + between(r, time.Second, 9*day)
	if chance(r, 0.3) { // many come at once
		at = p.orders[0].at + p.rush + between(r, time.Second, 5*minute)
	}
	switch {
	case chance(r, 0.15): // never comes
		return
	case chance(r, 0.15): // is there already
		at = 0
	case chance(r, 0.1): // was invited by email
		portal(max(0, at-between(r, hour, 5*day)), "invited by e-mail", func(m *portalModel, now time.Time) {
			m.register(email, invitation.Invited, now, lag)
		})
	case chance(r, 0.08): // has an account with another address, and changes that
		other := "other-" + email
		portal(max(0, at-between(r, minute, 5*day)), "registers under another address", func(m *portalModel, now time.Time) {
			m.register(other, invitation.Enabled, now, lag)
		})
		portal(at, "takes the address", func(m *portalModel, now time.Time) { m.readdress(other, email, now) })
		return
	}
	portal(at, "registers as "+string(first), register)
	for range 3 {
		at += between(r, 10*time.Second, 3*day)
		switch n := r.IntN(20); {
		case n < 10:
			portal(at, "is enabled", standing(invitation.Enabled))
		case n < 13:
			portal(at, "is disabled", standing(invitation.Disabled))
			p.secondChance(r, p.byUser(who.user), at)
			if chance(r, 0.6) {
				portal(at+between(r, minute, 2*day), "is enabled again", standing(pick(r, invitation.Unconfirmed, invitation.Enabled)))
			}
		case n < 15:
			portal(at, "is removed", func(m *portalModel, now time.Time) { m.remove(who.email, now) })
			p.secondChance(r, p.byUser(who.user), at)
		case n < 16:
			portal(at, "changes the address", func(m *portalModel, now time.Time) { m.readdress(who.email, "new-"+who.email, now) })
		case n < 17:
			portal(at, "registers", register)
		}
	}
}

func (p *plan) byUser(user invitation.ChatUser) person {
	return p.people[slices.IndexFunc(p.people, func(who person) bool { return who.user == user })]
}

// secondChance lets a person who lost their account press Join again.
func (p *plan) secondChance(r *rand.Rand, who person, at time.Duration) {
	key := p.orders[r.IntN(len(p.orders))].key
	if chance(r, 0.6) {
		p.add(at+between(r, minute, 2*day), fmt.Sprint("claim again ", key, " ", who.user), func(w *world) { w.claim(key, who) })
	}
}

// drawWindows plans the troubles that last.
func (p *plan) drawWindows(r *rand.Rand) {
	add := func(probability float64, what trouble, channel invitation.Channel, low, high time.Duration) {
		for chance(r, probability) {
			from := time.Duration(r.Int64N(int64(p.length)))
			if chance(r, 0.3) { // at a time when it is felt
				from = p.orders[r.IntN(len(p.orders))].at + between(r, time.Second, hour) - minute
			}
			p.windows = append(p.windows, window{what, channel, from, min(p.length, from+between(r, low, high))})
		}
	}
	add(0.4, portalDown, "", minute, 3*day)
	add(0.1, keyBroken, "", minute, day)
	add(0.1, noLink, "", minute, day)
	add(0.2, chatDown, "", minute, 5*hour)
	add(0.2, diskFull, "", 10*time.Second, 5*hour)
	add(0.2, welcomeDenied, "", hour, 5*day)
	for _, c := range channels {
		add(0.15, archived, c, minute, 3*day)
		add(0.1, kicked, c, minute, 3*day)
		add(0.1, strangersRead, c, minute, 3*day)
		if chance(r, 0.06) {
			p.windows = append(p.windows, window{archived, c, time.Duration(r.Int64N(int64(p.length))), forever})
		}
	}
	switch {
	case chance(r, 0.2):
		p.windows = append(p.windows, window{blind, "", 0, forever})
	case chance(r, 0.2):
		add(0.6, blind, "", hour, 5*day)
	}
	if chance(r, 0.1) {
		p.windows = append(p.windows, window{welcomeDenied, "", 0, forever})
	}
}

// drawEnds plans when the bot is killed and when it is restarted in good order.
func (p *plan) drawEnds(r *rand.Rand) {
	for range pick(r, 0, 1, 2, 4) {
		at := time.Duration(r.Int64N(int64(p.length)))
		if chance(r, 0.5) && len(p.acts) > 0 {
			at = p.acts[r.IntN(len(p.acts))].at + between(r, time.Millisecond, 10*time.Second)
		}
		if chance(r, 0.5) {
			p.add(at, "kill", func(w *world) { w.kill() })
		} else {
			p.add(at, "restart", func(w *world) { w.restart() })
		}
	}
}

// in reports whether the trouble lasts at the time.
func (p *plan) in(what trouble, channel invitation.Channel, at time.Duration) bool {
	for _, win := range p.windows {
		if win.trouble == what && win.channel == channel && win.from <= at && at < win.to {
			return true
		}
	}
	return false
}

// isAway reports whether a user does not read a channel.
func (p *plan) isAway(user invitation.ChatUser, channel invitation.Channel) bool {
	return chance(dice(p.seed, fmt.Sprint(user, " reads ", channel)), 0.3)
}
