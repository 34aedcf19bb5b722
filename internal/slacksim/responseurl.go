package slacksim

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// reply is what the app posts to a response_url, or answers a command with in its
// acknowledgement.
type reply struct {
	Text            string  `json:"text"`
	Blocks          rawJSON `json:"blocks"`
	Metadata        rawJSON `json:"metadata"`
	ResponseType    string  `json:"response_type"`
	ThreadTS        string  `json:"thread_ts"`
	ReplaceOriginal bool    `json:"replace_original"`
	DeleteOriginal  bool    `json:"delete_original"`
}

// serveResponse takes a post to a response_url.
func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMax))
	if err != nil {
		return // the app went away in the middle of it
	}
	noted := Call{Method: methodResponseURL, At: time.Now()}
	w.mu.Lock()
	if known := w.responses[r.URL.Path]; known != nil {
		noted.Channel, noted.User = known.channel, known.user
	}
	w.mu.Unlock()
	w.answer(rw, noted, func() (object, error) { return nil, w.respond(r.URL.Path, body) })
}

// refuseResponse is an error of a response_url. Its status and codes were chosen here, the
// facts know only that a spent one is refused.
func refuseResponse(code string, status int) error { return &refusal{code: code, status: status} }

func (w *Workspace) respond(path string, body []byte) error {
	r := w.responses[path]
	switch {
	case r == nil:
		return refuseResponse("invalid_url", http.StatusNotFound)
	case !time.Now().Before(r.until):
		return refuseResponse("expired_url", http.StatusNotFound)
	case r.uses >= responseUses:
		return refuseResponse("used_url", http.StatusNotFound)
	}
	var said reply
	if json.Unmarshal(body, &said) != nil {
		return refuseResponse("invalid_payload", http.StatusBadRequest)
	}
	c, err := readContent(said.Text, said.Blocks, said.Metadata)
	if err != nil {
		return &refusal{code: err.Error(), status: http.StatusBadRequest}
	}
	if c.empty() && !said.DeleteOriginal {
		return refuseResponse("no_text", http.StatusBadRequest)
	}
	r.uses++
	if r.source != nil {
		if said.ReplaceOriginal && !c.empty() && !said.DeleteOriginal {
			w.revise(r.source, c)
			return nil
		}
		if said.DeleteOriginal {
			r.source.Deleted = true
			w.notify()
		}
	}
	if !c.empty() {
		w.say(said, r, c)
	}
	return nil
}

// say shows the app's answer: to the person who acted alone, unless it is said to be for
// the channel. It needs no membership (docs/facts/slack.md, "response_url").
//
// A command has no message that replace_original could rewrite. What Slack does then is not in
// the facts; chosen here: it replaces the last answer that the caller alone saw, in the
// acknowledgement or by the same response_url, and is a new one where there is none.
func (w *Workspace) say(said reply, r *responseURL, c content) {
	if said.ResponseType == "in_channel" {
		w.add(r.channel, botUser, said.ThreadTS, c)
		return
	}
	p := w.whisper(r.channel, botUser, r.user, said.ThreadTS, c)
	if r.command {
		r.source = p
	}
}
