package slacksim_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// boltFolder holds the app on Slack's official JavaScript SDK.
const boltFolder = "../../test/bolt"

// TestBolt has Slack's official JavaScript SDK talk to the workspace: a command with both
// ways of answering it, a button, and a dialog that is refused and then accepted.
func TestBolt(t *testing.T) {
	w := slacksim.New()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	t.Cleanup(w.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	startBolt(t, w, server.URL+"/api/")

	ann := w.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
	general := w.AddChannel(slacksim.Channel{Name: "general", Members: []string{ann, w.BotUser()}}).ID
	await := func(what string, ready func() bool) {
		t.Helper()
		if err := w.Await(ctx, ready); err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
	acked := func(d *slacksim.Delivery) {
		t.Helper()
		if err := d.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	await("a connection", func() bool { return w.Connections() == 1 })

	acked(w.Type(ann, general, "/docspace-invite hello"))
	await("the card", func() bool { return len(w.Messages(general)) == 1 })
	var seen []string // the two come by different connections, in either order
	for _, m := range w.Ephemerals(ann) {
		seen = append(seen, m.Text)
	}
	slices.Sort(seen)
	if !slices.Equal(seen, []string{"at once: hello", "later"}) {
		t.Errorf("Ann sees %q, want the acknowledgement's text and the later answer", seen)
	}
	card := w.Messages(general)[0]
	if want := "From @ann\n[Join]"; card.Plain() != want {
		t.Errorf("the card reads %q, want %q", card.Plain(), want)
	}

	acked(w.Press(ann, general, card.TS, "join"))
	await("the dialog", func() bool { return len(w.Views(ann)) == 1 })
	await("the card's new text", func() bool { return w.Messages(general)[0].Text == "pressed" })
	form := w.Views(ann)[0].ID

	fill := func(note string) map[string]map[string]any {
		return map[string]map[string]any{"b_note": {"note": note}}
	}
	acked(w.Submit(ann, form, fill("wrong")))
	if open := w.Views(ann); len(open) != 1 || open[0].Errors["b_note"] != "not wrong" || open[0].Trouble {
		t.Errorf("after the mistake: %+v", open)
	}
	acked(w.Submit(ann, form, fill("right")))
	if open := w.Views(ann); len(open) != 0 {
		t.Errorf("after the acceptance: %+v", open)
	}
	await("the announcement", func() bool { return len(w.Messages(general)) == 2 })
	if said := w.Messages(general)[1].Text; said != ann+" said right to v1" {
		t.Errorf("the app announced %q", said)
	}
}

// startBolt starts the app. What it needs is looked for first: on a laptop its lack skips
// the test, in CI it fails it.
func startBolt(t *testing.T, w *slacksim.Workspace, apiURL string) {
	t.Helper()
	lack := t.Skip
	if os.Getenv("CI") == "true" {
		lack = t.Fatal
	}
	node, err := exec.LookPath("node")
	if err != nil {
		lack("to test against Slack's JavaScript SDK, install Node.js 20 or newer and run: npm ci --prefix test/bolt")
	}
	if _, err := os.Stat(filepath.Join(boltFolder, "node_modules", "@slack", "bolt")); err != nil {
		lack("to test against Slack's JavaScript SDK, run: npm ci --prefix test/bolt")
	}
	// The app lives until the test's cleanup asks it to end, or is killed when it does not.
	ctx, kill := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(kill)
	app := exec.CommandContext(ctx, node, "bolt.mjs")
	app.Dir = boltFolder
	app.Env = append(os.Environ(), "SLACK_API_URL="+apiURL, "SLACK_BOT_TOKEN="+w.BotToken(), "SLACK_APP_TOKEN="+w.AppToken())
	var output bytes.Buffer
	app.Stdout, app.Stderr = &output, &output
	stop, err := app.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // runs before the workspace is closed
		_ = stop.Close()
		defer time.AfterFunc(10*time.Second, kill).Stop()
		if err := app.Wait(); err != nil || t.Failed() {
			t.Errorf("the app ended with: %v\n%s", err, output.String())
		}
	})
}
