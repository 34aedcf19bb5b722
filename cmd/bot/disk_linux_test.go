package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestDiskRefusesWrites runs the bot as a process whose system refuses to let files grow, as a
// full disk does: nothing is accepted that cannot be kept, what is under way is not said twice,
// and the bot goes on when there is room again.
func TestDiskRefusesWrites(t *testing.T) {
	p := newProcess(t)
	p.start()
	p.types("/docspace-invite carol@acme.test")
	card := p.cards(1)[0]
	if _, err := p.portal.Join(linkOf(t, card), "Carol", "Chen", "carol@acme.test"); err != nil {
		t.Fatal(err)
	}

	p.filesMayGrow(false)
	p.types("/docspace-invite")
	p.await("the refusal", func() bool { return len(p.slack.Ephemerals(p.ann)) == 1 })
	contains(t, "the refusal", p.slack.Ephemerals(p.ann)[0].Plain(), "cannot write down")
	if err := p.portal.Activate("carol@acme.test"); err != nil {
		t.Fatal(err)
	}
	p.await("the error in the log", func() bool { return p.log.count("the journal cannot be written") == 1 })
	p.types("/docspace-invite") // the disk is still full
	p.await("the second refusal", func() bool { return len(p.slack.Ephemerals(p.ann)) == 2 })
	if cards, replies := p.cards(1), p.slack.Thread(card.Channel, card.TS); len(cards) != 1 || len(replies) != 0 {
		t.Errorf("%d cards and %d replies while nothing can be kept, want one and none", len(cards), len(replies))
	}

	p.filesMayGrow(true)
	p.await("the confirmation", func() bool { return len(p.slack.Thread(card.Channel, card.TS)) > 0 })
	p.types("/docspace-invite")
	p.cards(2)
	p.stop(os.Interrupt)
	if cards, replies := p.cards(2), p.slack.Thread(card.Channel, card.TS); len(cards) != 2 || len(replies) != 1 {
		t.Errorf("%d cards and %d replies, want two and one", len(cards), len(replies))
	}
	if n := p.log.count("the journal cannot be written"); n != 1 {
		t.Errorf("the log says %d times that the journal cannot be written, want once:\n%s", n, p.log)
	}
	if n := p.log.count("the journal can be written again"); n != 1 {
		t.Errorf("the log says %d times that the journal can be written again, want once", n)
	}
}

// TestDamagedStateFileEndsTheBot: it says which file and what to do, and keeps it.
func TestDamagedStateFileEndsTheBot(t *testing.T) {
	p := newProcess(t)
	garbage := strings.Repeat("not a state file ", 1000)
	if err := os.WriteFile(p.state, []byte(garbage), 0o600); err != nil {
		t.Fatal(err)
	}
	p.launch()
	err := p.cmd.Wait()
	p.cmd = nil
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != exitFailed { //nolint:errorlint // as os/exec returns it
		t.Errorf("the bot ended with %v, want exit code %d", err, exitFailed)
	}
	contains(t, "the log", p.log.String(), p.state, "no state file of this bot", "Nothing was changed")
	if after, _ := os.ReadFile(p.state); string(after) != garbage {
		t.Error("the file was changed")
	}
}

func TestSecondBotOnTheSameFileIsRefused(t *testing.T) {
	p := newProcess(t)
	p.start()
	second := exec.Command(os.Args[0])
	second.Env = p.environment()
	out, err := second.CombinedOutput()
	if err == nil {
		t.Error("a second bot runs on the same file")
	}
	contains(t, "what the second bot says", string(out), "another bot is using it", p.state)
	p.types("/docspace-invite") // the first goes on
	p.cards(1)
}

// process is the bot as a process of its own between the simulators.
type process struct {
	t       *testing.T
	slack   *slacksim.Workspace
	portal  *docspacesim.Portal
	env     []string
	state   string
	ann     string
	general string
	log     *logBook
	cmd     *exec.Cmd
}

func newProcess(t *testing.T) *process {
	t.Helper()
	p := &process{t: t, slack: slacksim.New(), portal: docspacesim.New(), log: &logBook{}, state: filepath.Join(t.TempDir(), "state.db")}
	p.ann = p.slack.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
	p.general = p.slack.AddChannel(slacksim.Channel{Name: "general", Members: []string{p.ann, p.slack.BotUser()}}).ID
	serve := func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	t.Cleanup(func() { p.slack.Close(); p.portal.Close() })
	p.env = []string{
		"BE_THE_BOT=1", "LOG_FORMAT=json", "POLL_INTERVAL=200ms", "STATE=" + p.state,
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

// filesMayGrow has the system refuse every write at the end of the bot's files, or allow it.
func (p *process) filesMayGrow(may bool) {
	p.t.Helper()
	limit := unix.Rlimit{Cur: 1, Max: unix.RLIM_INFINITY}
	if may {
		limit.Cur = unix.RLIM_INFINITY
	}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		p.t.Fatal(err)
	}
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
