package demo

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// state is all that the page shows to one person.
type state struct {
	Me         string             `json:"me"`
	Bot        string             `json:"bot"`
	Connected  int                `json:"connected"`
	App        app                `json:"app"`
	Users      []user             `json:"users"`
	Groups     []group            `json:"groups"`
	Channels   []channel          `json:"channels"`
	Direct     []message          `json:"direct"`
	Ephemerals []message          `json:"ephemerals"`
	Views      []view             `json:"views"`
	Home       *view              `json:"home,omitempty"`
	PortalURL  string             `json:"portal_url"`
	Members    []member           `json:"members"`
	Rooms      []room             `json:"rooms"`
	Mails      []docspacesim.Mail `json:"mails"`
	Trouble    []string           `json:"trouble"`
}

type user struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Real  string `json:"real"`
	Email string `json:"email"`
	App   bool   `json:"app"`
	About string `json:"about"`
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
	// Confirmed says that the address is.
	Confirmed bool `json:"confirmed"`
}

type room struct {
	ID       int           `json:"id"`
	Title    string        `json:"title"`
	Archived bool          `json:"archived"`
	People   []participant `json:"people"`
}

type participant struct {
	Name   string `json:"name"`
	Email  string `json:"email"`
	Right  string `json:"right"`
	Status string `json:"status"`
}

func (s *Servers) getState(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.state(r.URL.Query().Get("as")))
}

func (s *Servers) state(me string) state {
	w := s.Workspace
	about := map[string]string{}
	for _, a := range cast {
		about[a.id()] = a.about
	}
	st := state{
		Me: me, Bot: w.BotUser(), Connected: w.Connections(), App: s.app, PortalURL: s.portalURL, Mails: s.Portal.Mails(),
		Direct: messages(w.DMs(me)), Ephemerals: messages(w.Ephemerals(me)), Trouble: s.troubled(),
	}
	for _, u := range w.Users() {
		st.Users = append(st.Users, user{u.ID, u.Name, u.RealName, u.Email, u.Bot, about[u.ID]})
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
		st.Views = append(st.Views, viewOf(v))
	}
	if home, ok := w.Home(me); ok {
		shown := viewOf(home)
		st.Home = &shown
	}
	for _, p := range s.Portal.People() {
		st.Members = append(st.Members, member{p.Name(), p.Email, p.Role, statusOf(p), p.Owner || p.ID == s.Portal.BotAccount(), isConfirmed(p)})
	}
	for _, r := range s.Portal.Rooms() {
		shown := room{ID: r.ID, Title: r.Title, Archived: r.Archived, People: []participant{}}
		for _, p := range s.Portal.Participants(r.ID) {
			shown.People = append(shown.People, participant{p.Name(), p.Email, p.Right, statusOf(p.Person)})
		}
		st.Rooms = append(st.Rooms, shown)
	}
	return st
}

func viewOf(v slacksim.View) view { return view{v.ID, v.Raw, v.Errors, v.Trouble} }

func messages(all []slacksim.Message) []message {
	list := []message{}
	for _, m := range all {
		if !m.Deleted {
			list = append(list, message{m.Channel, m.TS, m.ThreadTS, m.User, m.Text, m.Blocks, m.Updates, m.At, m.Ephemeral})
		}
	}
	return list
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
	case !isConfirmed(p):
		return "to confirm"
	}
	return "active"
}

func isConfirmed(p docspacesim.Person) bool { return p.Activation&1 != 0 }
