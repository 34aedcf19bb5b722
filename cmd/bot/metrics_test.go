package main

import (
	"testing"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

func TestRepeatsAreCounted(t *testing.T) {
	p := newProcess(t)
	p.env = append(p.env, "HTTP_ADDR=127.0.0.1:0")
	p.slack.Fault(slacksim.Fault{Method: "chat.postMessage", ResetAfter: true, Times: 1})
	p.start()
	p.types("/docspace-invite")
	p.cards(2)
	p.await("the note of it", func() bool { return p.log.count("invitation posted") == 1 })
	_, metrics := page(t, p.ops()+"/metrics")
	contains(t, "the metrics", metrics, `docspace_bot_effects_repeated_total{effect="card"} 1`,
		`docspace_bot_effects_repeated_total{effect="confirmation"} 0`, "go_goroutines", "process_resident_memory_bytes")
}
