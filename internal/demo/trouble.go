package demo

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// slow is how long the portal then takes for an answer: longer than Slack waits for one.
const slow = 5 * time.Second

// away is how long Slack lets a bot wait whose connections it has cut, so that people see the counter move.
const away = 2 * time.Second

// troubles start what can go wrong, by the name that the page has for it. What they return
// ends it; nil when it is over at once.
var troubles = map[string]func(*Servers) (end func()){
	"portal-down": func(s *Servers) func() { s.Portal.Down(true); return func() { s.Portal.Down(false) } },
	"portal-slow": func(s *Servers) func() { return s.Portal.Fault(docspacesim.Fault{Delay: slow}) },
	"no-links": func(s *Servers) func() {
		s.Portal.AllowInvitingMembers(false)
		return func() { s.Portal.AllowInvitingMembers(true) }
	},
	"slack-busy": func(s *Servers) func() {
		return s.Workspace.Fault(slacksim.Fault{Method: "chat.postMessage", Status: http.StatusTooManyRequests, RetryAfter: slow})
	},
	"twice": func(s *Servers) func() { s.Workspace.Duplicate(true); return func() { s.Workspace.Duplicate(false) } },
	"drop": func(s *Servers) func() {
		s.Workspace.Fault(slacksim.Fault{Method: "apps.connections.open", Delay: away, Times: max(1, s.Workspace.Connections())})
		s.Workspace.Drop(-1)
		return nil
	},
	"refresh": func(s *Servers) func() { s.Workspace.Disconnect(1, "refresh_requested"); return nil },
}

// makeTrouble lets something go wrong, or ends that. It reports whether there is such trouble.
func (s *Servers) makeTrouble(name string, on bool) bool {
	start := troubles[name]
	if start == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.trouble[name]; end != nil {
		end()
		delete(s.trouble, name)
	}
	if on {
		if end := start(s); end != nil {
			s.trouble[name] = end
		}
	}
	return true
}

// troubled returns the names of the trouble that is on.
func (s *Servers) troubled() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := slices.AppendSeq([]string{}, maps.Keys(s.trouble))
	slices.Sort(names)
	return names
}
