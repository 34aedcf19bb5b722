package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// driver has the people do what the plan says, and remembers what they were promised.
type driver struct {
	*world
	options Options
	kills   *counter // so far
	report  *Report

	mu       sync.Mutex
	attempts []*attempt
	typed    int
	odd      []string // what should not have happened and is no loss
}

// attempt is a command that reached the bot, or may have.
type attempt struct {
	token    string
	command  plannedCommand
	delivery *slacksim.Delivery
	pressed  []int // who pressed Join and had it acknowledged
}

// run does all that the commands say, and returns when it is done or the context ends.
func (d *driver) run(ctx context.Context, commands []plannedCommand) {
	var acting sync.WaitGroup
	defer acting.Wait()
	for i, c := range commands {
		acting.Go(func() { d.carry(ctx, i, c) })
	}
}

// carry types one command and has its people follow the card.
func (d *driver) carry(ctx context.Context, number int, c plannedCommand) {
	if !d.until(ctx, c.at) {
		return
	}
	a := d.invite(ctx, number, c)
	if a == nil || c.again {
		return
	}
	card, ok := d.cardOf(ctx, a)
	if !ok {
		return
	}
	var acting sync.WaitGroup
	defer acting.Wait()
	for _, g := range c.guests {
		acting.Go(func() { d.follow(ctx, a, card, g) })
	}
}

// until waits for a moment and tells whether it came.
func (d *driver) until(ctx context.Context, m moment) bool {
	return d.kills.await(ctx, func(n int) bool { return n >= m.kills }) == nil && grace.Sleep(ctx, m.delay)
}

// invite types the command until it is acknowledged. Where nothing is known of one that was
// typed, the next one has a note of its own.
func (d *driver) invite(ctx context.Context, number int, c plannedCommand) *attempt {
	for try := 0; ctx.Err() == nil; try++ {
		a := &attempt{token: fmt.Sprintf("c%04dt%06d", number, try), command: c}
		err := d.send(ctx, func() *slacksim.Delivery {
			delivery := d.slack.Type(c.inviter, c.channel, d.line(c, a.token))
			d.typedOnce(a, delivery)
			return delivery
		})
		switch answer := a.answer(); {
		case answer != "": // the database is away
			d.refused()
			grace.Sleep(ctx, d.options.Lease/4)
		case err == nil:
			return a
		}
	}
	return nil
}

// typedOnce remembers that a command was typed, perhaps not for the first time.
func (d *driver) typedOnce(a *attempt, delivery *slacksim.Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.typed++
	if a.delivery == nil {
		d.attempts = append(d.attempts, a)
	}
	a.delivery = delivery
}

// send acts until there is a connection to act over, and returns what became of that.
func (d *driver) send(ctx context.Context, act func() *slacksim.Delivery) error {
	for {
		err := act().Wait(ctx)
		if codeOf(err) != "dispatch_failed" {
			return err
		}
		if err := d.slack.Await(ctx, func() bool { return d.slack.Connections() > 0 }); err != nil {
			return err
		}
	}
}

// codeOf is Slack's word for what became of an act, or "" when there is none.
func codeOf(err error) string {
	if failed, ok := errors.AsType[*slacksim.DeliveryError](err); ok {
		return failed.Code
	}
	return ""
}

// answer is what the bot said in an acknowledgement: it says something only to refuse.
func (a *attempt) answer() string {
	for _, ack := range a.delivery.Acks() {
		if ack.Payload != nil {
			return string(ack.Payload)
		}
	}
	return ""
}

// refused tells whether the bot said, and said nothing else, that it has not taken the command on.
func (a *attempt) refused() bool {
	acks := a.delivery.Acks()
	return len(acks) > 0 && !slices.ContainsFunc(acks, func(ack slacksim.Ack) bool {
		return !strings.Contains(string(ack.Payload), "cannot write down")
	})
}

// acknowledged tells whether the bot took the command on. An acknowledgement that was too
// late for Slack is a promise all the same.
func (a *attempt) acknowledged() bool { return len(a.delivery.Acks()) > 0 && a.answer() == "" }

