package demo

import (
	"embed"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// Servers is the demo's world: both simulators with a small cast in them, and the page.
type Servers struct {
	Workspace *slacksim.Workspace
	Portal    *docspacesim.Portal

	portalURL string
	mu        sync.Mutex
	trouble   map[string]func() // what was switched on, and how to end it
	done      chan struct{}
	closing   sync.Once
}

// NewServers returns the servers with their cast. portalURL is where the portal's handler
// will be reached.
func NewServers(portalURL string) *Servers {
	s := &Servers{
		Workspace: slacksim.New(slacksim.WithPrefix("/slack")), Portal: docspacesim.New(),
		portalURL: portalURL, trouble: map[string]func(){}, done: make(chan struct{}),
	}
	person := func(name, real, email string, change func(*slacksim.User)) string {
		u := slacksim.User{ID: "U0DEMO" + strings.ToUpper(name) + "01", Name: name, RealName: real, Email: email}
		if change != nil {
			change(&u)
		}
		return s.Workspace.AddUser(u).ID
	}
	ann := person("ann", "Ann Archer", "ann@acme.example", nil)
	bob := person("bob", "Bob Baker", "bob@acme.example", nil)
	carol := person("carol", "Carol Chen", "carol@acme.example", nil)
	gus := person("gus", "Gus Guest", "gus@elsewhere.example", func(u *slacksim.User) { u.Guest = true })
	zoe := person("zoe", "Zoe Zimmer", "zoe@acme.example", func(u *slacksim.User) { u.Admin = true })
	eve := person("eve", "Eve External", "", func(u *slacksim.User) { u.Team = "T0DEMOPART1" })
	bot := s.Workspace.BotUser()
	for _, c := range []slacksim.Channel{
		{ID: "C0DEMOGEN01", Name: "general", Members: []string{ann, bob, carol, gus, zoe, bot}},
		{ID: "C0DEMODES01", Name: "design", Private: true, Members: []string{ann, bob, carol, zoe, bot}},
		{ID: "C0DEMOPAR01", Name: "partners", ExtShared: true, Members: []string{ann, bob, zoe, eve, bot}},
		{ID: "C0DEMOLOU01", Name: "lounge", Members: []string{ann, bob, carol, zoe}},
		{ID: "C0DEMOOLD01", Name: "old-stuff", Archived: true, Members: []string{ann, zoe, bot}},
	} {
		s.Workspace.AddChannel(c)
	}
	s.Workspace.AddGroup(slacksim.Group{ID: "S0DEMODES01", Handle: "designers", Users: []string{bob, carol}})
	s.Portal.AddPerson(docspacesim.Person{
		FirstName: "Zoe", LastName: "Zimmer", Email: "zoe@acme.example", Role: "RoomAdmin", Status: 1, Activation: 1,
		Registered: time.Now().Add(-30 * 24 * time.Hour),
	})
	return s
}

// Env returns the variables with which a bot joins the servers; pageURL is where the page is
// reached.
func (s *Servers) Env(pageURL string) [][2]string {
	return [][2]string{
		{"SLACK_APP_TOKEN", s.Workspace.AppToken()},
		{"SLACK_BOT_TOKEN", s.Workspace.BotToken()},
		{"SLACK_API_URL", pageURL + "/slack/api/"},
		{"DOCSPACE_URL", s.portalURL},
		{"DOCSPACE_API_KEY", s.Portal.APIKey()},
		{"POLL_INTERVAL", "1s"},
	}
}

// Close ends the servers: connections and streams are cut.
func (s *Servers) Close() {
	s.closing.Do(func() {
		close(s.done)
		s.Workspace.Close()
		s.Portal.Close()
	})
}

// PortalHandler is the portal, which has a host of its own.
func (s *Servers) PortalHandler() http.Handler { return s.Portal }

//go:embed web
var web embed.FS

// Page is the page, its API below /api/, and the Slack simulator below /slack/.
func (s *Servers) Page() http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the files are embedded
	}
	mux := http.NewServeMux()
	mux.Handle("/slack/", s.Workspace)
	mux.Handle("/", s.guarded(http.FileServerFS(files)))
	mux.Handle("GET /api/state", s.guarded(http.HandlerFunc(s.getState)))
	mux.Handle("GET /api/changes", s.guarded(http.HandlerFunc(s.getChanges)))
	mux.Handle("POST /api/act", s.guarded(http.HandlerFunc(s.postAct)))
	return mux
}

// guarded keeps other sites out: the page acts for everybody in the cast, without a login. A
// name that somebody else's DNS points here is not this host either.
func (s *Servers) guarded(next http.Handler) http.Handler {
	portal, _ := url.Parse(s.portalURL)
	policy := "default-src 'self'; style-src 'self'; img-src 'self' data:; frame-src " + portal.Scheme + "://" + portal.Host + "; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		named := host != "localhost" && net.ParseIP(host) == nil
		if site := r.Header.Get("Sec-Fetch-Site"); named || site != "" && site != "same-origin" && site != "none" {
			http.Error(w, "this page answers itself only", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
			http.Error(w, "this page answers itself only", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
