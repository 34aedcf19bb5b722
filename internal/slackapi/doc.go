// Package slackapi calls Slack's Web API. It owns how tokens get to Slack (transport.go), what an answer
// means (failure.go, trouble.go), the pauses that Slack asks for (client.go), and what is remembered for a
// moment of users, channels and groups (directory.go). The payloads and methods are slack-go's.
//
// It must not know what the bot says, nor to whom: it translates Slack's errors into the tracker's
// reasons, and decides nothing.
package slackapi
