package slackbot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

func TestWelcomeTemplates(t *testing.T) {
	v := turned(bob, invitation.Confirmed, invitation.Enabled, invitation.Guest, "Bob <!channel> *Baker*")
	for name, tt := range map[string]struct {
		text  string
		wrong string // part of the error
		says  string
	}{
		"default":         {english.Welcome(), "", "<@U0ANN> invited you"},
		"of one's own":    {"Hi {{.Mention}}, {{.Inviter}} let you in as {{.Role}}: {{.Link}}", "", "Hi <@U0BOB>, <@U0ANN> let you in as Guest: <https://acme.test|"},
		"with conditions": {`{{if ne .Role .Asked}}You asked for {{.Asked}}.{{else}}All well.{{end}}`, "", "You asked for User."},
		"names escaped":   {"Hi {{.Name}}", "", "&lt;"},
		"no such field":   {"{{.Surname}}", "Surname", ""},
		"not closed":      {"{{.Name", "without", ""},
		"no such func":    {"{{shout .Name}}", "shout", ""},
		"empty":           {"  {{/* nothing */}}\n", "says nothing", ""},
		"half empty":      {"{{.Note}}", "says nothing", ""},
		"endless":         {strings.Repeat("long ", 3000), "longer", ""},
		"fails at times":  {`{{if .Note}}{{index .Note 1000}}{{end}}x`, "filled in", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := ParseWelcome(tt.text)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("ParseWelcome = %v, want an error that says %q", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			msg, err := english.renderWelcome(w, sample, v, "https://acme.test")
			if err != nil || !strings.Contains(msg.Text, tt.says) || strings.Contains(msg.Text, "<!channel>") {
				t.Errorf("it says %q, %v; want %q in it, and no mention of a channel", msg.Text, err, tt.says)
			}
		})
	}
}

// TestLongWelcomeKeepsSlacksLimits: paragraphs are sections, however long they are.
func TestLongWelcomeKeepsSlacksLimits(t *testing.T) {
	w, err := ParseWelcome(strings.Repeat("para\n\n", 200) + strings.Repeat("é", 6000))
	if err != nil {
		t.Fatal(err)
	}
	msg, err := english.renderWelcome(w, sample, bob, "https://acme.test")
	if err != nil || len(msg.Blocks) > 50 {
		t.Fatalf("%d blocks, %v; want fifty at most", len(msg.Blocks), err)
	}
	for _, block := range msg.Blocks[:len(msg.Blocks)-1] { // the last one is the button
		if text := block.(*slack.SectionBlock).Text.Text; text == "" || utf8.RuneCountInString(text) > 3000 {
			t.Errorf("a section has %d characters", utf8.RuneCountInString(text))
		}
	}
}

// TestTemplatesWithMarkupOfTheirOwn still show the address as one code span, or as it is where a
// template has put it into code or a link.
func TestTemplatesWithMarkupOfTheirOwn(t *testing.T) {
	v := turned(bob, invitation.Confirmed, invitation.Enabled, invitation.Guest, "Bob `Baker")
	v.Member.Email = "bob_@acme.test"
	for template, want := range map[string]string{
		"Sign in with {{.Email}}.":                       "Sign in with `bob_@acme.test`.",
		"Sign in with `{{.Email}}`.":                     "Sign in with `bob_@acme.test`.",
		"Sign in with *{{.Email}}*.":                     "Sign in with *`bob_@acme.test`*.",
		"{{.Name}}: `login {{.Email}}`, then {{.Email}}": "Bob \u2060`Baker: `login bob_@acme.test`, then `bob_@acme.test`",
		"```{{.Email}}``` {{.Email}}":                    "```bob_@acme.test``` `bob_@acme.test`",
		"<mailto:{{.Email}}|{{.Email}}> {{.Email}}":      "<mailto:bob_@acme.test|bob_@acme.test> `bob_@acme.test`",
	} {
		w, err := ParseWelcome(template)
		if err != nil {
			t.Fatal(err)
		}
		if msg, err := english.renderWelcome(w, sample, v, "https://acme.test"); err != nil || msg.Text != want {
			t.Errorf("%s gives %q, %v; want %q", template, msg.Text, err, want)
		}
	}
}

// TestAddressesStayWholeInLongWelcomes: a paragraph is split between words.
func TestAddressesStayWholeInLongWelcomes(t *testing.T) {
	w, err := ParseWelcome(strings.Repeat("x", sectionBudget-100) + " {{.Email}}")
	if err != nil {
		t.Fatal(err)
	}
	v := bob
	v.Email = longAddress("b")
	msg, err := english.renderWelcome(w, sample, v, "https://acme.test")
	if err != nil || len(msg.Blocks) != 3 || !strings.Contains(textsOf(msg)[1], v.Email) {
		t.Errorf("the address is in none of %q, %v", textsOf(msg), err)
	}
}
