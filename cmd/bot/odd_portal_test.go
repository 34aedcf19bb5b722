package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
)

// TestAnAbsurdRetryAfterCostsMinutes: a portal that once asks for a year of rest delays confirmations by minutes.
func TestAnAbsurdRetryAfterCostsMinutes(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.passes(time.Minute)
		w.portal.Fault(docspacesim.Fault{Path: "people/filter", RetryAfter: 365 * 24 * time.Hour, Times: 1})
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		start := time.Now()
		w.thread(card, 1)
		if took := time.Since(start); took > 6*time.Minute {
			t.Errorf("Bob was confirmed after %v", took)
		}
	})
}

// TestPortalThatIgnoresSortingStillConfirms: the first page shows no newcomer, and the log warns once.
func TestPortalThatIgnoresSortingStillConfirms(t *testing.T) {
	story(t, func(w *world) {
		for i := range 150 {
			w.portal.AddPerson(docspacesim.Person{
				FirstName: fmt.Sprintf("Aaron %03d", i), LastName: "A", Email: fmt.Sprintf("aaron%d@acme.test", i),
				Registered: time.Now().Add(-time.Duration(i*37%100) * time.Hour),
			})
		}
		w.portal.IgnoreSort(true)
		w.types(w.ann, w.general, "/docspace-invite @bob @carol")
		card := w.card(w.general, 1)
		w.passes(10 * time.Minute)
		for n, person := range []string{"bob", "carol"} {
			w.joins(card, "Zed", "Baker", person+"@acme.test")
			w.passes(time.Minute)
			w.activates(person + "@acme.test")
			start := time.Now()
			w.thread(card, n+1)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%s was confirmed after %v", person, took)
			}
			w.passes(10 * time.Minute)
		}
		w.portal.IgnoreSort(false)
		w.types(w.ann, w.general, "/docspace-invite @zoe")
		w.passes(10 * time.Minute)
		if n := strings.Count(w.log.text(), "portal_unsorted"); n != 1 {
			t.Errorf("the log warns %d times, want once", n)
		}
		contains(t, "the log", w.log.text(), "in order again")
	})
}
