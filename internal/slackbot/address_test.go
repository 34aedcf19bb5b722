package slackbot

import (
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

func TestAddressIsShownAsCode(t *testing.T) {
	longest := longAddress("x")
	for s, want := range map[string]string{
		"bob_@acme.test":          "`bob_@acme.test`",
		"ann__marie@acme.test":    "`ann__marie@acme.test`",
		"*a*.~b~@acme.test":       "`*a*.~b~@acme.test`",
		"q&a@acme.test":           "`q&amp;a@acme.test`",
		"o'brien+x@acme.test":     "`o'brien+x@acme.test`",
		longest:                   "`" + longest + "`",
		"jörg@acme.test":          "`jörg@acme.test`",
		"":                        "",
		"someone":                 "someone",
		"a`b@acme.test":           "a\u2060`b@acme.test",
		"a\nb@acme.test":          "a b@acme.test",
		"a\u202eb@acme.test":      "ab@acme.test",
		"<!channel>@acme.test":    "&lt;!channel&gt;@\u2060acme.test",
		"a@b@acme.test":           "a@b@acme.test",
		"https://evil.test/@test": "https:\u2060//evil.test/@\u2060test",
	} {
		if got := address(s); got != want {
			t.Errorf("address(%q) = %q, want %q", s, got, want)
		}
	}
	if got := address("x" + longest); !strings.HasSuffix(got, "…") {
		t.Errorf("what is too long for an address is shown as %q", got)
	}
}

// exact are the messages that give a reader an address to act on: to sign up or sign in with, to open a
// mailbox, or to tell one person from another.
func exact(in voice, email string) map[string]message {
	person := bob
	person.Email = email
	byMailAlone := invitation.Invitee{ID: "mail-1", Person: invitation.Person{Email: email}, State: invitation.Awaited}
	registered := turned(person, invitation.Registered, invitation.Unconfirmed, invitation.User, "Bob Baker")
	invited := invitedByMail(person)
	undated := turned(person, invitation.Awaited, invitation.Invited, "", "")
	other := turned(bob, invitation.Confirmed, invitation.Enabled, invitation.User, "Bob Baker")
	other.Member.Email = email
	s := stranger(true)
	s.Member.Email = email
	nameless := s
	nameless.Member.Name = ""
	request := func(person invitation.Person) message {
		return in.renderRequest(asked(func(inv *invitation.Invitation) { inv.Approval.People = []invitation.Person{person} }))
	}
	return map[string]message{
		"claimed":             in.renderClaimed(sample, person),
		"claimed, registered": in.renderClaimed(sample, registered),
		"claimed, invited":    in.renderClaimed(sample, invited),
		"claimed, undated":    in.renderClaimed(sample, undated),
		"link":                in.renderLink(sample, person),
		"link, invited":       in.renderLink(sample, invited),
		"delivery":            in.renderDelivery(sample, person),
		"delivery, invited":   in.renderDelivery(sample, invited),
		"reminder":            in.renderReminder(sample, person),
		"reminder, opened":    in.renderReminder(sample, opened(person)),
		"reminder, invited":   in.renderReminder(sample, invited),
		"reminder, last":      in.renderReminder(sample, reminded(registered)),
		"welcome":             greeting(in, sample, other),
		"request":             request(person.Person),
		"request, no user":    request(byMailAlone.Person),
		"who":                 in.renderWho(sample, s, nil, portalURL),
		"who, nameless":       in.renderWho(sample, nameless, nil, portalURL),
		"attributed":          in.renderAttributed(met(s), s.Member.ID, bob),
		"attributed to":       in.renderAttributed(met(stranger(true)), s.Member.ID, byMailAlone),
		"disowned":            in.renderDisowned(met(s), s.Member.ID, portalURL),
	}
}

// TestAddressesAreShownExactly: what Slack shows can be typed at the portal as it is.
func TestAddressesAreShownExactly(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 4))
	addresses := []string{"bob_@acme.test", "ann__marie@acme.test", longAddress("&")}
	for range 30 {
		addresses = append(addresses, randomAddress(random))
	}
	for tag, in := range everyVoice() {
		t.Run(tag, func(t *testing.T) {
			for _, email := range addresses {
				for name, m := range exact(in, email) {
					if !strings.Contains(copied(m.Text), email) {
						t.Errorf("%s: the text does not tell %q: %q", name, email, m.Text)
					}
					if !slices.ContainsFunc(textsOf(m), func(text string) bool { return strings.Contains(copied(text), email) }) {
						t.Errorf("%s: no block tells %q", name, email)
					}
					checkHarmless(t, m, "U0ANN", "U0BOB")
				}
			}
		})
	}
}

