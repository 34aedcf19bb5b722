package slackbot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hours are the working hours in which people are reminded, in their own time zone. The zero Hours are at any time.
type Hours struct {
	days     [7]bool // by time.Weekday
	from, to time.Duration
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads days and hours: "Mon-Fri 09:00-17:00", "Sun-Thu 8:00-16:30",
// "Mon,Wed,Fri 10:00-14:00". A stretch of days may go over the end of the week.
func ParseHours(text string) (Hours, error) {
	var h Hours
	days, hours, _ := strings.Cut(strings.TrimSpace(text), " ")
	for stretch := range strings.SplitSeq(strings.ToLower(days), ",") {
		first, last, isStretch := strings.Cut(stretch, "-")
		if !isStretch {
			last = first
		}
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		if from < 0 || to < 0 {
			return Hours{}, fmt.Errorf("%q: the days must look like Mon-Fri or Mon,Wed", text)
		}
		for day := from; ; day = (day + 1) % 7 {
			h.days[day] = true
			if day == to {
				break
			}
		}
	}
	from, to, _ := strings.Cut(strings.TrimSpace(hours), "-")
	var ok, okay bool
	h.from, ok = clock(from)
	h.to, okay = clock(to)
	if !ok || !okay || h.from >= h.to {
		return Hours{}, fmt.Errorf("%q: the hours must look like 09:00-17:00, the earlier first", text)
	}
	return h, nil
}

// clock reads a time of day, up to 24:00.
func clock(text string) (time.Duration, bool) {
	hour, minute, _ := strings.Cut(strings.TrimSpace(text), ":")
	h, errHour := strconv.Atoi(hour)
	m, errMinute := strconv.Atoi(minute)
	at := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	return at, errHour == nil && errMinute == nil && h >= 0 && m >= 0 && m < 60 && at <= 24*time.Hour
}

// next returns the first moment at or after at that lies within the hours, for someone whose
// clocks are ahead of UTC by offset.
func (h Hours) next(at time.Time, offset time.Duration) time.Time {
	local := at.UTC().Add(offset)
	midnight := local.Truncate(24 * time.Hour)
	for day := range 8 {
		opens := midnight.AddDate(0, 0, day)
		if !h.days[opens.Weekday()] || !local.Before(opens.Add(h.to)) {
			continue
		}
		if begin := opens.Add(h.from); local.Before(begin) {
			return at.Add(begin.Sub(local))
		}
		return at
	}
	return at // there are no days
}
