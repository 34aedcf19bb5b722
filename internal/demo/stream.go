package demo

import (
	"net/http"
	"time"
)

const (
	// gather is how long changes are gathered before the page is told.
	gather = 50 * time.Millisecond
	// beat is how often the page is told at least, which also finds out that it is gone.
	beat = 20 * time.Second
)

// getChanges is a stream of server-sent events, one whenever something may have changed. The
// page then asks for the state.
func (s *Servers) getChanges(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "no stream here", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	workspace, cancel := s.Workspace.Changes()
	defer cancel()
	for {
		portal := s.Portal.Changes() // before the event, so that none falls between
		if _, err := w.Write([]byte("retry: 1000\ndata: changed\n\n")); err != nil {
			return
		}
		flusher.Flush()
		select {
		case <-workspace:
		case <-portal:
		case <-time.After(beat):
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
		select {
		case <-time.After(gather):
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
	}
}