// TestSlackTakesLongAddresses in every message.
func TestSlackTakesLongAddresses(t *testing.T) {
	workspace := slacksim.New()
	t.Cleanup(workspace.Close)
	server := httptest.NewServer(workspace)
	t.Cleanup(server.Close)
	workspace.AddUser(slacksim.User{ID: "U0ANN", Name: "ann"})
	place := workspace.AddChannel(slacksim.Channel{Name: "general", Members: []string{workspace.BotUser()}}).ID
	api := slack.New(workspace.BotToken(), slack.OptionAPIURL(server.URL+"/api/"))
	email := longAddress("&")
	long := bob
	long.Email = email
	for tag, in := range everyVoice() {
		all := exact(in, email)
		all["options"] = in.renderWho(sample, stranger(true), []tracker.Candidate{{Invitation: sample.ID, Invitee: long}}, portalURL)
		for name, m := range all {
			if _, _, err := api.PostMessage(place, m.options()...); err != nil {
				t.Errorf("Slack does not take %s in %s: %v", name, tag, err)
			}
		}
	}
}

// TestOptionsShowTheAddress before the name, where there is no room for both.
func TestOptionsShowTheAddress(t *testing.T) {
	v := bob
	v.Email = strings.Repeat("b", 55) + "_@acme.test"
	v.Name = "Bartholomew Baker"
	option := candidateOptions([]tracker.Candidate{{Invitation: "x", Invitee: v}})[0]
	if option.Text.Text != v.Email || option.Description.Text != v.Name {
		t.Errorf("the option shows %q and %q", option.Text.Text, option.Description.Text)
	}
}

// TestFullRequestCountsTheOthers: twenty long addresses do not fit into one section.
func TestFullRequestCountsTheOthers(t *testing.T) {
	long := longAddress("x")
	m := english.renderRequest(asked(func(inv *invitation.Invitation) {
		inv.Approval.People = slices.Repeat([]invitation.Person{{Email: long}}, 20)
	}))
	if shown := strings.Count(m.Text, long); shown != 10 || !strings.Contains(m.Text, "and 10 more") {
		t.Errorf("of twenty people it names %d: %s", shown, m.Text)
	}
	checkLimits(t, m)
}

// longAddress is as long as addresses come.
func longAddress(letter string) string {
	return strings.Repeat(letter, 64) + "@" + strings.Repeat("a-b.", 46) + "ab.cd"
}

// copied is what a person who reads a text in Slack would type.
func copied(text string) string {
	return strings.NewReplacer("`", "", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// textsOf returns the texts of the sections.
func textsOf(m message) (texts []string) {
	for _, block := range m.Blocks {
		if s, ok := block.(*slack.SectionBlock); ok {
			texts = append(texts, s.Text.Text)
		}
	}
	return texts
}

// randomAddress is an address as a portal takes it: any character that needs no quotes, except the
// backtick.
func randomAddress(random *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	const others = "!#$%&'*+-/=?^_{|}~"
	atom := func(from string, n int) string {
		s := make([]byte, n)
		for i := range s {
			s[i] = from[random.IntN(len(from))]
		}
		return string(s)
	}
	local := atom(letters+others+others, 1+random.IntN(30))
	if random.IntN(2) == 0 {
		local += "." + atom(letters+others, 1+random.IntN(30))
	}
	host := atom(letters, 1)
	for range random.IntN(7) {
		host += atom(letters+"-", random.IntN(20)) + atom(letters, 1) + "." + atom(letters, 1)
	}
	return local + "@" + host + ".test"
}
