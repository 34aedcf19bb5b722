//go:build unix

package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// takeOvers is how often TestStandbyTakesOver loses the leader: 10 are 50 kills, 20 freezes, 20 cuts and
// 10 orderly stops.
var takeOvers = flag.Int("takeovers", 0, "lose the leader five, two, two and one times as often, instead of once in each way")

// couple are two bots on one database, each with a wire of its own to it.
type couple struct {
	t     *testing.T
	bots  [2]*process
	wires [2]*journaltest.Wire
	// invited are the addresses whose command was acknowledged, doubtful those whose outcome is unknown.
	invited, doubtful []string
	joined            map[string]bool
}

func newCouple(t *testing.T) *couple {
	t.Helper()
	c := &couple{t: t, joined: map[string]bool{}}
	first := newProcess(t)
	first.slack.SetScopes(append(slices.Clip(slackapi.Scopes), slackapi.OptionalScopes...)...)
	address := journaltest.Database(t)
	for i := range c.bots {
		wire, near := journaltest.NewWire(t, address)
		bot := *first
		bot.log = &logBook{}
		bot.env = append(slices.Clip(first.env), "INVITES_PER_HOUR=0", "STATE="+near)
		c.bots[i], c.wires[i] = &bot, wire
		bot.launch()
	}
	return c
}

// roles waits until one leads and the other stands by.
func (c *couple) roles() (leader, standby int) {
	c.t.Helper()
	c.bots[0].await("one that leads and one that stands by", func() bool {
		leader, standby = -1, -1
		for i, bot := range c.bots {
			status, ready := page(c.t, bot.ops()+"/readyz")
			_, metrics := page(c.t, bot.ops()+"/metrics")
			switch {
			case status == http.StatusOK && strings.Contains(ready, "stands by") && strings.Contains(metrics, "docspace_bot_leader 0"):
				standby = i
			case status == http.StatusOK && strings.Contains(metrics, "docspace_bot_leader 1"):
				leader = i
			}
		}
		return leader >= 0 && standby >= 0
	})
	return leader, standby
}

// invite types a command until a bot takes it.
func (c *couple) invite(name string) {
	c.t.Helper()
	bot := c.bots[0]
	for try := 0; ; try++ {
		email := fmt.Sprintf("%s-%d@acme.test", name, try)
		typed := bot.slack.Type(bot.ann, bot.general, fmt.Sprintf("/docspace-invite guest %s %q", email, "for "+email+"."))
		err := typed.Wait(c.t.Context())
		refused := slices.ContainsFunc(typed.Acks(), func(a slacksim.Ack) bool { return a.Payload != nil }) // it could not be saved
		switch {
		case err == nil && !refused:
			c.invited = append(c.invited, email)
			return
		case c.t.Context().Err() != nil:
			c.t.Fatal(err)
		}
		c.doubtful = append(c.doubtful, email)
		time.Sleep(50 * time.Millisecond) // a person who tries again does not know when another leads
	}
}

// join has the person invited last join by their card's link, and confirm their address.
func (c *couple) join() {
	c.t.Helper()
	email, bot := c.invited[len(c.invited)-1], c.bots[0]
	var card slacksim.Message
	bot.await("the card for "+email, func() bool {
		i := slices.IndexFunc(bot.slack.Messages(bot.general), func(m slacksim.Message) bool { return isFor(m, email) })
		if i >= 0 {
			card = bot.slack.Messages(bot.general)[i]
		}
		return i >= 0
	})
	if _, err := bot.portal.Join(linkOf(c.t, card), "Some", "Body", email); err != nil && !errors.Is(err, docspacesim.ErrEmailExists) {
		c.t.Fatal(err)
	}
	if err := bot.portal.Activate(email); err != nil {
		c.t.Fatal(err)
	}
	c.joined[email] = true
}

// confirmed counts the confirmations in threads, by the card they answer.
func (c *couple) confirmed() map[string]int {
	n := map[string]int{}
	for _, m := range c.bots[0].slack.Messages(c.bots[0].general) {
		if m.ThreadTS != "" {
			n[m.ThreadTS]++
		}
	}
	return n
}

