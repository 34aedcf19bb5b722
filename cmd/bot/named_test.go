package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// What names a Slack server and a portal, and how people act there: docs/interop.md explains each.
var (
	slackNames  = []string{"TEST_SLACK_API_URL", "TEST_SLACK_BOT_TOKEN", "TEST_SLACK_APP_TOKEN", "TEST_SLACK_CHANNEL", "TEST_SLACK_EMAIL", "TEST_SLACK_TYPE"}
	portalNames = []string{"TEST_DOCSPACE_URL", "TEST_DOCSPACE_API_KEY", "TEST_DOCSPACE_MAIL"}
)

// TestStoryAtNamedServers tells one invitation from the command to the confirmation in its thread, at the
// Slack server and the portal that variables name. A side that none names is the simulator.
func TestStoryAtNamedServers(t *testing.T) {
	given := environ(os.Environ())
	slackGiven, portalGiven := areGiven(t, given, slackNames), areGiven(t, given, portalNames)
	switch {
	case !slackGiven && !portalGiven:
		t.Skip("to run this against a Slack server or a portal, set the TEST_SLACK_ or the TEST_DOCSPACE_ variables that docs/interop.md lists")
	case !slackGiven:
		maps.Copy(given, simulatedSlack(t))
	case !portalGiven:
		maps.Copy(given, simulatedPortal(t))
	}
	p := &process{t: t, log: &logBook{}, state: filepath.Join(t.TempDir(), "state.db")}
	p.env = []string{
		"BE_THE_BOT=1", "LOG_FORMAT=json", "LOG_LEVEL=debug", "LANGUAGE=en", "POLL_INTERVAL=1s", "STATE=" + p.state,
		"SLACK_API_URL=" + given["TEST_SLACK_API_URL"], "SLACK_BOT_TOKEN=" + given["TEST_SLACK_BOT_TOKEN"], "SLACK_APP_TOKEN=" + given["TEST_SLACK_APP_TOKEN"],
		"DOCSPACE_URL=" + given["TEST_DOCSPACE_URL"], "DOCSPACE_API_KEY=" + given["TEST_DOCSPACE_API_KEY"],
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	n := &namedServers{process: p, given: given, http: &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Query().Has("key") { // the page to join by
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	reads := environ(p.environment())
	reads["SLACK_BOT_TOKEN"] = cmp.Or(given["TEST_SLACK_READ_TOKEN"], given["TEST_SLACK_BOT_TOKEN"])
	s, err := readSettings(reads)
	if err != nil {
		t.Fatal(err)
	}
	n.reader = slackClient(s, slackapi.HTTPClient(transport), nil)
	p.launch()
	p.await("a connection to Slack", func() bool { return p.log.count("connected to slack") > 0 })

	email, mark := given["TEST_SLACK_EMAIL"], strings.ToLower(rand.Text()[:8])
	n.asPerson("TEST_SLACK_TYPE", "LINE=/docspace-invite user "+email+" \"story "+mark+"\"")
	card := n.message("the card", mark, func(ctx context.Context) ([]slack.Message, error) { return n.history(ctx, given["TEST_SLACK_CHANNEL"]) })
	n.signUp(joinLink(t, card), "Stella", "Story", email)
	n.message("the confirmation in the thread", "Stella Story", func(ctx context.Context) ([]slack.Message, error) {
		replies, _, _, err := n.reader.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: given["TEST_SLACK_CHANNEL"], Timestamp: card.Timestamp})
		return slices.DeleteFunc(replies, func(m slack.Message) bool { return m.Timestamp == card.Timestamp }), err
	})
	n.message("the welcome in a direct message", email, func(ctx context.Context) ([]slack.Message, error) {
		user, err := n.reader.GetUserByEmailContext(ctx, email)
		if err != nil {
			return nil, err
		}
		direct, _, _, err := n.reader.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user.ID}})
		if err != nil {
			return nil, err
		}
		said, err := n.history(ctx, direct.ID)
		return slices.DeleteFunc(said, func(m slack.Message) bool { return m.Timestamp < card.Timestamp }), err
	})
}

// areGiven reports whether variables name the server. To name it in part is a mistake.
func areGiven(t *testing.T, given map[string]string, names []string) bool {
	t.Helper()
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return given[name] != "" })
	if len(missing) > 0 && len(missing) < len(names) {
		t.Fatalf("set %s too, as docs/interop.md says", strings.Join(missing, ", "))
	}
	return len(missing) == 0
}

// namedServers are the servers that the variables name, with a bot between them.
type namedServers struct {
	*process
	given  map[string]string
	reader *slackapi.Client
	http   *http.Client
}

