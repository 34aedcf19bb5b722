package crashtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// manner is how a command says whom it invites.
type manner int

const (
	byMention manner = iota
	byMail
	byButton // it names nobody, and people press Join
	manners
)

// moment is when somebody does something: once the bot was killed so many times, and a little
// later.
type moment struct {
	kills int
	delay time.Duration
}

// plannedCommand is one command that somebody types, and what becomes of it.
type plannedCommand struct {
	inviter, channel string
	manner           manner
	role             string
	at               moment
	guests           []guest
	// again is set for a command that names people whom another one brings in.
	again bool
}

// guest is somebody who follows a command's card.
type guest struct {
	person  int
	joins   moment // registers at the portal
	confirm moment // clicks the link in the portal's letter
}

// plan makes up, from the seed, what everybody does: each person is brought in by one
// command, and some are named by a second one.
func (w *world) plan(o Options) []plannedCommand {
	random := rand.New(rand.NewPCG(o.Seed, 1))
	everybody := random.Perm(len(w.people))
	var commands []plannedCommand
	for len(everybody) > 0 {
		n := min(1+random.IntN(4), len(everybody))
		c := w.planCommand(random, o.Kills)
		for _, person := range everybody[:n] {
			joins := c.at.later(random, o.Kills)
			c.guests = append(c.guests, guest{person, joins, joins.later(random, o.Kills)})
		}
		commands = append(commands, c)
		everybody = everybody[n:]
		if c.manner == byMention && random.IntN(2) == 0 {
			second := c
			second.inviter, second.again, second.at = pick(random, w.inviters), true, c.at.later(random, o.Kills)
			commands = append(commands, second)
		}
	}
	return commands
}

func (w *world) planCommand(random *rand.Rand, kills int) plannedCommand {
	return plannedCommand{
		inviter: pick(random, w.inviters), channel: pick(random, w.channels),
		manner: manner(random.IntN(int(manners))), role: pick(random, []string{"", "guest", "user"}),
		at: moment{random.IntN(1 + kills*7/10), randomDelay(random)},
	}
}

// later returns a moment that comes some kills later, and mostly not many.
func (m moment) later(random *rand.Rand, kills int) moment {
	return moment{m.kills + random.IntN(2+random.IntN(1+kills/8)), randomDelay(random)}
}

func randomDelay(random *rand.Rand) time.Duration { return upTo(random, 60*time.Millisecond) }

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// line is the command as it is typed. The token makes its note like no other.
func (w *world) line(c plannedCommand, token string) string {
	words := []string{"/docspace-invite", c.role}
	for _, g := range c.guests {
		switch c.manner {
		case byMention:
			words = append(words, "@"+w.people[g.person].handle)
		case byMail:
			words = append(words, w.people[g.person].email)
		}
	}
	words = append(words, fmt.Sprintf("%q", "crash test "+token))
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// upTo returns a random duration below d.
func upTo(random *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(d)))
}
