package lab

import (
	"fmt"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// Crowd are people who type commands, each in a channel of their own.
type Crowd struct {
	slack           *slacksim.Workspace
	users, channels []string
}

// Crowd brings so many people to the site.
func (s *Site) Crowd(people int) *Crowd {
	c := &Crowd{slack: s.Slack}
	for i := range people {
		c.users = append(c.users, s.Slack.AddUser(slacksim.User{Name: fmt.Sprintf("lead%d", i), Email: fmt.Sprintf("lead%d@acme.test", i)}).ID)
	}
	for i := range people {
		members := append([]string{s.Slack.BotUser()}, c.users...)
		c.channels = append(c.channels, s.Slack.AddChannel(slacksim.Channel{Name: fmt.Sprintf("team%d", i), Members: members}).ID)
	}
	return c
}

// Typed is a command, and the moment at which it was meant to be typed.
type Typed struct {
	*slacksim.Delivery
	Note  string
	Meant time.Time
}

// typed types one command.
func (c *Crowd) typed(prefix string, i int, meant time.Time) Typed {
	note := fmt.Sprintf("%s%d", prefix, i)
	return Typed{c.slack.Type(c.users[i%len(c.users)], c.channels[i%len(c.users)], fmt.Sprintf(`/docspace-invite "%s."`, note)), note, meant}
}

// Type types n commands at a rate, in an open loop.
func (c *Crowd) Type(prefix string, n, rate int) []Typed {
	all := make([]Typed, n)
	start := time.Now()
	for i := range n {
		meant := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		sleepUntil(meant)
		all[i] = c.typed(prefix, i, meant)
	}
	return all
}

// Cards counts the cards.
func (c *Crowd) Cards() (n int) {
	for _, id := range c.channels {
		n += len(c.slack.Messages(id))
	}
	return n
}

// Told counts how often somebody was told something that nobody else sees: that there are too many.
func (c *Crowd) Told() (n int) {
	for _, user := range c.users {
		n += len(c.slack.Ephemerals(user))
	}
	return n
}

// Took returns after how long commands were acknowledged and had their cards, from the moments
// meant, and how many are without one or the other.
func (c *Crowd) Took(all []Typed) (acks, posts []time.Duration, lost int) {
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
		posted, ok := shown[t.Note]
		if got := t.Acks(); len(got) == 0 || !ok {
			lost++
			continue
		}
		acks, posts = append(acks, t.Acks()[0].At.Sub(t.Meant)), append(posts, posted.Sub(t.Meant))
	}
	return acks, posts, lost
}
