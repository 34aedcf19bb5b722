package slackbot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// The dialog's select of a room searches as one types. Slack waits three seconds for what there is to choose
// (docs/facts/slack.md, "External selects").

const (
	// suggestWait is how long the portal may take: after that there is nothing to choose.
	suggestWait = 2 * time.Second
	// suggestionsMax is how many rooms there are to choose from: their titles and owners must fit an
	// acknowledgement (docs/facts/slack.md, "Ack").
	suggestionsMax = 20
	// optionOwner is how much is shown of an owner's name, in runes.
	optionOwner = 40
)

// suggestions is the answer to a select that asks for its options; there may be none of them.
type suggestions struct {
	Options []*slack.OptionBlockObject `json:"options"`
}

// onSuggestion answers with the rooms that the user can choose.
func (b *Bot) onSuggestion(ctx context.Context, e *socketmode.Envelope, did interaction) {
	answer := suggestions{Options: []*slack.OptionBlockObject{}}
	if did.BlockID == blockRoom {
		asking, cancel := context.WithTimeout(tracker.Urgent(ctx), suggestWait)
		rooms, err := b.search(asking, did.User.ID, printable(did.Value))
		cancel()
		if err != nil {
			b.log.InfoContext(ctx, "rooms not suggested", "user", did.User.ID, "reason", reasonOf(err), "err", err)
		}
		for _, room := range rooms[:min(len(rooms), suggestionsMax)] {
			if option := roomOption(room); option != nil {
				answer.Options = append(answer.Options, option)
			}
		}
	}
	b.ack(ctx, e, answer)
}

// searchedFor is for how long a search is answered as before: Slack asks at each character, and a search can be twenty
// requests to the portal.
const searchedFor = 30 * time.Second

// searches are what searches have found lately, by user and words.
type searches struct {
	mu    sync.Mutex
	found map[string]search
}

type search struct {
	rooms []invitation.Room
	at    time.Time
}

// search returns the rooms that the user can choose.
func (b *Bot) search(ctx context.Context, user invitation.ChatUser, words string) ([]invitation.Room, error) {
	key := string(user) + "\n" + strings.ToLower(words)
	s := &b.searches
	s.mu.Lock()
	maps.DeleteFunc(s.found, func(_ string, old search) bool { return time.Since(old.at) >= searchedFor })
	before, again := s.found[key]
	s.mu.Unlock()
	if again {
		return before.rooms, nil
	}
	rooms, err := b.messenger.SearchRooms(ctx, user, words)
	if err != nil {
		return nil, err
	}
	rooms = slices.DeleteFunc(slices.Clone(rooms), func(r invitation.Room) bool { return r.Archived || !r.MayInvite })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found == nil {
		s.found = map[string]search{}
	}
	s.found[key] = search{rooms, time.Now()}
	return rooms, nil
}

// roomOption returns a room as it can be chosen, or nil for one that Slack has no place for.
func roomOption(room invitation.Room) *slack.OptionBlockObject {
	title := cut(printable(room.Title), optionMax)
	if title == "" || room.ID == "" || len(room.ID) > optionMax {
		return nil
	}
	var owner *slack.TextBlockObject
	if name := cut(printable(room.Owner), optionOwner); name != "" {
		owner = plain(name)
	}
	return slack.NewOptionBlockObject(string(room.ID), plain(title), owner)
}

// proposedRoom returns the room that the dialog shows at first: the one that was asked for, or the channel's usual
// one, if the user may invite into it and the portal says so in time.
func (b *Bot) proposedRoom(ctx context.Context, o opening) invitation.Room {
	wanted := o.known.Room
	if !isWanted(wanted) {
		wanted.ID = b.tracker.UsualRoom(o.channel).ID
	}
	proposed := invitation.Room{Right: wanted.Right}
	if !isWanted(wanted) {
		return proposed
	}
	found, err := b.messenger.namedRooms(tracker.Urgent(ctx), o.user, wanted)
	if err != nil {
		b.log.InfoContext(ctx, "room not proposed", "user", o.user, "reason", reasonOf(err), "err", err)
	}
	if len(found) != 1 || found[0].Archived || !found[0].MayInvite {
		return proposed
	}
	found[0].Right = wanted.Right
	return found[0]
}

// rightsOffered returns the rights that people with the role can have in a room; all as long as that isn't known.
func rightsOffered(room invitation.Room, role invitation.Role) []invitation.Right {
	there := grantable(room, role)
	if len(room.Rights) == 0 || len(there) == 0 {
		return invitation.Rights()
	}
	return slices.DeleteFunc(invitation.Rights(), func(r invitation.Right) bool { return !slices.Contains(there, r) })
}

// actionRight is the id of the select of a right. It has the rights in it: as long as the id stays, Slack keeps what was
// chosen, even a right that isn't offered any more (docs/facts/slack.md, "Views").
func actionRight(rights []invitation.Right) string { return fmt.Sprintf("rights%v", rights) }

// roomInputs are the dialog's selects of a room, and of what people with the role get there.
func (in voice) roomInputs(known invitation.Room, role invitation.Role) []slack.Block {
	room := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain(in.say("rooms.choose", nil)), actionFormRoom)
	atOnce := 0 // what there is, before anything is typed
	room.MinQueryLength = &atOnce
	room.InitialOption = roomOption(known)

	var options []*slack.OptionBlockObject
	var chosen *slack.OptionBlockObject
	rights := rightsOffered(known, role)
	for _, right := range rights {
		option := slack.NewOptionBlockObject(string(right), plain(in.say("right."+string(right), nil)), nil)
		options = append(options, option)
		if right == known.Right {
			chosen = option
		}
	}
	right := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(in.say("rooms.right-choose", nil)), actionRight(rights), options...)
	right.InitialOption = chosen
	choice := optional(slack.NewInputBlock(blockRoom, plain(in.say("rooms.label", nil)), plain(in.say("rooms.hint", nil)), room))
	choice.DispatchAction = true
	return []slack.Block{
		choice,
		optional(slack.NewInputBlock(blockRight, plain(in.say("rooms.right", nil)), plain(in.say("rooms.right-hint", nil)), right)),
	}
}

// chosenRoom reads the two selects. They give no right: the room is vetted when the dialog is submitted, and again when
// the invitation is carried out.
func chosenRoom(room, right slack.BlockAction) invitation.Room {
	chosen := invitation.Room{ID: invitation.RoomID(room.SelectedOption.Value)}
	if text := room.SelectedOption.Text; text != nil && chosen.ID != "" {
		chosen.Title = cut(printable(text.Text), titleMax)
	}
	if r := invitation.Right(right.SelectedOption.Value); slices.Contains(invitation.Rights(), r) {
		chosen.Right = r
	}
	return chosen
}
