package slackbot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// formFor opens the dialog for someone, and returns it.
func (w *roomsWorld) formFor(user string) slacksim.View {
	w.Helper()
	w.types(user, "/docspace-invite form")
	w.await("the dialog", func() bool { return len(w.slack.Views(user)) == 1 })
	return w.slack.Views(user)[0]
}

// suggests returns the rooms that the dialog suggests to someone who types.
func (w *roomsWorld) suggests(user string, view slacksim.View, typed string) (ids []string) {
	w.Helper()
	d := w.slack.Suggest(user, view.ID, "room", "form_room", typed)
	if err := d.Wait(w.Context()); err != nil {
		w.Fatal(err)
	}
	for _, option := range d.Options() {
		ids = append(ids, option.Value)
	}
	return ids
}

func (w *roomsWorld) submits(user string, view slacksim.View, room, right string) {
	w.Helper()
	action, _ := w.rightsIn(w.slack.Views(user)[0])
	w.done(w.slack.Submit(user, view.ID, map[string]map[string]any{
		"role": {"form_role": "User"}, "channel": {"value": w.general}, "people": {"value": []string{w.carol}}, "room": {"form_room": room}, "right": {action: right},
	}))
}

// rightsIn returns the rights that the dialog offers, and the action id of their select.
func (w *roomsWorld) rightsIn(view slacksim.View) (action string, rights []invitation.Right) {
	w.Helper()
	var dialog struct {
		Blocks []struct {
			ID      string `json:"block_id"`
			Element struct {
				ActionID string `json:"action_id"`
				Options  []struct {
					Value invitation.Right `json:"value"`
				} `json:"options"`
			} `json:"element"`
		} `json:"blocks"`
	}
	if err := json.Unmarshal(view.Raw, &dialog); err != nil {
		w.Fatal(err)
	}
	for _, b := range dialog.Blocks {
		if b.ID != "right" {
			continue
		}
		for _, o := range b.Element.Options {
			rights = append(rights, o.Value)
		}
		return b.Element.ActionID, rights
	}
	w.Fatalf("no rights in %s", view.Raw)
	return "", nil
}

// offers checks which rights a user's dialog offers.
func (w *roomsWorld) offers(user string, want ...invitation.Right) {
	w.Helper()
	if _, got := w.rightsIn(w.slack.Views(user)[0]); !slices.Equal(got, want) {
		w.Errorf("the dialog offers %v, want %v", got, want)
	}
}

