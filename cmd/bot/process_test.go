package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// process is the bot as a process of its own between the simulators.
type process struct {
	t       testing.TB
	slack   *slacksim.Workspace
	portal  *docspacesim.Portal
	env     []string
	state   string
	ann     string
	general string
	log     *logBook
	cmd     *exec.Cmd
}

func newProcess(t testing.TB) *process {
	t.Helper()
	p := &process{t: t, slack: slacksim.New(), portal: docspacesim.New(), log: &logBook{}, state: filepath.Join(t.TempDir(), "state.db")}
	p.ann = p.slack.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
	p.general = p.slack.AddChannel(slacksim.Channel{Name: "general", Members: []string{p.ann, p.slack.BotUser()}}).ID
	serve := func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	t.Cleanup(p.slack.Close)
	t.Cleanup(func() {
		leaks(t, "the log", p.log.text(), secretsOf(p.slack, p.portal), addressesOf(p.slack, p.portal))
	})
	p.env = []string{
		"BE_THE_BOT=1", "LOG_FORMAT=json", "LOG_LEVEL=debug", "LANGUAGE=en", "POLL_INTERVAL=200ms", "HTTP_ADDR=127.0.0.1:0", "STATE=" + p.state,
		"SLACK_APP_TOKEN=" + p.slack.AppToken(), "SLACK_BOT_TOKEN=" + p.slack.BotToken(), "SLACK_API_URL=" + serve(p.slack) + "/api/",
		"DOCSPACE_URL=" + serve(p.portal), "DOCSPACE_API_KEY=" + p.portal.APIKey(),
	}
	return p
}

func (p *process) environment() []string { return append(os.Environ(), p.env...) }

func (p *process) start() {
	p.t.Helper()
	p.launch()
	p.await("a connection", func() bool { return p.slack.Connections() > 0 })
}

func (p *process) launch() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env, p.cmd.Stderr = p.environment(), p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if p.cmd != nil {
			p.stop(os.Kill)
		}
	})
}

func (p *process) stop(signal os.Signal) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(signal)
	_ = p.cmd.Wait()
	p.cmd = nil
}

func (p *process) types(line string) {
	p.t.Helper()
	if err := p.slack.Type(p.ann, p.general, line).Wait(p.t.Context()); err != nil {
		p.t.Fatalf("%s: %v\n%s", line, err, p.log)
	}
}

// cards waits for n messages in the channel.
func (p *process) cards(n int) []slacksim.Message {
	p.t.Helper()
	cards := func() (all []slacksim.Message) {
		for _, m := range p.slack.Messages(p.general) {
			if m.ThreadTS == "" {
				all = append(all, m)
			}
		}
		return all
	}
	p.await("cards", func() bool { return len(cards()) >= n })
	return cards()
}

func (p *process) await(what string, ready func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	for !ready() {
		select {
		case <-ctx.Done():
			p.t.Fatalf("a minute passed without %s\n%s", what, p.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
