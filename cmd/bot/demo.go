package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	invitebot "github.com/docspace-invite-bot/bot"
	"github.com/docspace-invite-bot/bot/internal/demo"
)

// demoCommand is bot demo: the two servers, the page, and the real bot between them over
// real HTTP and WebSocket. With serversAlone the bot is left to someone else.
func demoCommand(ctx context.Context, env map[string]string, serversAlone bool, stdout, stderr io.Writer) int {
	address := cmp.Or(env["DEMO_ADDR"], "127.0.0.1:8090")
	page, err := net.Listen("tcp", address)
	if err != nil {
		return misused(stderr, "DEMO_ADDR: the page can't be served at %s: %v. Set DEMO_ADDR to another address, e.g. 127.0.0.1:8091", address, err)
	}
	portal, err := net.Listen("tcp", net.JoinHostPort(hostOf(page.Addr()), "0"))
	if err != nil {
		_ = page.Close()
		_, _ = fmt.Fprintln(stderr, "the portal can't be served:", err)
		return exitFailed
	}
	pageURL, portalURL := "http://"+page.Addr().String(), "http://"+portal.Addr().String()
	servers := demo.NewServers(portalURL)
	if err := servers.Install(invitebot.Manifest); err != nil {
		_, _ = fmt.Fprintln(stderr, "the demo can't start:", err)
		return exitFailed
	}
	variables := append(servers.Env(pageURL), [2]string{"STATE", "memory"}) // what the servers know ends with them

	group, ctx := errgroup.WithContext(ctx)
	serve(ctx, group, page, servers.Page())
	serve(ctx, group, portal, servers.Portal)
	context.AfterFunc(ctx, servers.Close)
	_, _ = fmt.Fprintf(stdout, "Open %s\n\n", pageURL)
	if serversAlone {
		_, _ = fmt.Fprint(stdout, "Run a bot beside it with these variables:\n\n")
		for _, v := range variables {
			_, _ = fmt.Fprintf(stdout, "export %s=%s\n", v[0], v[1])
		}
		_, _ = fmt.Fprintln(stdout)
	} else {
		group.Go(func() error { return demoBot(ctx, env, variables, stderr) })
	}
	_, _ = fmt.Fprintln(stdout, "Ctrl-C ends it.")
	if err := group.Wait(); err != nil {
		_, _ = fmt.Fprintln(stderr, "the demo ends:", err)
		return exitFailed
	}
	return exitDone
}

// demoBot runs the bot as bot run does. Settings of the operator's own hold, except for those
// that say whom to talk to; the portal is looked at every second, and people are reminded at any
// hour, so that no one waits.
func demoBot(ctx context.Context, env map[string]string, variables [][2]string, stderr io.Writer) error {
	env = maps.Clone(env)
	for _, name := range secretNames {
		delete(env, name+"_FILE")
	}
	for _, v := range variables {
		env[v[0]] = v[1]
	}
	env["POLL_INTERVAL"] = cmp.Or(env["POLL_INTERVAL"], "1s")
	env["WORKING_HOURS"] = cmp.Or(env["WORKING_HOURS"], "Mon-Sun 00:00-24:00")
	s, err := readSettings(env)
	if err != nil {
		return err
	}
	return run(ctx, s, newLog(stderr, s), s.network())
}

func hostOf(address net.Addr) string {
	host, _, _ := net.SplitHostPort(address.String())
	return host
}

// serve serves until the context ends.
func serve(ctx context.Context, group *errgroup.Group, listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}
