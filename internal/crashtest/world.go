package crashtest

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// world is the two servers, with people in them, on this machine's own network.
type world struct {
	slack               *slacksim.Workspace
	portal              *docspacesim.Portal
	slackURL, portalURL string
	slackNet, portalNet *traffic
	inviters, channels  []string
	people              []person
	servers             []*http.Server
	serving             sync.WaitGroup
}

// person is somebody who is invited.
type person struct {
	handle, email string
	first, last   string // the last name is like no other
	user          string // in Slack
}

// newWorld makes the servers and serves them. Close it after use.
func newWorld(o Options, latency time.Duration) (*world, error) {
	w := &world{
		slack: slacksim.New(slacksim.WithSeed(o.Seed)), portal: docspacesim.New(),
		slackNet: &traffic{effects: "chat.postMessage"}, portalNet: &traffic{effects: "sendcongratulations"},
	}
	w.slackNet.next, w.portalNet.next = w.slack, w.portal
	w.portal.WelcomeKeyWorks(true)
	scopes := slackbot.Scopes
	if o.History {
		scopes = append(slices.Clip(scopes), slackbot.OptionalScopes...)
	}
	w.slack.SetScopes(scopes...)
	w.slack.Fault(slacksim.Fault{Delay: latency})
	w.portal.Fault(docspacesim.Fault{Delay: latency})
	w.cast(o.People)
	var err error
	if w.slackURL, err = w.serve(w.slackNet); err == nil {
		w.portalURL, err = w.serve(w.portalNet)
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("serve the simulators: %w", err)
	}
	return w, nil
}

// cast adds the people and the channels. Everybody is in every channel.
func (w *world) cast(invited int) {
	members := []string{w.slack.BotUser()}
	for i := range 5 {
		u := w.slack.AddUser(slacksim.User{Name: fmt.Sprintf("lead%d", i), Email: fmt.Sprintf("lead%d@acme.test", i)})
		w.inviters, members = append(w.inviters, u.ID), append(members, u.ID)
	}
	for i := range invited {
		p := person{
			handle: fmt.Sprintf("pia%05d", i), email: fmt.Sprintf("pia%05d@acme.test", i),
			first: "Pia", last: fmt.Sprintf("Nr%05d", i),
		}
		p.user = w.slack.AddUser(slacksim.User{Name: p.handle, RealName: "Pia", Email: p.email}).ID
		w.people, members = append(w.people, p), append(members, p.user)
	}
	for i, c := range []slacksim.Channel{{Name: "general"}, {Name: "design"}, {Name: "board", Private: true}} {
		c.ID, c.Members = fmt.Sprintf("C0CRASH%03d", i), members
		w.channels = append(w.channels, w.slack.AddChannel(c).ID)
	}
}

// serve serves the handler at an address of the machine's choice and returns its base URL.
func (w *world) serve(handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	w.servers = append(w.servers, server)
	w.serving.Go(func() { _ = server.Serve(listener) })
	return "http://" + listener.Addr().String(), nil
}

func (w *world) close() {
	w.slack.Close()
	w.portal.Close()
	for _, server := range w.servers {
		_ = server.Close()
	}
	w.serving.Wait()
}

// env is what the bot must know of the servers and of the run.
func (w *world) env(o Options) []string {
	return []string{
		"SLACK_APP_TOKEN=" + w.slack.AppToken(), "SLACK_BOT_TOKEN=" + w.slack.BotToken(), "SLACK_API_URL=" + w.slackURL + "/api/",
		"DOCSPACE_URL=" + w.portalURL, "DOCSPACE_API_KEY=" + w.portal.APIKey(), "DOCSPACE_WELCOME_KEY=1.crash",
		"STATE=" + o.State, "INVITES_PER_HOUR=0", "POLL_INTERVAL=200ms", "WELCOME_DM=true", "LOG_FORMAT=json", "LOG_LEVEL=info",
	}
}

// records reads off the servers what has happened.
func (w *world) records() records {
	r := records{letters: map[string]int{}, direct: map[string]int{}}
	for _, channel := range w.channels {
		for _, m := range w.slack.Messages(channel) {
			if m.User == w.slack.BotUser() {
				r.said = append(r.said, said{m.Channel, m.TS, m.ThreadTS, m.Text})
			}
		}
	}
	for _, mail := range w.portal.Mails() {
		if mail.Subject == "Congratulations" {
			r.letters[mail.To]++
		}
	}
	for _, p := range w.people {
		r.direct[p.user] = len(w.slack.DMs(p.user))
	}
	return r
}

// active returns the addresses of those whom the portal knows as active.
func (w *world) active() map[string]bool {
	active := map[string]bool{}
	for _, p := range w.portal.People() {
		active[p.Email] = p.Activation&1 != 0
	}
	return active
}

// traffic is a server's door: it tells of the calls that have an effect.
type traffic struct {
	next     http.Handler
	effects  string // the end of the paths of calls that people notice
	came     signal // such a call came
	answered signal // and was answered
}

// ServeHTTP serves the request. Connections for events are not calls.
func (t *traffic) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/link") {
		t.next.ServeHTTP(rw, r)
		return
	}
	if strings.HasSuffix(r.URL.Path, t.effects) {
		t.came.fire()
		defer t.answered.fire()
	}
	t.next.ServeHTTP(rw, r)
}
