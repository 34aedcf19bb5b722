package slackbot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// TestInvisibleCharactersAreDroppedFromNames: and marks on a letter are as many as a script
// puts there; names in the world's scripts, and emoji, stay as they are.
func TestInvisibleCharactersAreDroppedFromNames(t *testing.T) {
	zalgo := "Z" + strings.Repeat("\u0335\u0341\u035f", 40) + "oe"
	for given, want := range map[string]string{
		"\u3164":                   "",
		"\u3164Ann\u3164":          "Ann",
		"\u115f\u1160\uffa0\u2800": "",
		"A\u034fnn\u180b":          "Ann",
		"Ann\u2800\u2800":          "Ann",
		zalgo:                      "Z\u0335\u0341\u035f\u0335oe",
		"Nguyễn Thị Ánh":           "Nguyễn Thị Ánh",
		"Nguye\u0302\u0303n":       "Nguye\u0302\u0303n",
		"สมชาย ผู้ใหญ่":            "สมชาย ผู้ใหญ่",
		"प्रज्ञा":                  "प्रज्ञा",
		"שָׁלוֹם":                  "שָׁלוֹם",
		"김민준":                      "김민준",
		"👩\u200d💻 ❤\ufe0f":         "👩\u200d💻 ❤\ufe0f",
	} {
		if got := name(given); got != want {
			t.Errorf("%+q is shown as %+q, want %+q", given, got, want)
		}
	}
	long := "a" + strings.Repeat("\u0301", 5000)
	if n := utf8.RuneCountInString(name(long)); n > 1+marksMax {
		t.Errorf("%d runes of a stack", n)
	}
}

// TestInvisibleNameIsReplaced: they are called by what else there is.
func TestInvisibleNameIsReplaced(t *testing.T) {
	in := english
	member := invitation.Member{Name: "\u3164", Email: "bob@acme.test"}
	if got := in.public(invitation.Invitee{Person: invitation.Person{ChatUser: "U1"}, Member: member}); got != mention("U1") {
		t.Errorf("a Slack user is shown as %q", got)
	}
	if got := in.public(invitation.Invitee{Person: invitation.Person{Email: "bob@acme.test"}, Member: member}); got != in.shortened("bob@acme.test") {
		t.Errorf("somebody is shown as %q", got)
	}
	if got := joinerName(member); got != "`bob@acme.test`" {
		t.Errorf("the inviter is asked about %q", got)
	}
}
