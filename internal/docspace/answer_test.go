package docspace

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

func TestABareRefusalIsExplainedByTheSettings(t *testing.T) {
	const problem = "application/problem+json"
	active := sample(t, "settings-anonymous")
	inState := func(n string) string { return strings.Replace(active, `"tenantStatus": 0`, `"tenantStatus": `+n, 1) }
	for name, tt := range map[string]struct {
		status   int
		settings string // empty: the same refusal
		want     invitation.Reason
		detail   string
	}{
		"suspended":              {404, inState("1"), invitation.PortalUnpaid, "suspended"},
		"to be removed":          {404, "", invitation.PortalUnpaid, "removed"},
		"404 while in service":   {404, active, invitation.NotAvailable, "in service"},
		"being transferred":      {403, inState("3"), invitation.PortalUnpaid, "transferred"},
		"being encrypted":        {403, inState("6"), invitation.PortalUnpaid, "encrypted"},
		"scope missing":          {403, active, invitation.KeyBroken, "scope"},
		"settings forbidden too": {403, "", invitation.KeyBroken, "scope"},
	} {
		t.Run(name, func(t *testing.T) {
			c := answering(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/settings") && tt.settings != "" {
					if r.Header.Get("Authorization") != "" {
						t.Error("the settings are asked for with the key: one without the scope would be refused")
					}
					w.Header().Set("Content-Type", "application/json")
					_, _ = w.Write([]byte(tt.settings))
					return
				}
				w.Header().Set("Content-Type", problem)
				w.WriteHeader(tt.status)
				_ = json.NewEncoder(w).Encode(map[string]any{"status": tt.status, "traceId": "x"})
			})
			_, err := c.InviteLink(t.Context(), invitation.User)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.detail) {
				t.Errorf("error = %v, want %s telling %q", err, tt.want, tt.detail)
			}
		})
	}
}