// cardOf waits for the card of an attempt.
func (d *driver) cardOf(ctx context.Context, a *attempt) (card slacksim.Message, ok bool) {
	err := d.slack.Await(ctx, func() bool {
		for _, m := range d.slack.Messages(a.command.channel) {
			if m.ThreadTS == "" && m.User == d.slack.BotUser() && strings.Contains(m.Text, a.token) {
				card = m
				return true
			}
		}
		return false
	})
	return card, err == nil
}

// follow has somebody join by the card and confirm their address.
func (d *driver) follow(ctx context.Context, a *attempt, card slacksim.Message, g guest) {
	p := d.people[g.person]
	if !d.until(ctx, g.joins) {
		return
	}
	if a.command.manner == byButton && !d.press(ctx, a, card, g) {
		return
	}
	if _, err := d.portal.Join(linkOf(card), p.first, p.last, p.email); err != nil && !errors.Is(err, docspacesim.ErrEmailExists) {
		d.note("%s cannot join: %v", p.last, err)
		return
	}
	if !d.until(ctx, g.confirm) {
		return
	}
	if err := d.portal.Activate(p.email); err != nil {
		d.note("%s cannot confirm: %v", p.last, err)
	}
}

// press has somebody press Join until that is acknowledged.
func (d *driver) press(ctx context.Context, a *attempt, card slacksim.Message, g guest) bool {
	p := d.people[g.person]
	for ctx.Err() == nil {
		err := d.send(ctx, func() *slacksim.Delivery { return d.slack.Press(p.user, card.Channel, card.TS, "join") })
		if err == nil && !d.isToldNo(ctx, p) {
			d.mu.Lock()
			defer d.mu.Unlock()
			a.pressed = append(a.pressed, g.person)
			return true
		}
		if code := codeOf(err); code != "" && code != "operation_timeout" {
			d.note("%s cannot press Join: %v", p.last, err)
			return false
		}
	}
	return false
}

func (d *driver) refused() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.report.Refused++
}

// isToldNo tells whether somebody who has pressed Join hears that this could not be kept. It takes
// their word for what they were told last, a moment later.
func (d *driver) isToldNo(ctx context.Context, p person) bool {
	grace.Sleep(ctx, d.options.Lease/4)
	told := d.slack.Ephemerals(p.user)
	if len(told) == 0 {
		return false
	}
	text := told[len(told)-1].Text
	no := strings.Contains(text, "cannot write down") || strings.Contains(text, "lost the database")
	if no {
		d.refused()
	}
	return no
}

// linkOf is the address of the card's button.
func linkOf(card slacksim.Message) string {
	var blocks []struct {
		Elements []struct {
			ActionID string `json:"action_id"`
			URL      string `json:"url"`
		} `json:"elements"`
	}
	_ = json.Unmarshal(card.Blocks, &blocks) // a card without the button leads nowhere
	for _, block := range blocks {
		for _, element := range block.Elements {
			if element.ActionID == "join" {
				return element.URL
			}
		}
	}
	return ""
}

func (d *driver) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.odd = append(d.odd, fmt.Sprintf(format, args...))
}

// promises are what people have been led to expect so far.
func (d *driver) promises() promises {
	d.mu.Lock()
	defer d.mu.Unlock()
	var p promises
	active, known := d.active(), map[int]bool{}
	for _, a := range d.attempts {
		card := promisedCard{token: a.token, acknowledged: a.acknowledged(), refused: a.refused()}
		invited := a.pressed
		if a.command.manner != byButton {
			invited = nil
			for _, g := range a.command.guests {
				invited = append(invited, g.person)
			}
		}
		for _, i := range invited {
			card.people = append(card.people, d.people[i].last)
			known[i] = known[i] || a.command.manner != byMail
		}
		p.cards = append(p.cards, card)
	}
	for i, who := range d.people {
		p.people = append(p.people, promisedPerson{
			name: who.last, email: who.email, user: who.user, active: active[who.email], greeted: known[i],
		})
	}
	return p
}
