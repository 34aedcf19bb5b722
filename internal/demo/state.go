package demo

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// state is all that the page shows to one person.
type state struct {
	Me         string             `json:"me"`
	Bot        string             `json:"bot"`
	Connected  int                `json:"connected"`
	Users      []user             `json:"users"`
	Groups     []group            `json:"groups"`
	Channels   []channel          `json:"channels"`
	Direct     []message          `json:"direct"`
	Ephemerals []message          `json:"ephemerals"`
	Views      []view             `json:"views"`
	PortalURL  string             `json:"portal_url"`
	Members    []member           `json:"members"`
	Mails      []docspacesim.Mail `json:"mails"`
	Trouble    []string           `json:"trouble"`
}

type user struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Real  string `json:"real"`
	Email string `json:"email"`
	Kind  string `json:"kind"`
}

type group struct {
	ID     string `json:"id"`
	Handle string `json:"handle"`
}

type channel struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	Bot      bool      `json:"bot"`
	Messages []message `json:"messages"`
}

type message struct {
	Channel   string          `json:"channel"`
	TS        string          `json:"ts"`
	Thread    string          `json:"thread,omitempty"`
	User      string          `json:"user"`
	Text      string          `json:"text"`
	Blocks    json.RawMessage `json:"blocks,omitempty"`
	Updates   int             `json:"updates"`
	At        time.Time       `json:"at"`
	Ephemeral bool            `json:"ephemeral"`
}

type view struct {
	ID      string            `json:"id"`
	Raw     json.RawMessage   `json:"raw"`
	Errors  map[string]string `json:"errors"`
	Trouble bool              `json:"trouble"`
}

type member struct {
	Name   string `json:"name"`
	Email  string `json:"email"`
	Role   string `json:"role"`
	Status string `json:"status"`
	Owner  bool   `json:"owner"`
}

func (s *Servers) getState(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.state(r.URL.Query().Get("as")))
}

func (s *Servers) state(me string) state {
	w := s.Workspace
	st := state{
		Me: me, Bot: w.BotUser(), Connected: w.Connections(), PortalURL: s.portalURL, Mails: s.Portal.Mails(),
		Direct: messages(w.DMs(me)), Ephemerals: messages(w.Ephemerals(me)),
	}
	for _, u := range w.Users() {
		st.Users = append(st.Users, user{u.ID, u.Name, u.RealName, u.Email, kindOf(u, w.TeamID())})
	}
	for _, g := range w.Groups() {
		st.Groups = append(st.Groups, group{g.ID, g.Handle})
	}
	for _, c := range w.Channels() {
		if c.IM || !slices.Contains(c.Members, me) {
			continue
		}
		st.Channels = append(st.Channels, channel{
			ID: c.ID, Name: c.Name, Kind: placeOf(c), Bot: slices.Contains(c.Members, w.BotUser()), Messages: messages(w.Messages(c.ID)),
		})
	}
	for _, v := range w.Views(me) {
		st.Views = append(st.Views, view{v.ID, v.Raw, v.Errors, v.Trouble})
	}
	for _, p := range s.Portal.People() {
		st.Members = append(st.Members, member{p.Name(), p.Email, p.Role, statusOf(p), p.Owner || p.ID == s.Portal.BotAccount()})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.trouble {
		st.Trouble = append(st.Trouble, name)
	}
	return st
}

func messages(all []slacksim.Message) []message {
	list := []message{}
	for _, m := range all {
		if !m.Deleted {
			list = append(list, message{m.Channel, m.TS, m.ThreadTS, m.User, m.Text, m.Blocks, m.Updates, m.At, m.Ephemeral})
		}
	}
	return list
}

func kindOf(u slacksim.User, team string) string {
	switch {
	case u.Bot:
		return "app"
	case u.Team != "" && u.Team != team:
		return "other organisation"
	case u.Guest || u.SingleChannelGuest:
		return "guest"
	case u.Admin || u.Owner:
		return "workspace admin"
	}
	return "member"
}

func placeOf(c slacksim.Channel) string {
	switch {
	case c.Archived:
		return "archived"
	case c.ExtShared:
		return "shared"
	case c.Private:
		return "private"
	}
	return "public"
}

func statusOf(p docspacesim.Person) string {
	switch {
	case p.Status == 2:
		return "disabled"
	case p.Status == 4:
		return "invited"
	case p.Activation&1 == 0:
		return "to confirm"
	}
	return "active"
}

// settle is how long changes are gathered before the page is told.
const settle = 50 * time.Millisecond

// getChanges is a stream of server-sent events, one whenever something may have changed. The
// page then asks for the state.
func (s *Servers) getChanges(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "no stream here", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	workspace, cancel := s.Workspace.Changes()
	defer cancel()
	for {
		portal := s.Portal.Changes()
		if _, err := w.Write([]byte("data: changed\n\n")); err != nil {
			return
		}
		flusher.Flush()
		select {
		case <-workspace:
		case <-portal:
		case <-time.After(20 * time.Second): // keeps the connection, and finds it gone
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
		time.Sleep(settle)
	}
}

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

// postAct has somebody of the cast do something.
func (s *Servers) postAct(w http.ResponseWriter, r *http.Request) {
	var a act
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&a); err != nil {
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	var err error
	switch a.Do {
	case "type":
		s.Workspace.Type(a.As, a.Channel, strings.TrimSpace(a.Text))
	case "press":
		s.Workspace.Press(a.As, a.Channel, a.TS, a.Action)
	case "submit":
		s.Workspace.Submit(a.As, a.View, lists(a.Values))
	case "close":
		s.Workspace.CloseView(a.As, a.View)
	case "disable":
		err = s.Portal.Disable(a.Email)
	case "enable":
		err = s.Portal.Enable(a.Email)
	case "remove":
		err = s.Portal.Remove(a.Email)
	case "trouble":
		s.makeTrouble(a.Action, a.On)
	default:
		http.Error(w, "not understood", http.StatusBadRequest)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// lists turns the lists of a JSON document into lists of strings.
func lists(values map[string]map[string]any) map[string]map[string]any {
	for _, actions := range values {
		for id, v := range actions {
			if items, ok := v.([]any); ok {
				list := []string{}
				for _, item := range items {
					if text, ok := item.(string); ok {
						list = append(list, text)
					}
				}
				actions[id] = list
			}
		}
	}
	return values
}

// makeTrouble lets something go wrong, or ends that.
func (s *Servers) makeTrouble(name string, on bool) {
	start := map[string]func() func(){
		"portal-down": func() func() { s.Portal.Down(true); return func() { s.Portal.Down(false) } },
		"portal-slow": func() func() { return s.Portal.Fault(docspacesim.Fault{Delay: 5 * time.Second}) },
		"no-links": func() func() {
			s.Portal.AllowInvitingMembers(false)
			return func() { s.Portal.AllowInvitingMembers(true) }
		},
		"slack-busy": func() func() {
			return s.Workspace.Fault(slacksim.Fault{Method: "chat.postMessage", Status: http.StatusTooManyRequests, RetryAfter: 5 * time.Second})
		},
		"twice":   func() func() { s.Workspace.Duplicate(true); return func() { s.Workspace.Duplicate(false) } },
		"drop":    func() func() { s.Workspace.Drop(-1); return nil },
		"refresh": func() func() { s.Workspace.Disconnect(1, "refresh_requested"); return nil },
	}[name]
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.trouble[name]; end != nil {
		end()
		delete(s.trouble, name)
	}
	if start != nil && on {
		if end := start(); end != nil {
			s.trouble[name] = end
		}
	}
}
