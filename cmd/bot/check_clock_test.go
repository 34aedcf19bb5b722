package main

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// clockServer answers after a while, with its own idea of the time.
type clockServer struct {
	ahead, takes time.Duration
	age          string
	err          error
}

func (s clockServer) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(s.takes / 2)
	header := http.Header{"Date": {time.Now().Add(s.ahead).UTC().Format(http.TimeFormat)}}
	if s.age != "" {
		header.Set("Age", s.age)
	}
	time.Sleep(s.takes / 2)
	if err := errors.Join(s.err, req.Context().Err()); err != nil {
		return nil, err
	}
	return &http.Response{Header: header, Body: http.NoBody}, nil
}

func TestClockIsComparedWithAServer(t *testing.T) {
	for name, tt := range map[string]struct {
		server   clockServer
		ahead    time.Duration
		measured bool
	}{
		"in step":          {clockServer{}, 0, true},
		"slow and in step": {clockServer{takes: 4 * time.Second}, 0, true},
		"we are behind":    {clockServer{ahead: time.Minute}, -time.Minute, true},
		"we are ahead":     {clockServer{ahead: -time.Hour}, time.Hour, true},
		"too slow to tell": {clockServer{ahead: time.Hour, takes: 20 * time.Second}, 0, false},
		"from a cache":     {clockServer{ahead: time.Hour, age: "3600"}, 0, false},
		"no answer":        {clockServer{ahead: time.Hour, err: errors.New("cut")}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ahead, measured := clockAhead(t.Context(), tt.server, "https://acme.test")
				if off := (ahead - tt.ahead).Abs(); off > time.Second || measured != tt.measured {
					t.Errorf("ahead %v (measured: %v), want %v (%v)", ahead, measured, tt.ahead, tt.measured)
				}
			})
		})
	}
}
