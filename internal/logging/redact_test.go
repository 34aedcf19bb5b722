package logging

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

func TestTextIsRedacted(t *testing.T) {
	known := NewSecret("a session token")
	r := NewRedactor(RedactorOptions{Key: []byte("k"), Secrets: []Secret{known}})
	bob := r.mark("bob@acme.test")
	for text, want := range map[string]string{
		"the portal did not answer":                                  "the portal did not answer",
		"chat.postMessage: not_in_channel":                           "chat.postMessage: not_in_channel",
		"2026-11-25T14:00:00Z took 1.5s, 3/4 of role=Guest":          "2026-11-25T14:00:00Z took 1.5s, 3/4 of role=Guest",
		"at 127.0.0.1:9090 and /var/lib/bot/state.db":                "at 127.0.0.1:9090 and /var/lib/bot/state.db",
		"see https://acme.test for more":                             "see https://acme.test for more",
		"bad xoxb-1-2-abcDEF, and xapp-1-A0-9-fe":                    "bad [hidden], and [hidden]",
		"xoxe.xoxp-1-abc":                                            "[hidden]",
		"key sk-0123456789abcdef was refused":                        "key [hidden] was refused",
		"Authorization: Bearer abcdefgh12345678":                     "Authorization: Bearer [hidden]",
		"Authorization: Basic dXNlcjpwYXNz":                          "Authorization: Basic [hidden]",
		"the token, xapp-…, from Basic Information > App-Level":      "the token, xapp-…, from Basic Information > App-Level",
		"it is eyJhbGciOiJI.eyJzdWIiOiIx.c2ln now":                   "it is [hidden] now",
		"is a session token good?":                                   "is [hidden] good?",
		`Get "https://acme.test/s/Xk7pWm": EOF`:                      `Get "https://acme.test/[hidden]": EOF`,
		"wss://wss.slack.test/link/?ticket=abc&app_id=A1 is shut":    "wss://wss.slack.test/[hidden] is shut",
		`https:\/\/hooks.slack.test\/commands\/T1\/2\/3`:             "https://hooks.slack.test/[hidden]",
		"next=https%3A%2F%2Facme.test%2Fs%2FXk7pWm":                  "next=https://acme.test/[hidden]",
		"path /confirm/LinkInvite?type=LinkInvite&key=1.A":           "path /[hidden]",
		"path /s/Xk7pWm was asked":                                   "path /[hidden] was asked",
		"body token=xyz&channel=C1":                                  "body token=[hidden]&channel=C1",
		"postgres://bot:pw@db.test/bot is down":                      "postgres://db.test/[hidden] is down",
		"account bob@acme.test is gone":                              "account " + bob + " is gone",
		"account Bob@Acme.test, or bob%40acme.test":                  "account " + bob + ", or " + bob,
		`"email":"bob\u0040acme.test"`:                               `"email":"` + bob + `"`,
		"bob@acme.test.":                                             bob + ".",
		"jürgen@müller.test":                                         r.mark("jürgen@müller.test"),
		"somebody@localhost":                                         r.mark("somebody@localhost"),
		"GET people/@self, keys/@self":                               "GET people/@self, keys/@self",
		"a/@acme.test":                                               r.mark("a/@acme.test"),
		"awaits mail-be209d4af575 and mail-clients":                  "awaits mail-" + r.keyed("log invitee mail-be209d4af575") + " and mail-clients",
		"/srv/bot?password=x y":                                      "/srv/bot?password=[hidden] y",
		"portal users: <mailto:bob@acme.test|bob@acme.test>, thanks": "portal users: <mailto:" + bob + "|" + bob + ">, thanks",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("Text(%q)\n     = %q\nwant   %q", text, got, want)
		}
	}
}

// TestAddressHasOneMarkPerInstallation: the same address has one mark in an installation and another in the next one,
// and with LOG_PII it is shown while links are not.
func TestAddressHasOneMarkPerInstallation(t *testing.T) {
	here, there := NewRedactor(RedactorOptions{Key: []byte("here")}), NewRedactor(RedactorOptions{Key: []byte("there")})
	if here.mark("bob@acme.test") != here.mark("BOB@acme.test") || here.mark("bob@acme.test") == here.mark("rob@acme.test") {
		t.Error("a mark does not stand for one address")
	}
	if here.mark("bob@acme.test") == there.mark("bob@acme.test") {
		t.Error("a mark does not depend on the key")
	}
	open := NewRedactor(RedactorOptions{ShowAddresses: true})
	if got := open.Text("bob@acme.test opened https://a.test/s/abc"); got != "bob@acme.test opened https://a.test/[hidden]" {
		t.Error(got)
	}
}

