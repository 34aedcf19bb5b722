package slackbot

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// The grammar of what people type and paste, for the command and the dialog alike (docs/grammar.md has it
// for people):
//
//	command = role? people* note? in any order; or one of help, status, form, alone
//	people  = mention | group | name? address
//	name    = words or a quote before <address> or (address), with a comma between two parts at most;
//	          (words) behind an address; words before "address" with a colon or dash between; the other
//	          cells of a pasted row
//	note    = a quote that is no name and no address
//
// First typed.undo takes back what Slack did: links that it made of addresses, entities, and
// invisible characters. Full-width and CJK characters count as what they stand for. Then typed.lex cuts the text
// into pieces, and recognizes addresses (faultOf). Then reader.findNames looks around each address for the
// words that are a person's name; what it marks counts for nothing else. The rest is decided piece by
// piece.
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
// (docs/facts/slack.md, "Slash command"). The error wraps a *parseError for each word that is
// wrong; the command then holds what was understood.
func parseCommand(text string) (command, error) {
	return parse(text, false)
}

// parseAddresses reads a list of addresses as people paste them. The error wraps a *parseError for
// each word that is wrong.
func parseAddresses(text string) ([]invitation.Person, error) {
	c, err := parse(text, true)
	return c.People, err
}

func parse(text string, listOnly bool) (command, error) {
	t := undo(text)
	pieces, unclosed := t.lex(0, len(t.runes))
	p := reader{pieces: pieces, listOnly: listOnly, c: command{Verb: verbInvite}}
	p.findNames()
	p.decide()
	if unclosed != nil {
		p.wrong = append(p.wrong, unclosed)
	}
	for _, one := range p.wrong { // alone: nothing else matters then
		if one.Problem == standsAlone || one.Problem == openQuote {
			p.wrong = mistaken{one}
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
	wrong    mistaken
}

func (p *reader) is(i int, k ...kind) bool {
	return i >= 0 && i < len(p.pieces) && slices.Contains(k, p.pieces[i].kind)
}

// call marks pieces as a person's name.
func (p *reader) call(from, to int) {
	for i := from; i < to; i++ {
		p.pieces[i].ofName = true
	}
}

// doubt refuses a word that may be a role or a name.
func (p *reader) doubt(i, n int) {
	p.call(i, i+n)
	p.wrong = append(p.wrong, &parseError{Word: p.phrase(i, i+n), Problem: roleOrName})
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

// core returns a word without what people put around one that is a command's: formatting and the end of a
// sentence.
func core(word string) string {
	word = strings.TrimRight(strings.Map(fold, word), ".:!*_`")
	return strings.TrimLeft(word, "*_`")
}

// small reports whether words were typed without a capital.
func small(words string) bool { return words == strings.ToLower(words) }

// findNames marks the pieces that are a person's name.
func (p *reader) findNames() {
	for i, t := range p.pieces {
		if (t.kind == anAddress || t.kind == aFault) && t.bracketed {
			p.nameBefore(i)
		}
	}
	var rows [][2]int
	for start, i := 0, 0; i <= len(p.pieces); i++ {
		if i == len(p.pieces) || p.pieces[i].sign == '\n' {
			rows = append(rows, [2]int{start, i})
			start = i + 1
		}
	}
	rows = slices.DeleteFunc(rows, func(row [2]int) bool { return row[0] == row[1] })
	table := len(rows) > 1 && !slices.ContainsFunc(rows, func(row [2]int) bool { return !p.isRecord(row[0], row[1]) })
	for _, row := range rows {
		p.row(row[0], row[1], table)
	}
	for i, t := range p.pieces {
		switch {
		case t.names():
			p.nameBehind(i)
		case t.kind == aLabel:
			p.label(i)
		case p.listOnly && t.kind == aQuote && (p.beside(i, -1) || p.beside(i, 1)):
			p.pieces[i].ofName = true
		}
	}
}

// beside reports whether a person is named next to a piece, across a separator or not.
func (p *reader) beside(i, step int) bool {
	for i += step; i >= 0 && i < len(p.pieces) && p.pieces[i].separates(); i += step {
	}
	return i >= 0 && i < len(p.pieces) && (p.pieces[i].kind == anAddress || p.pieces[i].kind == aFault)
}

// nameBefore marks the name in front of a bracketed address.
func (p *reader) nameBefore(end int) {
	first := end // of all words that could be of the name
	for p.is(first-1, aWord, aQuote, aComment) && !p.pieces[first-1].ofName || p.is(first-1, aBreak) && p.pieces[first-1].sign == ',' {
		first--
	}
	for p.is(first, aBreak) {
		first++
	}
	from, commas := end, 0 // of those that are: Chen, Carol has one comma
	for ; from > first; from-- {
		if p.is(from-1, aBreak) {
			if commas++; commas > 1 {
				break
			}
		}
	}
	for i := first; i < from; i++ { // part of a name with many commas, or people without an address
		if _, n := p.roleAt(i); n > 0 {
			p.doubt(i, n)
			i += n - 1
		} else if isVerb(p.pieces[i].text) {
			p.pieces[i].ofName = true
			p.misunderstood(i, i+1)
		}
	}
	if role, n := p.roleAt(from); role != "" && p.is(from, aComment) && from+n == end { // [guest] [bob@acme.test]
		p.doubt(from, n)
	} else if role != "" && from == 0 && from+n < end {
		next := p.pieces[from+n]
		head := firstRune(next.text)
		switch {
		case !small(p.phrase(from, from+n)): // Guest House <g@acme.test>
		case next.kind == aQuote, next.kind == aWord && !unicode.IsLower(head):
			from += n
		default:
			p.doubt(from, n)
			from += n
		}
	}
	if p.is(from, aQuote) && end-from > 1 && !p.listOnly { // a note, then a name
		from++
	}
	p.call(from, end)
}

// nameBehind marks the words in parentheses, or with a dash, that follow a person.
func (p *reader) nameBehind(i int) {
	next := i + 1
	if p.is(next, aComment) {
		if role, _ := p.roleAt(next); role != "" {
			p.doubt(next, 1)
		}
		p.call(next, next+1)
		return
	}
	if !p.is(next, aLabel) || p.pieces[next].sign != '-' {
		return
	}
	next++
	end := next
	for p.is(end, aWord, aComment) && !p.pieces[end].ofName {
		end++
	}
	if p.is(end, aLabel) || end < len(p.pieces) && p.pieces[end].names() { // the next one's
		return
	}
	if role, n := p.roleAt(next); role != "" && next+n == end {
		p.doubt(next, n)
	}
	p.call(next, end)
}

// label marks the words before a colon or dash that a person follows: To: carol@acme.test.
func (p *reader) label(i int) {
	if i+1 >= len(p.pieces) || !p.pieces[i+1].names() && !p.pieces[i+1].ofName {
		return
	}
	from := i
	for p.is(from-1, aWord, aComment, aQuote) && !p.pieces[from-1].ofName {
		from--
	}
	if from == i || p.is(from, aQuote) && !p.listOnly {
		return
	}
	role, n := p.roleAt(from)
	switch {
	case role != "" && from == 0 && small(p.phrase(from, from+n)):
		if from+n < i {
			p.doubt(from, n)
			p.call(from, i)
		}
	case role != "" && from+n == i:
		p.doubt(from, n)
	case i-from == 1 && (isVerb(p.pieces[from].text) || suggestion(p.pieces[from].text) != ""):
	default:
		p.call(from, i)
	}
}

// isRecord reports whether a line may be one of a table without tabs: words and one address, with commas or
// semicolons between.
func (p *reader) isRecord(from, to int) bool {
	addresses, words, breaks := 0, 0, 0
	for _, t := range p.pieces[from:to] {
		switch {
		case t.names():
			addresses++
		case t.kind == aBreak:
			breaks++
		case !t.ofName:
			words++
		}
	}
	return addresses == 1 && words > 0 && breaks > 0
}

// row marks the cells of a pasted row that are not addresses.
func (p *reader) row(from, to int, table bool) {
	all := p.pieces[from:to]
	ends := func(t piece) bool { return t.kind == aColumn || table && t.kind == aBreak }
	isAddress := func(t piece) bool { return t.kind == anAddress || t.kind == aFault }
	if !slices.ContainsFunc(all, ends) || !slices.ContainsFunc(all, isAddress) {
		return
	}
	for start, i := from, from; i <= to; i++ {
		if i == to || ends(p.pieces[i]) {
			p.cell(start, i)
			start = i + 1
		}
	}
}

// cell marks what a cell has beside an address.
func (p *reader) cell(from, to int) {
	if role, n := p.roleAt(from); role != "" && !p.pieces[from].ofName {
		next := firstRune(p.phrase(min(from+n, to), to))
		switch {
		case from+n == to:
			p.doubt(from, n)
		case from == 0 && p.pieces[from+n].names(), from == 0 && small(p.phrase(from, from+n)) && !unicode.IsLower(next):
			from += n // typed before the row was pasted
		case from == 0 && small(p.phrase(from, from+n)):
			p.doubt(from, n)
		}
	}
	for i := from; i < to; i++ {
		if p.is(i, aWord, aQuote, aComment) {
			p.pieces[i].ofName = true
		}
	}
}

// decide takes in what is no name, one piece after the other.
func (p *reader) decide() {
	meaning := 0
	for _, t := range p.pieces {
		if !t.separates() {
			meaning++
		}
	}
	roleFirst, roleEnd := false, -1
	for i := 0; i < len(p.pieces); i++ {
		t := p.pieces[i]
		if t.ofName || t.separates() {
			continue
		}
		if role, n := p.roleAt(i); role != "" {
			switch {
			case !small(p.phrase(i, i+n)) && p.apart(i, n):
				p.doubt(i, n)
			case p.c.Role != "":
				p.wrong = append(p.wrong, &parseError{Word: p.phrase(i, i+n), Problem: secondRole})
			default:
				p.c.Role = role
				roleFirst, roleEnd = i == 0 && small(p.phrase(i, i+n)), i+n
			}
			i += n - 1
			continue
		}
		switch {
		case t.kind == aWord && !p.listOnly && isVerb(t.text):
			if meaning == 1 {
				p.c.Verb = verb(strings.ToLower(core(t.text)))
			} else {
				p.wrong = append(p.wrong, &parseError{Word: t.text, Problem: standsAlone})
			}
		case t.kind == aWord, t.kind == aComment:
			end := i + 1
			for p.is(end, aWord) && !p.pieces[end].ofName && !isVerb(p.pieces[end].text) {
				if role, _ := p.roleAt(end); role != "" {
					break
				}
				end++
			}
			sentence := p.misunderstood(i, end)
			// A role within a sentence that was not understood is not proposed.
			if sentence && roleEnd == i && !roleFirst {
				p.c.Role = ""
			}
			if role, n := p.roleAt(end); sentence && role != "" && p.c.Role == "" && !p.pieces[end].ofName {
				end += n
			}
			i = end - 1
		case t.kind == aQuote:
			p.quote(t.text)
		case t.kind == aFault:
			p.wrong = append(p.wrong, t.err)
		case t.kind == anAddress:
			p.c.add(invitation.Person{Email: t.text})
		case t.kind == anID:
			p.identify(t)
		}
		if len(p.c.People)+len(p.c.Groups) > peopleMax && !p.listOnly {
			p.wrong = mistaken{{Word: t.text, Problem: tooManyPeople}}
			return
		}
	}
}

// apart reports whether a separator stands beside the words at i, in a text with addresses.
func (p *reader) apart(i, n int) bool {
	if !slices.ContainsFunc(p.pieces, func(t piece) bool { return t.kind == anAddress || t.kind == aFault }) {
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
			p.wrong = append(p.wrong, &parseError{Word: strings.Join(loose, " "), Problem: notUnderstood, Meant: meant})
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
		p.wrong = append(p.wrong, &parseError{Word: t.text, Problem: found})
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
		p.wrong = append(p.wrong, &parseError{Word: cut(text, 40), Problem: notUnderstood})
	case p.c.Note != "":
		p.wrong = append(p.wrong, &parseError{Word: text, Problem: secondNote})
	case utf8.RuneCountInString(text) > noteMax:
		p.wrong = append(p.wrong, &parseError{Word: cut(text, 40), Problem: longNote})
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
	p.wrong = append(p.wrong, &parseError{Word: t.text, Problem: found})
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

func isVerb(word string) bool {
	return slices.Contains([]verb{verbHelp, verbStatus, verbForm}, verb(strings.ToLower(core(word))))
}

// suggestion returns the role or verb that was probably meant by a word, or "".
func suggestion(word string) string {
	word = strings.ToLower(core(word))
	best, within := "", 3
	for _, known := range []string{"guest", "user", "roomadmin", "admin", "docspaceadmin", "help", "status", "form"} {
		n := slips([]rune(word), []rune(known), 2)
		// Two slips in a short word make another word.
		if n < within && len(word) > 2 && (n < 2 || word[0] == known[0] && len(word) > 3) {
			best, within = known, n
		}
	}
	return best
}

// slips counts the slips between two words, of which left are allowed: a letter too many, too few, wrong, or two
// of them exchanged.
func slips(a, b []rune, left int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if len(a) == 0 || len(b) == 0 {
		return max(len(a), len(b))
	}
	if left == 0 {
		return 1 // too many
	}
	n := 1 + min(slips(a[1:], b, left-1), slips(a, b[1:], left-1), slips(a[1:], b[1:], left-1))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		n = min(n, 1+slips(a[2:], b[2:], left-1))
	}
	return n
}
