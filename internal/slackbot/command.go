package slackbot

import (
	"errors"
	"fmt"
	"html"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// verb is what a command asks for.
type verb string

const (
	verbInvite verb = "invite"
	verbHelp   verb = "help"
	verbStatus verb = "status"
	verbForm   verb = "form"
)

// noteMax is how long a note may be, in runes.
const noteMax = 500

// command is what somebody typed after /docspace-invite.
type command struct {
	Verb   verb
	Role   tracker.Role // empty when none was named
	People []tracker.Person
	Groups []tracker.ChatGroup
	Note   string // as typed, not escaped
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
)

// parseError says which word of a command was not understood, and why.
type parseError struct {
	Word    string // as typed, not escaped
	Problem problem
}

func (e *parseError) Error() string { return fmt.Sprintf("%q: %s", e.Word, e.Problem) }

var (
	userMark = regexp.MustCompile(`^<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>$`)
	subteam  = regexp.MustCompile(`^<!subteam\^(S[A-Z0-9]+)(?:\|[^<>]*)?>$`)
	mailto   = regexp.MustCompile(`^<mailto:([^<>|]+)(?:\|[^<>]*)?>$`)
	// bracketed is an address as mail programs write it behind a name, and escaped the same as
	// Slack sends it.
	bracketed = regexp.MustCompile(`^<([^<>@|:]+@[^<>|]+)>$`)
	escaped   = regexp.MustCompile(`&lt;\s*(?:<mailto:([^<>|]+)(?:\|[^<>]*)?>|([^\s<>&;,]+@[^\s<>&;,]+))\s*&gt;`)

	special  = regexp.MustCompile(`^<!(here|channel|everyone)(?:\|[^<>]*)?>$`)
	place    = regexp.MustCompile(`^<#[CGD][A-Z0-9]+(?:\|[^<>]*)?>$`)
	bareName = regexp.MustCompile(`^@[\p{L}\p{N}._-]+$`)
)

// mistaken are all the words of a command that were not understood.
type mistaken []*parseError

func (m mistaken) Error() string {
	var all []string
	for _, one := range m {
		all = append(all, one.Error())
	}
	return strings.Join(all, "; ")
}

// Unwrap gives each mistake.
func (m mistaken) Unwrap() []error {
	var all []error
	for _, one := range m {
		all = append(all, one)
	}
	return all
}

// mistakesOf returns the words that an error of this file is about.
func mistakesOf(err error) mistaken {
	all := mistaken{}
	if one := new(parseError); !errors.As(err, &all) && errors.As(err, &one) {
		all = mistaken{one}
	}
	return all
}

// parseCommand reads a command's text as Slack sends it, with or without should_escape
// (section 3.1 of the Slack facts): [role] [people…] ["note"] in any order, or one of help,
// status and form. The error wraps a *parseError for each word that is wrong.
func parseCommand(text string) (command, error) {
	words, err := split(text)
	if err != nil {
		return command{}, err
	}
	r := reader{c: command{Verb: verbInvite}}
	for i, w := range words {
		if v := verb(strings.ToLower(w.text)); !w.quoted && (v == verbHelp || v == verbStatus || v == verbForm) {
			if len(words) > 1 {
				return command{}, &parseError{w.text, standsAlone}
			}
			return command{Verb: v}, nil
		}
		role, isRole := tracker.ParseRole(w.text)
		switch {
		case w.quoted && i+1 < len(words) && words[i+1].isBracketed(): // the name before an address
		case w.quoted:
			r.note(w.text)
		case isRole && r.c.Role != "":
			r.wrong = append(r.wrong, &parseError{w.text, secondRole})
		case isRole:
			r.c.Role, r.loose = role, 0
		default:
			r.person(w)
		}
		if len(r.c.People)+len(r.c.Groups) > peopleMax {
			return command{}, &parseError{w.text, tooManyPeople}
		}
	}
	if len(r.wrong) > 0 {
		return command{}, r.wrong
	}
	return r.c, nil
}

// parseAddresses reads a list of addresses as people paste them: with or without names, apart by
// spaces, commas, semicolons, tabs or lines. The error wraps a *parseError for each word that
// is wrong.
func parseAddresses(text string) ([]tracker.Person, error) {
	words, err := split(text)
	if err != nil {
		return nil, err
	}
	var r reader
	for _, w := range words {
		r.person(w)
	}
	if len(r.wrong) > 0 {
		return nil, r.wrong
	}
	return r.c.People, nil
}

// reader takes in one word after the other.
type reader struct {
	c     command
	wrong mistaken
	// loose is how many of the last words were not understood. They are a name if an address in
	// brackets follows: Carol Chen <carol@acme.test>.
	loose int
}

func (r *reader) note(text string) {
	note := legible(text)
	switch {
	case r.c.Note != "":
		r.wrong = append(r.wrong, &parseError{text, secondNote})
	case utf8.RuneCountInString(note) > noteMax:
		r.wrong = append(r.wrong, &parseError{cut(note, 40), longNote})
	default:
		r.c.Note = note
	}
	r.loose = 0
}

func (r *reader) person(w word) {
	err := r.c.takePerson(w.text)
	switch {
	case w.quoted:
		err = &parseError{cut(legible(w.text), 40), notUnderstood}
	case err == nil && w.isBracketed():
		r.wrong = r.wrong[:len(r.wrong)-r.loose]
	}
	r.loose++
	if err == nil || err.Problem != notUnderstood {
		r.loose = 0
	}
	if err != nil {
		r.wrong = append(r.wrong, err)
	}
}

// takePerson takes in a word that must name people.
func (c *command) takePerson(word string) *parseError {
	if m := userMark.FindStringSubmatch(word); m != nil {
		c.add(tracker.Person{ChatUser: tracker.ChatUser(m[1])})
		return nil
	}
	if m := subteam.FindStringSubmatch(word); m != nil {
		group := tracker.ChatGroup(m[1])
		if slices.Contains(c.Groups, group) {
			return nil
		}
		c.Groups = append(c.Groups, group)
		return nil
	}
	address := word
	for _, form := range []*regexp.Regexp{mailto, bracketed} {
		if m := form.FindStringSubmatch(word); m != nil {
			address = m[1]
		}
	}
	address = html.UnescapeString(address)
	switch {
	case isAddress(address):
		c.add(tracker.Person{Email: address})
		return nil
	case special.MatchString(word), strings.EqualFold(word, "@here"), strings.EqualFold(word, "@channel"), strings.EqualFold(word, "@everyone"):
		return &parseError{legible(word), everybody}
	case place.MatchString(word), strings.HasPrefix(word, "#"):
		return &parseError{legible(word), aChannel}
	case bareName.MatchString(word):
		return &parseError{word, bareMention}
	case strings.Contains(address, "@"):
		return &parseError{legible(address), badAddress}
	}
	return &parseError{legible(word), notUnderstood}
}

// add takes a person in, once.
func (c *command) add(p tracker.Person) {
	for _, known := range c.People {
		if p.ChatUser != "" && known.ChatUser == p.ChatUser ||
			p.Email != "" && strings.EqualFold(known.Email, p.Email) {
			return
		}
	}
	c.People = append(c.People, p)
}

// isAddress accepts plain addresses with a host that has a dot, as a portal does.
func isAddress(s string) bool {
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > 254 || strings.ContainsAny(s, `;"(),:<>[]\ `) {
		return false
	}
	_, host, _ := strings.Cut(s, "@")
	return strings.Contains(host, ".") && !strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".")
}

