// Command bot invites people to an ONLYOFFICE DocSpace portal from Slack.
//
// This package owns the command line, the settings and the wiring of the parts; what the
// bot does stands in internal/tracker, internal/slackbot and internal/docspace.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	invitebot "github.com/docspace-invite-bot/bot"
)

// Exit codes of the program.
const (
	exitDone   = 0
	exitFailed = 1 // it failed while running
	exitUsage  = 2 // the command line or the configuration is wrong
)

const usage = `bot invites people to an ONLYOFFICE DocSpace portal from Slack.

Usage:

  bot [run]              run until SIGINT or SIGTERM
  bot demo [--servers]   the whole product on this machine, with a page to play it;
                         --servers: only the two servers and the page
  bot check [--json]     try every setting against Slack and the portal
  bot healthcheck        ask the running bot at HTTP_ADDR whether it's alive or, with
           [--ready]     --ready, whether it can do its work: exit code 0 or 1
  bot state export       write everything in STATE to standard output, one JSON entry per line
  bot state import       read such an export from standard input into an empty STATE
  bot manifest           print the Slack app manifest
  bot version, bot -v    print version, commit and Go version
  bot help               print this, as does --help after any command

  --env-file PATH        after any command: also read settings from a file with lines NAME=value,
                         which count before the environment

Settings are environment variables; docs/settings.md lists them. Start with: bot demo
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := bot(ctx, os.Args[1:], environ(os.Environ()), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// bot runs one command and returns the program's exit code.
func bot(ctx context.Context, args []string, env map[string]string, stdout, stderr io.Writer) int {
	args, env, err := withEnvFile(args, env)
	if err != nil {
		return misused(stderr, "%v", err)
	}
	command := "run"
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	switch {
	case slices.ContainsFunc(args, isHelp):
		command, args = "help", nil
	case slices.Equal(args, []string{"-v"}), slices.Equal(args, []string{"--version"}):
		command, args = "version", nil
	}
	if command == "state" {
		return stateCommand(ctx, args, env, os.Stdin, stdout, stderr)
	}
	takes := map[string][]string{"demo": {"--servers"}, "check": {"--json"}, "healthcheck": {"--ready"}}[command]
	for _, arg := range args {
		if len(takes) == 0 || arg != takes[0] || len(args) > 1 {
			return misused(stderr, "bot %s does not take %q", command, arg)
		}
	}
	switch command {
	case "run":
		return runCommand(ctx, env, stderr)
	case "demo":
		return demoCommand(ctx, env, len(args) > 0, stdout, stderr)
	case "check":
		return checkCommand(ctx, env, len(args) > 0, stdout, stderr)
	case "healthcheck":
		return healthcheckCommand(ctx, env, len(args) > 0, stdout, stderr)
	case "manifest":
		_, _ = io.WriteString(stdout, invitebot.Manifest)
		return exitDone
	case "version", "--version", "-v":
		_, _ = fmt.Fprintln(stdout, version())
		return exitDone
	case "help", "-h", "-help", "--help":
		_, _ = io.WriteString(stdout, usage)
		return exitDone
	}
	return misused(stderr, "bot has no command %q", command)
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// withEnvFile takes --env-file out of the arguments, and what the file says into the environment: of the
// program, too, where Go's libraries look for proxies and the like.
func withEnvFile(args []string, env map[string]string) ([]string, map[string]string, error) {
	at := slices.IndexFunc(args, func(arg string) bool { return arg == "--env-file" || strings.HasPrefix(arg, "--env-file=") })
	if at < 0 {
		return args, env, nil
	}
	_, path, joined := strings.Cut(args[at], "=")
	rest := slices.Clone(args[:at])
	switch {
	case joined:
		rest = append(rest, args[at+1:]...)
	case at+1 == len(args):
		return nil, nil, errors.New("--env-file takes the path of a file")
	default:
		path = args[at+1]
		rest = append(rest, args[at+2:]...)
	}
	file, err := readEnvFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("--env-file: %w", err)
	}
	env = maps.Clone(env)
	if env == nil {
		env = map[string]string{}
	}
	for name, value := range file {
		env[name] = value
		if err := os.Setenv(name, value); err != nil {
			return nil, nil, fmt.Errorf("--env-file: %w", err)
		}
	}
	return rest, env, nil
}

func misused(stderr io.Writer, format string, args ...any) int {
	_, _ = fmt.Fprintf(stderr, format+"\n\n%s", append(args, usage)...)
	return exitUsage
}

// environ turns os.Environ's list into a map.
func environ(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, pair := range list {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}