func TestNoPortalOfThisName(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"status":404}`))
	})
	if _, err := c.Settings(t.Context()); !errors.Is(err, invitation.NotDocSpace) {
		t.Errorf("error = %v, want not_docspace: nobody called with credentials", err)
	}
}

func TestARedirectNamesTheHostAlone(t *testing.T) {
	for location, want := range map[string]string{
		"https://new.test/confirm?key=abc":         ": it redirects to new.test",
		"https://new.test:8443/confirm?key=abc":    ": it redirects to new.test:8443",
		"/confirm?key=abc":                         ": it redirects to another address",
		"https://user:key=abc@new.test/":           ": it redirects to new.test",
		"https://<!channel>key=abc/":               ": it redirects to another address",
		"https://" + strings.Repeat("key=abc", 99): ": it redirects to another address",
		"": ": it redirects to another address",
	} {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{location}
			w.WriteHeader(http.StatusMovedPermanently)
		})
		_, err := c.Self(t.Context())
		if !errors.Is(err, invitation.NotDocSpace) || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "key=abc") || remedy.Of(err) != remedy.PortalElsewhere {
			t.Errorf("Location %q: %v, want %q", location, err, want)
		}
	}
}

// TestAPageIsDescribed: the operator hears what answered, and no more of it than may be shown.
func TestAPageIsDescribed(t *testing.T) {
	for status, want := range map[int]struct {
		reason  invitation.Reason
		trouble remedy.Trouble
	}{
		200: {invitation.NotDocSpace, remedy.NotDocSpace}, 302: {invitation.NotDocSpace, remedy.PortalElsewhere},
		401: {invitation.NotDocSpace, remedy.PortalMiddlebox}, 403: {invitation.NotDocSpace, remedy.PortalMiddlebox},
		404: {invitation.NotDocSpace, remedy.PortalMiddlebox}, 407: {invitation.NotDocSpace, remedy.ProxyPassword},
		413: {invitation.NotDocSpace, remedy.PortalMiddlebox}, 502: {invitation.PortalDown, remedy.PortalFailing},
	} {
		calls := 0
		c := answering(t, func(w http.ResponseWriter, r *http.Request) {
			calls++
			w.Header().Set("Server", "nginx/1.24.0")
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<title>No " + r.Header.Get("Authorization") + " at " + r.URL.String() + "</title>"))
		})
		err := c.CongratulateMember(t.Context(), someMember)
		failed, ok := errors.AsType[*Error](err)
		if !ok || failed.Reason != want.reason || remedy.Of(err) != want.trouble || !failed.unsure() ||
			!strings.Contains(err.Error(), `text/html, nginx, "No Bearer … at …"`) {
			t.Errorf("%d: %v (%s), want %s and %s", status, err, remedy.Of(err), want.reason, want.trouble)
		}
		if calls != 1 {
			t.Errorf("%d: the portal was called %d times: no refusal of the key's, and no reason to ask it why", status, calls)
		}
	}
}

// TestABareRefusalThatIsNoPortals: nginx sends a 407 without a page.
func TestABareRefusalThatIsNoPortals(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "nginx")
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	if _, err := c.Self(t.Context()); remedy.Of(err) != remedy.ProxyPassword || !strings.Contains(err.Error(), "answered: nginx") {
		t.Errorf("error = %v (%s)", err, remedy.Of(err))
	}
}

func TestRetryAfterIsHeededWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for header, want := range map[string]time.Duration{
			"0": time.Second, "90": 90 * time.Second, "86400": 24 * time.Hour,
			"99999999999": 24 * time.Hour, "18446744073709551615": 24 * time.Hour,
			time.Now().Add(5 * time.Minute).UTC().Format(http.TimeFormat):  5 * time.Minute,
			time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):       time.Second,
			time.Now().Add(9999 * time.Hour).UTC().Format(http.TimeFormat): 24 * time.Hour,
		} {
			if got := (&Client{}).wait(call{method: http.MethodPost}, http.Header{"Retry-After": {header}}); got != want {
				t.Errorf("Retry-After %q is %v, want %v", header, got, want)
			}
		}
		for _, header := range []string{"", "soon", "-5", "1.5", "184467440737095516160"} {
			if got := (&Client{}).wait(call{method: http.MethodPost}, http.Header{"Retry-After": {header}}); got < 3*time.Second || got > busyFirst {
				t.Errorf("Retry-After %q is %v, want as if there were none", header, got)
			}
		}
	})
}

func TestAnAnswerEndsTheGrowingWait(t *testing.T) {
	busy := true
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		if busy {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(sample(t, "invite-link")))
	})
	ask := func() time.Duration {
		_, err := c.InviteLink(t.Context(), invitation.User)
		failed, _ := errors.AsType[*Error](err)
		if failed == nil {
			return 0
		}
		return failed.Wait
	}
	for range 5 {
		ask()
	}
	busy = false
	ask()
	busy = true
	if wait := ask(); wait > busyFirst {
		t.Errorf("after an answer the wait is %v, want at most %v again", wait, busyFirst)
	}
}

func TestMessagesAreScrubbed(t *testing.T) {
	c := &Client{key: logging.NewSecret("session-token")}
	for message, want := range map[string]string{
		"Access denied": "Access denied",
		"The user\nann@x.org\tcould not be found":            "The user … could not be found",
		"see https://acme.test/s/Xk7pWmRZ4tJ9_cB now":        "see … now",
		"bad /confirm/LinkInvite?key=1.abc":                  "bad …",
		"token session-token, expired":                       "token [hidden], expired",
		"key sk-0011 is off":                                 "key … is off",
		"hash " + strings.Repeat("a1", 30) + " is not known": "hash … is not known",
	} {
		if got := c.scrub(message); got != want {
			t.Errorf("scrub(%q) = %q, want %q", message, got, want)
		}
	}
	if got := []rune(c.scrub(strings.Repeat("längst ", 99))); len(got) > detailMax+1 {
		t.Errorf("a long message keeps %d runes", len(got))
	}
}

func TestOnlyWebAddressesAreLinks(t *testing.T) {
	for link, good := range map[string]bool{
		"https://acme.docspace.example/s/Xk7pWmRZ4tJ9_cB":                         true,
		"https://acme.test/confirm/LinkInvite?type=LinkInvite&key=1.a&emplType=4": true,
		"http://portal.internal:8080/s/abc":                                       true,
		"https://bit.ly/abc":                                                      true,
		"":                                                                        false,
		"/s/abc":                                                                  false,
		"//acme.test/s/abc":                                                       false,
		"https:///s/abc":                                                          false,
		"https:acme.test":                                                         false,
		"ftp://acme.test/s":                                                       false,
		"javascript://acme.test/%0aalert(1)":                                      false,
		"data:text/html,x":                                                        false,
		"https://user@acme.test/":                                                 false,
		"https://acme.test/a b":                                                   false,
		"https://acme.test/\n":                                                    false,
		"https://acme.test/\u202e":                                                false,
		"https://acme.test/|<!channel>":                                           false,
		"https://acme.test/" + strings.Repeat("a", linkMax-len("https://acme.test/")): true,
		"https://acme.test/" + strings.Repeat("a", linkMax):                           false,
	} {
		if isLink(link) != good {
			t.Errorf("isLink(%q) = %v", link, !good)
		}
	}
}

func TestWhatIsNeverAsked(t *testing.T) {
	c := answering(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the portal was asked for %s", r.URL.Path) })
	for _, role := range []invitation.Role{"", "All", "guest", "../settings"} {
		if _, err := c.InviteLink(t.Context(), role); !errors.Is(err, invitation.Unexpected) {
			t.Errorf("a link for %q: %v", role, err)
		}
	}
	for _, id := range []invitation.MemberID{"", "..", "invite/User", "@self", "7e2a4f90-1c3d-4b8e-a5f6-0d9c8b7a6e51/x"} {
		if _, err := c.Member(t.Context(), id); !errors.Is(err, invitation.UnknownMember) {
			t.Errorf("the member %q: %v", id, err)
		}
	}
	if members, err := c.FindAccounts(t.Context(), []string{"", " ", ";", "a", "a\x00@x.org", strings.Repeat("a", addressMax) + "@x.org"}); err != nil || members != nil {
		t.Errorf("Find = %v, %v", members, err)
	}
}

func TestMissingAnswersAreNoSuccess(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(sample(t, "ok-empty")))
	})
	const id = "7e2a4f90-1c3d-4b8e-a5f6-0d9c8b7a6e51"
	for name, tt := range map[string]struct {
		call func() error
		want invitation.Reason
	}{
		"Settings":           {func() error { _, err := c.Settings(t.Context()); return err }, invitation.NotDocSpace},
		"InvitationSettings": {func() error { _, _, err := c.InvitationSettings(t.Context()); return err }, invitation.NotDocSpace},
		"Self":               {func() error { _, err := c.Self(t.Context()); return err }, invitation.NotDocSpace},
		"KeyInfo":            {func() error { _, err := c.KeyInfo(t.Context()); return err }, invitation.NotDocSpace},
		"Newcomers":          {func() error { _, err := c.Newcomers(t.Context(), time.Now()); return err }, invitation.NotDocSpace},
		"FindAccounts":       {func() error { _, err := c.FindAccounts(t.Context(), []string{"a@x.org"}); return err }, invitation.NotDocSpace},
		"InviteLink":         {func() error { _, err := c.InviteLink(t.Context(), invitation.User); return err }, invitation.NoLink},
		"Member":             {func() error { _, err := c.Member(t.Context(), id); return err }, invitation.UnknownMember},
	} {
		if err := tt.call(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if err := c.CongratulateMember(t.Context(), id); err != nil {
		t.Errorf("CongratulateMember: %v; its success is empty", err)
	}
}

func FuzzAnswer(f *testing.F) {
	for _, name := range []string{"invite-link", "invite-link-refused", "error-402-quota", "error-400-validation", "problem-402-unpaid", "people-filter-page"} {
		f.Add(200, "application/json", "", sample(f, name))
		f.Add(403, "application/problem+json", "7", sample(f, name))
	}
	f.Add(302, "text/html", "", "<h1>moved</h1>")
	f.Fuzz(func(t *testing.T, status int, media, after, body string) {
		c := &Client{key: logging.NewSecret(testKey)}
		resp := httptest.NewRecorder().Result()
		resp.StatusCode = status
		resp.Header.Set("Content-Type", media)
		resp.Header.Set("Retry-After", after)
		resp.Header.Set("Location", body)
		env, err := c.read(call{method: http.MethodGet, path: "settings"}, resp, []byte(body))
		if err == nil {
			if status != http.StatusOK || env.StatusCode == 0 {
				t.Errorf("a success out of %d %q", status, body)
			}
			return
		}
		failed, ok := errors.AsType[*Error](err)
		if !ok || failed.Reason == "" || failed.Wait < 0 || failed.Wait > waitMax {
			t.Errorf("%#v is no proper error", err)
		}
		if strings.ContainsAny(failed.Detail, "\r\n") {
			t.Errorf("line breaks in %q", failed.Detail)
		}
	})
}

func FuzzLink(f *testing.F) {
	f.Add("https://acme.docspace.example/s/Xk7pWmRZ4tJ9_cB")
	f.Add("javascript:alert(1)")
	f.Fuzz(func(t *testing.T, link string) {
		if !isLink(link) {
			return
		}
		if !strings.HasPrefix(strings.ToLower(link), "http") || len(link) > linkMax ||
			strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' || r == '|' }) {
			t.Errorf("%q counts as a link", link)
		}
	})
}
