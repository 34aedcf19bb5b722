// Package slackbot is the conversation with people in Slack: what arrived (bot.go for commands,
// interaction.go for clicks, dialog.go, home.go), what was meant (grammar.go), whether they may
// (policy.go), and what is said (messenger.go, render.go, voice.go and the files around them; the words
// are the catalogue's).
//
// It translates between Slack and the tracker and keeps nothing that must outlive the
// process. It must not know the portal: what it says about DocSpace comes from the tracker's
// invitations, and what rooms there are from [Rooms]. Nor does it know connections and tokens:
// envelopes come from internal/socketmode, and calls go through internal/slackapi.
package slackbot
