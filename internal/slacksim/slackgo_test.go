package slacksim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestSlackGo has the usual Go library talk to the workspace over TCP: it answers a command
// with a card, a press with an update of it, and a dialog with a mistake and then with its
// end.
func TestSlackGo(t *testing.T) {
	w := slacksim.New()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	t.Cleanup(w.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	ann := w.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
	general := w.AddChannel(slacksim.Channel{Name: "general", Members: []string{ann, w.BotUser()}}).ID
	api := slack.New(w.BotToken(), slack.OptionAppLevelToken(w.AppToken()), slack.OptionAPIURL(server.URL+"/api/"))
	client := socketmode.New(api)
	app := make(chan error, 1)
	go func() { app <- client.RunContext(ctx) }()
	defer func() {
		cancel()
		if err := <-app; !errors.Is(err, context.Canceled) {
			t.Errorf("the library ended with: %v", err)
		}
	}()
	await := func(what string, ready func() bool) {
		t.Helper()
		if err := w.Await(ctx, ready); err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
	next := func(kind socketmode.EventType) socketmode.Event {
		t.Helper()
		for {
			select {
			case event := <-client.Events:
				if event.Type == kind {
					return event
				}
				switch event.Type {
				case socketmode.EventTypeConnecting, socketmode.EventTypeConnected, socketmode.EventTypeHello:
				default:
					t.Fatalf("heard %s (%v), want %s", event.Type, event.Data, kind)
				}
			case <-ctx.Done():
				t.Fatalf("no event %s", kind)
			}
		}
	}
	wait := func(d *slacksim.Delivery) {
		t.Helper()
		if err := d.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	ack := func(event socketmode.Event, payload ...any) {
		t.Helper()
		if err := client.Ack(*event.Request, payload...); err != nil {
			t.Fatal(err)
		}
	}
	await("a connection", func() bool { return w.Connections() == 1 })

	if who, err := api.AuthTestContext(ctx); err != nil || who.UserID != w.BotUser() || who.TeamID != w.TeamID() {
		t.Fatalf("auth.test: %+v, %v", who, err)
	}
	if user, err := api.GetUserInfoContext(ctx, ann); err != nil || user.Profile.Email != "ann@acme.test" || user.TeamID != w.TeamID() {
		t.Errorf("users.info: %+v, %v", user, err)
	}
	place, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: general})
	if err != nil || !place.IsMember || place.Name != "general" {
		t.Errorf("conversations.info: %+v, %v", place, err)
	}

	// A command, answered at once and with a card.
	typed := w.Type(ann, general, "/docspace-invite hello")
	event := next(socketmode.EventTypeSlashCommand)
	command := event.Data.(slack.SlashCommand)
	if command.Text != "hello" || command.UserID != ann || command.ChannelID != general {
		t.Errorf("command %+v", command)
	}
	ack(event, map[string]string{"text": "at once"})
	wait(typed)
	if err := slack.PostWebhookContext(ctx, command.ResponseURL, &slack.WebhookMessage{Text: "later"}); err != nil {
		t.Errorf("response_url: %v", err)
	}
	button := slack.NewButtonBlockElement("join", "v1", slack.NewTextBlockObject(slack.PlainTextType, "Join", false, false))
	button.URL = "https://portal.test/"
	_, ts, err := api.PostMessageContext(ctx, general,
		slack.MsgOptionText("card", false), slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionBlocks(
			slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*Hi*", false, true), nil, nil),
			slack.NewActionBlock("row", button),
		),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "card", EventPayload: map[string]any{"id": "7"}}))
	if err != nil {
		t.Fatal(err)
	}
	if seen := w.Ephemerals(ann); len(seen) != 2 || seen[0].Text != "at once" || seen[1].Text != "later" {
		t.Errorf("Ann sees %+v", seen)
	}

	// A press of its button.
	pressed := w.Press(ann, general, ts, "join")
	event = next(socketmode.EventTypeInteractive)
	interaction := event.Data.(slack.InteractionCallback)
	ack(event)
	wait(pressed)
	if len(interaction.ActionCallback.BlockActions) != 1 || interaction.ActionCallback.BlockActions[0].Value != "v1" ||
		interaction.Message.Metadata.EventType != "card" || interaction.Container.MessageTs != ts {
		t.Errorf("interaction %+v", interaction)
	}
	if _, _, _, err := api.UpdateMessageContext(ctx, general, ts, slack.MsgOptionText("done", false)); err != nil {
		t.Errorf("chat.update: %v", err)
	}

	// A dialog.
	label := slack.NewTextBlockObject(slack.PlainTextType, "Note", false, false)
	view, err := api.OpenViewContext(ctx, interaction.TriggerID, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "form", Title: label, Submit: label,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("b_note", label, nil, slack.NewPlainTextInputBlockElement(nil, "note")),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range []string{"wrong", "right"} {
		submitted := w.Submit(ann, view.ID, map[string]map[string]any{"b_note": {"note": note}})
		event = next(socketmode.EventTypeInteractive)
		interaction = event.Data.(slack.InteractionCallback)
		if got := interaction.View.State.Values["b_note"]["note"].Value; got != note {
			t.Errorf("the dialog says %q, want %q", got, note)
		}
		if note == "wrong" {
			ack(event, slack.NewErrorsViewSubmissionResponse(map[string]string{"b_note": "no"}))
			wait(submitted)
			if errors := w.Views(ann)[0].Errors; errors["b_note"] != "no" {
				t.Errorf("errors %v", errors)
			}
			continue
		}
		ack(event)
		wait(submitted)
	}
	if open := w.Views(ann); len(open) != 0 {
		t.Errorf("open views %+v", open)
	}

	// The rest of what people do, which the library must be able to parse.
	started := w.Shortcut(ann, "go")
	ack(next(socketmode.EventTypeInteractive))
	wait(started)
	started = w.MessageShortcut(ann, general, ts, "go")
	ack(next(socketmode.EventTypeInteractive))
	wait(started)
	home := w.OpenHome(ann)
	ack(next(socketmode.EventTypeEventsAPI))
	wait(home)

	// Errors as the library knows them.
	w.Fault(slacksim.Fault{Method: "chat.postMessage", Status: http.StatusTooManyRequests, RetryAfter: 7 * time.Second, Times: 1})
	_, _, err = api.PostMessageContext(ctx, general, slack.MsgOptionText("x", false))
	if limited := new(slack.RateLimitedError); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("429 is understood as %v", err)
	}
	_, _, err = api.PostMessageContext(ctx, "C0NOWHERE", slack.MsgOptionText("x", false))
	if answer := (slack.SlackErrorResponse{}); !errors.As(err, &answer) || answer.Err != "channel_not_found" {
		t.Errorf("an unknown channel is understood as %v", err)
	}

	// A refresh: the library drops the connection and comes back.
	opened := w.CallCount("apps.connections.open")
	w.Disconnect(-1, "refresh_requested")
	await("the next connection", func() bool { return w.CallCount("apps.connections.open") == opened+1 && w.Connections() == 1 })
}
