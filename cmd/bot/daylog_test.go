package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// atInfo returns what an operator reads at level info, a line of plain text each, with names for what is
// another id in each run.
func (w *world) atInfo() string {
	w.t.Helper()
	ids := map[string]string{w.ann: "ann", w.bob: "bob", w.carol: "carol", w.general: "general"}
	known := func(key, value string) string {
		if of := map[string]string{"invitation": "invitation", "envelope": "envelope", "member": "member"}[key]; of != "" && ids[value] == "" {
			n := 1
			for _, name := range ids {
				if strings.HasPrefix(name, of+"-") {
					n++
				}
			}
			ids[value] = fmt.Sprintf("%s-%d", of, n)
		}
		if ids[value] != "" {
			return ids[value]
		}
		return regexp.MustCompile(`^mail-[0-9a-f]+$`).ReplaceAllString(value, "mail-…")
	}
	var out strings.Builder
	for _, values := range w.log.logged(w.t) {
		if values["level"] == "DEBUG" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, values["time"].(string))
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %-4s %s", at.Format("15:04"), values["level"], values["msg"])
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if !slices.Contains([]string{"time", "level", "msg", "version"}, key) {
				fmt.Fprintf(&out, " %s=%s", key, known(key, fmt.Sprint(values[key])))
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}

// TestLogOfAnOrdinaryDay: a line for each step that someone noticed, and nothing twice, while Slack
// recycles the connections as it does each day.
func TestLogOfAnOrdinaryDay(t *testing.T) {
	story(t, func(w *world) {
		w.portal.WelcomeKeyWorks(true)
		w.passes(time.Hour)
		w.types(w.ann, w.general, "/docspace-invite user @bob dan@other.test")
		card := w.card(w.general, 1)
		w.passes(30 * time.Minute)
		w.pressesJoin(w.bob, card)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.passes(10 * time.Minute)
		w.activates("bob@acme.test")
		w.passes(30 * time.Minute)
		w.pressesJoin(w.carol, card)
		w.joins(card, "Carol", "Chen", "carol@acme.test")
		w.activates("carol@acme.test")
		w.passes(30 * time.Minute)
		w.types(w.ann, w.general, "/docspace-invite status")
		w.opensHome(w.ann, "Your open invitations")
		w.passes(20 * time.Hour)
		golden(t, "day.log", w.atInfo())
	}, "DOCSPACE_WELCOME_KEY", "1.key", "POLL_INTERVAL", "5m", "WORKING_HOURS", "Mon-Sun 00:00-24:00")
}

// TestLogDoesNotClaimWelcomesThatAreOff: it says neither that someone was welcomed nor
// that someone was greeted, at any level.
func TestLogDoesNotClaimWelcomesThatAreOff(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite user @bob")
		card := w.card(w.general, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		for _, lie := range []string{"welcomed", "greeted"} {
			if n := w.log.count("invitation " + lie); n > 0 {
				t.Errorf("%d lines say %q", n, lie)
			}
		}
		if n := w.log.count(`"msg":"step left out"`); n != 2 {
			t.Errorf("%d lines of 2 say what was left out", n)
		}
	}, "DOCSPACE_WELCOME_KEY", "", "WELCOME_DM", "false")
}

// TestRedactorLeavesOrdinaryWords: what to do about a trouble arrives as it is written, and a short password of
// the database is no hole in every word.
func TestRedactorLeavesOrdinaryWords(t *testing.T) {
	for state, hides := range map[string]string{
		"memory": "", "postgres://bot:o@db.test/bot": "", "postgres://db.test/bot?user=bot&password=st": "",
		"postgres://bot:hunter22hunter@db.test/bot": "hunter22hunter", "postgres://db.test/bot?user=bot&password=hunter22%2Fhunter": "hunter22/hunter",
		"postgres://db.test/bot?password=p%40ssw0rd%21": "p@ssw0rd!",
	} {
		book := &logBook{}
		log := newLog(book, settings{LogFormat: "json", State: state})
		for _, trouble := range remedy.All() {
			var values struct{ Wrong, Do string }
			book.lines = nil
			log.Info("x", "wrong", trouble.Wrong(), "do", trouble.Remedy())
			if err := json.Unmarshal([]byte(book.text()), &values); err != nil || values.Wrong != trouble.Wrong() || values.Do != trouble.Remedy() {
				t.Errorf("with STATE=%s:\n%s\n%s\nis written as\n%s", state, trouble.Wrong(), trouble.Remedy(), book.text())
			}
		}
		if book.lines = nil; hides == "" {
			continue
		}
		log.Error("no "+hides, "err", errors.New("at "+state), "also", strings.TrimPrefix(state, "postgres://"))
		if text := book.text(); strings.Contains(text, hides) || strings.Contains(text, "hunter22%") || strings.Contains(text, "p%40ss") {
			t.Errorf("a password is written: %s", text)
		}
	}
	short := &logBook{}
	newLog(short, settings{LogFormat: "json", State: "postgres://bot:pw@db.test/bot"}).Error("no", "err", errors.New("postgres://bot:pw@db.test/bot?password=pw or password=pw"))
	if strings.Contains(short.text(), "pw") {
		t.Errorf("within an address a short one is written: %s", short.text())
	}
	if got := logging.NewRedactor(logging.RedactorOptions{}).Text("GET people/@self: portal_down"); got != "GET people/@self: portal_down" {
		t.Errorf("a call is written as %q", got)
	}
}
