package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// secretsOf returns everything in a workspace and a portal by which someone could get in: tokens and
// key, every link ever handed out, every response_url, every ticket of a connection.
func secretsOf(slack *slacksim.Workspace, portal *docspacesim.Portal) []string {
	return slices.Concat([]string{slack.BotToken(), slack.AppToken(), portal.APIKey()}, portal.LinkSecrets(), slack.Secrets())
}

// addressesOf returns every email address, and every Slack user's name, in a workspace and a portal.
func addressesOf(slack *slacksim.Workspace, portal *docspacesim.Portal) (all []string) {
	for _, user := range slack.Users() {
		all = append(all, user.Email)
		if strings.Contains(user.RealName, " ") { // "docspace" is the app's
			all = append(all, user.RealName)
		}
	}
	for _, person := range portal.People() {
		all = append(all, person.Email)
	}
	for _, letter := range portal.Mails() {
		all = append(all, letter.To)
	}
	return all
}

// leaks complains of everything that is in a text and must not be, however it is written: as it is, for
// a query, in any case. Of thousands it looks for every n-th.
func leaks(t testing.TB, where, text string, lists ...[]string) {
	t.Helper()
	text = strings.ToLower(text)
	for _, list := range lists {
		list = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(list))), func(s string) bool { return len(s) < 5 })
		for i := 0; i < len(list); i += 1 + len(list)/300 {
			for _, form := range []string{list[i], url.QueryEscape(list[i]), url.PathEscape(list[i])} {
				if at := strings.Index(text, strings.ToLower(form)); at >= 0 {
					t.Errorf("%s tells %s:\n…%s…", where, list[i], text[max(0, at-200):min(len(text), at+len(form)+50)])
					break
				}
			}
		}
	}
}

// nothingLeaked ends every story: at debug, its log tells no secret, not even before the redactor has
// seen it, and behind that no email address.
func (w *world) nothingLeaked() {
	w.t.Helper()
	secrets := secretsOf(w.slack, w.portal)
	for _, name := range secretNames {
		secrets = append(secrets, w.env[name])
	}
	leaks(w.t, "the log", w.log.text(), secrets, addressesOf(w.slack, w.portal))
	leaks(w.t, "what is logged, before the redactor,", w.raw.text(), secrets)
}

// TestLeaksAreFound: a search that finds nothing proves nothing, unless it would find something.
func TestLeaksAreFound(t *testing.T) {
	for _, text := range []string{"x sk-1234567 y", "to BOB@acme.test.", "email=bob%40acme.test", "/commands/T1/2"} {
		found := &complaints{TB: t}
		leaks(found, "it", text, []string{"sk-1234567", "/commands/T1/2"}, []string{"bob@acme.test"})
		if found.n != 1 {
			t.Errorf("%d leaks were found in %q", found.n, text)
		}
	}
}

// complaints counts errors that are expected.
type complaints struct {
	testing.TB
	n int
}

func (c *complaints) Errorf(string, ...any) { c.n++ }

// TestNothingLeaksAtDebugWhenEverythingFails takes one world through all that people do, and then through all that
// fails, with portals and Slacks that say back what they were asked; nothingLeaked looks at the end.
func TestNothingLeaksAtDebugWhenEverythingFails(t *testing.T) {
	bubble(t, func(w *world) {
		admins := w.slack.AddChannel(slacksim.Channel{Name: "approvals", Private: true, Members: []string{w.ann, w.zoe, w.slack.BotUser()}}).ID
		w.env["APPROVAL_CHANNEL"], w.env["STATE"], w.env["POLL_INTERVAL"] = admins, stateFile(t), "5s"
		w.start()
		card := w.allThatPeopleDo(admins)
		w.allThatPortalsDo(card)
		w.allThatSlackDoes()
		w.slack.Disconnect(-1, "link_disabled")
		err := <-w.ended
		w.ended <- nil
		leaks(t, "the error", fmt.Sprint(err), secretsOf(w.slack, w.portal), addressesOf(w.slack, w.portal))

		if n := w.log.count(`"email:`); n < 5 {
			t.Errorf("%d lines have the mark of an address; the story tells of people by theirs", n)
		}
		messages := map[string]bool{}
		for _, found := range regexp.MustCompile(`"msg":"([^"]*)"`).FindAllStringSubmatch(w.log.text(), -1) {
			messages[found[1]] = true
		}
		if len(messages) < 40 {
			t.Errorf("the story leads to %d kinds of lines only: %v", len(messages), messages)
		}
	})
}

