package slackbot

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Welcome is the direct message that welcomes someone: a Go template whose text is Slack's
// markup, with a paragraph wherever it has an empty line.
type Welcome struct {
	template *template.Template
}

// WelcomeData is what a template may name. Its texts are escaped for Slack.
type WelcomeData struct {
	Name    string // of the person, as the portal has it; may be empty
	Mention string // the person, as Slack shows them
	Inviter string // the inviter, as Slack shows them
	Role    string // that the person really has: Guest, User, RoomAdmin or DocSpaceAdmin
	// RoleName is the role in the person's language.
	RoleName string
	Asked    string // the role of the invitation
	Email    string // with which the person signs in, as a code span
	Portal   string // the portal's address
	Host     string // the portal's host
	Link     string // the portal, as a link in Slack's markup
	Note     string // of the invitation; may be empty
	// Language is that of the person's Slack, as far as the bot speaks it: en, de, pt-BR and so on.
	Language string
}

// actionOpen is the button that leads to the portal. Slack tells of it, and nothing comes of that.
const actionOpen = "open_docspace"

// welcomeMax is how long a welcome may be, in characters: Slack refuses more than about ten
// thousand in a message's blocks.
const welcomeMax = 8000

// ParseWelcome reads a template and tries it. The error says what is wrong with it and where.
func ParseWelcome(text string) (*Welcome, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not in UTF-8: save it in that encoding")
	}
	parsed, err := template.New("welcome").Parse(text)
	if err != nil {
		return nil, templateWords(err)
	}
	w := &Welcome{parsed}
	long, email := strings.Repeat("W", foreign), address(strings.Repeat("w", addressMax-len("@acme.test"))+"@acme.test")
	for _, sample := range []WelcomeData{ // each condition of the template, one way and the other
		{Name: long, Mention: "<@U0SAMPLE>", Inviter: "<@U0SAMPLE>", Role: "Guest", RoleName: long, Asked: "Guest", Email: email, Portal: long, Host: long, Link: long, Note: long},
		{Mention: "<@U0SAMPLE>", Inviter: "<@U0SAMPLE>", Role: "User", RoleName: long, Asked: "RoomAdmin", Email: email, Portal: long, Host: long, Link: long},
	} {
		said, err := w.text(sample)
		switch {
		case err != nil:
			return nil, templateWords(err)
		case said == "":
			return nil, errors.New("it says nothing")
		case utf8.RuneCountInString(said) > welcomeMax:
			return nil, fmt.Errorf("it is longer than %d characters", welcomeMax)
		}
	}
	return w, nil
}

// welcome is that of the catalogue, which a test has tried.
func (in voice) welcome() *Welcome {
	return &Welcome{template.Must(template.New("welcome").Parse(in.Welcome()))}
}

func (w *Welcome) text(data WelcomeData) (string, error) {
	var b strings.Builder
	err := w.template.Execute(&b, data)
	return strings.TrimSpace(b.String()), err
}

// withoutDoubleMarkup takes the backticks off a code span that a template has put into a code span of
// its own, or into a link: Slack would show them, or read the link wrong.
func withoutDoubleMarkup(text, span string) string {
	if !strings.HasPrefix(span, "`") {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, span)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		so := b.String()
		ticks := strings.Count(so, "`") - strings.Count(so, wordBreak+"`") // except those of names and notes
		shown := span
		if ticks%2 == 1 || strings.LastIndex(so, "<") > strings.LastIndex(so, ">") {
			shown = strings.Trim(span, "`")
		}
		b.WriteString(shown)
		text = after
	}
}

// renderWelcome fills in the template for someone: the operator's own, or that of the catalogue.
func (in voice) renderWelcome(own *Welcome, inv invitation.Invitation, v invitation.Invitee, portalURL string) (message, error) {
	host := name(strings.TrimPrefix(strings.TrimPrefix(portalURL, "https://"), "http://"))
	has := cmp.Or(v.Member.Role, inv.Role)
	email := address(cmp.Or(v.Member.Email, v.Email))
	if own == nil {
		own = in.welcome()
	}
	text, err := own.text(WelcomeData{
		Name: name(v.Member.Name), Mention: mention(v.ChatUser), Inviter: mention(inv.Inviter),
		Role: fit(string(has), 30), RoleName: in.role(has), Asked: string(inv.Role), Email: email,
		Portal: portalURL, Host: host, Link: "<" + portalURL + "|" + host + ">", Note: fit(inv.Note, noteMax), Language: in.Tag(),
	})
	if err != nil {
		return message{}, err
	}
	msg := message{Text: cut(withoutDoubleMarkup(text, email), welcomeMax)}
	msg.Blocks = paragraphs(msg.Text)
	const blocksMax = 50 // that a message takes
	msg.Blocks = msg.Blocks[:min(len(msg.Blocks), blocksMax-2)]
	open := slack.NewButtonBlockElement(actionOpen, "", plain(in.say("deliver.open", nil)))
	open.URL = portalURL
	buttons := []slack.BlockElement{open}
	if isInRoom(inv, v) {
		room := in.say("room.yours", with{"Room": in.room(inv.Room)})
		msg.Text += "\n" + room
		msg.Blocks = append(msg.Blocks, section(room))
		if button := in.roomButton(inv.Room); button != nil {
			button.Style = slack.StylePrimary
			buttons = []slack.BlockElement{button, open}
		}
	}
	msg.Blocks = append(msg.Blocks, slack.NewActionBlock("", buttons...))
	return msg, nil
}

// paragraphs has a section for each paragraph of a text, and more for one that is longer than a section takes.
func paragraphs(text string) (blocks []slack.Block) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		for paragraph = strings.TrimSpace(paragraph); paragraph != ""; {
			part := string([]rune(paragraph)[:min(sectionBudget, utf8.RuneCountInString(paragraph))])
			if end := strings.LastIndexAny(part, " \n"); len(part) < len(paragraph) && end > 0 {
				part = part[:end+1] // an address stays whole
			}
			blocks = append(blocks, section(part))
			paragraph = paragraph[len(part):]
		}
	}
	return blocks
}
