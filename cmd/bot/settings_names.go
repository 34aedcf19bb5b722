package main

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/spelling"
)

// notice is something about a setting that doesn't keep the bot from running and may surprise.
type notice struct{ variable, detail, remedy string }

// ours are the names of all settings, and of the files that hold some.
func ours() []string {
	var all []string
	for field := range reflect.TypeFor[settings]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("env"), ","); name != "" {
			all = append(all, name)
		}
	}
	for _, name := range append(slices.Clone(secretNames), "STATE") {
		all = append(all, name+"_FILE")
	}
	return all
}

// misspelt finds variables that look like a setting that isn't set, and aren't one.
func misspelt(environment map[string]string) (found []notice) {
	known := ours()
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		if environment[name] == "" || slices.Contains(known, name) {
			continue
		}
		for _, meant := range known {
			if environment[meant] == "" && looksLike(name, meant) {
				found = append(found, notice{name, "no setting has this name: it has no effect", "did you mean " + meant + "? Rename it"})
				break
			}
		}
	}
	return found
}

// looksLike reports whether a name is another one misspelt: in case or underscores, or, of a long one, in
// two letters. Short names are close to those of other programs, such as LINES to LINKS.
func looksLike(name, meant string) bool {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "_", "") }
	name, meant = plain(name), plain(meant)
	return name == meant || len(meant) > 8 && spelling.Distance(name, meant) <= 2
}

// checkProxies complains of proxies in the environment that package net/http would leave out without a
// word. The value is not shown: it may hold a password.
func checkProxies(environment map[string]string) (wrong []error) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		value := environment[name]
		if value == "" {
			continue
		}
		proxy, err := url.Parse(value)
		if err != nil || proxy.Scheme == "" || proxy.Host == "" {
			proxy, err = url.Parse("http://" + value)
		}
		if err != nil || proxy.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, proxy.Scheme) {
			wrong = append(wrong, fmt.Errorf("%s is not the address of a proxy: it must look like http://proxy:3128 and "+
				"may have user:password@ before the host, with special characters percent-encoded", name))
		}
	}
	return wrong
}

// readEnvFile reads lines NAME=value, as Docker Compose's env_file and systemd's EnvironmentFile have them:
// with # before comments, and quotes around values or not.
func readEnvFile(path string) (map[string]string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return nil, unreadable(err)
	}
	variables := map[string]string{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t\"'") {
			return nil, fmt.Errorf("%s, line %d: it must look like NAME=value", path, n)
		}
		value = strings.TrimSpace(value)
		if quote := value[:min(1, len(value))]; len(value) > 1 && (quote == `"` || quote == "'") && strings.HasSuffix(value, quote) {
			value = value[1 : len(value)-1]
		}
		variables[name] = value
	}
	return variables, nil
}
