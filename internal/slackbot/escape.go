package slackbot

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"
)

// escape is the one door through which text from people and portals enters a message. What
// it returns mentions no one, links nowhere and formats nothing in a verbatim mrkdwn text,
// and shows what was there. Call it once.
//
// Slack's own escaping takes care of <…> (docs/facts/slack.md, "Escaping"). The formatting
// characters have no escape of their own, and neither have bare addresses and @here-like words
// where a text is not verbatim, as in notifications: each gets an invisible break. Within a word
// none of them means anything, and nothing is added there. An address to sign up with goes through
// address instead.
func escape(s string) string {
	runes := []rune(slackutilsx.EscapeMessage(printable(s)))
	var b strings.Builder
	for i, r := range runes {
		inside := i > 0 && i+1 < len(runes) && isWord(runes[i-1]) && isWord(runes[i+1])
		switch {
		case r == '`', strings.ContainsRune("*_~", r) && !inside:
			b.WriteString(wordBreak)
			b.WriteRune(r)
		case r == '@' && !inside, r == '#' && !inside, r == ':' && strings.HasPrefix(string(runes[i:min(i+3, len(runes))]), "://"):
			b.WriteRune(r)
			b.WriteString(wordBreak)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordBreak is the word joiner: it has no width and allows no line break.
const wordBreak = "\u2060"

// marksMax is how many marks a letter bears: no script puts more on one, and stacks of them cover the
// lines above.
const marksMax = 4

// printable replaces line breaks and other control characters by spaces, and drops what
// turns the direction of writing or hides, and marks beyond what a letter bears: names are told apart by
// what is seen.
func printable(s string) string {
	marks := 0
	s = strings.Map(func(r rune) rune {
		if marks++; !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		}
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), r == blank:
			return ' '
		case marks > marksMax, isUnseen(r) && r != '\u200d' && r != '\ufe0f': // except what joins and colours emoji
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.TrimSpace(s)
}

// blank is a Braille sign without dots.
const blank = '\u2800'

// isUnseen reports whether the rune shows nothing, like U+3164 and other fillers, which are letters to
// Unicode.
func isUnseen(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// cut shortens a text that is not escaped yet to so many runes.
func cut(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return strings.TrimSpace(string(r[:runes-1])) + "…"
}

// foreign is how much is shown of a name, in runes.
const foreign = 60

// name returns someone's name as a message shows it.
func name(s string) string { return fit(s, foreign) }

// addressMax is how long an email address may be (RFC 5321).
const addressMax = 254

// address returns an email address exactly as it is, for people to copy and to sign up with: as a
// code span, inside which Slack formats, links and mentions nothing. Only & < > are escaped there
// (docs/facts/slack.md, "Escaping"), and nothing is cut or added. A code span ends at the next
// backtick or line break, so what has anything in it that no address has is shown like a name.
func address(s string) string {
	local, host, _ := strings.Cut(s, "@")
	if len(s) > addressMax || local == "" || host == "" || strings.ContainsFunc(local+host, isOutsideAddress) {
		return name(s)
	}
	return "`" + slackutilsx.EscapeMessage(s) + "`"
}

// isOutsideAddress reports whether an address without quotes cannot hold the rune beside its @.
func isOutsideAddress(r rune) bool {
	return !isWord(r) && !strings.ContainsRune(".!#$%&'*+-/=?^_{|}~", r)
}

// fit escapes a text and shortens it so that, with all that escaping adds, it stays within
// one and a half times so many runes.
func fit(s string, runes int) string {
	s = printable(s)
	for n := runes; ; n = n * 3 / 4 {
		if escaped := escape(cut(s, n)); n < 4 || utf8.RuneCountInString(escaped) <= runes*3/2 {
			return escaped
		}
	}
}

// sectionBudget is how much text goes into one section, of the 3000 characters that it takes.
const sectionBudget = 2800

// lines joins lines as long as they fit into a section, and counts the others.
func (in voice) lines(all []string) string {
	used := 0
	for i, line := range all {
		if used += utf8.RuneCountInString(line) + 1; used > sectionBudget {
			return strings.Join(append(slices.Clone(all[:i]), in.more(len(all)-i)), "\n")
		}
	}
	return strings.Join(all, "\n")
}

// mrkdwn returns a text object in Slack's markup. It is verbatim, so that Slack makes
// nothing of bare words; it is the only place where such objects are made.
func mrkdwn(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
}

// plain returns a text object that shows its text as it is.
func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}
