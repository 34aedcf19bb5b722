package docspace

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

const someMember = "7e2a4f90-1c3d-4b8e-a5f6-0d9c8b7a6e51"

func TestRepeatsOnlyWhatIsHarmless(t *testing.T) {
	link := func(c *Client) error { _, err := c.InviteLink(context.Background(), invitation.User); return err }
	welcome := func(c *Client) error { return c.CongratulateMember(context.Background(), someMember) }
	for name, tt := range map[string]struct {
		fault docspacesim.Fault
		call  func(*Client) error
		want  invitation.Reason // empty: it went well
		calls int
	}{
		"restarting for a moment": {docspacesim.Fault{Status: 503, HTML: true, Times: 1}, link, "", 2},
		"gateway timeout once":    {docspacesim.Fault{Status: 504, HTML: true, Times: 1}, link, "", 2},
		"cut once":                {docspacesim.Fault{Reset: true, Times: 1}, link, "", 2},
		"down for longer":         {docspacesim.Fault{Status: 502, HTML: true}, link, invitation.PortalDown, 2},
		"an error of its own":     {docspacesim.Fault{Status: 500}, link, invitation.PortalDown, 1},
		"too many requests":       {docspacesim.Fault{Status: 429}, link, invitation.PortalBusy, 1},
		"silent":                  {docspacesim.Fault{Delay: time.Hour}, link, invitation.PortalDown, 1},
		"a filter for a moment":   {docspacesim.Fault{Status: 403, HTML: true, Times: 1}, link, "", 2},
		"a filter for longer":     {docspacesim.Fault{Status: 403, HTML: true}, link, invitation.NotDocSpace, 2},
		"a welcome":               {docspacesim.Fault{Status: 503, HTML: true, Times: 1}, welcome, invitation.PortalDown, 1},
		"a welcome cut":           {docspacesim.Fault{Reset: true, Times: 1}, welcome, invitation.PortalDown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			watchedPortal(t, func(*docspacesim.Portal, *http.Request) func() { calls.Add(1); return nil },
				func(t *testing.T, p *docspacesim.Portal, c *Client) {
					p.Fault(tt.fault)
					start := time.Now()
					err := tt.call(c)
					if tt.want == "" && err != nil || tt.want != "" && !errors.Is(err, tt.want) {
						t.Errorf("error = %v, want %q", err, tt.want)
					}
					if calls.Load() != int32(tt.calls) {
						t.Errorf("the portal was called %d times, want %d", calls.Load(), tt.calls)
					}
					if took := time.Since(start); took > defaultTimeout {
						t.Errorf("it took %v, longer than the timeout", took)
					}
				})
		})
	}
}

// failing is a transport that never gets an answer.
type failing struct {
	with  error
	calls int
}

func (f *failing) RoundTrip(*http.Request) (*http.Response, error) {
	f.calls++
	return nil, f.with
}

func TestOfTransportsFailuresACutAloneIsRepeated(t *testing.T) {
	for name, tt := range map[string]struct {
		with  error
		calls int
		told  string
	}{
		"reset":        {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, 2, "cut"},
		"end of file":  {io.EOF, 2, "cut"},
		"refused":      {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 1, "refused"},
		"no such host": {&net.DNSError{Err: "no such host", Name: "acme.test", IsNotFound: true}, 1, "no such host"},
		"dial timeout": {&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, 1, "no answer"},
		"certificate":  {&tls.CertificateVerificationError{Err: errors.New("x509: unknown authority")}, 1, "not trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			transport := &failing{with: tt.with}
			c, err := New(Options{URL: "https://acme.test", Key: logging.NewSecret(testKey), Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Self(t.Context())
			if !errors.Is(err, invitation.PortalDown) || !strings.Contains(err.Error(), tt.told) || strings.Contains(err.Error(), "acme.test") {
				t.Errorf("error = %v, want portal_down telling %q", err, tt.told)
			}
			if transport.calls != tt.calls {
				t.Errorf("%d calls, want %d", transport.calls, tt.calls)
			}
		})
	}
}

func TestCallsWaitForEachOther(t *testing.T) {
	var under, most atomic.Int64
	watchedPortal(t, func(*docspacesim.Portal, *http.Request) func() {
		raise(&most, under.Add(1))
		return func() { under.Add(-1) }
	}, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		clear := p.Fault(docspacesim.Fault{Delay: time.Second})
		var calls sync.WaitGroup
		for range 30 {
			calls.Go(func() {
				if _, err := c.InviteLink(t.Context(), invitation.Guest); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if most.Load() != together {
			t.Errorf("%d calls at once, want %d", most.Load(), together)
		}
		clear()
		// Refusals that are explained by another call do not wait for their own slots.
		p.Suspended(true)
		start := time.Now()
		for range 30 {
			calls.Go(func() {
				if _, err := c.InviteLink(t.Context(), invitation.Guest); !errors.Is(err, invitation.PortalUnpaid) {
					t.Errorf("error = %v, want portal_unpaid", err)
				}
			})
		}
		calls.Wait()
		if took := time.Since(start); took > time.Second {
			t.Errorf("30 refusals took %v", took)
		}
	})
}

func TestWaitingForASlotEndsWithTheContext(t *testing.T) {
	portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
		p.Fault(docspacesim.Fault{Delay: 20 * time.Second})
		var calls sync.WaitGroup
		for range together {
			calls.Go(func() { _, _ = c.InviteLink(t.Context(), invitation.Guest) })
		}
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.InviteLink(ctx, invitation.Guest)
		if !errors.Is(err, invitation.PortalDown) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("error = %v after %v", err, time.Since(start))
		}
		calls.Wait()
	})
}

