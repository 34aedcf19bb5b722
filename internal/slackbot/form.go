package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Ids of the dialog. A block's id is where an error is shown.
const (
	callbackForm = "invite"
	// The shortcuts' callback ids stand in the manifest.
	callbackShortcut = "invite_people"
	callbackAuthor   = "invite_author"

	blockRole    = "role"
	blockChannel = "channel"
	blockPeople  = "people"
	blockEmails  = "emails"
	blockNote    = "note"
	blockRoom    = "room"
	blockRight   = "right"
	actionChoose = "value"
	// What the bot hears of at once: the rights to choose from depend on it.
	actionFormRole = "form_role"
	actionFormRoom = "form_room"
)

// renderForm is the dialog with the command's choices, filled with what is known already. Groups
// cannot be chosen in it. A room is known by its id; rooms reports whether there are any to choose.
func (in voice) renderForm(choices []choice, def invitation.Role, channel invitation.Channel, known command, rooms bool) slack.ModalViewRequest {
	label := func(id string) *slack.TextBlockObject { return plain(in.say("dialog."+id, nil)) }
	var options []*slack.OptionBlockObject
	var chosen *slack.OptionBlockObject
	for _, c := range choices {
		about := in.mayDo(c.role)
		if c.asks {
			about += " · " + in.say("dialog.role-asks", nil)
		}
		option := slack.NewOptionBlockObject(string(c.role), plain(in.role(c.role)), plain(cut(about, optionMax)))
		options = append(options, option)
		if chosen == nil || c.role == known.Role || c.role == def && chosen.Value != string(known.Role) {
			chosen = option
		}
	}
	choose := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, label("role-choose"), actionFormRole, options...)
	choose.InitialOption = chosen

	// A submission says nothing of where the dialog was opened, and gives an address for answers
	// with a channel alone that was chosen (docs/facts/slack.md, "view_submission and
	// view_closed").
	place := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, label("channel-choose"), actionChoose)
	place.InitialConversation, place.DefaultToCurrentConversation, place.ResponseURLEnabled = string(channel), channel == "", true

	people := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, label("people-choose"), actionChoose)
	var addresses []string
	for _, p := range known.People {
		if p.ChatUser != "" {
			people.InitialUsers = append(people.InitialUsers, string(p.ChatUser))
		} else {
			addresses = append(addresses, p.Email)
		}
	}
	emails := slack.NewPlainTextInputBlockElement(label("emails-example"), actionChoose)
	emails.Multiline, emails.MaxLength, emails.InitialValue = true, 3000, strings.Join(addresses, "\n")
	note := slack.NewPlainTextInputBlockElement(label("note-example"), actionChoose)
	note.MaxLength, note.InitialValue = noteMax, known.Note

	role := slack.NewInputBlock(blockRole, label("role"), nil, choose)
	role.DispatchAction = rooms
	blocks := []slack.Block{
		role,
		slack.NewInputBlock(blockChannel, label("channel"), label("channel-hint"), place),
		optional(slack.NewInputBlock(blockPeople, label("people"), label("people-hint"), people)),
		optional(slack.NewInputBlock(blockEmails, label("emails"), label("emails-hint"), emails)),
		optional(slack.NewInputBlock(blockNote, label("note"), label("note-hint"), note)),
	}
	if rooms {
		blocks = slices.Insert(blocks, len(blocks)-1, in.roomInputs(known.Room, invitation.Role(chosen.Value))...)
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callbackForm,
		Title: label("title"), Submit: label("submit"), Close: label("cancel"),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}

func optional(block *slack.InputBlock) *slack.InputBlock {
	block.Optional = true
	return block
}