// asPerson runs the command that the variable holds, and returns what it printed.
func (n *namedServers) asPerson(variable string, more ...string) string {
	n.t.Helper()
	command := exec.CommandContext(n.t.Context(), "sh", "-c", n.given[variable])
	command.Env = slices.Concat(os.Environ(), []string{"CHANNEL=" + n.given["TEST_SLACK_CHANNEL"], "EMAIL=" + n.given["TEST_SLACK_EMAIL"]}, more)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		n.t.Fatalf("%s: %v\n%s%s\n%s", variable, err, out, stderr.String(), n.log)
	}
	return string(out)
}

func (n *namedServers) history(ctx context.Context, channel string) ([]slack.Message, error) {
	page, err := n.reader.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel, Limit: 20})
	if err != nil {
		return nil, err
	}
	return page.Messages, nil
}

// message waits for a message that holds the text. It asks less and less often, as a server may limit it.
func (n *namedServers) message(what, text string, read func(context.Context) ([]slack.Message, error)) slack.Message {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), time.Minute)
	defer cancel()
	var said []slack.Message
	var err error
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 3*time.Second) {
		said, err = read(ctx)
		for _, m := range said {
			if whole, _ := json.Marshal(m); strings.Contains(string(whole), text) {
				return m
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			n.t.Fatalf("a minute passed without %s: the last look had %d messages, %v\n%s", what, len(said), err, n.log)
		}
	}
}

// joinLink returns the address behind the card's Join button.
func joinLink(t *testing.T, card slack.Message) string {
	t.Helper()
	for _, block := range card.Blocks.BlockSet {
		row, _ := block.(*slack.ActionBlock)
		for i := 0; row != nil && i < len(row.Elements.ElementSet); i++ {
			if button, ok := row.Elements.ElementSet[i].(*slack.ButtonBlockElement); ok && button.ActionID == "join" {
				return button.URL
			}
		}
	}
	t.Fatalf("the card has no Join button: %+v", card.Blocks)
	return ""
}

// letterLink is what the portal's confirmation email asks to be opened.
var letterLink = regexp.MustCompile(`https?://[^\s"'<>]*EmailActivation[^\s"'<>]*`)

// signUp registers a person by the link and confirms their address, by the calls of the portal's own pages
// (docs/facts/docspace.md, "What the pages send").
func (n *namedServers) signUp(link, first, last, email string) {
	n.t.Helper()
	invitation := n.longLink(link)
	n.asPage(invitation, http.MethodPost, "people", map[string]any{
		"firstName": first, "lastName": last, "email": email, "password": "Story-" + rand.Text()[:20],
		"cultureName": "en-US", "fromInviteLink": true, "key": invitation.Query().Get("key"),
	})
	mail := n.asPerson("TEST_DOCSPACE_MAIL")
	letter, err := url.Parse(html.UnescapeString(letterLink.FindString(mail)))
	if err != nil || letter.RawQuery == "" {
		n.t.Fatalf("TEST_DOCSPACE_MAIL must print the confirmation email, whose link has EmailActivation in it; it printed:\n%s", mail)
	}
	n.asPage(letter, http.MethodPut, "people/activationstatus/Activated", map[string]any{"userIds": []string{letter.Query().Get("uid")}})
}

// longLink follows a link to the portal's page, and returns the page's address.
func (n *namedServers) longLink(link string) *url.URL {
	n.t.Helper()
	resp, err := n.http.Get(link)
	if err != nil {
		n.t.Fatal(err)
	}
	_ = resp.Body.Close()
	page := resp.Request.URL
	if next, err := resp.Location(); err == nil {
		page = next
	}
	if !page.Query().Has("key") {
		n.t.Fatalf("the link leads to %s, which is no page to join by", page.Path)
	}
	return page
}

// asPage makes a call of the API that the page at the address makes.
func (n *namedServers) asPage(page *url.URL, method, path string, body any) {
	n.t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		n.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(n.t.Context(), method, strings.TrimSuffix(n.given["TEST_DOCSPACE_URL"], "/")+"/api/2.0/"+path, bytes.NewReader(sent))
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("confirm", page.RawQuery)
	resp, err := n.http.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if answer, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		n.t.Fatalf("the portal answers %s %s with %d: %s", method, path, resp.StatusCode, answer)
	}
}