// leaks are secrets in all the places of a log line.
type leaks struct {
	Email  string
	Inside *leaks
}

func (l leaks) String() string { return "leaks of " + l.Email }

func TestHandlerRedactsEverything(t *testing.T) {
	const email, link, token = "bob@acme.test", "https://acme.test/s/Xk7pWm", "xoxb-1-2-abc"
	for name, format := range map[string]func(*bytes.Buffer) slog.Handler{
		"json": func(b *bytes.Buffer) slog.Handler {
			return slog.NewJSONHandler(b, &slog.HandlerOptions{AddSource: true})
		},
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log := slog.New(NewHandler(format(&out), NewRedactor(RedactorOptions{})))
			err := fmt.Errorf("post: %w", &url.Error{Op: "Get", URL: link, Err: errors.New("refused for " + email)})
			log.Info("hello "+email, "err", err)
			log.With("who", email, slog.Group("in", "link", link)).WithGroup("deep").Info("x", slog.Group("er", slog.Group("est", "token", token)))
			log.Info("x", "list", []string{"a", email}, "bytes", []byte(link), "any", leaks{Email: email}, "all", map[string]any{"k": []any{link}})
			log.Info("x", "inside", leaks{Inside: &leaks{Email: email}}, "raw", json.RawMessage(`"`+token+`"`))
			log.Info("x", "lazy", lazy{email}, "plain", []string{"a", "b"}, "n", 3, "key", NewSecret(token))
			log.Info("x", slog.Any("k "+token, 1))
			for _, leak := range []string{email, "Xk7pWm", token, "YWNtZS50ZXN0"} {
				if strings.Contains(out.String(), leak) {
					t.Errorf("%q is in\n%s", leak, out.String())
				}
			}
			if lines := strings.Count(out.String(), "\n"); lines != 6 {
				t.Errorf("%d lines:\n%s", lines, out.String())
			}
			if name == "json" && !strings.Contains(out.String(), `"plain":["a","b"],"n":3`) {
				t.Errorf("what is harmless does not stay what it is:\n%s", out.String())
			}
		})
	}
}

type lazy struct{ email string }

func (l lazy) LogValue() slog.Value { return slog.AnyValue(errors.New("for " + l.email)) }

// FuzzText: nothing that is planted between any two texts survives, and what is clean stays so.
func FuzzText(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""},
		{" ", " "},
		{`"`, `"`},
		{"mailto:", "|x>"},
		{"?email=", "&b=1"},
		{`{"a":"`, `"}`},
		{"%", "%20"},
		{"https://a.test/?u=", "#x"},
		{"a@", "@b"},
		{"://", "://"},
		{`\/\/`, `\/`},
		{"Ω", "é"},
		{"sk-", "xoxb-"},
		{"Bearer ", "\n"},
		{"eyJ", ".a.b"},
		{"authorization\":", "\"basic 12345678"},
		{"bearer", "\t12345678"},
		{"xoxe", ".12"},
		{"&#64;", "x"},
	} {
		f.Add(seed[0], seed[1])
	}
	r := NewRedactor(RedactorOptions{Key: []byte("k")})
	f.Fuzz(func(t *testing.T, before, after string) {
		if text := before + after; !suspicious(text) && r.clean(text) != text {
			t.Errorf("%q is not looked at, and is to be %q", text, r.clean(text))
		}
		for _, planted := range []string{"bob@acme.test", "xoxb-1-2-abcDEF", "https://acme.test/s/Xk7pWmRZ", "sk-0123456789abcdef"} {
			// A letter or a digit before it makes another word of it.
			got := r.Text(before + " " + planted + " " + after)
			if strings.Contains(before+after, planted) {
				continue
			}
			if strings.Contains(got, planted) {
				t.Errorf("%q is left in %q", planted, got)
			}
		}
	})
}

// BenchmarkLine logs a line as an accepted command does.
func BenchmarkLine(b *testing.B) {
	sink := io.Discard
	for name, handler := range map[string]slog.Handler{
		"bare":     slog.NewJSONHandler(sink, nil),
		"redacted": NewHandler(slog.NewJSONHandler(sink, nil), NewRedactor(RedactorOptions{Key: []byte("k"), Secrets: []Secret{NewSecret("xoxb-1"), NewSecret("sk-1")}})),
	} {
		b.Run(name, func(b *testing.B) {
			log := slog.New(handler)
			b.ReportAllocs()
			for b.Loop() {
				log.Info("invitation accepted", "invitation", "k3jq7x2m9abc", "role", "Guest", "inviter", "U0123456789", "channel", "C0123456789", "people", 2,
					"envelope", "dbdd0ef3-1543-4f94-bfb4-133d0e6c1545")
			}
		})
	}
}
