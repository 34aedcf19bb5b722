package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// keptInFiles is a world whose secrets are in files, as Kubernetes mounts them.
type keptInFiles struct {
	*world
	dir  string
	ever []string // all values there ever were
}

// filed runs a story whose bot has its secrets in files.
func filed(t *testing.T, tell func(w *keptInFiles)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &keptInFiles{world: newWorld(t), dir: t.TempDir()}
		for _, name := range secretNames {
			w.write(name, w.env[name])
			w.env[name+"_FILE"] = filepath.Join(w.dir, name)
			delete(w.env, name)
		}
		w.start()
		tell(w)
		for _, value := range w.ever {
			if w.log.count(value) > 0 {
				t.Errorf("%s… is in the log", value[:5])
			}
		}
	})
}

// write puts a new file in the place of the old one, as agents do.
func (w *keptInFiles) write(name, value string) {
	w.t.Helper()
	w.ever = append(w.ever, value)
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path+".new", []byte(value+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		w.t.Fatal(err)
	}
}

func (w *keptInFiles) renewTokens() {
	bot, app := w.slack.RenewTokens()
	w.write("SLACK_BOT_TOKEN", bot)
	w.write("SLACK_APP_TOKEN", app)
}

// TestSecretsAreRenewedWithoutARestart revokes all three, writes the new ones, and has the bot go on
// with what was open and with what is new.
func TestSecretsAreRenewedWithoutARestart(t *testing.T) {
	filed(t, func(w *keptInFiles) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		first := w.card(w.general, 1)
		w.renewTokens()
		w.write("DOCSPACE_API_KEY", w.portal.RenewKey())
		w.types(w.ann, w.general, "/docspace-invite @carol") // at once, with the old ones in hand
		second := w.card(w.general, 2)
		w.slack.Drop(-1)
		w.await("a connection with the new token", func() bool { return w.slack.Connections() == 2 })
		w.joins(first, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(first, 1)
		w.joins(second, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		w.thread(second, 1)
		for _, name := range secretNames {
			if n := w.log.count(`"a secret was taken up anew from its file","setting":"` + name + `_FILE"`); n != 1 {
				t.Errorf("the log tells %d times that %s was taken up", n, name)
			}
		}
	})
}

// TestARevokedKeyIsGivenTime: the old key is gone before the new one is written, and what lies in the
// file meanwhile is none. Commands are refused then, and who is pending is not forgotten.
func TestARevokedKeyIsGivenTime(t *testing.T) {
	filed(t, func(w *keptInFiles) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		key := w.portal.RenewKey()
		for _, half := range []string{"", " ", key[:20] + " " + key[20:]} {
			w.write("DOCSPACE_API_KEY", half)
			w.passes(time.Minute)
		}
		w.ever = w.ever[:3]
		if w.log.count("the value from before stays in use") == 0 || w.log.count("the portal refuses the API key; nobody pending is forgotten") != 1 ||
			w.log.count("write it to DOCSPACE_API_KEY_FILE") == 0 {
			t.Errorf("the log does not say what to do:\n%s", w.log)
		}
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.write("DOCSPACE_API_KEY", key)
		written := time.Now()
		w.thread(card, 1)
		if took := time.Since(written); took > 6*time.Minute {
			t.Errorf("it took %v until the portal was asked with the new key", took)
		}
		w.types(w.ann, w.general, "/docspace-invite @carol")
		w.card(w.general, 2)
	})
}

// TestARevokedTokenIsGivenTime: Slack refuses connections for ten minutes, until the new token is
// in its file.
func TestARevokedTokenIsGivenTime(t *testing.T) {
	filed(t, func(w *keptInFiles) {
		bot, app := w.slack.RenewTokens()
		w.slack.Drop(-1)
		w.passes(10 * time.Minute)
		if n := w.slack.Connections(); n != 0 {
			t.Fatalf("%d connections with a revoked token", n)
		}
		if w.log.count("put a good one into its file") == 0 {
			t.Errorf("the log does not say what to do:\n%s", w.log)
		}
		w.write("SLACK_APP_TOKEN", app)
		w.write("SLACK_BOT_TOKEN", bot)
		written := time.Now()
		w.await("a connection", func() bool { return w.slack.Connections() > 0 })
		if took := time.Since(written); took > 10*time.Second {
			t.Errorf("it took %v until the new token was used", took)
		}
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
	})
}

// TestARevokedTokenIsNotWaitedForForEver: who watches the process must see in the end that it fails.
func TestARevokedTokenIsNotWaitedForForEver(t *testing.T) {
	filed(t, func(w *keptInFiles) {
		w.slack.RenewTokens()
		w.slack.Drop(-1)
		start := time.Now()
		err := <-w.ended
		w.ended <- nil
		if err == nil || !strings.Contains(err.Error(), "token_revoked") {
			t.Errorf("the bot ended with %v", err)
		}
		if took := time.Since(start); took < 15*time.Minute || took > 17*time.Minute {
			t.Errorf("it gave up after %v", took)
		}
	})
}

// TestARefusedTokenAtTheStart: the pod is there before its secret is good.
func TestARefusedTokenAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		path := filepath.Join(t.TempDir(), "token")
		good := w.env["SLACK_BOT_TOKEN"]
		if err := os.WriteFile(path, []byte("xoxb-old"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.env["SLACK_BOT_TOKEN"], w.env["SLACK_BOT_TOKEN_FILE"] = "", path
		w.launch()
		w.passes(5 * time.Minute)
		if w.slack.Connections() != 0 || w.log.count("put a good one into its file") != 1 {
			t.Fatalf("connections: %d\n%s", w.slack.Connections(), w.log)
		}
		if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
			t.Fatal(err)
		}
		w.await("a connection", func() bool { return w.slack.Connections() > 0 })
	})
}