func TestCommandNamesARoom(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite @carol in "archive plans" as editor "hello"`)
		open := w.open()
		if len(open) != 1 || open[0].Room.ID != "9" || open[0].Room.Right != invitation.EditRight || open[0].Note != "hello" {
			t.Fatalf("open: %+v", open)
		}
		w.types(w.ann, `/docspace-invite @carol in "Zoe's own"`) // which isn't Ann's
		if len(w.open()) != 1 {
			t.Error("Ann invites into a room that she doesn't manage")
		}
	})
}

// TestDialogSearchesRooms: as one types, only where one may invite, and what is chosen is the invitation's room.
func TestDialogSearchesRooms(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		view := w.formFor(w.ann)
		if got := w.suggests(w.ann, view, ""); !slices.Equal(got, []string{"7", "8", "9"}) {
			t.Errorf("Ann can choose %v", got)
		}
		if got := w.suggests(w.ann, view, "arch"); !slices.Equal(got, []string{"9"}) {
			t.Errorf("Ann types and can choose %v", got)
		}
		w.submits(w.ann, view, "9", "Editing")
		open := w.open()
		if len(open) != 1 || open[0].Room.ID != "9" || open[0].Room.Right != invitation.EditRight {
			t.Fatalf("open: %+v", open)
		}
		if got := w.suggests(w.bob, w.formFor(w.bob), ""); len(got) != 0 {
			t.Errorf("Bob, who manages no room, can choose %v", got)
		}
		if got := w.suggests(w.zoe, w.formFor(w.zoe), ""); len(got) != 4 {
			t.Errorf("Zoe, an admin, can choose %v", got)
		}
	})
}

// TestSearchIsRememberedBriefly, for each person alone: what is typed again does not ask the portal again.
func TestSearchIsRememberedBriefly(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		ann, zoe := w.formFor(w.ann), w.formFor(w.zoe)
		asks := func(what string, want int, user string, view slacksim.View, typed string, rooms int) {
			t.Helper()
			before := w.portal.searches()
			got := w.suggests(user, view, typed)
			if asked := w.portal.searches() - before; asked != want || len(got) != rooms {
				t.Errorf("%s: the portal was asked %d times, want %d; %v", what, asked, want, got)
			}
		}
		asks("at first", 1, w.ann, ann, "Zoe", 0)
		asks("again", 0, w.ann, ann, "zoe", 0)
		asks("someone else", 1, w.zoe, zoe, "zoe", 1)
		time.Sleep(searchedFor)
		w.portal.manages("10", "ann@acme.test")
		asks("later", 1, w.ann, ann, "Zoe", 1)
		w.portal.slows(time.Minute)
		asks("a search that fails", 0, w.ann, ann, "arch", 0)
		w.portal.slows(0)
		asks("and is not remembered", 1, w.ann, ann, "arch", 1)
	})
}

// TestDialogOffersTheRightsOfTheRoom that was chosen, to people with the chosen role, and keeps what else was filled in. A
// right that the room doesn't offer isn't chosen any more.
func TestDialogOffersTheRightsOfTheRoom(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.portal.offers("7", invitation.ReadRight, invitation.CommentRight)
		view := w.formFor(w.ann)
		w.suggests(w.ann, view, "")
		w.offers(w.ann, invitation.Rights()...)
		all, _ := w.rightsIn(view)
		if err := w.slack.Fill(w.ann, view.ID, map[string]map[string]any{
			"channel": {"value": w.general}, "people": {"value": []string{w.carol}}, "emails": {"value": "dan@"}, "note": {"value": "half a"}, "right": {all: "Editing"},
		}); err != nil {
			t.Fatal(err)
		}
		chooses := func(action, value string, want ...invitation.Right) {
			t.Helper()
			w.done(w.slack.PressInView(w.ann, view.ID, action, value))
			w.offers(w.ann, want...)
		}
		chooses("form_role", "DocSpaceAdmin", invitation.Rights()...) // as long as there is no room
		chooses("form_room", "9", invitation.ReadRight, invitation.EditRight, invitation.ManageRight)
		chooses("form_role", "User", invitation.ReadRight, invitation.EditRight)
		w.done(w.slack.Submit(w.ann, view.ID, nil))
		if errors := w.slack.Views(w.ann)[0].Errors; len(errors) != 1 || errors["emails"] == "" {
			t.Fatalf("errors: %v", errors)
		}
		w.done(w.slack.Submit(w.ann, view.ID, map[string]map[string]any{"emails": {"value": ""}}))
		if open := w.open(); len(open) != 1 || open[0].Room.ID != "9" || open[0].Room.Right != invitation.EditRight || open[0].Note != "half a" ||
			len(open[0].People) != 1 || open[0].Role != invitation.User {
			t.Fatalf("open: %+v", open)
		}

		view = w.formFor(w.ann)
		w.suggests(w.ann, view, "")
		chooses("form_room", "9", invitation.ReadRight, invitation.EditRight)
		chosen, _ := w.rightsIn(w.slack.Views(w.ann)[0])
		if err := w.slack.Fill(w.ann, view.ID, map[string]map[string]any{"channel": {"value": w.general}, "right": {chosen: "Editing"}}); err != nil {
			t.Fatal(err)
		}
		chooses("form_room", "7", invitation.ReadRight, invitation.CommentRight)
		w.done(w.slack.Submit(w.ann, view.ID, nil))
		if open := w.open(); len(open) != 2 || open[0].Room.ID != "7" || open[0].Room.Right != invitation.ReadRight {
			t.Fatalf("open: %+v", open)
		}
	})
}

// TestDialogOpensWithTheRightsOfItsRoom, where one is proposed.
func TestDialogOpensWithTheRightsOfItsRoom(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite room "archive plans"`)
		w.formFor(w.ann)
		w.offers(w.ann, invitation.ReadRight, invitation.EditRight)
		w.formFor(w.bob)
		w.offers(w.bob, invitation.Rights()...)
	})
}

