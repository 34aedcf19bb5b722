// Package slackbot is Slack's side of the bot. It owns the Socket Mode connections and
// the envelopes that come over them (socket.go; bot.go for commands, interaction.go for clicks, dialog.go),
// what people may ask (grammar.go, policy.go), every message that people read (render.go, voice.go and the files
// around them; the words are the catalogue's), and the calls of Slack's Web API (messenger.go, directory.go, api.go;
// transport.go puts the tokens in). What of it can be measured is counted in metrics.go, and what an operator can fix is told by trouble.go.
//
// It translates between Slack and the tracker and keeps nothing that must outlive the
// process. It must not know the portal: what it says of DocSpace it reads off the
// tracker's invitations.
//
// # Why the connections are our own
//
// The payloads, the envelope types and every Web API call are slack-go's. Its managed
// Socket Mode client is not used: it does not tell why Slack disconnects, drops a
// connection on a mere warning of its end, redials without a pause, goes deaf when its
// event channel is full, and never acknowledges what it cannot parse (docs/facts/slack.md,
// "Surprises", 2 and 4 to 7). The contract promises the opposite of each.
// docs/adr/0002-own-socket-loop.md has the details.
package slackbot
