package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// TestDiskRefusesWrites runs the bot as a process whose system refuses to let files grow, as a
// full disk does: nothing is accepted that cannot be kept, what is under way is not said twice,
// and the bot goes on when there is room again.
func TestDiskRefusesWrites(t *testing.T) {
	p := newProcess(t)
	p.start()
	p.types("/docspace-invite carol@acme.test")
	card := p.cards(1)[0]
	p.await("the link for Carol", func() bool { return len(p.slack.Ephemerals(p.ann)) == 1 })
	if _, err := p.portal.Join(linkOf(t, card), "Carol", "Chen", "carol@acme.test"); err != nil {
		t.Fatal(err)
	}

	p.filesMayGrow(false)
	p.types("/docspace-invite")
	p.await("the refusal", func() bool { return len(p.slack.Ephemerals(p.ann)) == 2 }) // after Carol's link
	contains(t, "the refusal", p.slack.Ephemerals(p.ann)[1].Plain(), "couldn't save")
	if err := p.portal.Activate("carol@acme.test"); err != nil {
		t.Fatal(err)
	}
	p.await("the error in the log", func() bool { return p.log.count("the journal cannot be written") == 1 })
	p.types("/docspace-invite") // the disk is still full
	p.await("the second refusal", func() bool { return len(p.slack.Ephemerals(p.ann)) == 3 })
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
	contains(t, "the log", p.log.String(), p.state, "isn't a state file of this bot", "Nothing was changed")
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

// TestCheckAndStartNameTheSameDiskTrouble: the state is on a file system of its own, which is
// spoiled. A system that lets no one mount anything skips it.
func TestCheckAndStartNameTheSameDiskTrouble(t *testing.T) {
	if out, err := exec.Command("unshare", "-rm", "true").CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here (unshare -rm: %v): %s", err, out)
	}
	for name, tt := range map[string]struct {
		spoil   string
		trouble remedy.Trouble
		works   bool
	}{
		"full":        {`cat /dev/zero > "$DIR/ballast" 2> /dev/null || true`, remedy.StateFull, false},
		"read-only":   {`mount -o remount,ro "$DIR"`, remedy.StateReadOnly, false},
		"nearly full": {"true", remedy.StateScarce, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProcess(t)
			on := func(args ...string) (out string, code int) {
				script := `mount -t tmpfs -o size=8m none "$DIR" && ` + tt.spoil + ` && exec "$0" "$@"`
				cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"-rm", "sh", "-c", script, os.Args[0]}, args...)...)
				cmd.Env = append(p.environment(), "DIR="+filepath.Dir(p.state))
				text, _ := cmd.CombinedOutput()
				return string(text), cmd.ProcessState.ExitCode()
			}
			out, code := on("check")
			contains(t, "bot check", out, tt.trouble.Wrong(), tt.trouble.Remedy())
			if works := code == exitDone; works != tt.works {
				t.Errorf("exit code %d:\n%s", code, out)
			}
			if tt.works {
				return
			}
			out, code = on("run")
			contains(t, "a bot that starts", out, tt.trouble.Wrong(), tt.trouble.Remedy())
			if code != exitFailed {
				t.Errorf("exit code %d:\n%s", code, out)
			}
		})
	}
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