// TestDialogSaysNothingOfARoom to someone who may not invite there, nor while the portal doesn't answer.
func TestDialogSaysNothingOfARoom(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		view := w.formFor(w.ann)
		w.suggests(w.ann, view, "")
		chooses := func(room string) (changed bool) {
			t.Helper()
			before := w.slack.Views(w.ann)[0]
			if err := w.slack.PressInView(w.ann, view.ID, "form_room", room).Wait(w.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2500 * time.Millisecond)
			synctest.Wait()
			return hashOf(t, before) != hashOf(t, w.slack.Views(w.ann)[0])
		}
		w.portal.manages("9")
		if chooses("9") {
			t.Error("a room that is Ann's no more changed the dialog")
		}
		w.portal.slows(time.Minute)
		if chooses("7") {
			t.Error("a portal that doesn't answer changed the dialog")
		}
		w.portal.slows(0)
		if chooses("8"); !strings.Contains(string(w.slack.Views(w.ann)[0].Raw), `"value":"8"`) {
			t.Error("the room is not chosen any more")
		}
		w.offers(w.ann, invitation.ReadRight, invitation.EditRight)
		chooses("9")
		w.offers(w.ann, invitation.Rights()...)
	})
}

// TestLastChoiceCounts, however long the portal takes over the ones before.
func TestLastChoiceCounts(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.portal.offers("7", invitation.ReadRight, invitation.CommentRight)
		view := w.formFor(w.ann)
		w.suggests(w.ann, view, "")
		w.portal.slows(1500 * time.Millisecond)
		for _, room := range []string{"9", "7"} {
			if err := w.slack.PressInView(w.ann, view.ID, "form_room", room).Wait(w.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		w.offers(w.ann, invitation.ReadRight, invitation.CommentRight)
	})
}

// hashOf returns a view's hash, which changes when the app changes the view.
func hashOf(t *testing.T, view slacksim.View) string {
	t.Helper()
	var is struct {
		Hash string `json:"hash"`
	}
	if err := json.Unmarshal(view.Raw, &is); err != nil || is.Hash == "" {
		t.Fatalf("%v: %s", err, view.Raw)
	}
	return is.Hash
}

// TestSubmittedRoomIsVettedAgain: someone who lost the room since it was suggested gets nothing by its id, nor does a right
// that the room lacks.
func TestSubmittedRoomIsVettedAgain(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		view := w.formFor(w.ann)
		w.suggests(w.ann, view, "")
		w.submits(w.ann, view, "", "Editing")
		if errors := w.slack.Views(w.ann)[0].Errors; errors["room"] == "" {
			t.Errorf("a right without a room: %v", errors)
		}
		w.submits(w.ann, view, "9", "Review")
		if errors := w.slack.Views(w.ann)[0].Errors; errors["right"] == "" {
			t.Errorf("a right that the room hasn't: %v", errors)
		}
		w.portal.manages("9")
		w.submits(w.ann, view, "9", "")
		if errors := w.slack.Views(w.ann)[0].Errors; errors["room"] == "" || len(w.open()) > 0 {
			t.Errorf("a room that is Ann's no more: %v, %d open", errors, len(w.open()))
		}
	})
}

// TestSlowPortalSuggestsNothing: the select is answered within Slack's three seconds all the same, and the dialog
// opens.
func TestSlowPortalSuggestsNothing(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.portal.slows(time.Minute)
		w.types(w.ann, `/docspace-invite @carol in "archive plans" plase`)
		w.done(w.slack.Press(w.ann, w.general, w.answer(w.ann).TS, "open_form"))
		if len(w.slack.Views(w.ann)) != 1 {
			t.Fatal("the dialog did not open")
		}
		view := w.slack.Views(w.ann)[0]
		began := time.Now()
		if got := w.suggests(w.ann, view, "arch"); len(got) != 0 || time.Since(began) > 2500*time.Millisecond {
			t.Errorf("%v after %v", got, time.Since(began))
		}
	})
}

// TestMistakeOpensTheFormWithItsRoom and the right.
func TestMistakeOpensTheFormWithItsRoom(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite @carol in "archive plans" as editor plase`)
		w.done(w.slack.Press(w.ann, w.general, w.answer(w.ann).TS, "open_form"))
		raw := string(w.slack.Views(w.ann)[0].Raw)
		if !strings.Contains(raw, `"value":"9"`) || strings.Count(raw, `"value":"Editing"`) != 2 {
			t.Errorf("the dialog: %s", raw)
		}
	})
}

// TestARefusedRoomLeadsToTheForm, with all else that was asked for.
func TestARefusedRoomLeadsToTheForm(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite user carol@other.test in "no such room" as editor "for the budget"`)
		w.done(w.slack.Press(w.ann, w.general, w.answer(w.ann).TS, "open_form"))
		w.await("the dialog", func() bool { return len(w.slack.Views(w.ann)) == 1 })
		form := string(w.slack.Views(w.ann)[0].Raw)
		for _, want := range []string{"carol@other.test", "for the budget", `"initial_option":{"text":{"emoji":false,"text":"Editor"`} {
			if !strings.Contains(form, want) {
				t.Errorf("the form lacks %s: %s", want, form)
			}
		}
	})
}

