package slackbot

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"
	"text/template"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Welcome is the direct message that welcomes somebody: a Go template whose text is Slack's
// markup, with a paragraph wherever it has an empty line.
type Welcome struct {
	template *template.Template
}

// WelcomeData is what a template may name. Its texts are escaped for Slack.
type WelcomeData struct {
	Name    string // of the person, as the portal has it; may be empty
	Mention string // the person, as Slack shows them
	Inviter string // whoever invited, as Slack shows them
	Role    string // that the person really has: Guest, User, RoomAdmin or DocSpaceAdmin
	// RoleName is the role in the person's language.
	RoleName string
	Asked    string // the role of the invitation
	Email    string // with which the person signs in
	Portal   string // the portal's address
	Host     string // the portal's host
	Link     string // the portal, as a link in Slack's markup
	Note     string // of the invitation; may be empty
	// Language is that of the person's Slack, as far as the bot speaks it: en, de, pt-BR and so on.
	Language string
}

// welcomeMax is how long a welcome may be, in characters: Slack refuses more than about ten
// thousand in a message's blocks.
const welcomeMax = 8000

// ParseWelcome reads a template and tries it. The error says what is wrong with it and where.
func ParseWelcome(text string) (*Welcome, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not in UTF-8: save it in that encoding")
	}
	parsed, err := template.New("welcome").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("it is no template: %w", err)
	}
	w := &Welcome{parsed}
	long := strings.Repeat("W", foreign)
	for _, sample := range []WelcomeData{ // each condition of the template, one way and the other
		{Name: long, Mention: "<@U0SAMPLE>", Inviter: "<@U0SAMPLE>", Role: "Guest", RoleName: long, Asked: "Guest", Email: long, Portal: long, Host: long, Link: long, Note: long},
		{Mention: "<@U0SAMPLE>", Inviter: "<@U0SAMPLE>", Role: "User", RoleName: long, Asked: "RoomAdmin", Email: long, Portal: long, Host: long, Link: long},
	} {
		said, err := w.text(sample)
		switch {
		case err != nil:
			return nil, fmt.Errorf("it cannot be filled in: %w", err)
		case said == "":
			return nil, errors.New("it says nothing")
		case utf8.RuneCountInString(said) > welcomeMax:
			return nil, fmt.Errorf("it is longer than %d characters", welcomeMax)
		}
	}
	return w, nil
}

// welcomes are those of the catalogues, by language, once they were needed.
var welcomes sync.Map

// welcome is that of the catalogue, which a test has tried.
func (in voice) welcome() *Welcome {
	known, ok := welcomes.Load(in.Tag())
	if !ok {
		w, err := ParseWelcome(in.Welcome())
		if err != nil {
			panic(err)
		}
		known, _ = welcomes.LoadOrStore(in.Tag(), w)
	}
	return known.(*Welcome)
}

func (w *Welcome) text(data WelcomeData) (string, error) {
	var b strings.Builder
	err := w.template.Execute(&b, data)
	return strings.TrimSpace(b.String()), err
}

// renderWelcome fills in the template for somebody: the operator's own, or that of the catalogue.
func (in voice) renderWelcome(own *Welcome, inv tracker.Invitation, v tracker.Invitee, portalURL string) (message, error) {
	host := name(strings.TrimPrefix(strings.TrimPrefix(portalURL, "https://"), "http://"))
	has := cmp.Or(v.Member.Role, inv.Role)
	text, err := cmp.Or(own, in.welcome()).text(WelcomeData{
		Name: name(v.Member.Name), Mention: "<@" + string(v.ChatUser) + ">", Inviter: "<@" + string(inv.Inviter) + ">",
		Role: fit(string(has), 30), RoleName: in.role(has), Asked: string(inv.Role), Email: name(v.Email),
		Portal: portalURL, Host: host, Link: "<" + portalURL + "|" + host + ">", Note: fit(inv.Note, noteMax), Language: in.Tag(),
	})
	if err != nil {
		return message{}, err
	}
	msg := message{Text: cut(text, welcomeMax)}
	for paragraph := range strings.SplitSeq(msg.Text, "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph == "" {
			continue
		}
		for len(paragraph) > 0 { // a section takes 3000 characters
			part := []rune(paragraph)[:min(sectionBudget, utf8.RuneCountInString(paragraph))]
			msg.Blocks = append(msg.Blocks, section(string(part)))
			paragraph = paragraph[len(string(part)):]
		}
	}
	const blocksMax = 50 // that a message takes
	msg.Blocks = msg.Blocks[:min(len(msg.Blocks), blocksMax)]
	return msg, nil
}
