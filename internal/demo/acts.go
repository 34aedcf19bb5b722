package demo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// actMax is how much JSON an act may have, in bytes.
const actMax = 64 << 10

// act is what someone does on the page.
type act struct {
	Do      string                    `json:"do"`
	As      string                    `json:"as"`
	Channel string                    `json:"channel"`
	Text    string                    `json:"text"`
	TS      string                    `json:"ts"`
	Action  string                    `json:"action"`
	Chosen  []string                  `json:"chosen"` // in a menu, a select or a list
	View    string                    `json:"view"`
	Block   string                    `json:"block"`
	Values  map[string]map[string]any `json:"values"`
	Email   string                    `json:"email"`
	On      bool                      `json:"on"`
}

var errNotUnderstood = errors.New("not understood")

// readAct reads what someone does, or answers that it can't be read.
func readAct(w http.ResponseWriter, r *http.Request) (a act, ok bool) {
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, actMax)).Decode(&a) != nil {
		http.Error(w, errNotUnderstood.Error(), http.StatusBadRequest)
		return act{}, false
	}
	return a, true
}

// postAct has someone of the cast do something. It answers 204, or 409 with a sentence on
// why that could not be done, unless the workspace itself shows it.
func (s *Servers) postAct(w http.ResponseWriter, r *http.Request) {
	a, ok := readAct(w, r)
	if !ok {
		return
	}
	err := s.do(r.Context(), a)
	if errors.Is(err, errNotUnderstood) {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if sentence := plainly(a, err); sentence != "" {
		http.Error(w, sentence, http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// postChoices has the app say what there is to choose from in a select of a view that asks it.
func (s *Servers) postChoices(w http.ResponseWriter, r *http.Request) {
	a, ok := readAct(w, r)
	if !ok {
		return
	}
	asked := s.Workspace.Suggest(a.As, a.View, a.Block, a.Action, a.Text)
	if err := asked.Wait(r.Context()); err != nil {
		http.Error(w, plainly(a, err), http.StatusConflict)
		return
	}
	list := []choice{}
	for _, o := range asked.Options() {
		list = append(list, choice{o.Text, o.Description, o.Value})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}

// choice is an option that the app suggests.
type choice struct {
	Text  string `json:"text"`
	Note  string `json:"note"`
	Value string `json:"value"`
}

func (s *Servers) do(ctx context.Context, a act) error {
	w := s.Workspace
	switch a.Do {
	case "type":
		line := strings.TrimSpace(a.Text)
		if names := strings.Fields(line); len(names) > 0 && names[0] == "/invite" {
			return s.invite(a, names[1:])
		}
		return w.Type(a.As, a.Channel, line).Wait(ctx)
	case "press":
		if a.View != "" {
			return s.pressInView(ctx, a)
		}
		return w.Press(a.As, a.Channel, a.TS, a.Action, a.Chosen...).Wait(ctx)
	case "shortcut":
		if a.TS != "" {
			return w.MessageShortcut(a.As, a.Channel, a.TS, a.Action).Wait(ctx)
		}
		return w.Shortcut(a.As, a.Action).Wait(ctx)
	case "submit":
		return w.Submit(a.As, a.View, a.Values).Wait(ctx)
	case "close":
		return w.CloseView(a.As, a.View).Wait(ctx)
	case "home":
		return w.OpenHome(a.As).Wait(ctx)
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

// invite is Slack's own command that adds people and apps to a channel.
func (s *Servers) invite(a act, names []string) error {
	channels, users := s.Workspace.Channels(), s.Workspace.Users()
	at := slices.IndexFunc(channels, func(c slacksim.Channel) bool { return c.ID == a.Channel })
	switch {
	case at < 0:
		return &slacksim.DeliveryError{Code: "channel_not_found"}
	case !slices.Contains(channels[at].Members, a.As):
		return &slacksim.DeliveryError{Code: "not_in_channel"}
	case channels[at].Archived:
		return &slacksim.DeliveryError{Code: "is_archived"}
	case len(names) == 0:
		return errors.New("/invite needs a name. Type for example: /invite @docspace")
	}
	for _, name := range names {
		i := slices.IndexFunc(users, func(u slacksim.User) bool { return "@"+u.Name == name })
		if i < 0 {
			return errors.New("There is no one called " + name + ". Type for example: /invite @docspace")
		}
		s.Workspace.Invite(a.Channel, users[i].ID)
	}
	return nil
}

// pressInView presses a button with what is filled in around it.
func (s *Servers) pressInView(ctx context.Context, a act) error {
	if err := s.Workspace.Fill(a.As, a.View, a.Values); err != nil {
		return err
	}
	return s.Workspace.PressInView(a.As, a.View, a.Action, a.Chosen...).Wait(ctx)
}

// refusals are what people would see in Slack, by the simulator's code.
var refusals = map[string]string{
	"dispatch_failed":   "Nothing happened: no bot is connected to Slack.",
	"operation_timeout": "The bot didn't answer within three seconds, as Slack requires.",
	"not_in_channel":    "This person is not in that channel. Act as someone who is.",
	"channel_not_found": "There is no such channel.",
	"is_archived":       "This channel is archived: no one can post here.",
	"message_not_found": "That message is not there any more. Reload the page.",
	"action_not_found":  "That button is not there any more.",
	"view_not_found":    "That dialog is not open any more.",
}

// slackbotSays are the codes of which Slackbot itself tells the person who typed a command.
var slackbotSays = []string{"dispatch_failed", "operation_timeout", "unknown_command"}

// plainly returns why an act did not reach the app as people would read it. That is nothing
// where the workspace shows it: in the dialog, or because Slackbot says so.
func plainly(a act, err error) string {
	failed, ok := errors.AsType[*slacksim.DeliveryError](err)
	switch {
	case err == nil:
		return ""
	case !ok:
		return err.Error()
	case a.Do == "submit" && failed.Code == "invalid_input" && failed.About == "":
		return ""
	case a.Do == "type" && slices.Contains(slackbotSays, failed.Code) && strings.HasPrefix(strings.TrimSpace(a.Text), "/"):
		return ""
	}
	if sentence := refusals[failed.Code]; sentence != "" {
		return sentence
	}
	return "Slack does not let that happen (" + failed.Code + ")."
}
