package slackbot

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// The grammar of what people type and paste, for the command and the dialog alike (docs/grammar.md has it
// for people):
//
//	command = role? people* room? note? in any order; or one of help, status, form, alone; or
//	          "room" and a title, or none
//	people  = mention | group | name? address
//	name    = words or a quote before <address> or (address), with a comma between two parts at most;
//	          (words) behind an address; words before "address" with a colon or dash between; the other
//	          cells of a pasted row
//	room    = "in", then a quote or one word; and "as" with a right, behind it or by itself (inroom.go)
//	note    = a quote that is no name, no address and no room
//
// First typed.undo takes back what Slack did: links that it made of addresses, entities, and
// invisible characters. Full-width and CJK characters count as what they stand for. Then typed.lex cuts the text
// into pieces, and recognizes addresses (faultOf). Then reader.findNames (names.go) looks around each address
// for the words that are a person's name; what it marks counts for nothing else. The rest is decided piece by
// piece, in reader.take.
//
// A role or a verb counts outside names alone. Three cases can be either:
//
//   - The first word of all, before a name in front of a bracketed address: user Carol Chen <carol@acme.test>.
//     It is the role if it is written in small letters and the name is not; Guest House <g@acme.test> is
//     a name; guest house <g@acme.test> is refused with a question. Directly before the bracket, as in
//     admin <sam@acme.test>, it is a name.
//   - One that fills a cell, a label or a bracket of its own beside an address: refused with a question.
//   - One with a capital that a comma or the like separates from an address: refused with a question.
//
// What is refused is not lost: the answer offers the dialog with what was understood.

// parseCommand reads a command's text as Slack sends it, with or without should_escape
// (docs/facts/slack.md, "Slash command"). The error is the mistakes; the command then holds
// what was understood.
func parseCommand(text string) (command, error) {
	return parse(text, false)
}

// parseAddresses reads a list of addresses as people paste them. The error is the mistakes.
func parseAddresses(text string) ([]invitation.Person, error) {
	c, err := parse(text, true)
	return c.People, err
}

func parse(text string, listOnly bool) (command, error) {
	t := undo(text)
	pieces, unclosed := t.lex(0, len(t.runes))
	p := reader{pieces: pieces, listOnly: listOnly, c: command{Verb: verbInvite}}
	if unclosed == nil && p.usualRoom() {
		return p.c, nil
	}
	p.findQuotedRooms()
	p.findNames()
	p.findRooms()
	p.decide()
	if unclosed != nil {
		p.wrong = append(p.wrong, unclosed)
	}
	for _, one := range p.wrong { // alone: nothing else matters then
		if one.Problem == standsAlone || one.Problem == openQuote {
			p.wrong = mistakes{one}
			break
		}
	}
	if len(p.wrong) > 0 {
		return p.c, p.wrong
	}
	return p.c, nil
}

// reader decides what each piece is.
type reader struct {
	pieces   []piece
	listOnly bool // no role, verb or note can be meant
	c        command
	wrong    mistakes
	// unsureRoleEnd is where a role ends that may belong to the sentence behind it. A role in small letters at the
	// very beginning is sure.
	unsureRoleEnd int
}

func (p *reader) is(i int, k ...kind) bool {
	return i >= 0 && i < len(p.pieces) && slices.Contains(k, p.pieces[i].kind)
}

// markName marks pieces as a person's name.
func (p *reader) markName(from, to int) {
	for i := from; i < to; i++ {
		p.pieces[i].ofName = true
	}
}

// doubt refuses a word that may be a role or a name.
func (p *reader) doubt(i, n int) {
	p.markName(i, i+n)
	p.refuse(p.phrase(i, i+n), roleOrName)
}

func (p *reader) refuse(word string, why problem) {
	p.wrong = append(p.wrong, &mistake{Word: word, Problem: why})
}

func (p *reader) phrase(from, to int) string {
	var words []string
	for _, t := range p.pieces[from:to] {
		words = append(words, t.text)
	}
	return strings.Join(words, " ")
}

// roleAt returns the role that the words at i spell, and how many words that takes: room admin is
// two.
func (p *reader) roleAt(i int) (role invitation.Role, words int) {
	if p.listOnly || !p.is(i, aWord, aComment) {
		return "", 0
	}
	if p.is(i+1, aWord) {
		if role, ok := invitation.ParseRole(core(p.pieces[i].text) + "-" + core(p.pieces[i+1].text)); ok {
			return role, 2
		}
	}
	if role, ok := invitation.ParseRole(core(p.pieces[i].text)); ok {
		return role, 1
	}
	return "", 0
}

// core returns a word as a command spells it: in plain characters, and bare.
func core(word string) string { return bare(strings.Map(fold, word)) }

// bare returns words without formatting around them and the end of a sentence.
func bare(words string) string {
	return strings.TrimLeft(strings.TrimRight(words, ".:!*_`"), "*_`")
}

// small reports whether words were typed without a capital.
func small(words string) bool { return words == strings.ToLower(words) }

// decide takes in everything outside names, from left to right.
func (p *reader) decide() {
	for i := 0; i < len(p.pieces); {
		t := p.pieces[i]
		if t.ofName || t.separates() {
			i++
			continue
		}
		i = p.take(i)
		if len(p.c.People)+len(p.c.Groups) > peopleMax && !p.listOnly {
			p.wrong = mistakes{{Word: t.text, Problem: tooManyPeople}}
			return
		}
	}
}

