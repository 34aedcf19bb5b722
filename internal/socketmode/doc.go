// Package socketmode holds Slack's Socket Mode connections open and hands on what comes over them, each
// envelope once and with its acknowledgement. It must not know what an envelope asks for.
//
// # Why the connections are our own
//
// The payloads and the envelope types are slack-go's. We don't use its managed Socket Mode client. It
// doesn't say why Slack disconnects, drops a connection when Slack only warns of its end, redials without a
// pause, goes deaf when its event channel is full, and never acknowledges what it cannot parse
// (docs/facts/slack.md, "Surprises", 2 and 4 to 7). docs/adr/0002-own-socket-loop.md says what we promise instead.
package socketmode
