package crashtest

import (
	"fmt"
	"strings"
)

// The effects that are counted, as the journal names them.
const (
	effectCard         = "card"
	effectWelcome      = "welcome"
	effectGreeting     = "greeting"
	effectConfirmation = "confirmation"
)

var effects = []string{effectCard, effectWelcome, effectGreeting, effectConfirmation}

// promises are what people were led to expect.
type promises struct {
	cards  []promisedCard
	people []promisedPerson
}

// promisedCard is one command that reached the bot, or may have.
type promisedCard struct {
	// token stands in the command's note and in no other.
	token string
	// acknowledged tells that the card must be there; without it the card may be there.
	acknowledged bool
	// people are the names of those that the invitation waits for.
	people []string
}

// promisedPerson is somebody who may become active.
type promisedPerson struct {
	name, email string
	user        string // in Slack
	active      bool   // by the portal's word
	greeted     bool   // the bot knows whom to greet in Slack
}

// records are what the servers say has happened.
type records struct {
	said    []said         // by the bot, in channels
	letters map[string]int // the portal's congratulations, by address
	direct  map[string]int // the bot's direct messages, by user
}

// said is one message of the bot's.
type said struct{ channel, ts, thread, text string }

// finding is one thing that is wrong.
type finding struct {
	effect  string
	lost    bool // otherwise it was done again
	extra   int  // how often again
	subject string
}

func (f finding) String() string {
	if f.lost {
		return fmt.Sprintf("lost: the %s of %s", f.effect, f.subject)
	}
	return fmt.Sprintf("doubled: the %s of %s, %d times more", f.effect, f.subject, f.extra)
}

// verdict is what the records make of the promises.
type verdict struct {
	done     Count
	findings []finding
}

// judge holds the records against the promises.
func judge(p promises, r records) verdict {
	var v verdict
	active := map[string]bool{}
	for _, person := range p.people {
		if !person.active {
			continue
		}
		active[person.name] = true
		v.expect(effectWelcome, person.name, r.letters[person.email], true)
		v.expect(effectGreeting, person.name, r.direct[person.user], person.greeted)
	}
	for _, card := range p.cards {
		cards := r.cards(card.token)
		v.expect(effectCard, card.token, len(cards), card.acknowledged)
		for _, name := range card.people {
			if active[name] && len(cards) > 0 {
				v.expect(effectConfirmation, name+" under "+card.token, r.confirmations(cards, name), true)
			}
		}
	}
	return v
}

// expect takes in how often something happened that must happen once, or may.
func (v *verdict) expect(effect, subject string, times int, must bool) {
	switch {
	case times == 0 && must:
		v.findings = append(v.findings, finding{effect: effect, lost: true, subject: subject})
	case times > 1:
		v.findings = append(v.findings, finding{effect: effect, extra: times - 1, subject: subject})
	}
	v.done.add(effect, min(times, 1))
}

// lost and doubled sum the findings up.
func (v verdict) lost() (c Count) {
	for _, f := range v.findings {
		if f.lost {
			c.add(f.effect, 1)
		}
	}
	return c
}

func (v verdict) doubled() (c Count) {
	for _, f := range v.findings {
		c.add(f.effect, f.extra)
	}
	return c
}

// cards returns the cards that show the token.
func (r records) cards(token string) []said {
	var cards []said
	for _, m := range r.said {
		if m.thread == "" && strings.Contains(m.text, token) {
			cards = append(cards, m)
		}
	}
	return cards
}

// confirmations counts the replies under the cards that name somebody. Nobody is removed and
// no invitation ends in a run, so that a reply says nothing else.
func (r records) confirmations(cards []said, name string) (n int) {
	for _, m := range r.said {
		for _, card := range cards {
			if m.channel == card.channel && m.thread == card.ts && strings.Contains(m.text, name) {
				n++
			}
		}
	}
	return n
}
