package slackbot

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"
	wire "github.com/slack-go/slack/socketmode"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// canned is a Slack that gives one answer to everything.
type canned struct {
	body string
}

func (s canned) RoundTrip(*http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(s.body))}, nil
}

func (s canned) api() *slackapi.Client {
	return slackapi.New(slackapi.Options{URL: "https://slack.test/api/", HTTP: slackapi.HTTPClient(s)})
}

// unreachable is a portal that does not answer.
type unreachable struct{ tracker.Portal }

func (unreachable) InviteLink(context.Context, invitation.Role) (string, error) {
	return "", invitation.PortalDown
}

func (unreachable) Newcomers(context.Context, time.Time) ([]invitation.Member, error) {
	return nil, invitation.PortalDown
}

func (unreachable) FindAccounts(context.Context, []string) ([]invitation.Member, error) {
	return nil, invitation.PortalDown
}

func (unreachable) Member(context.Context, invitation.MemberID) (invitation.Member, error) {
	return invitation.Member{}, invitation.PortalDown
}

func (unreachable) CongratulateMember(context.Context, invitation.MemberID) error {
	return invitation.PortalDown
}

// FuzzEnvelope: whatever comes over a connection is acknowledged, and nothing of it stops the bot.
// It reads commands, presses, dialogs, shortcuts and events.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"envelope_id":"1","type":"slash_commands","payload":{"channel_id":"C1","user_id":"U1","text":"user @bob bob@acme.test \"x\"","response_url":"https://hooks.slack.test/commands/1","trigger_id":"1.2"}}`,
		`{"envelope_id":"2","type":"slash_commands","payload":{"channel_id":"C1","user_id":"U1","text":"status"}}`,
		`{"envelope_id":"3","type":"slash_commands","payload":{"channel_id":"C1","user_id":"U1","text":"form","trigger_id":"1"}}`,
		`{"envelope_id":"4","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"join","value":"abc"}],"response_url":"https://hooks.slack.test/actions/1"}}`,
		`{"envelope_id":"5","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"mend","selected_option":{"value":"extend abc"}}],"view":{"type":"home","id":"V1"}}}`,
		`{"envelope_id":"6","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"approve","value":"abc"}]}}`,
		`{"envelope_id":"7","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"who_user","block_id":"abc m1","selected_user":"U2"}]}}`,
		`{"envelope_id":"8","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"mute"}]}}`,
		`{"envelope_id":"16","type":"interactive","payload":{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V1","callback_id":"revoke","private_metadata":"abc"}}}`,
		`{"envelope_id":"15","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"resend_email","value":"abc"}]}}`,
		`{"envelope_id":"9","type":"interactive","payload":{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V1","callback_id":"invite","state":{"values":{"role":{"choose":{"type":"static_select","selected_option":{"value":"User"}}}}}}}}`,
		`{"envelope_id":"10","type":"interactive","payload":{"type":"message_action","callback_id":"invite_author","user":{"id":"U1"},"message":{"user":"U2"},"trigger_id":"1"}}`,
		`{"envelope_id":"11","type":"interactive","payload":{"type":"shortcut","callback_id":"invite_people","user":{"id":"U1"},"trigger_id":"1"}}`,
		`{"envelope_id":"12","type":"events_api","payload":{"event":{"type":"app_home_opened","user":"U1","tab":"home"}}}`,
		`{"envelope_id":"20","type":"interactive","payload":{"type":"block_suggestion","user":{"id":"U1"},"block_id":"room","value":"plan"}}`,
		`{"envelope_id":"23","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"form_room","block_id":"room"}],"view":{"id":"V1","callback_id":"invite","state":{"values":{"room":{"form_room":{"selected_option":{"value":"7"}}}}}}}}`,
		`{"envelope_id":"21","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"channel":{"id":"C1"},"actions":[{"action_id":"usual_room_0","value":"7"}]}}`,
		`{"envelope_id":"22","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"retry_room_0","value":"abc 7"}]}}`,
		`{"envelope_id":"13","type":"unheard_of","payload":null}`, `{"envelope_id":"14","type":"interactive","payload":{"actions":null}}`, `{}`, `[]`, `null`,
	} {
		f.Add([]byte(seed))
	}
	messenger := NewMessenger(canned{`{"ok":false,"error":"user_not_found"}`}.api(), MessengerOptions{})
	f.Fuzz(func(t *testing.T, frame []byte) {
		var request wire.Request
		if json.Unmarshal(frame, &request) != nil {
			return
		}
		bot := NewBot(tracker.New(journal.Memory{}, unreachable{}, messenger, tracker.Options{}), messenger, invitation.Guest, nil, nil)
		acked := false
		bot.Handle(t.Context(), socketmode.NewEnvelope(request.EnvelopeID, request.Type, request.Payload, func(payload any) error {
			acked = true
			_, err := json.Marshal(payload)
			if err != nil {
				t.Error(err)
			}
			return err
		}))
		if !acked {
			t.Error("it is not acknowledged")
		}
	})
}

