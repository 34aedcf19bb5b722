package slacksim

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokens finds what Slack turns into markup in a typed command: addresses, email
// addresses, and names behind @ and #.
var tokens = regexp.MustCompile(`https?://[^\s<>"“”]+` +
	`|[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}` +
	`|[@#][\p{L}\p{N}._-]+`)

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape writes a typed text as an app with should_escape gets it (docs/facts/slack.md, "Slash
// command").
func (w *Workspace) escape(typed string) string {
	var escaped strings.Builder
	for {
		at := tokens.FindStringIndex(typed)
		if at == nil {
			escaped.WriteString(entities.Replace(typed))
			return escaped.String()
		}
		before, token := typed[:at[0]], typed[at[0]:at[1]]
		escaped.WriteString(entities.Replace(before))
		markup, read := w.markup(token)
		if last, _ := utf8.DecodeLastRuneInString(before); token[0] == '@' && (unicode.IsLetter(last) || unicode.IsDigit(last)) {
			markup, read = entities.Replace(token), len(token)
		}
		escaped.WriteString(markup)
		typed = typed[at[0]+read:]
	}
}

// markup returns what a token becomes, and how many of its bytes that is for: punctuation
// at its end may belong to the sentence.
func (w *Workspace) markup(token string) (markup string, read int) {
	switch {
	case strings.HasPrefix(token, "http"):
		address := strings.TrimRight(token, ".,;:!?)'")
		return "<" + entities.Replace(address) + ">", len(address)
	case token[0] != '@' && token[0] != '#':
		return "<mailto:" + token + "|" + token + ">", len(token)
	}
	for name := token[1:]; name != ""; name = strings.TrimRight(name[:len(name)-1], "._-") {
		if markup := w.named(token[0], name); markup != "" {
			return markup, 1 + len(name)
		}
		if last := name[len(name)-1]; last != '.' && last != '_' && last != '-' {
			break
		}
	}
	return entities.Replace(token), len(token)
}

// named returns the markup of a person, a group or a channel, or "".
func (w *Workspace) named(sign byte, name string) string {
	if sign == '#' {
		switch c := w.channelNamed(name); {
		case c == nil:
			return ""
		case c.Private: // its name is not told (docs/facts/slack.md, "Slash command")
			return "<#" + c.ID + "|>"
		default:
			return "<#" + c.ID + "|" + c.Name + ">"
		}
	}
	switch strings.ToLower(name) {
	case "here", "channel", "everyone":
		return "<!" + strings.ToLower(name) + ">"
	}
	if u := w.userNamed(name); u != nil {
		return "<@" + u.ID + ">"
	}
	if g := w.groupNamed(name); g != nil {
		return "<!subteam^" + g.ID + "|@" + g.Handle + ">"
	}
	return ""
}
