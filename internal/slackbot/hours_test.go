package slackbot

import (
	"testing"
	"time"
)

const defaultHours = "Mon-Fri 09:00-17:00"

func TestWorkingHours(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse("Mon 2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		hours, at string
		zone      time.Duration
		want      string
	}{
		{defaultHours, "Mon 2026-11-23 08:59", 0, "Mon 2026-11-23 09:00"},
		{defaultHours, "Mon 2026-11-23 09:00", 0, "Mon 2026-11-23 09:00"},
		{defaultHours, "Mon 2026-11-23 16:59", 0, "Mon 2026-11-23 16:59"},
		{defaultHours, "Mon 2026-11-23 17:00", 0, "Tue 2026-11-24 09:00"},
		{defaultHours, "Fri 2026-11-27 17:00", 0, "Mon 2026-11-30 09:00"},
		{defaultHours, "Sat 2026-11-28 12:00", 0, "Mon 2026-11-30 09:00"},
		{defaultHours, "Mon 2026-11-23 01:00", 9 * time.Hour, "Mon 2026-11-23 01:00"},     // ten o'clock in Tokyo
		{defaultHours, "Sun 2026-11-22 23:00", 9 * time.Hour, "Mon 2026-11-23 00:00"},     // Monday there
		{defaultHours, "Fri 2026-11-27 23:00", -5 * time.Hour, "Mon 2026-11-30 14:00"},    // six in the evening in New York
		{defaultHours, "Mon 2026-11-23 03:00", 330 * time.Minute, "Mon 2026-11-23 03:30"}, // half past eight in Delhi
		{"Sun-Thu 8:00-16:30", "Fri 2026-11-27 12:00", 0, "Sun 2026-11-29 08:00"},
		{"Sat-Mon 08:00-16:00", "Tue 2026-11-24 12:00", 0, "Sat 2026-11-28 08:00"},
		{"Wed 10:00-11:00", "Wed 2026-11-25 11:00", 0, "Wed 2026-12-02 10:00"},
		{"Mon-Sun 00:00-24:00", "Wed 2026-11-25 23:59", 3 * time.Hour, "Wed 2026-11-25 23:59"},
		{"mon,wed 9:00-10:00", "Mon 2026-11-23 10:30", 0, "Wed 2026-11-25 09:00"},
	} {
		hours, err := ParseHours(c.hours)
		if err != nil {
			t.Fatal(err)
		}
		if got := hours.next(at(c.at), c.zone); !got.Equal(at(c.want)) {
			t.Errorf("%s, %v ahead: at %s comes %s, want %s", c.hours, c.zone, c.at, got.Format("Mon 2006-01-02 15:04"), c.want)
		}
	}
}

func TestParseHours(t *testing.T) {
	for _, bad := range []string{"", "Mon-Fri", "09:00-17:00", "Mon-Fry 09:00-17:00", "Mon-Fri 17:00-09:00", "Mon-Fri 9-17", "Mon-Fri 09:00-24:01", "Mon-Fri 09:60-17:00", "Mon 09:00-09:00", "- 09:00-17:00"} {
		if h, err := ParseHours(bad); err == nil {
			t.Errorf("%q is accepted: %+v", bad, h)
		}
	}
}
