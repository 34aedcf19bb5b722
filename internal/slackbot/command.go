package slackbot

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/spelling"
)

// verb is what a command asks for.
type verb string

const (
	verbInvite verb = "invite"
	verbHelp   verb = "help"
	verbStatus verb = "status"
	verbForm   verb = "form"
	verbRoom   verb = "room"
)

// noteMax is how long a note may be, in runes.
const noteMax = 500

// command is what someone typed after /docspace-invite.
type command struct {
	Verb   verb
	Role   invitation.Role // empty when none was named
	People []invitation.Person
	Groups []invitation.ChatGroup
	Note   string // as typed, not escaped
	// Room is the one named, with its title as typed, or its id where it was chosen. With verbRoom, no title asks
	// for the channel's usual room, and noRoom ends it.
	Room   invitation.Room
	NoRoom bool
}

func isVerb(word string) bool {
	return slices.Contains([]verb{verbHelp, verbStatus, verbForm}, verb(strings.ToLower(core(word))))
}

// suggestion returns the role or verb that was probably meant by a word, or "".
func suggestion(word string) string {
	word = strings.ToLower(core(word))
	best, within := "", 3
	for _, known := range []string{"guest", "user", "roomadmin", "admin", "docspaceadmin", "help", "status", "form"} {
		n := spelling.Distance(word, known)
		// Two slips in a short word make another word.
		if n < within && len(word) > 2 && (n < 2 || word[0] == known[0] && len(word) > 3) {
			best, within = known, n
		}
	}
	return best
}

// add takes a person in, once.
func (c *command) add(p invitation.Person) {
	for _, known := range c.People {
		if p.ChatUser != "" && known.ChatUser == p.ChatUser ||
			p.Email != "" && strings.EqualFold(known.Email, p.Email) {
			return
		}
	}
	c.People = append(c.People, p)
}

// problem is what was wrong with a word.
type problem string

const (
	notUnderstood problem = "not_understood"
	openQuote     problem = "open_quote"
	longNote      problem = "long_note"
	secondRole    problem = "second_role"
	secondNote    problem = "second_note"
	tooManyPeople problem = "too_many_people"
	standsAlone   problem = "stands_alone"
	bareMention   problem = "bare_mention"
	everybody     problem = "everybody"
	aChannel      problem = "a_channel"
	badAddress    problem = "bad_address"
	badLetter     problem = "bad_letter"
	badHost       problem = "bad_host"
	badDots       problem = "bad_dots"
	roleOrName    problem = "role_or_name"
	noTitle       problem = "no_title"
	roomOrName    problem = "room_or_name"
	roomInQuotes  problem = "room_in_quotes"
	secondRoom    problem = "second_room"
	secondRight   problem = "second_right"
	notARight     problem = "not_a_right"
	rightAlone    problem = "right_alone"
	roleOrRight   problem = "role_or_right"
)

// mistake says which word of a command was not understood, and why.
type mistake struct {
	Word    string // as typed, not escaped
	Problem problem
	Meant   string // what was probably meant, or ""
	Letter  string // what a portal does not take, of a bad_letter
}

// mistakes are all words of a command that were not understood.
type mistakes []*mistake

func (m mistakes) Error() string {
	var all []string
	for _, one := range m {
		all = append(all, fmt.Sprintf("%q: %s", one.Word, one.Problem))
	}
	return strings.Join(all, "; ")
}

// mistakesOf returns the words that an error of parse is about.
func mistakesOf(err error) mistakes {
	all, _ := errors.AsType[mistakes](err)
	return all
}
