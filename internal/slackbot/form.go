package slackbot

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
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
	actionChoose = "value"
)

// renderForm is the dialog with the command's choices. channel and person are chosen at first,
// if they are given.
func renderForm(choices []choice, def tracker.Role, channel tracker.Channel, person tracker.ChatUser) slack.ModalViewRequest {
	var options []*slack.OptionBlockObject
	var chosen *slack.OptionBlockObject
	for _, c := range choices {
		var needs *slack.TextBlockObject
		if c.asks {
			needs = plain("needs an approval")
		}
		option := slack.NewOptionBlockObject(string(c.role), plain(string(c.role)), needs)
		options = append(options, option)
		if c.role == def || chosen == nil {
			chosen = option
		}
	}
	choose := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a role"), actionChoose, options...)
	choose.InitialOption = chosen

	// A submission says nothing of where the dialog was opened, and gives an address for answers
	// with a channel alone that was chosen (section 3.3 of the Slack facts).
	place := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, plain("Choose a channel"), actionChoose)
	place.InitialConversation, place.DefaultToCurrentConversation, place.ResponseURLEnabled = string(channel), channel == "", true

	people := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, plain("Choose people"), actionChoose)
	if person != "" {
		people.InitialUsers = []string{string(person)}
	}
	emails := slack.NewPlainTextInputBlockElement(plain("carol@acme.test, dan@acme.test"), actionChoose)
	emails.Multiline, emails.MaxLength = true, 3000
	note := slack.NewPlainTextInputBlockElement(plain("What is it for?"), actionChoose)
	note.MaxLength = noteMax

	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callbackForm,
		Title: plain("Invite to DocSpace"), Submit: plain("Invite"), Close: plain("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock(blockRole, plain("Role"), nil, choose),
			slack.NewInputBlock(blockChannel, plain("Channel"), plain("Where the card is posted"), place),
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

// notAddresses says which words are no addresses. The words are shown as they are.
func notAddresses(err error) string {
	all := mistakesOf(err)
	var words []string
	for i, one := range all {
		if i == mistakesInList {
			words = append(words, "…")
			break
		}
		words = append(words, "“"+cut(printable(one.Word), 40)+"”")
	}
	if len(words) == 1 {
		return words[0] + " is not an e-mail address."
	}
	return strings.Join(words, ", ") + " are not e-mail addresses."
}

// vetWait is how long a submitted dialog waits for what Slack knows of its choices: Slack waits
// three seconds for the answer (section 1.7 of the Slack facts).
const vetWait = 1500 * time.Millisecond

// fields tells which field of the dialog a refusal is about.
var fields = map[tracker.Reason]string{
	tracker.CallerIsGuest:     blockRole,
	tracker.RoleNotYours:      blockRole,
	tracker.ChannelNotAllowed: blockChannel,
	tracker.ChannelShared:     blockChannel,
	tracker.ChannelArchived:   blockChannel,
	tracker.CannotPost:        blockChannel,
	tracker.TooManyPeople:     blockPeople,
	tracker.WrongPeople:       blockPeople,
	tracker.NotAPerson:        blockPeople,
	tracker.IsBot:             blockPeople,
	tracker.IsMe:              blockPeople,
	tracker.IsDeactivated:     blockPeople,
	tracker.NoEmail:           blockPeople,
}

// vetForm says by block what is wrong with the choices, so that they can be mended where they were
// made. What is not found out in time is found out later, and told to whoever submitted.
func (b *Bot) vetForm(ctx context.Context, request tracker.Request) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, vetWait)
	defer cancel()
	_, err := b.messenger.Vet(ctx, request)
	block := fields[reasonOf(err)]
	if err == nil || block == "" {
		return nil
	}
	tracker.Decision{
		Deed: "invite", Verdict: tracker.Rejected, By: request.Inviter, Reason: reasonOf(err), Invitation: tracker.Invitation{Request: request}, Err: err,
	}.Log(ctx, b.log)
	each := []error{err}
	if several := (wrongPeople{}); errors.As(err, &several) {
		each = several
	}
	var list []string
	for i, one := range each {
		if i == mistakesInList {
			list = append(list, "…")
			break
		}
		list = append(list, b.plainly(ctx, one, request.Role))
	}
	return map[string]string{block: strings.Join(list, " ")}
}

// plainly explains a refusal in text that knows no markup.
func (b *Bot) plainly(ctx context.Context, err error, asked tracker.Role) string {
	r := tracker.Refusal{Reason: reasonOf(err)}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		r.About = refused.about
	}
	sentence := explain(r, asked, "")
	if slackID.MatchString(r.About) {
		shown := "this person"
		if user, err := b.messenger.directory.user(ctx, tracker.ChatUser(r.About)); err == nil {
			shown = "“" + cut(printable(cmp.Or(user.Profile.RealName, user.RealName, user.Name)), foreign) + "”"
		}
		sentence = strings.ReplaceAll(sentence, "<@"+r.About+">", shown)
	}
	return strings.NewReplacer("*", "", "`", "").Replace(sentence)
}

// parseForm reads a submitted dialog: the command, and the channel for its card. wrong says by
// block what is wrong with it; then nothing else counts.
func parseForm(state *slack.ViewState) (c command, channel tracker.Channel, wrong map[string]string) {
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
	channel = tracker.Channel(value(blockChannel).SelectedConversation)
	if channel == "" {
		wrong[blockChannel] = "Please choose where the card is posted."
	}
	for _, user := range value(blockPeople).SelectedUsers {
		c.add(tracker.Person{ChatUser: tracker.ChatUser(user)})
	}
	addresses, err := parseAddresses(value(blockEmails).Value)
	if err != nil {
		wrong[blockEmails] = notAddresses(err)
	}
	for _, person := range addresses {
		c.add(person)
	}
	if len(c.People) > peopleMax {
		wrong[blockPeople] = "One invitation takes up to 200 people."
	}
	c.Note = printable(value(blockNote).Value)
	if utf8.RuneCountInString(c.Note) > noteMax {
		wrong[blockNote] = "A note has up to 500 characters."
	}
	return c, channel, wrong
}
