// Package invitebot holds what the repository's root has to give to the program: go:embed
// cannot reach up from cmd/bot.
package invitebot

import _ "embed"

// Manifest is the Slack app manifest, as YAML.
//
//go:embed manifest.yaml
var Manifest string
