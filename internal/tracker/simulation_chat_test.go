package tracker_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// chatModel is the truth about the chat: every message that was ever posted. The world's
// mutex guards it.
type chatModel struct {
	said []*message
	// unfound counts, by identity, the searches that could not tell.
	unfound map[identity]int
	// untold counts the failed tries to tell an inviter.
	untold map[string]int
	// answered counts the answers shown on requests for approval.
	answered map[string]int
	links    []*sentLink
}

// identity names what a message says. A second story of a removed invitee has a new Since.
type identity struct {
	effect   invitation.Effect
	key      string
	invitees string // with their Since in microseconds: that much survives the journal
}

type message struct {
	identity
	number     int
	invitation invitation.ID
	channel    invitation.Channel
	about      []invitation.Invitee
	at         time.Time
	expires    time.Time
	ordered    time.Time         // when the command was accepted
	reason     invitation.Reason // of a refusal
	link       string            // on a card
	deleted    bool
}

func (m *message) String() string {
	return fmt.Sprintf("%s %s %s %s %s %s in %s", m.at.Format(stamp), m.effect, m.key, m.invitation, names(m.about), m.reason, m.channel)
}

// names lists invitees by their ids.
func names(about []invitation.Invitee) string {
	var ids []string
	for _, v := range about {
		ids = append(ids, v.ID)
	}
	return strings.Join(ids, ",")
}

// of reports whether the message is about this person.
func (m *message) of(who person) bool {
	return slices.ContainsFunc(m.about, func(v invitation.Invitee) bool {
		return v.ChatUser == who.user || who.isTheirs(v.Email)
	})
}

func identityOf(effect invitation.Effect, inv invitation.Invitation, about []invitation.Invitee) identity {
	who := identity{effect: effect, key: inv.Keys[0]}
	if effect == invitation.EffectEndingSoon { // an extended invitation ends again
		who.invitees = inv.Expires.Format(stamp)
	}
	for _, v := range about {
		who.invitees += fmt.Sprint(v.ID, "@", v.Since.UnixMicro(), " ")
		if effect == invitation.EffectReminder {
			who.invitees += fmt.Sprint("reminder ", v.Reminded)
		}
		if effect == invitation.EffectLink {
			who.invitees += fmt.Sprint("link ", v.Delivered)
		}
	}
	return who
}

// count returns how many messages are of the kind that is asked for.
func (c *chatModel) count(which func(*message) bool) int {
	n := 0
	for _, m := range c.said {
		if which(m) {
			n++
		}
	}
	return n
}

// at returns the card that stands there, if one does.
func (c *chatModel) at(card invitation.Card) *message {
	for _, m := range c.said {
		if m.effect == invitation.EffectCard && cardOf(m) == card && !m.deleted {
			return m
		}
	}
	return nil
}

// card returns the first card of an order that still stands.
func (c *chatModel) card(key string) *message {
	for _, m := range c.said {
		if m.effect == invitation.EffectCard && m.key == key && !m.deleted {
			return m
		}
	}
	return nil
}

// chat is the chat as one incarnation of the bot sees it.
type chat struct{ *bot }

var _ tracker.Messenger = chat{}

// open returns why nothing can be posted in the channel at present, if so. Call it with the
// world's mutex held.
func (c chat) open(channel invitation.Channel) error {
	switch now := c.world.clock(); {
	case c.world.plan.in(chatDown, "", now):
		return &invitation.Failure{Reason: invitation.ChatDown}
	case channel == "":
		return nil
	case c.world.plan.in(archived, channel, now):
		return &invitation.Failure{Reason: invitation.ChannelArchived}
	case c.world.plan.in(kicked, channel, now):
		return &invitation.Failure{Reason: invitation.CannotPost}
	}
	return nil
}

// gate is what the chat asks before a link goes out. Call it with the world's mutex held.
func (c chat) gate(inv invitation.Invitation) error {
	if c.world.plan.in(strangersRead, inv.Channel, c.world.clock()) {
		return &invitation.Failure{Reason: invitation.ChannelShared}
	}
	return nil
}

