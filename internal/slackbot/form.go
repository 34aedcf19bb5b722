package slackbot

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Ids of the dialog. A block's id is where an error is shown.
const (
	callbackForm = "invite"

	blockRole    = "role"
	blockPeople  = "people"
	blockEmails  = "emails"
	blockNote    = "note"
	actionChoose = "value"
)

// formPlace is what a dialog carries along: a submission does not say where it was opened.
type formPlace struct {
	Channel tracker.Channel `json:"channel"`
}

// renderForm is the dialog with the command's choices.
func renderForm(roles []tracker.Role, def tracker.Role, channel tracker.Channel) slack.ModalViewRequest {
	place, _ := json.Marshal(formPlace{channel})
	if !slices.Contains(roles, def) {
		def = roles[0]
	}
	var options []*slack.OptionBlockObject
	var chosen *slack.OptionBlockObject
	for _, role := range roles {
		option := slack.NewOptionBlockObject(string(role), plain(string(role)), nil)
		options = append(options, option)
		if role == def {
			chosen = option
		}
	}
	choose := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a role"), actionChoose, options...)
	choose.InitialOption = chosen

	people := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, plain("Choose people"), actionChoose)
	emails := slack.NewPlainTextInputBlockElement(plain("carol@acme.test, dan@acme.test"), actionChoose)
	emails.Multiline, emails.MaxLength = true, 3000
	note := slack.NewPlainTextInputBlockElement(plain("What is it for?"), actionChoose)
	note.MaxLength = noteMax

	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callbackForm, PrivateMetadata: string(place),
		Title: plain("Invite to DocSpace"), Submit: plain("Invite"), Close: plain("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock(blockRole, plain("Role"), nil, choose),
			optional(slack.NewInputBlock(blockPeople, plain("People"), plain("Nobody: whoever presses the button is invited"), people)),
			optional(slack.NewInputBlock(blockEmails, plain("E-mail addresses"), plain("Separated by spaces, commas or lines"), emails)),
			optional(slack.NewInputBlock(blockNote, plain("Note"), plain("Shown on the card"), note)),
		}},
	}
}

func optional(block *slack.InputBlock) *slack.InputBlock {
	block.Optional = true
	return block
}

// parseForm reads a submitted dialog. wrong says by block what is wrong with it; then
// nothing else counts.
func parseForm(state *slack.ViewState) (c command, wrong map[string]string) {
	c.Verb, wrong = verbInvite, map[string]string{}
	value := func(block string) slack.BlockAction {
		if state == nil {
			return slack.BlockAction{}
		}
		return state.Values[block][actionChoose]
	}
	role, ok := tracker.ParseRole(value(blockRole).SelectedOption.Value)
	if !ok {
		wrong[blockRole] = "Please choose a role."
	}
	c.Role = role
	for _, user := range value(blockPeople).SelectedUsers {
		c.add(tracker.Person{ChatUser: tracker.ChatUser(user)})
	}
	for _, address := range strings.FieldsFunc(value(blockEmails).Value, isGap) {
		if !isAddress(address) {
			wrong[blockEmails] = "“" + cut(printable(address), 40) + "” is not an e-mail address."
			break
		}
		c.add(tracker.Person{Email: address})
	}
	if len(c.People) > peopleMax {
		wrong[blockPeople] = "One invitation takes up to 200 people."
	}
	c.Note = printable(value(blockNote).Value)
	if utf8.RuneCountInString(c.Note) > noteMax {
		wrong[blockNote] = "A note has up to 500 characters."
	}
	return c, wrong
}

// formChannel reads where the dialog was opened.
func formChannel(metadata string) tracker.Channel {
	var place formPlace
	_ = json.Unmarshal([]byte(metadata), &place)
	return place.Channel
}
