package slackbot

import (
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
	notUnderstood problem = "not understood"
	openQuote     problem = "open quote"
	longNote      problem = "long note"
	secondRole    problem = "second role"
	secondNote    problem = "second note"
	tooManyPeople problem = "too many people"
	standsAlone   problem = "stands alone"
	bareMention   problem = "bare mention"
	everybody     problem = "everybody"
	aChannel      problem = "a channel"
	badAddress    problem = "bad address"
)

// parseError says which word of a command was not understood, and why.
type parseError struct {
	Word    string // as typed, not escaped
	Problem problem
}

func (e *parseError) Error() string { return fmt.Sprintf("%q: %s", e.Word, e.Problem) }

var (
	mention  = regexp.MustCompile(`^<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>$`)
	subteam  = regexp.MustCompile(`^<!subteam\^(S[A-Z0-9]+)(?:\|[^<>]*)?>$`)
	mailto   = regexp.MustCompile(`^<mailto:([^<>|]+)(?:\|[^<>]*)?>$`)
	special  = regexp.MustCompile(`^<!(here|channel|everyone)(?:\|[^<>]*)?>$`)
	place    = regexp.MustCompile(`^<#[CGD][A-Z0-9]+(?:\|[^<>]*)?>$`)
	bareName = regexp.MustCompile(`^@[\p{L}\p{N}._-]+$`)
)

// parseCommand reads a command's text as Slack sends it, with or without should_escape
// (section 3.1 of the Slack facts): [role] [people…] ["note"] in any order, or one of help,
// status and form. The error is a *parseError.
func parseCommand(text string) (command, error) {
	c := command{Verb: verbInvite}
	words, err := split(text)
	if err != nil {
		return command{}, err
	}
	for i, w := range words {
		if w.quoted {
			if c.Note != "" {
				return command{}, &parseError{w.text, secondNote}
			}
			c.Note = legible(w.text)
			if utf8.RuneCountInString(c.Note) > noteMax {
				return command{}, &parseError{cut(c.Note, 40), longNote}
			}
			continue
		}
		switch v := verb(strings.ToLower(w.text)); v {
		case verbHelp, verbStatus, verbForm:
			if len(words) > 1 {
				return command{}, &parseError{w.text, standsAlone}
			}
			return command{Verb: v}, nil
		}
		if role, ok := tracker.ParseRole(w.text); ok {
			if c.Role != "" {
				return command{}, &parseError{w.text, secondRole}
			}
			c.Role = role
			continue
		}
		if err := c.takePerson(w.text); err != nil {
			return command{}, err
		}
		if len(c.People)+len(c.Groups) > peopleMax {
			return command{}, &parseError{words[i].text, tooManyPeople}
		}
	}
	return c, nil
}

// takePerson takes in a word that must name people.
func (c *command) takePerson(word string) error {
	if m := mention.FindStringSubmatch(word); m != nil {
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
	if m := mailto.FindStringSubmatch(word); m != nil {
		address = m[1]
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
