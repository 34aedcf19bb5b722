package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// crowd are people who type commands, each in a channel of their own.
type crowd struct {
	slack           *slacksim.Workspace
	users, channels []string
}

// crowd brings so many people to the site.
func (s *site) crowd(people int) *crowd {
	c := &crowd{slack: s.slack}
	for i := range people {
		c.users = append(c.users, s.slack.AddUser(slacksim.User{Name: fmt.Sprintf("lead%d", i), Email: fmt.Sprintf("lead%d@acme.test", i)}).ID)
	}
	for i := range people {
		members := append([]string{s.slack.BotUser()}, c.users...)
		c.channels = append(c.channels, s.slack.AddChannel(slacksim.Channel{Name: fmt.Sprintf("team%d", i), Members: members}).ID)
	}
	return c
}

// command is a command, and the moment at which it was meant to be typed.
type command struct {
	*slacksim.Delivery
	note  string
	meant time.Time
}

// typed types one command.
func (c *crowd) typed(prefix string, i int, meant time.Time) command {
	note := fmt.Sprintf("%s%d", prefix, i)
	return command{c.slack.Type(c.users[i%len(c.users)], c.channels[i%len(c.users)], fmt.Sprintf(`/docspace-invite "%s."`, note)), note, meant}
}

// typeAll types n commands at a rate, in an open loop.
func (c *crowd) typeAll(prefix string, n, rate int) []command {
	all := make([]command, n)
	start := time.Now()
	for i := range n {
		meant := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		sleepUntil(meant)
		all[i] = c.typed(prefix, i, meant)
	}
	return all
}

// cards counts the cards.
func (c *crowd) cards() (n int) {
	for _, id := range c.channels {
		n += len(c.slack.Messages(id))
	}
	return n
}

// told counts how often someone was told something that no one else sees: that there are too many.
func (c *crowd) told() (n int) {
	for _, user := range c.users {
		n += len(c.slack.Ephemerals(user))
	}
	return n
}

// took returns after how long commands were acknowledged and had their cards, from the moments
// meant, and how many are without one or the other.
func (c *crowd) took(all []command) (acks, posts []time.Duration, lost int) {
	shown := map[string]time.Time{}
	for _, id := range c.channels {
		for _, m := range c.slack.Messages(id) {
			if _, rest, ok := strings.Cut(m.Text, "Note: "); ok {
				note, _, _ := strings.Cut(rest, ".")
				shown[note] = m.At
			}
		}
	}
	for _, t := range all {
		posted, ok := shown[t.note]
		if got := t.Acks(); len(got) == 0 || !ok {
			lost++
			continue
		}
		acks, posts = append(acks, t.Acks()[0].At.Sub(t.meant)), append(posts, posted.Sub(t.meant))
	}
	return acks, posts, lost
}