var (
	anyMarkup = regexp.MustCompile(`<([^<>]*)>`)
	sigils    = strings.NewReplacer("!subteam^", "@", "mailto:", "", "!", "@")
)

// legible turns Slack's markup within a note or a misunderstood word back into what the
// person typed, as plain text.
func legible(s string) string {
	s = anyMarkup.ReplaceAllStringFunc(s, func(m string) string {
		target, label, labelled := strings.Cut(m[1:len(m)-1], "|")
		if labelled && label != "" {
			if strings.HasPrefix(target, "@") || strings.HasPrefix(target, "#") {
				return target[:1] + strings.TrimPrefix(label, target[:1])
			}
			return label
		}
		return sigils.Replace(target)
	})
	return printable(html.UnescapeString(s))
}

// word is a word of a command, or its quoted text.
type word struct {
	text   string
	quoted bool
}

// isBracketed tells whether the word is an address in brackets.
func (w word) isBracketed() bool { return !w.quoted && bracketed.MatchString(w.text) }

// isOpening and isClosing know the quotes that keyboards make of ".
func isOpening(r rune) bool {
	return r == '"' || r == '“' || r == '”' || r == '„' || r == '«' || r == '»'
}

func isClosing(r rune) bool { return isOpening(r) }

// isGap tells whether people separate words so: any space, or the comma and the semicolon
// of a pasted list.
func isGap(r rune) bool {
	return unicode.IsSpace(r) || r == ',' || r == ';' || r == '\u200b' || r == '\ufeff'
}

// split splits a command's text into words. A quoted text is one word; so is whatever
// Slack put between < and >, which may hold spaces in its label.
func split(text string) ([]word, error) {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "&quot;", `"`)
	text = escaped.ReplaceAllString(text, " <$1$2> ")
	var words []word
	runes := []rune(text)
	for i := 0; i < len(runes); {
		switch r := runes[i]; {
		case isGap(r):
			i++
		case isOpening(r):
			end := i + 1
			for end < len(runes) && !isClosing(runes[end]) {
				end++
			}
			quoted := strings.TrimSpace(string(runes[i+1 : min(end, len(runes))]))
			if end == len(runes) {
				return nil, &parseError{cut(legible(string(runes[i:])), 40), openQuote}
			}
			if quoted != "" {
				words = append(words, word{quoted, true})
			}
			i = end + 1
		case r == '<':
			end := i + 1
			for end < len(runes) && runes[end] != '>' && runes[end] != '<' {
				end++
			}
			if end < len(runes) && runes[end] == '>' {
				end++
			}
			words = append(words, word{string(runes[i:end]), false})
			i = end
		default:
			end := i
			for end < len(runes) && !isGap(runes[end]) && !isOpening(runes[end]) && runes[end] != '<' {
				if runes[end] == '&' { // an entity's semicolon is no gap
					if n := entityLength(runes[end:]); n > 0 {
						end += n
						continue
					}
				}
				end++
			}
			words = append(words, word{string(runes[i:end]), false})
			i = end
		}
	}
	return words, nil
}

// entityLength returns the length of &amp; &lt; or &gt; at the start, or 0.
func entityLength(runes []rune) int {
	for _, entity := range []string{"&amp;", "&lt;", "&gt;"} {
		if n := len(entity); len(runes) >= n && string(runes[:n]) == entity {
			return n
		}
	}
	return 0
}
