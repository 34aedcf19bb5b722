package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/docspace-invite-bot/bot/internal/observe"
)

// buildVersion and buildCommit are set by the linker when a release is built; a build
// from a checkout finds the commit in what the Go command stamped.
var buildVersion, buildCommit string

// build tells which program this is.
func build() observe.Build {
	version, commit := buildVersion, buildCommit
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "(devel)" {
			version = cmp.Or(version, info.Main.Version)
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = cmp.Or(commit, setting.Value)
			}
		}
	}
	return observe.Build{Version: cmp.Or(version, "dev"), Commit: cmp.Or(commit, "unknown"), Go: runtime.Version()}
}

// version tells version, commit and Go version in one line.
func version() string {
	b := build()
	return fmt.Sprintf("docspace-invite-bot %s, commit %s, %s", b.Version, b.Commit, b.Go)
}
