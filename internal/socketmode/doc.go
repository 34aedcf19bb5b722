// Package socketmode holds Slack's Socket Mode connections open and hands on what comes over them, each
// envelope once and with its acknowledgement. It must not know what an envelope asks for.
//
// # Why the connections are our own
//
// The payloads and the envelope types are slack-go's. Its managed Socket Mode client is not used: it does
// not tell why Slack disconnects, drops a connection on a mere warning of its end, redials without a
// pause, goes deaf when its event channel is full, and never acknowledges what it cannot parse
// (docs/facts/slack.md, "Surprises", 2 and 4 to 7). The contract promises the opposite of each.
// docs/adr/0002-own-socket-loop.md has the details.
package socketmode
