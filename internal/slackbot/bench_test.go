package slackbot

import (
	"encoding/json"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

func BenchmarkParseCommand(b *testing.B) {
	for name, text := range map[string]string{
		"note":       `guest "for the archive room"`,
		"200 people": manyPeople(200),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parseCommand(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRenderCard renders cards and encodes their blocks, as they are sent.
func BenchmarkRenderCard(b *testing.B) {
	for name, people := range map[string]int{"nobody": 0, "200 people": 200} {
		b.Run(name, func(b *testing.B) {
			inv := sample
			for range people {
				inv.Invitees = append(inv.Invitees, turned(bob, invitation.Registered, invitation.Unconfirmed, invitation.User, "Bob Baker"))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(english.renderCard(inv).Blocks); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
