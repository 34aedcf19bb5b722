package crashtest

import (
	"fmt"
	"slices"
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
	// refused tells that the card must not be there: somebody was told so.
	refused bool
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
	against bool // or it was done although it had been refused
	extra   int  // how often again
	subject string
}

func (f finding) String() string {
	if f.lost {
		return fmt.Sprintf("lost: the %s of %s", f.effect, f.subject)
	}
	if f.against {
		return fmt.Sprintf("done although refused: the %s of %s", f.effect, f.subject)
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
		if card.refused && len(cards) > 0 {
			v.findings = append(v.findings, finding{effect: effectCard, against: true, subject: card.token})
		}
		if len(cards) > 0 {
			waited := slices.DeleteFunc(slices.Clone(card.people), func(name string) bool { return !active[name] })
			v.readThreads(card.token, waited, r.replies(cards))
		}
	}
	return v
}

// readThreads looks for the confirmation of each of the people, who may share one. A reply
// that names anybody for a second time is one that was said again, whomever else it names.
// Nobody is removed and no invitation ends in a run, so that a reply says nothing else.
func (v *verdict) readThreads(token string, people []string, replies []said) {
	confirmed := map[string]bool{}
	for _, reply := range replies {
		again := false
		for _, name := range people {
			if strings.Contains(reply.text, name) {
				again = again || confirmed[name]
				confirmed[name] = true
			}
		}
		if again {
			subject := fmt.Sprintf("somebody under %s: %q", token, reply.text)
			v.findings = append(v.findings, finding{effect: effectConfirmation, extra: 1, subject: subject})
		}
	}
	for _, name := range people {
		if confirmed[name] {
			v.done.add(effectConfirmation, 1)
		} else {
			v.findings = append(v.findings, finding{effect: effectConfirmation, lost: true, subject: name + " under " + token})
		}
	}
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

// against counts what was done although it had been refused.
func (v verdict) against() (n int) {
	for _, f := range v.findings {
		if f.against {
			n++
		}
	}
	return n
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

// replies returns what is said in the threads under the cards.
func (r records) replies(cards []said) []said {
	var replies []said
	for _, m := range r.said {
		if slices.ContainsFunc(cards, func(card said) bool { return m.channel == card.channel && m.thread == card.ts }) {
			replies = append(replies, m)
		}
	}
	return replies
}