// notAddresses says which words are no addresses, and why. The words are shown as they are.
func (in voice) notAddresses(err error) string {
	var words, list []string
	for _, one := range mistakesOf(err) {
		switch {
		case one.Meant != "", slices.Contains([]problem{badLetter, badHost, badDots, openQuote}, one.Problem):
			list = append(list, in.explainMistake(one, printable))
		default:
			words = append(words, cut(printable(one.Word), 40))
		}
	}
	if n := mistakesInList; len(words) > n {
		words = append(words[:n], "…")
	}
	switch len(words) {
	case 0:
	case 1:
		list = append([]string{in.say("dialog.not-address", with{"Word": words[0]})}, list...)
	default:
		list = append([]string{in.say("dialog.not-addresses", with{"Words": in.list(words)})}, list...)
	}
	if n := mistakesInList; len(list) > n {
		list = append(list[:n], "…")
	}
	return strings.ReplaceAll(strings.Join(list, " "), "`", "")
}

// The button behind a command that was not understood carries what was: see handOver.
type handedOver struct {
	Role   invitation.Role       `json:"role,omitempty"`
	Users  []invitation.ChatUser `json:"users,omitempty"`
	Emails []string              `json:"emails,omitempty"`
	Note   string                `json:"note,omitempty"`
	Room   string                `json:"room,omitempty"`
	Right  invitation.Right      `json:"right,omitempty"`
}

// titleMax is how much of a room's title goes over, in runes.
const titleMax = 170

// handedOverMax is how long a button's value may be (docs/facts/slack.md, "Numbers").
const handedOverMax = 2000

// handOver packs a command into a button's value. What does not fit is left out, people first.
func handOver(c command) string {
	h := handedOver{Role: c.Role, Note: c.Note, Room: cut(c.Room.Title, titleMax), Right: c.Room.Right}
	for _, p := range c.People {
		if p.ChatUser != "" {
			h.Users = append(h.Users, p.ChatUser)
		} else {
			h.Emails = append(h.Emails, p.Email)
		}
	}
	for {
		value, err := json.Marshal(h)
		switch {
		case err != nil:
			return ""
		case len(value) <= handedOverMax:
			return string(value)
		case len(h.Emails) > 0:
			h.Emails = h.Emails[:len(h.Emails)-1]
		case len(h.Users) > 0:
			h.Users = h.Users[:len(h.Users)-1]
		case h.Note != "":
			h.Note = ""
		default:
			return ""
		}
	}
}

// takeOver unpacks a button's value, which comes back from outside. It grants nothing: the request is vetted
// when the dialog is submitted.
func takeOver(value string) (c command) {
	var h handedOver
	if len(value) > handedOverMax || json.Unmarshal([]byte(value), &h) != nil {
		return command{}
	}
	if slices.Contains(invitation.Roles(), h.Role) {
		c.Role = h.Role
	}
	for _, user := range h.Users {
		if userID.MatchString(string(user)) {
			c.add(invitation.Person{ChatUser: user})
		}
	}
	for _, email := range h.Emails {
		if faultOf(email) == nil {
			c.add(invitation.Person{Email: email})
		}
	}
	c.Note = cut(printable(h.Note), noteMax)
	c.Room.Title = cut(printable(h.Room), titleMax)
	if slices.Contains(invitation.Rights(), h.Right) {
		c.Room.Right = h.Right
	}
	return c
}

// vetWait is how long a submitted dialog waits for what Slack knows of its choices: Slack waits
// three seconds for the answer (docs/facts/slack.md, "Delivery and retries").
const vetWait = 1500 * time.Millisecond

// fields tells which field of the dialog a refusal is about.
var fields = map[invitation.Reason]string{
	invitation.CallerIsGuest:     blockRole,
	invitation.RoleNotYours:      blockRole,
	invitation.ChannelNotAllowed: blockChannel,
	invitation.ChannelShared:     blockChannel,
	invitation.ChannelArchived:   blockChannel,
	invitation.CannotPost:        blockChannel,
	invitation.NotAChannel:       blockChannel,
	invitation.TooManyPeople:     blockPeople,
	invitation.WrongPeople:       blockPeople,
	invitation.NotAPerson:        blockPeople,
	invitation.IsBot:             blockPeople,
	invitation.IsMe:              blockPeople,
	invitation.IsDeactivated:     blockPeople,
	invitation.NoEmail:           blockPeople,
	invitation.RoomUnknown:       blockRoom,
	invitation.RoomArchived:      blockRoom,
	invitation.RoomDenied:        blockRoom,
	invitation.RoomNotYours:      blockRoom,
	invitation.RoomsAreOff:       blockRoom,
	invitation.RightNotThere:     blockRight,
}