// say posts a message that people see.
func (c chat) say(
	ctx context.Context, effect invitation.Effect, inv invitation.Invitation, channel invitation.Channel, about ...invitation.Invitee,
) (*message, error) {
	var m *message
	who := identityOf(effect, inv, about)
	err := c.call(ctx, string(effect), who.key+" "+names(about), func() error {
		hasLink := effect == invitation.EffectCard || effect == invitation.EffectLink || effect == invitation.EffectReminder && about[0].State == invitation.Awaited
		if err := c.gate(inv); err != nil && hasLink {
			return err
		}
		if err := c.open(channel); err != nil {
			return err
		}
		if hasLink && inv.Link == "" {
			c.world.fail(who.key, "%s without a link", effect)
		}
		m = &message{
			identity: who, number: len(c.world.chat.said), invitation: inv.ID, channel: channel, about: about,
			at: time.Now(), expires: inv.Expires, ordered: inv.Accepted, reason: inv.Refusal.Reason,
		}
		if effect == invitation.EffectCard {
			m.link = inv.Link
		} else if hasLink {
			c.world.chat.links = append(c.world.chat.links, &sentLink{key: who.key, card: cardOf(m), link: inv.Link})
		}
		c.world.chat.said = append(c.world.chat.said, m)
		c.world.checkMessage(m, inv)
		return nil
	})
	return m, err
}

// reply posts a message under a card. The channel may be parked.
func (c chat) reply(ctx context.Context, effect invitation.Effect, inv invitation.Invitation, about ...invitation.Invitee) error {
	return c.probing(inv.Card.Channel, func() error {
		_, err := c.say(ctx, effect, inv, inv.Card.Channel, about...)
		return err
	})
}

func (c chat) Vet(ctx context.Context, inv invitation.Invitation) (admission tracker.Admission, err error) {
	key, people := inv.Keys[0], inv.People
	if inv.Approval.Approved {
		people = inv.Approval.People
	}
	err = c.call(ctx, "vet", key, func() error {
		if reason := c.world.plan.denied[key]; reason != "" {
			return &invitation.Failure{Reason: reason}
		}
		for _, who := range people {
			if who.ChatUser != "" && !c.world.plan.crowds[key] {
				who = c.world.personOf(who.ChatUser)
			}
			who.Away = who.ChatUser != "" && c.world.plan.isAway(who.ChatUser, inv.Channel)
			who.Unasked = who.ChatUser == "" && c.world.plan.crowds[key]
			admission.People = append(admission.People, who)
		}
		if inv.Room.ID != "" {
			admission.Room = &inv.Room
		}
		admission.NeedsApproval = c.world.plan.approvals[key]
		if err := c.gate(inv); err != nil {
			return err
		}
		return c.open(inv.Channel)
	})
	if err != nil {
		return tracker.Admission{}, err
	}
	return admission, nil
}

// approvals is where approval is asked for.
const approvals invitation.Channel = "CAPPROVE"

func (c chat) AskApproval(ctx context.Context, inv invitation.Invitation) (invitation.Card, error) {
	m, err := c.say(ctx, invitation.EffectRequest, inv, approvals)
	if err != nil {
		return invitation.Card{}, err
	}
	return cardOf(m), nil
}

func (c chat) Asked(context.Context, invitation.Invitation) error { return nil }

func (c chat) AnswerRequest(ctx context.Context, inv invitation.Invitation) error {
	return c.call(ctx, "answer", inv.Keys[0], func() error {
		if inv.Waits() {
			c.world.fail(inv.Keys[0], "the request shows a decision, and there is none")
		}
		c.world.chat.answered[inv.Keys[0]]++
		return c.open(approvals)
	})
}

func (c chat) Identify(ctx context.Context, user invitation.ChatUser) (who invitation.Person, err error) {
	err = c.call(ctx, "identify", string(user), func() error {
		who = c.world.personOf(user)
		if who.Email == "" {
			return &invitation.Failure{Reason: invitation.NoEmail}
		}
		return c.open("")
	})
	if err != nil {
		return invitation.Person{}, err
	}
	return who, nil
}

