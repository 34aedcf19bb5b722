package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// typed is what became of the commands of one run.
type typed struct {
	ackP50, ackP99, cardP50, cardP99 time.Duration
	cpuPerThousand                   time.Duration
	lost                             int // commands without an acknowledgement or a card
	refused                          int // of those, how many callers were told that there are too many
}

// commands measures acknowledgements and cards at several rates.
func (l *lab) commands(ctx context.Context, o options) ([]row, error) {
	var rows []row
	for _, sync := range []string{"process", "full", ""} {
		for _, at := range []struct {
			rate      int
			ack, card string
		}{{50, "1.5 ms", ""}, {500, "1.5 ms", "3 ms"}, {2000, "2 ms", "4 ms"}, {5000, "10 ms", ""}} {
			if o.rate != 0 && o.rate != at.rate || o.sync != "all" && o.sync != sync {
				continue
			}
			var ack50, ack99, card50, card99, cpu []time.Duration
			lost, refused := 0, 0
			for range o.runs {
				one, err := l.typeAt(ctx, o, at.rate, sync)
				if err != nil {
					return rows, err
				}
				ack50, ack99 = append(ack50, one.ackP50), append(ack99, one.ackP99)
				card50, card99 = append(card50, one.cardP50), append(card99, one.cardP99)
				cpu = append(cpu, one.cpuPerThousand)
				lost, refused = lost+one.lost, refused+one.refused
			}
			goal := func(text string) string {
				if text == "" || sync != "process" {
					return ""
				}
				return "p99 " + text
			}
			name := fmt.Sprintf("%d commands a second, STATE_SYNC=%s", at.rate, sync)
			if sync == "" {
				name = fmt.Sprintf("%d commands a second, bare slack-go", at.rate)
			}
			rows = append(rows,
				row{name + ": acknowledged", fmt.Sprintf("p50 %s, p99 %s", ms(median(ack50)), ms(median(ack99))), goal(at.ack)},
				row{name + ": card posted", fmt.Sprintf("p50 %s, p99 %s; %d have none, %d callers told", ms(median(card50)), ms(median(card99)), lost, refused), goal(at.card)})
			if at.rate == 500 {
				spent := row{name + ": processor time per 1000", fmt.Sprintf("%.2f s", median(cpu).Seconds()), ""}
				if sync == "process" {
					spent.goal = "0.5 s"
				}
				rows = append(rows, spent)
			}
		}
	}
	return rows, nil
}

// typeAt has many people type commands at a rate, in many channels. Without a way to sync it
// is not our bot that answers them but the bare program.
func (l *lab) typeAt(ctx context.Context, o options, rate int, sync string) (typed, error) {
	s := l.newSite("STATE_SYNC=" + sync)
	defer s.close()
	sockets := 2
	if sync == "" {
		s.binary, sockets = l.bare, 1
	}
	const people = 100
	var users, channels []string
	for i := range people {
		users = append(users, s.slack.AddUser(slacksim.User{Name: fmt.Sprintf("lead%d", i), Email: fmt.Sprintf("lead%d@acme.test", i)}).ID)
	}
	for i := range people {
		members := append([]string{s.slack.BotUser()}, users...)
		channels = append(channels, s.slack.AddChannel(slacksim.Channel{Name: fmt.Sprintf("team%d", i), Members: members}).ID)
	}
	if _, err := s.start(ctx); err != nil {
		return typed{}, err
	}
	if err := s.await(ctx, time.Minute, func() bool { return s.slack.Connections() == sockets }); err != nil {
		return typed{}, err
	}
	s.look = 100 * time.Millisecond // looking costs, and must not be measured
	cards := func() (n int) {
		for _, id := range channels {
			n += len(s.slack.Messages(id))
		}
		return n
	}
	burst := func(prefix string, n, rate int) ([]*slacksim.Delivery, []time.Time) {
		all, meant := make([]*slacksim.Delivery, n), make([]time.Time, n)
		start := time.Now()
		for i := range n {
			meant[i] = start.Add(time.Duration(i) * time.Second / time.Duration(rate))
			sleepUntil(meant[i])
			all[i] = s.slack.Type(users[i%people], channels[i%people], fmt.Sprintf(`/docspace-invite "%s%d."`, prefix, i))
		}
		return all, meant
	}
	burst("warm", o.warmup, min(1000, 2*rate))
	if err := s.await(ctx, time.Minute, func() bool { return cards() >= o.warmup }); err != nil {
		return typed{}, fmt.Errorf("warm-up: %w", err)
	}
	before := s.cpu()
	n := rate * o.seconds
	all, meant := burst("wish", n, rate)
	_ = s.await(ctx, 30*time.Second, func() bool { return cards() >= o.warmup+n })
	used := s.cpu() - before

	shown := map[string]time.Time{}
	for _, id := range channels {
		for _, m := range s.slack.Messages(id) {
			if _, rest, ok := strings.Cut(m.Text, "Note: "); ok {
				note, _, _ := strings.Cut(rest, ".")
				shown[note] = m.At
			}
		}
	}
	var result typed
	var acks, posts []time.Duration
	for i, d := range all {
		posted, ok := shown[fmt.Sprintf("wish%d", i)]
		if got := d.Acks(); len(got) == 0 || !ok {
			result.lost++
			continue
		}
		acks, posts = append(acks, d.Acks()[0].At.Sub(meant[i])), append(posts, posted.Sub(meant[i]))
	}
	for _, user := range users {
		result.refused += len(s.slack.Ephemerals(user))
	}
	result.ackP50, result.ackP99 = percentile(acks, 50), percentile(acks, 99)
	result.cardP50, result.cardP99 = percentile(posts, 50), percentile(posts, 99)
	result.cpuPerThousand = used * 1000 / time.Duration(n)
	if os.Getenv("LOAD_VERBOSE") != "" {
		fmt.Fprintf(os.Stderr, "%d/s %s: %+v\n", rate, sync, result)
	}
	return result, nil
}
