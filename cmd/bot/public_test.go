package main

import (
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestPublicChannelNeedsNoInvitation of the bot: it posts, confirms and updates there as elsewhere.
func TestPublicChannelNeedsNoInvitation(t *testing.T) {
	story(t, func(w *world) {
		open := w.slack.AddChannel(slacksim.Channel{Name: "open", Members: []string{w.ann, w.bob}}).ID
		w.types(w.ann, open, "/docspace-invite user @bob")
		card := w.card(open, 1)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		contains(t, "the thread", w.thread(card, 1)[0], "@bob")
		w.passes(time.Minute)
		contains(t, "the card", w.card(open, 1).Plain(), "— joined")
	})
}

// TestPublicChannelOfAnOlderInstall: without chat:write.public an invitation of the bot helps.
func TestPublicChannelOfAnOlderInstall(t *testing.T) {
	story(t, func(w *world) {
		w.slack.SetScopes("commands", "chat:write", "users:read", "users:read.email", "usergroups:read", "channels:read", "groups:read", "im:read", "mpim:read")
		open := w.slack.AddChannel(slacksim.Channel{Name: "open", Members: []string{w.ann, w.bob}}).ID
		w.types(w.ann, open, "/docspace-invite user @bob")
		refused := w.refusal(w.ann, 1)
		contains(t, "the refusal", refused.Plain(), "I'm not in this channel yet", "/invite @docspace", "#open")
		w.slack.Invite(open, w.slack.BotUser())
		w.triesAgain(w.ann, refused)
		w.card(open, 1)
	})
}
