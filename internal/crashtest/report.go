package crashtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Count counts something for each effect that people notice.
type Count struct {
	Cards, Welcomes, Greetings, Confirmations int
}

// of returns the place where an effect is counted, or nil for effects that are not.
func (c *Count) of(effect string) *int {
	switch effect {
	case effectCard:
		return &c.Cards
	case effectWelcome:
		return &c.Welcomes
	case effectGreeting:
		return &c.Greetings
	case effectConfirmation:
		return &c.Confirmations
	}
	return nil
}

func (c *Count) add(effect string, n int) {
	if place := c.of(effect); place != nil {
		*place += n
	}
}

// Sum is the count of all effects together.
func (c Count) Sum() int { return c.Cards + c.Welcomes + c.Greetings + c.Confirmations }

// Report is what came of a run.
type Report struct {
	Seed    uint64
	History bool
	State   string

	// Kills is how often the bot was killed; Struck, how many of the kills left something
	// begun whose end the journal does not tell.
	Kills, Struck int
	// Typed is how often a command was typed; Acknowledged, how many of those Slack saw
	// acknowledged; Doubtful, how many reached the bot for all that is known and were neither that nor refused.
	Typed, Acknowledged, Doubtful int
	// Refused is how often the bot said that it could not keep what was asked: the database was away.
	Refused int
	// Against is how often a card was posted all the same.
	Against int
	// Done counts what was seen to happen, everything once.
	Done Count
	// Lost counts what was promised and never happened, Doubled what happened again, each
	// time anew. Done and Lost count confirmations by people, Doubled and Window by messages:
	// one may confirm several people.
	Lost, Doubled Count
	// Window counts, over all kills, the effects that the journal knows as begun and not as
	// ended. Nobody could know whether those had happened without asking Slack.
	Window Count
	// Findings say in words what is counted in Lost and Doubled.
	Findings []string
	// Odd is what else went wrong: people who could not do what they wanted, and a bot that
	// did not come to rest in time.
	Odd []string
	// Took is how long the run lasted.
	Took time.Duration
}

// struck counts a kill, and what it was in the middle of.
func (r *Report) struck(window Count) {
	r.Kills++
	if window.Sum() > 0 {
		r.Struck++
	}
	for _, effect := range effects {
		r.Window.add(effect, *window.of(effect))
	}
}

// Broken says which expectations of a bot with a durable journal the run broke: nothing is
// lost and nothing odd; with History nothing that Slack shows is said twice, without it nothing more often
// than the bot was killed in the middle of it. A portal cannot be asked whether it sent a
// welcome.
func (r Report) Broken() []string {
	broken := slices.Clone(r.Odd)
	if r.Against > 0 {
		broken = append(broken, fmt.Sprintf("%d commands were refused and carried out", r.Against))
	}
	for _, effect := range effects {
		lost, doubled, window := *r.Lost.of(effect), *r.Doubled.of(effect), *r.Window.of(effect)
		if lost > 0 {
			broken = append(broken, fmt.Sprintf("%d %ss are lost", lost, effect))
		}
		if r.History && effect != effectWelcome {
			window = 0
		}
		if doubled > window {
			broken = append(broken, fmt.Sprintf("%d %ss are doubled; no more than %d may be", doubled, effect, window))
		}
	}
	return broken
}

// String shows the report as a small table.
func (r Report) String() string {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, "seed %d, history %v: %d kills, of which %d struck; %d commands typed, %d acknowledged, %d in doubt, %d refused; %v\n",
		r.Seed, r.History, r.Kills, r.Struck, r.Typed, r.Acknowledged, r.Doubtful, r.Refused, r.Took.Round(100*time.Millisecond))
	_, _ = fmt.Fprintf(&text, "%-14s %6s %6s %8s %8s\n", "", "done", "lost", "doubled", "window")
	for _, effect := range effects {
		_, _ = fmt.Fprintf(&text, "%-14s %6d %6d %8d %8d\n",
			effect+"s", *r.Done.of(effect), *r.Lost.of(effect), *r.Doubled.of(effect), *r.Window.of(effect))
	}
	return text.String()
}
