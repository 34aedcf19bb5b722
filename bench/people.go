package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// people measures how soon the threads tell of those who become active.
func (l *lab) people(ctx context.Context, _ options) ([]row, error) {
	many, err := l.tenThousand(ctx)
	if err != nil {
		return many, err
	}
	crowd, err := l.fiveHundred(ctx)
	return append(many, crowd...), err
}

// tenThousand waits for 10 000 people on 100 cards, of whom 1000 become active within a minute.
func (l *lab) tenThousand(ctx context.Context) ([]row, error) {
	s := l.newSite()
	defer s.close()
	const cards, perCard, moving = 100, 100, 1000
	lead := s.slack.AddUser(slacksim.User{Name: "lead", Email: "lead@acme.test"}).ID
	var channels []string
	for i := range cards {
		channels = append(channels, s.slack.AddChannel(slacksim.Channel{Name: fmt.Sprintf("team%d", i), Members: []string{lead, s.slack.BotUser()}}).ID)
	}
	if _, err := s.start(ctx); err != nil {
		return nil, err
	}
	for i, channel := range channels {
		var addresses []string
		for j := range perCard {
			addresses = append(addresses, fmt.Sprintf("p%dof%d@acme.test", j, i))
		}
		if err := s.slack.Type(lead, channel, "/docspace-invite "+strings.Join(addresses, " ")).Wait(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.await(ctx, 2*time.Minute, func() bool { return len(s.slack.Messages(channels[cards-1])) > 0 }); err != nil {
		return nil, err
	}
	time.Sleep(time.Minute) // until everyone was looked up
	s.portal.RateLimit(true)
	// A thousand register over half a minute; then they confirm over a minute.
	type person struct {
		email, name, channel string
		active               time.Time
	}
	var all []person
	for i := range moving {
		card := s.slack.Messages(channels[i%cards])[0]
		p := person{email: fmt.Sprintf("p%dof%d@acme.test", i/cards, i%cards), name: fmt.Sprintf("Nr%04d", i), channel: card.Channel}
		if _, err := s.portal.Join(link(card), "Pia", p.name, p.email); err != nil {
			return nil, err
		}
		all = append(all, p)
		time.Sleep(30 * time.Millisecond)
	}
	start := time.Now()
	for i := range all {
		time.Sleep(time.Until(start.Add(time.Duration(i) * time.Minute / moving)))
		if err := s.portal.Activate(all[i].email); err != nil {
			return nil, err
		}
		all[i].active = time.Now()
	}
	if err := s.await(ctx, 3*time.Minute, func() bool {
		for _, p := range all[moving-20:] {
			if _, ok := named(s, p.channel, p.name); !ok {
				return false
			}
		}
		return true
	}); err != nil {
		return nil, err
	}
	time.Sleep(20 * time.Second)
	var took []time.Duration
	missing, refused := 0, 0
	for _, p := range all {
		if at, ok := named(s, p.channel, p.name); ok {
			took = append(took, at.Sub(p.active))
		} else {
			missing++
		}
	}
	for _, call := range s.portal.Calls() {
		if call.Status == 429 {
			refused++
		}
	}
	return []row{{
		"1000 of 10 000 become active within a minute: until the thread says so",
		fmt.Sprintf("p50 %.1f s, p99 %.1f s; %d not named, %d times 429", percentile(took, 50).Seconds(), percentile(took, 99).Seconds(), missing, refused),
		"p50 9 s, p99 20 s, no 429",
	}}, nil
}

// fiveHundred pressed Join on one card, and become active at once.
func (l *lab) fiveHundred(ctx context.Context) ([]row, error) {
	s := l.newSite()
	defer s.close()
	const n = 500
	members := []string{s.slack.BotUser()}
	var users []slacksim.User
	for i := range n {
		u := s.slack.AddUser(slacksim.User{Name: fmt.Sprintf("user%d", i), RealName: fmt.Sprintf("User %d", i), Email: fmt.Sprintf("user%d@acme.test", i)})
		users, members = append(users, u), append(members, u.ID)
	}
	town := s.slack.AddChannel(slacksim.Channel{Name: "town", Members: members}).ID
	if _, err := s.start(ctx); err != nil {
		return nil, err
	}
	if err := s.slack.Type(users[0].ID, town, "/docspace-invite").Wait(ctx); err != nil {
		return nil, err
	}
	if err := s.await(ctx, time.Minute, func() bool { return len(s.slack.Messages(town)) > 0 }); err != nil {
		return nil, err
	}
	card := s.slack.Messages(town)[0]
	for i, u := range users {
		if err := s.slack.Press(u.ID, town, card.TS, "join").Wait(ctx); err != nil {
			return nil, err
		}
		if _, err := s.portal.Join(link(card), "Pia", fmt.Sprintf("Nr%04d", i), u.Email); err != nil {
			return nil, err
		}
	}
	time.Sleep(time.Minute)
	s.slack.RateLimits(true)
	start := time.Now()
	for _, u := range users {
		if err := s.portal.Activate(u.Email); err != nil {
			return nil, err
		}
	}
	var last time.Time
	err := s.await(ctx, 2*time.Minute, func() bool {
		for i := n - 1; i >= 0; i-- {
			at, ok := named(s, town, fmt.Sprintf("Nr%04d", i))
			if !ok {
				return false
			}
			if at.After(last) {
				last = at
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return []row{{
		"500 become active at once under one card: until all are named",
		fmt.Sprintf("%.1f s, in %d messages", last.Sub(start).Seconds(), len(s.slack.Thread(town, card.TS))), "30 s, 30 messages",
	}}, nil
}

// named returns when a reply in the channel named someone.
func named(s *site, channel, name string) (time.Time, bool) {
	for _, m := range s.slack.Messages(channel) {
		if m.ThreadTS != "" && strings.Contains(m.Text, name) {
			return m.At, true
		}
	}
	return time.Time{}, false
}

// link returns the address behind a card's button.
func link(card slacksim.Message) string {
	var blocks []struct {
		Elements []struct {
			URL string `json:"url"`
		} `json:"elements"`
	}
	_ = json.Unmarshal(card.Blocks, &blocks)
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.URL != "" {
				return e.URL
			}
		}
	}
	return ""
}
