package slackbot

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestCopiesAreKnownWithinBounds: what the journal recognizes is not remembered here, and the rest
// neither for ever nor in any number.
func TestCopiesAreKnownWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c copies
		known := func(id string) bool { _, first := c.take(id); return !first }
		a, _ := c.take("accepted")
		if !known("accepted") {
			t.Error("a copy of an envelope at work is not recognized")
		}
		c.done(a, false)
		if len(c.known) != 0 {
			t.Error("an accepted command is remembered")
		}
		for i := range copiesMax + 1 {
			a, _ := c.take(fmt.Sprint(i))
			c.done(a, true)
		}
		if len(c.known) != copiesMax || known("0") || !known("1") {
			t.Errorf("%d envelopes are known", len(c.known))
		}
		time.Sleep(copiesFor + 1)
		a, _ = c.take("later")
		c.done(a, true)
		if known("1") || !known("later") {
			t.Error("what was handled 15 minutes ago is remembered, or what was handled now is not")
		}
	})
}