// TestUsualRoomIsProposed in its channel's dialog, to those who may invite into it, and to no one after it was ended.
func TestUsualRoomIsProposed(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		says := func(user, line, want string) {
			t.Helper()
			w.types(user, line)
			if got := w.answer(user).Plain(); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", line, got, want)
			}
		}
		proposed := func(user string) bool {
			t.Helper()
			view := w.formFor(user)
			w.slack.CloseView(user, view.ID)
			return strings.Contains(string(view.Raw), `"value":"9"`)
		}
		says(w.ann, "/docspace-invite room", "has no usual room")
		w.types(w.ann, `/docspace-invite room "Zoe's own"`)
		w.types(w.ann, `/docspace-invite room "no such room"`)
		says(w.ann, `/docspace-invite room "archive"`, "Which room do you mean")
		w.types(w.bob, `/docspace-invite room "archive plans"`)
		if room := w.tracker.UsualRoom(invitation.Channel(w.general)); room.ID != "" {
			t.Fatalf("the usual room is %+v", room)
		}
		says(w.ann, `/docspace-invite room "archive plans"`, "Archive plans is now this channel's usual room")
		says(w.ann, "/docspace-invite room", "usual room is Archive plans")
		says(w.bob, "/docspace-invite room", "you can't invite people to it")
		says(w.bob, "/docspace-invite room none", "you can't invite people to it")
		if !proposed(w.ann) || proposed(w.bob) {
			t.Error("the usual room is proposed to Bob, or not to Ann")
		}
		says(w.ann, "/docspace-invite room none", "no longer has a usual room")
		if proposed(w.ann) {
			t.Error("the usual room is still proposed")
		}
		if n := len(w.slack.Messages(w.general)); n != 0 {
			t.Errorf("%d messages in the channel", n)
		}
	})
}

// TestUsualRoomOfTwo with one title is chosen by a button.
func TestUsualRoomOfTwo(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite room "Q3 planning"`)
		w.done(w.slack.Press(w.ann, w.general, w.answer(w.ann).TS, "usual_room_1"))
		if room := w.tracker.UsualRoom(invitation.Channel(w.general)); room.ID != "8" {
			t.Errorf("the usual room is %+v", room)
		}
	})
}

// buttonsOf returns what the buttons of a message say, by action id.
func buttonsOf(t *testing.T, m slacksim.Message) map[string]string {
	t.Helper()
	var blocks []struct {
		Elements []struct {
			ActionID string `json:"action_id"`
			Text     struct {
				Text string `json:"text"`
			} `json:"text"`
		} `json:"elements"`
	}
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, b := range blocks {
		for _, e := range b.Elements {
			all[e.ActionID] = e.Text.Text
		}
	}
	return all
}

// TestOneOfTwoRoomsIsChosen by a button of the refusal, by the inviter alone, and everything else stays.
func TestOneOfTwoRoomsIsChosen(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite user @carol in "q3 planning" as editor "hello"`)
		refused := w.answer(w.ann)
		if got := buttonsOf(t, refused); got["retry_room_0"] != "Q3 planning · Ann" || got["retry_room_1"] != "Q3 planning · Zoe" || len(got) != 2 {
			t.Fatalf("buttons %q", got)
		}
		w.done(w.slack.Press(w.ann, w.general, refused.TS, "retry_room_1"))
		open := w.open()
		if len(open) != 1 || open[0].Room.ID != "8" || open[0].Room.Right != invitation.EditRight || open[0].Note != "hello" || open[0].Role != invitation.User {
			t.Fatalf("open: %+v", open)
		}
		if got := buttonsOf(t, w.answer(w.ann)); len(got) != 0 {
			t.Errorf("the refusal was not replaced: %q", got)
		}
	})
}