func (c chat) Owner(ctx context.Context, address string) (who invitation.Person, err error) {
	err = c.call(ctx, "identify", address, func() error {
		for _, p := range c.world.plan.people {
			if known := c.world.personOf(p.user); known.Email != "" && invitation.FoldEmail(known.Email) == invitation.FoldEmail(address) {
				who = known
				return c.open("")
			}
		}
		return cmp.Or(c.open(""), error(&invitation.Failure{Reason: invitation.NotAPerson}))
	})
	if err != nil {
		return invitation.Person{}, err
	}
	return who, nil
}

func (c chat) PostCard(ctx context.Context, inv invitation.Invitation) (invitation.Card, error) {
	m, err := c.say(ctx, invitation.EffectCard, inv, inv.Channel)
	if err != nil {
		return invitation.Card{}, err
	}
	return cardOf(m), nil
}

func cardOf(m *message) invitation.Card {
	return invitation.Card{Channel: m.channel, Message: fmt.Sprint("message ", m.number)}
}

func (c chat) AskWho(ctx context.Context, inv invitation.Invitation, s invitation.Stranger, _ []tracker.Candidate) error {
	_, err := c.say(ctx, invitation.EffectWho, inv, "", invitation.Invitee{ID: string(s.Member.ID), Since: s.At, Person: invitation.Person{Email: s.Member.Email}})
	return err
}

func (c chat) LeftOut(context.Context, invitation.Invitation, []invitation.Refusal) error { return nil }

func (c chat) TellPreflight(context.Context, invitation.Invitation) error { return nil }

func (c chat) UpdateCard(ctx context.Context, inv invitation.Invitation) error {
	return c.probing(inv.Card.Channel, func() error {
		return c.call(ctx, "update", inv.Keys[0], func() error {
			if err := c.gate(inv); err != nil && inv.GivesLink() {
				return err
			}
			if err := c.open(inv.Card.Channel); err != nil {
				return err
			}
			if c.world.cardDeleted(inv) {
				return &invitation.Failure{Reason: invitation.CardGone}
			}
			for _, m := range c.world.chat.said {
				if m.effect == invitation.EffectCard && m.invitation == inv.ID && cardOf(m) == inv.Card {
					m.link = ""
					if inv.GivesLink() {
						m.link = inv.Link
					}
				}
			}
			return nil
		})
	})
}

func (c chat) Confirm(ctx context.Context, inv invitation.Invitation, invitees []invitation.Invitee) error {
	return c.reply(ctx, invitation.EffectConfirmation, inv, invitees...)
}

func (c chat) Removed(ctx context.Context, inv invitation.Invitation, v invitation.Invitee) error {
	return c.reply(ctx, invitation.EffectRemoval, inv, v)
}

func (c chat) Ended(ctx context.Context, inv invitation.Invitation) error {
	return c.reply(ctx, invitation.EffectEnding, inv)
}

func (c chat) SendWelcome(ctx context.Context, inv invitation.Invitation, v invitation.Invitee) error {
	_, err := c.say(ctx, invitation.EffectGreeting, inv, "", v)
	return err
}

func (c chat) Deliver(ctx context.Context, inv invitation.Invitation, v invitation.Invitee) (invitation.Card, error) {
	return c.send(ctx, invitation.EffectLink, inv, v)
}

// send sends a direct message, and returns where it is.
func (c chat) send(ctx context.Context, effect invitation.Effect, inv invitation.Invitation, v invitation.Invitee) (invitation.Card, error) {
	m, err := c.say(ctx, effect, inv, "", v)
	if err != nil {
		return invitation.Card{}, err
	}
	return cardOf(m), nil
}