// allThatPeopleDo returns the last card, of which someone is still awaited.
func (w *world) allThatPeopleDo(admins string) slacksim.Message {
	w.t.Helper()
	w.types(w.ann, w.general, `/docspace-invite user @bob new@home.test "for new@home.test"`)
	card := w.card(w.general, 1)
	for _, line := range []string{
		"/docspace-invite bob@acme.test@ nonsense", "/docspace-invite help", "/docspace-invite status", "/docspace-invite gast x@y.test",
		"/docspace-invite admin dan@other.test", "/docspace-invite roomadmin eve@other.test",
	} {
		w.types(w.ann, w.general, line)
	}
	w.types(w.gus, w.general, "/docspace-invite fay@other.test")
	w.request(admins)
	for i, verdict := range []string{"approve", "deny"} {
		w.await("requests", func() bool { return len(w.slack.Messages(admins)) > i })
		w.decides(w.zoe, verdict, w.slack.Messages(admins)[i])
	}
	w.pressesJoin(w.carol, card)
	w.pressesJoin(w.gus, card)
	w.joins(card, "Bob", "Baker", "bob@acme.test")
	w.joins(card, "Bobby", "B", "bobby@home.test")
	w.activates("bob@acme.test")
	w.activates("bobby@home.test")
	w.presses(w.ann, w.asked(w.ann), "who_nobody")
	for _, action := range []string{"remind", "extend", "close"} {
		w.chooses(w.bob, card, action)
		w.chooses(w.ann, card, action)
	}
	w.opensHome(w.ann, "Your open invitations")
	w.types(w.ann, w.general, "/docspace-invite form")
	w.submits(w.ann, w.general, formValues("User", []string{w.bob}, "gina@other.test, nobody@", "x"))
	_ = w.slack.Submit(w.ann, w.dialog(w.ann).ID, formValues("User", []string{w.bob}, "gina@other.test", "x")).Wait(w.ctx)
	w.thread(card, 1)
	if err := w.portal.Disable("bob@acme.test"); err != nil {
		w.t.Fatal(err)
	}
	w.passes(time.Hour)
	before := len(w.cards(w.general))
	w.types(w.ann, w.general, "/docspace-invite user early@home.test")
	w.types(w.ann, w.general, "/docspace-invite user late@home.test")
	last := w.card(w.general, before+2)
	w.chooses(w.ann, w.cards(w.general)[before], "ask")
	w.submits(w.ann, "", nil)
	return last
}

// allThatPortalsDo has the portal fail in all its ways, and say back whatever it was told.
func (w *world) allThatPortalsDo(card slacksim.Message) {
	w.t.Helper()
	link, key := linkOf(w.t, card), w.portal.APIKey()
	echo := fmt.Sprintf("no %s, bob@acme.test or late%%40home.test with %s and Bearer %s, %s/confirm?x=1", link, key, key, link)
	for i, fault := range []docspacesim.Fault{
		{Status: 403, Body: fmt.Sprintf(`{"error":{"message":%q},"status":1,"statusCode":403}`, echo)},
		{Status: 500, Body: fmt.Sprintf(`{"error":{"message":%q,"stack":%q},"status":1,"statusCode":500}`, echo, echo)},
		{Status: 400, Body: fmt.Sprintf(`{"response":{"title":%q},"status":1,"statusCode":400}`, echo)},
		{Status: 403, Body: echo},
		{Status: 401},
		{Status: 402, Body: `{"status":402}`},
		{Status: 404, Body: `{"status":404,"title":"late@home.test"}`},
		{HTML: true, Body: "<p>" + echo},
		{HTML: true, Status: 403, Body: "<title>" + echo + "</title>"},
		{Status: 200, Body: `{"response":` + fmt.Sprintf("%q", echo) + `,"status":0,"statusCode":200}`},
		{Redirect: link + "?key=" + key + "&email=bob@acme.test"},
		{Redirect: "http://bob%40acme.test:" + key + "@x.test/"},
		{RetryAfter: 5 * time.Second},
		{Status: 429},
		{Reset: true},
		{Truncate: true},
		{Huge: true},
		{Delay: time.Minute},
	} {
		clear := w.portal.Fault(fault)
		w.passes(6 * time.Minute)
		w.types(w.ann, w.general, fmt.Sprintf("/docspace-invite user p%d@home.test", i))
		w.passes(2 * time.Minute)
		clear()
	}
	w.portal.DisableKey()
	w.passes(6 * time.Minute)
	w.portal.RenewKey()
	w.portal.Down(true)
	w.passes(6 * time.Minute)
	w.portal.Down(false)
}

