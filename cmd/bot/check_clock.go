package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

const (
	// clockNoticeable is a difference that people may notice: anyone who joins the portal sooner than that
	// after being invited may pass for someone who was a member before.
	clockNoticeable = 10 * time.Second
	// clockHarmful is a difference with which people are missed: the first look at the portal after a
	// restart reaches back five minutes further than it should have to, and no more.
	clockHarmful = 5 * time.Minute
	// clockTimeout is how long an answer may take that is good for a comparison: when in that time the
	// server looked at its clock is not known.
	clockTimeout = 5 * time.Second
)

// clock compares this machine's clock with the one of the server at the address.
func (c *checkup) clock(ctx context.Context, check string, net network, address string, t remedy.Trouble) {
	ahead, measured := clockAhead(ctx, net.pool(), address)
	switch off := ahead.Abs(); {
	case !measured: // there was no answer, and that has been said
	case off >= clockHarmful:
		c.trouble(check, fails, t, inStep(ahead))
	case off >= clockNoticeable:
		c.trouble(check, warns, t, inStep(ahead))
	default:
		c.good(check, "in step with this machine's")
	}
}

// clockAhead returns how far this machine's clock is ahead of the server's, to about a second, by the
// header Date of an answer. One of a cache, which has an Age, bears the date of another time.
func clockAhead(ctx context.Context, transport http.RoundTripper, address string) (ahead time.Duration, measured bool) {
	client := http.Client{
		Transport: transport, Timeout: clockTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return 0, false
	}
	sent := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return 0, false
	}
	_ = resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || resp.Header.Get("Age") != "" {
		return 0, false
	}
	// The date has full seconds, cut off: what is left after the point is no difference.
	return sent.Add(time.Since(sent) / 2).Round(0).Sub(date).Truncate(time.Second), true
}

// inStep says how far this machine's clock is off.
func inStep(ahead time.Duration) string {
	if ahead < 0 {
		return fmt.Sprintf("this machine's is %v behind", -ahead)
	}
	return fmt.Sprintf("this machine's is %v ahead", ahead)
}
