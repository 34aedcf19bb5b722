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

// buildInfo says which program this is.
type buildInfo struct{ version, commit, goVersion string }

// build returns which program this is.
func build() buildInfo {
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
	return buildInfo{version: cmp.Or(version, "dev"), commit: cmp.Or(commit, "unknown"), goVersion: runtime.Version()}
}

// version tells version, commit and Go version in one line.
func version() string {
	b := build()
	return fmt.Sprintf("docspace-invite-bot %s, commit %s, %s", b.version, b.commit, b.goVersion)
}
