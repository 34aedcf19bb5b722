package main

import (
	"context"
	"fmt"
	"os"
	"time"
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
				row{name + ": acknowledged", fmt.Sprintf("p50 %s, p99 %s", milliseconds(median(ack50)), milliseconds(median(ack99))), goal(at.ack)},
				row{name + ": card posted", fmt.Sprintf("p50 %s, p99 %s; %d have none, %d callers told", milliseconds(median(card50)), milliseconds(median(card99)), lost, refused), goal(at.card)})
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
		s.command, sockets = []string{l.self, "bare"}, 1
	}
	crowd := s.crowd(100)
	if _, err := s.start(ctx); err != nil {
		return typed{}, err
	}
	if err := s.await(ctx, time.Minute, func() bool { return s.slack.Connections() == sockets }); err != nil {
		return typed{}, err
	}
	s.look = 100 * time.Millisecond // looking costs, and must not be measured
	crowd.typeAll("warm", o.warmup, min(1000, 2*rate))
	if err := s.await(ctx, time.Minute, func() bool { return crowd.cards() >= o.warmup }); err != nil {
		return typed{}, fmt.Errorf("warm-up: %w", err)
	}
	before := s.cpu()
	n := rate * o.seconds
	all := crowd.typeAll("wish", n, rate)
	_ = s.await(ctx, 30*time.Second, func() bool { return crowd.cards() >= o.warmup+n })
	used := s.cpu() - before

	acks, posts, lost := crowd.took(all)
	result := typed{lost: lost, refused: crowd.told(), cpuPerThousand: used * 1000 / time.Duration(n)}
	result.ackP50, result.ackP99 = percentile(acks, 50), percentile(acks, 99)
	result.cardP50, result.cardP99 = percentile(posts, 50), percentile(posts, 99)
	if os.Getenv("LOAD_VERBOSE") != "" {
		fmt.Fprintf(os.Stderr, "%d/s %s: %+v\n", rate, sync, result)
	}
	return result, nil
}
