package demo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// actMax is how much JSON an act may have, in bytes.
const actMax = 64 << 10

// act is what somebody does on the page.
type act struct {
	Do      string                    `json:"do"`
	As      string                    `json:"as"`
	Channel string                    `json:"channel"`
	Text    string                    `json:"text"`
	TS      string                    `json:"ts"`
	Action  string                    `json:"action"`
	View    string                    `json:"view"`
	Values  map[string]map[string]any `json:"values"`
	Email   string                    `json:"email"`
	On      bool                      `json:"on"`
}

var errNotUnderstood = errors.New("not understood")

// postAct has somebody of the cast do something. It answers 204, or 409 with a sentence on
// why that could not be done, unless the workspace itself shows it.
func (s *Servers) postAct(w http.ResponseWriter, r *http.Request) {
	var a act
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, actMax)).Decode(&a); err != nil {
		http.Error(w, errNotUnderstood.Error(), http.StatusBadRequest)
		return
	}
	switch err := s.do(r.Context(), a); {
	case errors.Is(err, errNotUnderstood):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Servers) do(ctx context.Context, a act) error {
	switch a.Do {
	case "type":
		line := strings.TrimSpace(a.Text)
		err := plainly(s.Workspace.Type(a.As, a.Channel, line).Wait(ctx))
		if shown, ok := errors.AsType[refusal](err); ok && strings.HasPrefix(line, "/") && slackbotSays[shown.code] {
			return nil
		}
		return err
	case "press":
		return plainly(s.Workspace.Press(a.As, a.Channel, a.TS, a.Action).Wait(ctx))
	case "press-view":
		return plainly(s.Workspace.PressInView(a.As, a.View, a.Action).Wait(ctx))
	case "submit":
		return plainly(s.Workspace.Submit(a.As, a.View, a.Values).Wait(ctx))
	case "close":
		return plainly(s.Workspace.CloseView(a.As, a.View).Wait(ctx))
	case "home":
		return plainly(s.Workspace.OpenHome(a.As).Wait(ctx))
	case "disable":
		return s.Portal.Disable(a.Email)
	case "enable":
		return s.Portal.Enable(a.Email)
	case "remove":
		return s.Portal.Remove(a.Email)
	case "trouble":
		if s.makeTrouble(a.Action, a.On) {
			return nil
		}
	}
	return errNotUnderstood
}

// refusal is why Slack did not let somebody do a thing.
type refusal struct{ code, sentence string }

func (r refusal) Error() string { return r.sentence }

// refusals are what people would see in Slack, by the simulator's code.
var refusals = map[string]string{
	"dispatch_failed":   "Nobody heard that: no bot is connected to Slack.",
	"operation_timeout": "The bot did not answer within Slack's three seconds.",
	"not_in_channel":    "This person is not in that channel.",
	"channel_not_found": "There is no such channel.",
	"is_archived":       "This channel is archived: nobody can post here.",
	"message_not_found": "That message is not there any more.",
	"action_not_found":  "That button is not there any more.",
	"view_not_found":    "That dialog is not open any more.",
}

// slackbotSays are the codes of which Slackbot itself tells whoever typed a command.
var slackbotSays = map[string]bool{"dispatch_failed": true, "operation_timeout": true, "unknown_command": true}

// plainly returns why something did not reach the app as people would read it. What shows in
// the dialog itself is no error.
func plainly(err error) error {
	failed, ok := errors.AsType[*slacksim.DeliveryError](err)
	switch {
	case !ok:
		return err
	case failed.Code == "invalid_input":
		return nil
	}
	sentence := refusals[failed.Code]
	if sentence == "" {
		sentence = "Slack does not let that happen (" + failed.Code + ")."
	}
	return refusal{failed.Code, sentence}
}
