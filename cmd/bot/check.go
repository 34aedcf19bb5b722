package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// checkTimeout bounds all of bot check.
const checkTimeout = 2 * time.Minute

// checkCommand is bot check: every setting is tried against the live Slack and the live
// portal. Nothing is posted and no one is invited.
func checkCommand(ctx context.Context, env map[string]string, asJSON bool, stdout, stderr io.Writer) int {
	s, err := readSettings(env)
	switch {
	case err != nil && asJSON:
		printJSON(stdout, misreadings(err))
		return exitUsage
	case err != nil:
		return misconfigured(stderr, env, err)
	}
	findings := check(ctx, s, s.network())
	if asJSON {
		printJSON(stdout, findings)
	} else {
		printText(stdout, findings)
	}
	if failed(findings) > 0 {
		return exitFailed
	}
	return exitDone
}

// check tries all there is.
func check(ctx context.Context, s settings, net network) []finding {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c := checkup{settings: s}
	c.good("Settings", "all valid")
	for _, n := range s.notices {
		c.find(n.variable, warns, n.detail, n.remedy)
	}
	c.slack(ctx, net)
	c.docspace(ctx, net)
	c.machine(ctx, net)
	return c.findings
}

// status is how something is.
type status string

const (
	holds status = "ok"
	warns status = "warn" // it works, and may surprise
	fails status = "fail" // the bot would not work
)

// finding is one line of bot check. Its JSON is what scripts read: the keys stay.
type finding struct {
	// Check names what was tried: a setting, where there is one.
	Check  string `json:"check"`
	Status status `json:"status"`
	// Detail says how it is, Remedy what to do about it; empty when nothing is to be done.
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`

	trouble remedy.Trouble // for the log of a running bot; "" where it has no name
}

// checkup gathers what is found.
type checkup struct {
	settings settings
	findings []finding
}

func (c *checkup) find(check string, s status, detail, remedy string) {
	c.findings = append(c.findings, finding{Check: check, Status: s, Detail: detail, Remedy: remedy})
}

func (c *checkup) good(check, format string, args ...any) {
	c.find(check, holds, fmt.Sprintf(format, args...), "")
}

// wrong says what an error is about and how to fix it.
func (c *checkup) wrong(check string, s status, err error) {
	detail, do := remedy.Told(err)
	c.findings = append(c.findings, finding{check, s, detail, do, remedy.Of(err)})
}

// fault is wrong, of one of several things that a setting names.
func (c *checkup) fault(check, of string, err error) {
	detail, do := remedy.Told(err)
	c.findings = append(c.findings, finding{check, fails, of + ": " + detail, do, remedy.Of(err)})
}

// trouble says that something is so, and how to fix it. about is what the trouble is seen by.
func (c *checkup) trouble(check string, s status, t remedy.Trouble, about string) {
	detail := t.Wrong()
	if about != "" {
		detail += " (" + about + ")"
	}
	c.findings = append(c.findings, finding{check, s, detail, t.Remedy(), t})
}

// failed returns how many of the findings keep the bot from working.
func failed(findings []finding) (n int) {
	for _, f := range findings {
		if f.Status == fails {
			n++
		}
	}
	return n
}

var marks = map[status]string{holds: "✔", warns: "!", fails: "✘"}

// printText prints a line for each finding, with a second one where something can be done.
func printText(out io.Writer, findings []finding) {
	for _, f := range findings {
		_, _ = fmt.Fprintf(out, "%s %-22s %s\n", marks[f.Status], f.Check, f.Detail)
		if f.Remedy != "" {
			_, _ = fmt.Fprintf(out, "  %-22s → %s\n", "", f.Remedy)
		}
	}
	if n := failed(findings); n > 0 {
		_, _ = fmt.Fprintf(out, "\n%d to fix before the bot works.\n", n)
		return
	}
	_, _ = fmt.Fprintln(out, "\nThe bot would work.")
}

// printJSON prints the same for programs.
func printJSON(out io.Writer, findings []finding) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(struct {
		Works  bool      `json:"works"`
		Checks []finding `json:"checks"`
	}{failed(findings) == 0, findings})
}

// misreadings makes a finding of each complaint of readSettings.
func misreadings(err error) (findings []finding) {
	wrong := logging.NewRedactor(logging.RedactorOptions{ShowAddresses: true}).Text(err.Error())
	for line := range strings.SplitSeq(wrong, "\n") {
		findings = append(findings, finding{
			Check: cmp.Or(variable.FindString(line), "Settings"), Status: fails, Detail: line,
			Remedy: "correct it; docs/settings.md lists all settings",
		})
	}
	return findings
}

// machine tries what the bot needs of the machine that it runs on.
func (c *checkup) machine(ctx context.Context, net network) {
	c.state(ctx)
	if c.settings.Language.wrong == nil {
		c.good("LANGUAGE", "%s", c.settings.Language.Tag())
	}
	if c.settings.welcome == nil {
		c.good("WELCOME_TEMPLATE", "not set: the built-in text")
	} else {
		c.good("WELCOME_TEMPLATE", "%s works", c.settings.WelcomeFile)
	}
	c.address(ctx, net)
}

// address tries to listen where health and metrics are to be served.
func (c *checkup) address(ctx context.Context, net network) {
	address := c.settings.HTTPAddr
	if address == "" {
		c.good("HTTP_ADDR", "not set: health and metrics are off")
		return
	}
	listener, err := net.listener(ctx, address)
	if err == nil {
		_ = listener.Close()
		c.good("HTTP_ADDR", "%s is free", address)
		return
	}
	asking, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if _, lives := askHealth(asking, address, "/healthz"); remedy.Of(err) == remedy.AddressInUse && lives == nil {
		c.find("HTTP_ADDR", warns, "a bot answers at "+address, "if it isn't the one you're checking, choose another port")
		return
	}
	c.wrong("HTTP_ADDR", fails, err)
}