// allThatSlackDoes has Slack fail in all its ways, and send what cannot be read.
func (w *world) allThatSlackDoes() {
	w.t.Helper()
	methods := []string{"chat.postMessage", "chat.update", "users.info", "users.lookupByEmail", "conversations.info", "views.open", "views.publish", "response_url", "chat.postEphemeral"}
	for _, method := range methods {
		for _, fault := range []slacksim.Fault{
			{Status: 429, RetryAfter: time.Second},
			{Status: 500, HTML: true},
			{Error: "token_revoked"},
			{Error: "channel_not_found"},
			{Reset: true},
			{ResetAfter: true},
			{HTML: true},
			{Status: 404},
			{Status: 302},
		} {
			fault.Method = method
			clear := w.slack.Fault(fault)
			_ = w.slack.Type(w.ann, w.general, "/docspace-invite user dan@home.test").Wait(w.ctx)
			_ = w.slack.Type(w.ann, w.general, "/docspace-invite form").Wait(w.ctx)
			_ = w.slack.OpenHome(w.ann).Wait(w.ctx)
			w.passes(10 * time.Second)
			clear()
		}
	}
	hook := "https://hooks.slack.test/commands/T1/2/hunter22"
	for i, payload := range []string{
		`{"user_id":7,"text":"bob@acme.test","response_url":"` + hook + `"}`, `"bob@acme.test"`, `{"type":["bob@acme.test"]}`, `{"type":"block_actions","actions":[{"action_id":{}}]}`, `null`,
	} {
		for j, kind := range []string{"slash_commands", "interactive", "events_api", "bob@acme.test"} {
			w.slack.SendRaw(fmt.Appendf(nil, `{"envelope_id":"raw-%d-%d","type":%q,"payload":%s,"accepts_response_payload":true}`, i, j, kind, payload))
		}
	}
	w.slack.SendRaw([]byte("bob@acme.test " + hook))
	w.slack.SendRaw([]byte(`{"type":"bob@acme.test"}`))
	w.passes(time.Minute)
	for _, code := range []string{"internal_error", "ratelimited", "unheard_of bob@acme.test " + w.slack.AppToken()} {
		w.slack.RefuseOpen(code)
		w.slack.Drop(-1)
		w.passes(2 * time.Minute)
	}
	w.slack.RefuseOpen("")
	w.slack.MaxConnections(0)
	w.passes(2 * time.Minute)
	w.slack.MaxConnections(10)
	w.await("a connection", func() bool { return w.slack.Connections() == 2 })
	w.slack.Silence(1)
	w.slack.Disconnect(1, "warning")
	w.passes(2 * time.Minute)
}

// TestMetricsAndHealthNameNoOne: neither metrics nor health name a person, a link or a secret, after
// invitations that went well and ones that did not.
func TestMetricsAndHealthNameNoOne(t *testing.T) {
	p := newProcess(t)
	p.start()
	address := p.ops()
	p.types("/docspace-invite user bob@acme.test")
	card := p.cards(1)[0]
	if _, err := p.portal.Join(linkOf(t, card), "Bob", "Baker", "bob@acme.test"); err != nil {
		t.Fatal(err)
	}
	if err := p.portal.Activate("bob@acme.test"); err != nil {
		t.Fatal(err)
	}
	p.await("the confirmation", func() bool { return len(p.slack.Thread(p.general, card.TS)) > 0 })
	clear := p.portal.Fault(docspacesim.Fault{Status: 500, Body: `{"error":{"message":"bob@acme.test"},"status":1,"statusCode":500}`})
	p.types("/docspace-invite user carol@acme.test")
	p.await("a failure", func() bool { return p.log.count("portal_down") > 0 })
	clear()
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		_, text := page(t, address+path)
		leaks(t, path, text, secretsOf(p.slack, p.portal), addressesOf(p.slack, p.portal), []string{"carol@acme.test", p.ann, p.general, "Ann Archer", "Bob Baker"})
	}
}

// TestAMisplacedSecretIsNotPrinted: who pastes a token into the wrong variable is told so without it.
func TestAMisplacedSecretIsNotPrinted(t *testing.T) {
	var out strings.Builder
	code := bot(t.Context(), []string{"run"}, map[string]string{
		"CHANNELS": "xoxb-1-2-hunter22", "ADMINS": "sk-hunter22hunter22", "APPROVAL_CHANNEL": "xapp-1-hunter22", "HTTP_ADDR": "https://acme.test/s/hunter22",
		"LINKS": "https://acme.test/s/hunter22", "STATE": "postgres://bot:hunter22@db.test/bot", "SLACK_BOT_TOKEN": "xapp-hunter22", "DOCSPACE_URL": "https://u:hunter22@x.test",
	}, io.Discard, &out)
	if code != exitUsage || strings.Contains(out.String(), "hunter22") || !strings.Contains(out.String(), "CHANNELS") {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
}

// TestAddressesInTheLog: with LOG_PII they are shown, and links are not.
func TestAddressesInTheLog(t *testing.T) {
	for show, want := range map[bool]string{false: "email:", true: "bob@acme.test"} {
		book := &logBook{}
		s := settings{LogFormat: "json", LogPII: show}
		log := newLog(book, s)
		log.Info("x", "err", errors.New("no bob@acme.test at https://acme.test/s/hunter22"))
		if book.count(want) != 1 || book.count("hunter22") != 0 || book.count("bob@acme.test") == 1 != show {
			t.Errorf("LOG_PII=%v: %s", show, book)
		}
	}
}
