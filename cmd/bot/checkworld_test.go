package main

import (
	"net/http/httptest"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/demo"
)

// checkWorld is the demo's servers and the settings with which a bot joins them.
type checkWorld struct {
	demo *demo.Servers
	env  map[string]string
}

func newCheckWorld(t *testing.T) *checkWorld {
	t.Helper()
	page := httptest.NewUnstartedServer(nil)
	portal := httptest.NewUnstartedServer(nil)
	pageURL, portalURL := "http://"+page.Listener.Addr().String(), "http://"+portal.Listener.Addr().String()
	servers := demo.NewServers(portalURL)
	page.Config.Handler, portal.Config.Handler = servers.Page(), servers.Portal
	page.Start()
	portal.Start()
	t.Cleanup(func() {
		servers.Close()
		page.Close()
		portal.Close()
	})
	w := &checkWorld{demo: servers, env: map[string]string{}}
	for _, v := range servers.Env(pageURL) {
		w.env[v[0]] = v[1]
	}
	return w
}