// simulatedSlack returns the variables that name a workspace and how Ann types there. It takes tokens from the
// header alone.
func simulatedSlack(t *testing.T) map[string]string {
	t.Helper()
	w := slacksim.New(slacksim.WithHeaderTokens())
	w.SetScopes(slices.Concat(slackapi.Scopes, slackapi.OptionalScopes)...)
	ann := w.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
	stella := w.AddUser(slacksim.User{Name: "stella", RealName: "Stella Story", Email: "stella@acme.test"})
	general := w.AddChannel(slacksim.Channel{Name: "general", Members: []string{ann, stella.ID, w.BotUser()}}).ID
	person := serveHere(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := w.Type(ann, r.FormValue("channel"), r.FormValue("line")).Wait(r.Context()); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
		}
	}))
	t.Cleanup(w.Close)
	return map[string]string{
		"TEST_SLACK_API_URL": serveHere(t, w) + "/api/", "TEST_SLACK_BOT_TOKEN": w.BotToken(), "TEST_SLACK_APP_TOKEN": w.AppToken(), "TEST_SLACK_CHANNEL": general,
		"TEST_SLACK_EMAIL": stella.Email, "TEST_SLACK_TYPE": postTo(person),
	}
}

// simulatedPortal returns the variables that name a portal and how mail is read there.
func simulatedPortal(t *testing.T) map[string]string {
	t.Helper()
	p := docspacesim.New()
	person := serveHere(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for _, mail := range p.Mails() {
			if mail.To == r.FormValue("email") {
				_, _ = fmt.Fprintln(rw, mail.Body, mail.Link)
			}
		}
	}))
	return map[string]string{"TEST_DOCSPACE_URL": serveHere(t, p), "TEST_DOCSPACE_API_KEY": p.APIKey(), "TEST_DOCSPACE_MAIL": postTo(person)}
}

// serveHere serves until the test ends.
func serveHere(t *testing.T, handler http.Handler) (address string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// postTo returns a shell command that does what curl would, so that the test needs no curl: see postEnvironment.
func postTo(address string) string { return "POST_TO=" + address + " '" + os.Args[0] + "'" }

// postEnvironment posts what a person is to do, and prints what comes back.
func postEnvironment(address string) {
	resp, err := http.PostForm(address, url.Values{"line": {os.Getenv("LINE")}, "channel": {os.Getenv("CHANNEL")}, "email": {os.Getenv("EMAIL")}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = io.Copy(os.Stdout, resp.Body)
	if resp.StatusCode != http.StatusOK {
		os.Exit(1)
	}
}

// tellStory runs TestStoryAtNamedServers in a process of its own, with the variables.
func tellStory(t *testing.T, variables map[string]string) {
	t.Helper()
	story := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStoryAtNamedServers$", "-test.v", "-test.timeout=3m")
	story.Env = slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "TEST_") })
	for name, value := range variables {
		story.Env = append(story.Env, name+"="+value)
	}
	out, err := story.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestStoryAtNamedServers") {
		t.Fatalf("the story ended with %v:\n%s", err, out)
	}
}

// TestStoryAtSimulatorsNamedByVariables names both simulators by the variables, and each alone.
func TestStoryAtSimulatorsNamedByVariables(t *testing.T) {
	for _, named := range []string{"Slack and portal", "Slack", "portal"} {
		t.Run(named, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{}
			if strings.Contains(named, "Slack") {
				maps.Copy(variables, simulatedSlack(t))
			}
			if strings.Contains(named, "portal") {
				maps.Copy(variables, simulatedPortal(t))
			}
			tellStory(t, variables)
		})
	}
}

// TestInteropListsVariablesAndVersions compares docs/interop.md with what it speaks of.
func TestInteropListsVariablesAndVersions(t *testing.T) {
	page := repo(t, "docs/interop.md")
	for _, name := range slices.Concat(slackNames, portalNames) {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("it does not say what %s is", name)
		}
	}
	for name, where := range map[string][2]string{
		"slack-go":    {"go.mod", `slack-go/slack v([\d.]+)`},
		"Bolt":        {"test/bolt/package.json", `"@slack/bolt": "([\d.]+)"`},
		"socket-mode": {"test/bolt/package-lock.json", `node_modules/@slack/socket-mode": \{\s*"version": "([\d.]+)"`},
		"web-api":     {"test/bolt/package-lock.json", `node_modules/@slack/web-api": \{\s*"version": "([\d.]+)"`},
		"kustomize":   {".ci/run", `kustomize/v5@v([\d.]+)`},
		"kubeconform": {".ci/run", `kubeconform@v([\d.]+)`},
		"GoReleaser":  {".ci/run", `goreleaser/v2@v([\d.]+)`},
	} {
		found := regexp.MustCompile(where[1]).FindStringSubmatch(repo(t, where[0]))
		if found == nil || !strings.Contains(page, name+" "+found[1]) {
			t.Errorf("%s is not that of %s: %q", name, where[0], found)
		}
	}
}