// loses loses the leader, and returns how to bring it back.
func (c *couple) loses(how string, leader, round int) (back func()) {
	bot, wire := c.bots[leader], c.wires[leader]
	switch how {
	case "frozen":
		_ = bot.cmd.Process.Signal(syscall.SIGSTOP)
		return func() { _ = bot.cmd.Process.Signal(syscall.SIGCONT) }
	case "cut":
		if round%2 == 0 { // all of it is lost on the way
			wire.Heard(func([]byte) bool { return false })
			return func() { wire.Heard(nil) }
		}
		wire.Down(true)
		return func() { wire.Down(false) }
	case "stopped":
		bot.stop(os.Interrupt)
	default:
		bot.stop(os.Kill)
	}
	return func() { bot.log = &logBook{}; bot.launch() }
}

// TestStandbyTakesOver loses the bot that leads, in every way and while people use it: the other one
// leads in time, nothing is lost and nothing said twice.
func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	c := newCouple(t)
	var hows []string
	for _, h := range []struct {
		how  string
		part int
	}{{"killed", 5}, {"frozen", 2}, {"cut", 2}, {"stopped", 1}} {
		hows = append(hows, slices.Repeat([]string{h.how}, max(1, h.part**takeOvers))...)
	}
	limits := map[string]time.Duration{"killed": 10 * time.Second, "frozen": 10 * time.Second, "cut": 10 * time.Second, "stopped": time.Second}
	took := map[string][]time.Duration{}
	for round, how := range hows {
		leader, standby := c.roles()
		led := c.bots[standby].log.count(`"leading"`)
		if len(c.invited) > 0 {
			c.join() // to be confirmed by either
		}
		c.invite(fmt.Sprintf("before%d", round))
		time.Sleep(rand.N(150 * time.Millisecond)) // it is lost at any moment of what it does
		since := time.Now()
		back := c.loses(how, leader, round)
		if how == "stopped" {
			since = time.Now()
		}
		c.bots[standby].await("another that leads", func() bool { return c.bots[standby].log.count(`"leading"`) > led })
		took[how] = append(took[how], time.Since(since))
		c.invite(fmt.Sprintf("after%d", round))
		back()
	}
	c.roles()
	for how, all := range took {
		slices.Sort(all)
		t.Logf("%d times %s: another leads after %v, %v at most", len(all), how, all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
		if worst := all[len(all)-1]; worst > limits[how] {
			t.Errorf("%s: another leads after %v", how, worst)
		}
	}
	c.check()
}

// check counts what the servers have, once all is settled.
func (c *couple) check() {
	c.t.Helper()
	bot := c.bots[0]
	bot.await("all cards", func() bool {
		cards := c.cards()
		return !slices.ContainsFunc(c.invited, func(email string) bool { return cards[email] == 0 })
	})
	bot.await("all confirmations", func() bool { return len(c.confirmed()) >= len(c.joined) })
	time.Sleep(2 * time.Second) // what is said twice is said by then
	cards := c.cards()
	for _, email := range c.invited {
		if n := cards[email]; n != 1 {
			c.t.Errorf("%s: %d cards, want 1", email, n)
		}
	}
	for _, email := range c.doubtful {
		if n := cards[email]; n > 1 {
			c.t.Errorf("%s: %d cards", email, n)
		}
	}
	confirmed := c.confirmed()
	for thread, n := range confirmed {
		if n != 1 {
			c.t.Errorf("the card %s has %d confirmations", thread, n)
		}
	}
	if len(confirmed) != len(c.joined) {
		c.t.Errorf("%d threads confirm someone, want %d", len(confirmed), len(c.joined))
	}
	c.t.Logf("%d commands taken, %d in doubt, %d people confirmed", len(c.invited), len(c.doubtful), len(c.joined))
	if c.t.Failed() {
		c.t.Logf("the logs:\n%s\n\n%s", c.bots[0].log, c.bots[1].log)
	}
}

// cards counts the cards by the address that they are for.
func (c *couple) cards() map[string]int {
	n := map[string]int{}
	for _, m := range c.bots[0].slack.Messages(c.bots[0].general) {
		for _, email := range append(slices.Clip(c.invited), c.doubtful...) {
			if isFor(m, email) {
				n[email]++
			}
		}
	}
	return n
}

// isFor reports whether m is the card that invite asked for.
func isFor(m slacksim.Message, email string) bool {
	return m.ThreadTS == "" && strings.Contains(string(m.Blocks), "for "+email+".")
}
