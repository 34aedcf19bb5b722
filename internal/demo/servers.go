package demo

import (
	"embed"
	"io/fs"
	"net/http"
	"sync"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// Servers is the demo's world: both simulators with a small cast in them, and the page. The portal wants a host of
// its own.
type Servers struct {
	Workspace *slacksim.Workspace
	Portal    *docspacesim.Portal

	portalURL string
	app       app
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
		portalURL: portalURL, app: app{Shortcuts: []shortcut{}}, trouble: map[string]func(){}, done: make(chan struct{}),
	}
	enter(s.Workspace, s.Portal)
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
		{"APPROVAL_CHANNEL", approvals},
	}
}

// Close ends the servers: connections and streams are cut.
func (s *Servers) Close() {
	s.closing.Do(func() {
		close(s.done)
		s.Workspace.Close()
	})
}

//go:embed web
var web embed.FS

// Page returns the page, its API below /api/, and the Slack simulator below /slack/.
func (s *Servers) Page() http.Handler {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the files are embedded
	}
	mux := http.NewServeMux()
	mux.Handle("/slack/", s.Workspace) // asks for tokens itself
	mux.Handle("/", s.guarded(http.FileServerFS(files)))
	mux.Handle("GET /api/state", s.guarded(http.HandlerFunc(s.getState)))
	mux.Handle("GET /api/changes", s.guarded(http.HandlerFunc(s.getChanges)))
	mux.Handle("POST /api/act", s.guarded(http.HandlerFunc(s.postAct)))
	mux.Handle("POST /api/choices", s.guarded(http.HandlerFunc(s.postChoices)))
	return mux
}