// TestPartOfATitleIsAskedAbout, even where one room alone can be meant: no one gets a room on a guess.
func TestPartOfATitleIsAskedAbout(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite user @carol in archive`)
		refused := w.answer(w.ann)
		if got := buttonsOf(t, refused); got["retry_room_0"] != "Archive plans · Zoe" || len(got) != 1 {
			t.Fatalf("buttons %q", got)
		}
		w.done(w.slack.Press(w.ann, w.general, refused.TS, "retry_room_0"))
		if open := w.open(); len(open) != 1 || open[0].Room.ID != "9" {
			t.Fatalf("open: %+v", open)
		}
	})
}

// TestForgedRoomChoice: a button's value that names a room which was not to be chosen, or comes from someone else, is
// refused.
func TestForgedRoomChoice(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.types(w.ann, `/docspace-invite user @carol in "q3 planning"`)
		var refused invitation.ID
		for line := range strings.Lines(w.log.String()) {
			if _, after, ok := strings.Cut(line, "invitation="); ok && strings.Contains(line, "room_ambiguous") {
				refused = invitation.ID(strings.Fields(after)[0])
			}
		}
		bot := NewBot(w.tracker, NewMessenger(canned{`{"ok":false,"error":"user_not_found"}`}.api(), MessengerOptions{}), invitation.User, nil, nil)
		for name, forged := range map[string]struct {
			user string
			room invitation.RoomID
		}{"a room that was not to be chosen": {w.ann, "9"}, "someone else": {w.bob, "7"}} {
			if words, err := bot.retry(w.Context(), refused, invitation.ChatUser(forged.user), "", forged.room); err == nil || words.Text == "" {
				t.Errorf("%s: %q, %v", name, words.Text, err)
			}
		}
		if refused == "" || len(w.open()) != 0 {
			t.Errorf("refused %q, %d open", refused, len(w.open()))
		}
	})
}

// TestTitlesCantBeGuessed: whether there is a room where Ann may not invite makes no difference to what she is told.
func TestTitlesCantBeGuessed(t *testing.T) {
	var answers []string
	for _, there := range []bool{true, false} {
		inRoomsWorld(t, func(w *roomsWorld) {
			w.portal.manages("11", "ann@acme.test")
			w.portal.rooms = append(w.portal.rooms, invitation.Room{ID: "11", Title: "Zoe's own garden", Rights: []invitation.Right{invitation.ReadRight}, MayInvite: true})
			if !there {
				w.portal.rooms = slices.DeleteFunc(w.portal.rooms, func(r invitation.Room) bool { return r.ID == "10" })
			}
			w.types(w.ann, `/docspace-invite user @carol in "zoe's own"`)
			answer := w.answer(w.ann)
			answers = append(answers, answer.Plain()+buttonsOf(t, answer)["retry_room_0"])
		})
	}
	if answers[0] != answers[1] || !strings.Contains(answers[0], "garden") {
		t.Errorf("with such a room Ann is told\n%s\nwithout it\n%s", answers[0], answers[1])
	}
}

// TestEveryRoomHasALabel: Slack takes no message with a button that says nothing, and no one would hear of the rooms.
func TestEveryRoomHasALabel(t *testing.T) {
	block := roomButtons([]invitation.Room{{ID: "7", Title: "\u200b\u202e"}, {ID: "8", Title: strings.Repeat("W", 10_000), Owner: "\u3164"}}, actionRetryRoom, "")
	for i, e := range block.(*slack.ActionBlock).Elements.ElementSet {
		if label := e.(*slack.ButtonBlockElement).Text.Text; label == "" || len([]rune(label)) > 75 {
			t.Errorf("button %d says %q", i, label)
		}
	}
}

// TestTheLogHasNoTitles: a title is a name, and may be a secret.
func TestTheLogHasNoTitles(t *testing.T) {
	inRoomsWorld(t, func(w *roomsWorld) {
		w.portal.rooms[3].Archived = true
		for _, title := range []string{"Zoe's own", "q3 planning", "archive plans", "nothing like it"} {
			w.types(w.ann, `/docspace-invite user @carol in "`+title+`"`)
		}
		w.types(w.ann, `/docspace-invite room "Zoe's own"`)
		logged := strings.ToLower(w.log.String())
		for _, title := range []string{"zoe's own", "planning", "archive plans", "nothing like it"} {
			if strings.Contains(logged, title) {
				t.Errorf("%s in the log:\n%s", title, logged)
			}
		}
		if !strings.Contains(logged, "room_unknown") || !strings.Contains(logged, "room_archived") {
			t.Errorf("the log: %s", logged)
		}
	})
}