// Whatever happens, no error and no line of the log shows the key, a link, or who was
// asked about, though the portal itself may say them.
func TestNothingSecretIsShown(t *testing.T) {
	const link, address = "https://acme.test/s/Xk7pWmRZ4tJ9_cB", "ann.secret@x.org"
	echo := func(status int, key string) string {
		return fmt.Sprintf(`{"error":{"message":"no %[2]s %[3]s %[4]s %[5]s, Bearer %[2]s","type":"T","stack":"at %[2]s"},`+
			`"links":[{"href":%[3]q}],"status":1,"statusCode":%[1]d}`, status, key, link, address, someMember+someMember)
	}
	for name, fault := range map[string]func(key string) docspacesim.Fault{
		"none":     func(string) docspacesim.Fault { return docspacesim.Fault{Path: "nowhere"} },
		"page":     func(string) docspacesim.Fault { return docspacesim.Fault{HTML: true, Body: link + address} },
		"down":     func(string) docspacesim.Fault { return docspacesim.Fault{Status: 502, HTML: true} },
		"echo 400": func(k string) docspacesim.Fault { return docspacesim.Fault{Status: 400, Body: echo(400, k)} },
		"echo 402": func(k string) docspacesim.Fault { return docspacesim.Fault{Status: 402, Body: echo(402, k)} },
		"echo 403": func(k string) docspacesim.Fault { return docspacesim.Fault{Status: 403, Body: echo(403, k)} },
		"echo 404": func(k string) docspacesim.Fault { return docspacesim.Fault{Status: 404, Body: echo(404, k)} },
		"echo 500": func(k string) docspacesim.Fault { return docspacesim.Fault{Status: 500, Body: echo(500, k)} },
		"other json": func(k string) docspacesim.Fault {
			return docspacesim.Fault{Body: `{"response":{"id":["` + k + address + `"]},"statusCode":200}`}
		},
		"redirect":   func(k string) docspacesim.Fault { return docspacesim.Fault{Redirect: link + "?key=" + k} },
		"bad target": func(k string) docspacesim.Fault { return docspacesim.Fault{Redirect: "http://" + k + "%zz/" + address} },
		"cut":        func(string) docspacesim.Fault { return docspacesim.Fault{Reset: true} },
		"truncated":  func(string) docspacesim.Fault { return docspacesim.Fault{Truncate: true} },
		"huge":       func(string) docspacesim.Fault { return docspacesim.Fault{Huge: true} },
		"silent":     func(string) docspacesim.Fault { return docspacesim.Fault{Delay: time.Hour} },
		"busy":       func(string) docspacesim.Fault { return docspacesim.Fault{Status: 429} },
	} {
		t.Run(name, func(t *testing.T) {
			portal(t, func(t *testing.T, p *docspacesim.Portal, c *Client) {
				var log bytes.Buffer
				c.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				given, err := c.InviteLink(t.Context(), invitation.User)
				if err != nil {
					t.Fatal(err)
				}
				p.Fault(fault(p.APIKey()))
				_, e1 := c.InviteLink(t.Context(), invitation.User)
				_, e2 := c.Newcomers(t.Context(), time.Now())
				_, e3 := c.FindAccounts(t.Context(), []string{address, "odd;" + address})
				_, e4 := c.Member(t.Context(), someMember)
				e5 := c.CongratulateMember(t.Context(), someMember)
				_, e6 := c.Self(t.Context())
				_, e7 := c.KeyInfo(t.Context())
				_, e8 := c.Settings(t.Context())
				_, _, e9 := c.InvitationSettings(t.Context())
				all := []error{e1, e2, e3, e4, e5, e6, e7, e8, e9}
				all = append(all, second(c.Rooms(t.Context(), address)), second(c.Room(t.Context(), "7")), second(c.RoomRights(t.Context(), "7", address)),
					second(c.ShareRoom(t.Context(), "7", invitation.ReadRight, []invitation.MemberID{someMember})),
					c.InviteByEmail(t.Context(), []string{address}, invitation.User), c.InviteToRoom(t.Context(), "7", invitation.ReadRight, []string{address}),
					c.ResendInvitations(t.Context(), []invitation.MemberID{someMember}), c.RevokeLink(t.Context(), invitation.User))
				_, _, err = c.ManagedLink(t.Context(), invitation.User)
				shown := log.String()
				for _, err := range append(all, err) {
					for each := err; each != nil; each = errors.Unwrap(each) {
						shown += fmt.Sprintf("%v %+v %#v %q\n", each, each, each, each)
					}
				}
				for _, hidden := range []string{p.APIKey(), link, given, "/s/", address, url.QueryEscape(address), someMember, "127.0.0.1", "1.x"} {
					if strings.Contains(shown, hidden) {
						t.Errorf("%q shows in\n%s", hidden, shown)
					}
				}
				if !strings.Contains(shown, "GET portal/users/invite/User") {
					t.Errorf("nothing tells of the calls:\n%s", shown)
				}
			})
		})
	}
}

func TestSessionTokensAreHiddenToo(t *testing.T) {
	const token = "raw session token"
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":{"message":"bad raw session token"},"status":1,"statusCode":403}`))
	})
	c.key = logging.NewSecret(token)
	if _, err := c.Self(t.Context()); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("error = %v", err)
	}
}

func TestAPathBeforeTheAPI(t *testing.T) {
	var asked string
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		w.WriteHeader(http.StatusUnauthorized)
	})
	behind, err := New(Options{URL: strings.TrimSuffix(c.base.String(), "/api/2.0/") + "/portal/", Key: logging.NewSecret(testKey)})
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	if _, err := behind.Self(t.Context()); !errors.Is(err, invitation.KeyBroken) || asked != "/portal/api/2.0/people/@self" {
		t.Errorf("asked for %s, %v", asked, err)
	}
}