// TakeBack is only for what is of no use any more.
func (c chat) TakeBack(ctx context.Context, inv invitation.Invitation, v invitation.Invitee, messages []invitation.Card) error {
	return c.call(ctx, "take back", inv.Keys[0]+" "+v.ID, func() error {
		stale := slices.ContainsFunc(c.world.entriesOf(inv.Keys[0]), func(e invitation.Entry) bool { return e.Kind == invitation.KindRevoked })
		for _, m := range c.world.chat.links {
			if slices.Contains(messages, m.card) {
				m.taken = true
			}
		}
		if inv.Invites() && !v.Joined() && !stale || len(messages) == 0 {
			c.world.fail(inv.Keys[0], "%d messages were taken back from %s, who is %s", len(messages), v.ID, v.State)
		}
		return c.open("")
	})
}

func (c chat) HandOver(ctx context.Context, inv invitation.Invitation) (invitation.Card, error) {
	var card invitation.Card
	err := c.call(ctx, "hand over", inv.Keys[0], func() error {
		if err := c.gate(inv); err != nil {
			return err
		}
		if inv.Link == "" {
			c.world.fail(inv.Keys[0], "the inviter was handed no link")
		}
		if err := c.open(""); err != nil {
			return err
		}
		card = invitation.Card{Channel: "DANN", Message: fmt.Sprint("link ", len(c.world.chat.links))}
		c.world.chat.links = append(c.world.chat.links, &sentLink{key: inv.Keys[0], card: card, link: inv.Link})
		return nil
	})
	if err != nil {
		return invitation.Card{}, err
	}
	return card, nil
}

func (c chat) EndingSoon(ctx context.Context, inv invitation.Invitation) error {
	_, err := c.say(ctx, invitation.EffectEndingSoon, inv, "")
	return err
}

func (c chat) Announce(ctx context.Context, inv invitation.Invitation) error {
	_, err := c.say(ctx, invitation.EffectAnnouncement, inv, "")
	return err
}

func (c chat) Waiting(ctx context.Context, inv invitation.Invitation) error {
	return c.call(ctx, "waiting", inv.Keys[0], func() error { return nil })
}

func (c chat) Posted(context.Context, invitation.Invitation) error { return nil }

func (c chat) Remind(ctx context.Context, inv invitation.Invitation, v invitation.Invitee) (invitation.Card, error) {
	return c.send(ctx, invitation.EffectReminder, inv, v)
}

func (c chat) AtWork(ctx context.Context, user invitation.ChatUser, at time.Time) (time.Time, error) {
	var answer time.Time
	err := c.call(ctx, "at work", string(user), func() error {
		for answer = at; !isAtWork(user, answer); {
			answer = answer.Truncate(hour).Add(hour)
		}
		return c.open("")
	})
	return answer, err
}

// isAtWork reports whether the user is at work: eight hours a day, in a time zone of their own.
func isAtWork(user invitation.ChatUser, at time.Time) bool {
	zone := int(dice(0, string(user)).Int64N(24))
	local := (at.UTC().Hour() + zone) % 24
	return 9 <= local && local < 17
}

func (c chat) TellInviter(ctx context.Context, inv invitation.Invitation) error {
	_, err := c.say(ctx, invitation.EffectRefusal, inv, "")
	if err != nil {
		c.world.mu.Lock()
		defer c.world.mu.Unlock()
		c.world.chat.untold[inv.Keys[0]]++
	}
	return err
}

func (c chat) FindMessage(
	ctx context.Context, inv invitation.Invitation, effect invitation.Effect, about []invitation.Invitee, since time.Time,
) (card invitation.Card, err error) {
	wanted := identityOf(effect, inv, about)
	err = c.call(ctx, "find "+string(effect), wanted.key+" "+names(about), func() error {
		if err := c.open(""); err != nil {
			return err
		}
		if c.world.plan.in(blind, "", c.world.clock()) {
			return &invitation.Failure{Reason: invitation.CannotTell}
		}
		for _, m := range c.world.chat.said {
			if m.identity == wanted && !m.deleted && !m.at.Before(since) {
				card = cardOf(m)
				return nil
			}
		}
		return &invitation.Failure{Reason: invitation.NotThere}
	})
	if told := invitation.FailureOf(err).Reason; err != nil && told != invitation.NotThere {
		c.world.mu.Lock()
		defer c.world.mu.Unlock()
		c.world.chat.unfound[wanted]++
	}
	return card, err
}