// FuzzDialog: a dialog's state is either wrong, in places that can be named to Slack, or a request for
// a role that there is.
func FuzzDialog(f *testing.F) {
	for _, seed := range []string{
		`{"values":{"role":{"choose":{"type":"static_select","selected_option":{"value":"User"}}},"people":{"choose":{"type":"multi_users_select","selected_users":["U1","U1"]}},"emails":{"choose":{"type":"plain_text_input","value":"a@b.test; <c@d.test>"}},"note":{"choose":{"type":"plain_text_input","value":"x"}},"channel":{"choose":{"type":"conversations_select","selected_conversation":"C1"}}}}`,
		`{"values":{"role":{"choose":{"selected_option":{"value":"Owner"}}},"emails":{"choose":{"value":"@"}}}}`, `{"values":null}`, `{}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var state *slack.ViewState
		if json.Unmarshal(data, &state) != nil {
			return
		}
		command, _, wrong := english.parseForm(state)
		if len(wrong) > 0 {
			if _, err := json.Marshal(slack.NewErrorsViewSubmissionResponse(wrong)); err != nil {
				t.Error(err)
			}
			return
		}
		if _, known := invitation.ParseRole(string(command.Role)); !known {
			t.Errorf("a request for the role %q", command.Role)
		}
	})
}

// FuzzWelcome: a template that was accepted can be filled in for anyone.
func FuzzWelcome(f *testing.F) {
	for _, seed := range []string{
		"Welcome, {{.Mention}}!", "{{if .Note}}{{.Note}}{{end}}x", "{{.Nothing}}", "{{", strings.Repeat("long ", 1500), "a\n\n\n\nb", "\xff\xfe latin: \xfc",
		`{{define "a"}}{{.Name}}{{end}}{{template "a" .}}`, "{{printf \"%9999s\" .Name}}", "{{with $x := .Email}}{{$x}}{{end}}",
	} {
		f.Add(seed, "Zoë")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		if strings.Contains(text, "range") || strings.Contains(text, "template") && !strings.Contains(text, `"a" .`) {
			return // an operator's endless loop is theirs
		}
		own, err := ParseWelcome(text)
		if err != nil {
			return
		}
		inv, who := sample, bob
		inv.Note, who.Member.Name = strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(name, "?") // as JSON gives it
		words, err := english.renderWelcome(own, inv, who, "https://acme.test")
		if err != nil {
			t.Fatal(err)
		}
		if encoded, err := json.Marshal(words.Blocks); err != nil || !utf8.Valid(encoded) {
			t.Errorf("%v: %q", err, encoded)
		}
	})
}

// FuzzHours: working hours are understood or refused, and there is always a next moment in them.
func FuzzHours(f *testing.F) {
	for _, seed := range []string{defaultHours, "Sun-Thu 08:00-16:00", "Mon,Wed 22:00-06:00", "Mon-Sun 00:00-24:00", "", "-", "Mon 1-2", "Fri-Mon 09:00-09:00"} {
		f.Add(seed, int64(1764072000))
	}
	f.Fuzz(func(t *testing.T, text string, at int64) {
		hours, err := ParseHours(text)
		if err != nil {
			return
		}
		from := time.Unix(at%(1<<33), 0)
		if next := hours.next(from, time.Hour); next.Before(from) || next.Sub(from) > 8*24*time.Hour {
			t.Errorf("%q: after %v comes %v", text, from, next)
		}
	})
}
