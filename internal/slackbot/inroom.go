package slackbot

import (
	"slices"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// A command names a room by "in" and its title, and what people may do there by "as" and a right. A title in quotes
// is found before names are: no name has "in" before a quote. A title of one word is only found outside names, so
// that Jan in 't Veld <jan@acme.test> keeps his. Where it could be either, the command is refused with a question.

// usualRoom reads a command about the channel's usual room: room, room none, room "Q3 planning". It reports
// whether it is one.
func (p *reader) usualRoom() bool {
	if p.listOnly || !p.isWord(0, "room") {
		return false
	}
	if _, n := p.roleAt(0); n > 0 { // room admin
		return false
	}
	rest := p.pieces[1:]
	if slices.ContainsFunc(rest, func(t piece) bool { return t.kind != aWord && (t.kind != aQuote || len(rest) > 1) }) {
		return false // Room Service <rs@acme.test>
	}
	p.c.Verb, p.c.Room.Title = verbRoom, p.phrase(1, len(p.pieces))
	if len(rest) == 1 && p.isWord(1, "none") {
		p.c.Room.Title, p.c.NoRoom = "", true
	}
	return true
}

// isWord reports whether the piece at i is the word, in any case and outside names.
func (p *reader) isWord(i int, word string) bool {
	return p.is(i, aWord) && !p.pieces[i].ofName && strings.EqualFold(core(p.pieces[i].text), word)
}

// put puts one piece in the place of some.
func (p *reader) put(from, to int, k kind, text string) {
	p.pieces = slices.Replace(p.pieces, from, to, piece{kind: k, text: text})
}

// findQuotedRooms finds rooms in quotes, with the right behind them.
func (p *reader) findQuotedRooms() {
	for i := 0; i < len(p.pieces) && !p.listOnly; i++ {
		if p.isWord(i, "in") && p.is(i+1, aQuote) {
			p.put(i, i+2, aRoom, p.pieces[i+1].text)
			p.findRight(i + 1)
		}
	}
}

// findRight finds a right at i, "as" and up to two words or a quote, and reports whether one is there.
func (p *reader) findRight(i int) bool {
	if !p.isWord(i, "as") {
		return false
	}
	for end := min(i+3, len(p.pieces)); end > i+1; end-- {
		words := p.pieces[i+1 : end]
		if slices.ContainsFunc(words, func(t piece) bool { return t.ofName || t.kind != aWord && (t.kind != aQuote || len(words) > 1) }) {
			continue
		}
		text := core(p.phrase(i+1, end))
		if _, ok := invitation.ParseRight(text); ok {
			p.put(i, end, aRight, text)
			return true
		}
	}
	return false
}

// findRooms finds rooms of one word, outside names, and the rights that are left.
func (p *reader) findRooms() {
	if p.listOnly {
		return
	}
	for i := 0; i < len(p.pieces); i++ {
		switch {
		case p.pieces[i].ofName:
			p.roomOrName(i)
		case p.isWord(i, "in"):
			p.roomOfWords(i)
		}
	}
	for i := range len(p.pieces) {
		if i < len(p.pieces) && !p.findRight(i) && p.isWord(i, "as") {
			p.asRole(i)
		}
	}
	if right := slices.IndexFunc(p.pieces, func(t piece) bool { return t.kind == aRight }); right >= 0 && !p.namesRoom() {
		p.refuse(p.pieces[right].text, rightAlone)
	}
}

func (p *reader) namesRoom() bool {
	return slices.ContainsFunc(p.pieces, func(t piece) bool { return t.kind == aRoom })
}

// asRole reads "as" without a right. With a role it is the role, with one exception: an admin in a room may be the
// manager of the room, which is far less, and so the command is refused with a question.
func (p *reader) asRole(i int) {
	role, n := p.roleAt(i + 1)
	switch {
	case i+1 < len(p.pieces) && p.pieces[i+1].ofName:
	case (role == invitation.RoomAdmin || role == invitation.DocSpaceAdmin) && p.namesRoom():
		p.refuse(p.phrase(i, i+1+n), roleOrRight)
		p.markName(i, i+1+n)
	case role != "":
		p.markName(i, i+1)
	case p.is(i-1, aRoom) && p.is(i+1, aWord, aQuote):
		p.refuse(p.pieces[i+1].text, notARight)
		p.markName(i, i+2)
	}
}

// roomOrName refuses what begins like a room or a right and was taken for a name: in Planning, Carol Chen
// <carol@acme.test>. An apostrophe tells a name: in 't Veld.
func (p *reader) roomOrName(i int) {
	if !p.is(i, aWord) || i > 0 && p.pieces[i-1].ofName || !p.is(i+1, aWord) {
		return
	}
	role, _ := p.roleAt(i + 1)
	switch next := p.pieces[i+1].text; {
	case core(p.pieces[i].text) == "in" && !strings.ContainsRune(singles, firstRune(next)):
		p.refuse(p.phrase(i, i+2), roomOrName)
	case core(p.pieces[i].text) == "as" && role != "":
		p.refuse(p.phrase(i, i+2), roleOrName)
	case core(p.pieces[i].text) == "as" && p.is(i-1, aRoom):
		p.refuse(next, notARight)
	}
}

// roomOfWords reads the room behind the "in" at i. More than one word needs quotes.
func (p *reader) roomOfWords(i int) {
	end := i + 1
	for p.is(end, aWord) && !p.pieces[end].ofName && !isVerb(p.pieces[end].text) && !p.isWord(end, "as") && !p.isWord(end, "in") && !isSign(p.pieces[end].text) {
		if role, _ := p.roleAt(end); role != "" {
			break
		}
		end++
	}
	title := p.phrase(i+1, end)
	switch {
	case end > i+2:
		p.refuse(title, roomInQuotes)
	case end == i+1 && (p.is(end, aWord) && isSign(p.pieces[end].text) || p.is(end, anID) && !p.pieces[end].id.isPerson()):
		p.pieces[i].ofName = true // the mistake is the channel behind it
		return
	case end == i+1:
		_, n := p.roleAt(end) // in guest
		p.refuse(p.phrase(i, end+n), noTitle)
		p.markName(i, end+n)
		return
	}
	p.put(i, end, aRoom, bare(title))
}

// isSign reports whether a word is a channel or a person, as typed.
func isSign(word string) bool { return strings.HasPrefix(word, "#") || strings.HasPrefix(word, "@") }

// room takes in a room, or a right in it.
func (p *reader) room(t piece) {
	switch {
	case t.kind == aRoom && p.c.Room.Title != "":
		p.refuse(t.text, secondRoom)
	case t.kind == aRoom:
		p.c.Room.Title = t.text
	case p.c.Room.Right != "":
		p.refuse(t.text, secondRight)
	default:
		p.c.Room.Right, _ = invitation.ParseRight(t.text)
	}
}
