package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// buildVersion and buildCommit are set by the linker when a release is built; a build
// from a checkout finds the commit in what the Go command stamped.
var buildVersion, buildCommit string

// version tells version, commit and Go version in one line.
func version() string {
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
	return fmt.Sprintf("docspace-invite-bot %s, commit %s, %s", cmp.Or(version, "dev"), cmp.Or(commit, "unknown"), runtime.Version())
}
