package skew_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/skew"
)

// server answers after a while, with its own idea of the time.
type server struct {
	ahead, takes time.Duration
	age          string
	err          error
}

func (s server) RoundTrip(*http.Request) (*http.Response, error) {
	time.Sleep(s.takes / 2)
	header := http.Header{"Date": {time.Now().Add(s.ahead).UTC().Format(http.TimeFormat)}}
	if s.age != "" {
		header.Set("Age", s.age)
	}
	time.Sleep(s.takes / 2)
	return &http.Response{Header: header, Body: http.NoBody}, s.err
}

func TestMeter(t *testing.T) {
	for name, tt := range map[string]struct {
		server   server
		ahead    time.Duration
		measured bool
		told     int
	}{
		"in step":                  {server{}, 0, true, 0},
		"slow and in step":         {server{takes: 4 * time.Second}, 0, true, 0},
		"we are behind":            {server{ahead: time.Minute}, -time.Minute, true, 2},
		"we are ahead":             {server{ahead: -time.Hour}, time.Hour, true, 2},
		"a little":                 {server{ahead: 8 * time.Second}, -8 * time.Second, true, 0},
		"too slow to tell":         {server{ahead: time.Hour, takes: 20 * time.Second}, 0, false, 0},
		"from a cache":             {server{ahead: time.Hour, age: "3600"}, 0, false, 0},
		"no answer, nothing known": {server{ahead: time.Hour, err: errors.New("cut")}, 0, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := 0
				meter := skew.NewMeter(func(time.Duration) { told++ })
				over := meter.Over(tt.server)
				for range 8 { // in 70 minutes: a difference that stays is told at once and after an hour
					req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://acme.test", nil)
					resp, err := over.RoundTrip(req)
					if err == nil {
						_ = resp.Body.Close()
					}
					time.Sleep(10 * time.Minute)
				}
				ahead, measured := meter.Ahead()
				if off := (ahead - tt.ahead).Abs(); off > time.Second || measured != tt.measured {
					t.Errorf("ahead %v (measured: %v), want %v (%v)", ahead, measured, tt.ahead, tt.measured)
				}
				if told != tt.told {
					t.Errorf("told %d times, want %d", told, tt.told)
				}
			})
		})
	}
}