// vetForm says by block what is wrong with the choices, so that they can be put right where they were
// made. What is not found out in time is found out later, and told to the person who submitted.
func (b *Bot) vetForm(ctx context.Context, in voice, request invitation.Request) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, vetWait)
	defer cancel()
	_, err := b.messenger.Vet(ctx, invitation.Invitation{Request: request})
	block := fields[reasonOf(err)]
	if err == nil || block == "" {
		return nil
	}
	b.rejected(ctx, "invite", invitation.Invitation{Request: request}, request.Inviter, err)
	each := invitation.FailureOf(err).Each
	if len(each) == 0 {
		each = []error{err}
	}
	var list []string
	for i, one := range each {
		if i == mistakesInList {
			list = append(list, "…")
			break
		}
		list = append(list, b.plainly(ctx, in, one, request.Role))
	}
	return map[string]string{block: strings.Join(list, " ")}
}

// plainly explains a refusal in text that knows no markup.
func (b *Bot) plainly(ctx context.Context, in voice, err error, asked invitation.Role) string {
	r := invitation.RefusalOf(err, time.Now())
	sentence := in.explain(r, asked, "")
	if slackID.MatchString(r.About) {
		shown := in.say("list.this-person", nil)
		if user, err := b.messenger.directory.User(ctx, invitation.ChatUser(r.About)); err == nil {
			shown = in.say("list.quoted", with{"Word": cut(printable(cmp.Or(user.Profile.RealName, user.RealName, user.Name)), foreign)})
		}
		sentence = strings.ReplaceAll(sentence, "<@"+r.About+">", shown)
	}
	return strings.NewReplacer("*", "", "`", "", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(sentence)
}

// parseForm reads a submitted dialog: the command, and the channel for its card. wrong says by
// block what is wrong with it; then nothing else counts.
func (in voice) parseForm(state *slack.ViewState) (c command, channel invitation.Channel, wrong map[string]string) {
	c.Verb, wrong = verbInvite, map[string]string{}
	value := func(block string) slack.BlockAction {
		if state != nil {
			for _, only := range state.Values[block] { // an input block has one element
				return only
			}
		}
		return slack.BlockAction{}
	}
	role, ok := invitation.ParseRole(value(blockRole).SelectedOption.Value)
	if !ok {
		wrong[blockRole] = in.say("dialog.role-missing", nil)
	}
	c.Role = role
	channel = invitation.Channel(value(blockChannel).SelectedConversation)
	if channel == "" {
		wrong[blockChannel] = in.say("dialog.channel-missing", nil)
	}
	for _, user := range value(blockPeople).SelectedUsers {
		c.add(invitation.Person{ChatUser: invitation.ChatUser(user)})
	}
	addresses, err := parseAddresses(value(blockEmails).Value)
	if err != nil {
		wrong[blockEmails] = in.notAddresses(err)
	}
	for _, person := range addresses {
		c.add(person)
	}
	if len(c.People) > peopleMax {
		wrong[blockPeople] = in.say("dialog.people-many", nil)
	}
	c.Room = chosenRoom(value(blockRoom), value(blockRight))
	if c.Room.ID == "" && c.Room.Right != "" {
		wrong[blockRoom] = in.say("rooms.missing", nil)
	}
	c.Note = printable(value(blockNote).Value)
	if utf8.RuneCountInString(c.Note) > noteMax {
		wrong[blockNote] = in.say("dialog.note-long", nil)
	}
	return c, channel, wrong
}