// take takes in what starts at i, and returns where it ends.
func (p *reader) take(i int) (end int) {
	if role, n := p.roleAt(i); role != "" {
		p.role(role, i, i+n)
		return i + n
	}
	switch t := p.pieces[i]; t.kind {
	case aWord, aComment:
		if t.kind == aWord && !p.listOnly && isVerb(t.text) {
			p.verb(t.text)
			break
		}
		return p.words(i)
	case aQuote:
		p.quote(t.text)
	case aFault:
		p.wrong = append(p.wrong, t.fault)
	case anAddress:
		p.c.add(invitation.Person{Email: t.text})
	case anID:
		p.identify(t)
	case aRoom, aRight:
		p.room(t)
	}
	return i + 1
}

func (p *reader) role(role invitation.Role, from, to int) {
	lower := small(p.phrase(from, to))
	switch {
	case !lower && p.apart(from, to-from):
		p.doubt(from, to-from)
	case p.c.Role != "":
		p.refuse(p.phrase(from, to), secondRole)
	default:
		p.c.Role = role
		if from > 0 || !lower {
			p.unsureRoleEnd = to
		}
	}
}

func (p *reader) verb(word string) {
	meaning := 0
	for _, t := range p.pieces {
		if t.separates() {
			continue
		}
		if meaning++; meaning > 1 {
			p.refuse(word, standsAlone)
			return
		}
	}
	p.c.Verb = verb(strings.ToLower(core(word)))
}

// words takes in words without a meaning up to the next that has one.
func (p *reader) words(from int) (end int) {
	end = from + 1
	for p.is(end, aWord) && !p.pieces[end].ofName && !isVerb(p.pieces[end].text) {
		if role, _ := p.roleAt(end); role != "" {
			break
		}
		end++
	}
	if !p.misunderstood(from, end) {
		return end
	}
	// A role within a sentence that was not understood is not proposed.
	if from == p.unsureRoleEnd {
		p.c.Role = ""
	}
	if role, n := p.roleAt(end); role != "" && p.c.Role == "" && !p.pieces[end].ofName {
		end += n
	}
	return end
}

// apart reports whether a separator stands beside the words at i, in a text with addresses.
func (p *reader) apart(i, n int) bool {
	if !slices.ContainsFunc(p.pieces, piece.isAddress) {
		return false
	}
	if i == 0 && n+1 < len(p.pieces) && p.pieces[n].sign == '\n' && !p.pieces[n+1].bracketed {
		return false // in a line of its own, above a list
	}
	return i > 0 && p.pieces[i-1].separates() || i+n < len(p.pieces) && p.pieces[i+n].separates()
}

// misunderstood takes in words that mean nothing, or that only seem to be a mention or a channel. It
// reports whether there were some of the former.
func (p *reader) misunderstood(from, to int) (sentence bool) {
	var loose []string
	meant := ""
	tell := func() {
		if len(loose) > 0 {
			sentence = true
			if len(loose) > 2 { // a sentence
				meant = ""
			}
			p.wrong = append(p.wrong, &mistake{Word: strings.Join(loose, " "), Problem: notUnderstood, Meant: meant})
		}
		loose, meant = nil, ""
	}
	for _, t := range p.pieces[from:to] {
		found := notUnderstood
		switch word := strings.TrimRight(t.text, ".!?:"); {
		case strings.EqualFold(word, "@here"), strings.EqualFold(word, "@channel"), strings.EqualFold(word, "@everyone"):
			found = everybody
		case strings.HasPrefix(t.text, "#"):
			found = aChannel
		case bareName.MatchString(t.text):
			found = bareMention
		}
		if found == notUnderstood {
			loose = append(loose, t.text)
			if !p.listOnly {
				meant = cmp.Or(meant, suggestion(t.text))
			}
			continue
		}
		tell()
		p.refuse(t.text, found)
	}
	tell()
	return sentence
}

// quote takes in a note, or an address in quotes.
func (p *reader) quote(text string) {
	t := undo(text)
	if inner, err := t.lex(0, len(t.runes)); err == nil && len(inner) == 1 && inner[0].kind == anAddress {
		p.c.add(invitation.Person{Email: inner[0].text})
		return
	}
	switch {
	case p.listOnly:
		p.refuse(cut(text, 40), notUnderstood)
	case p.c.Note != "":
		p.refuse(text, secondNote)
	case utf8.RuneCountInString(text) > noteMax:
		p.refuse(cut(text, 40), longNote)
	default:
		p.c.Note = text
	}
}

var (
	userID  = regexp.MustCompile(`^[UW][A-Z0-9]+$`)
	groupID = regexp.MustCompile(`^S[A-Z0-9]+$`)
)

// identify takes in a mark of Slack's.
func (p *reader) identify(t piece) {
	target := t.id.target
	user, isUser := strings.CutPrefix(target, "@")
	group, isGroup := strings.CutPrefix(target, "!subteam^")
	found := notUnderstood
	switch {
	case isUser && userID.MatchString(user):
		p.c.add(invitation.Person{ChatUser: invitation.ChatUser(user)})
		return
	case isGroup && groupID.MatchString(group):
		if !slices.Contains(p.c.Groups, invitation.ChatGroup(group)) {
			p.c.Groups = append(p.c.Groups, invitation.ChatGroup(group))
		}
		return
	case target == "!here", target == "!channel", target == "!everyone":
		found = everybody
	case target[0] == '#':
		found = aChannel
	case isUser, strings.HasPrefix(target, "mailto:"):
		found = badAddress
	}
	p.refuse(t.text, found)
}
