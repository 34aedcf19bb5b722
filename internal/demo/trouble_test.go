package demo_test

import (
	"testing"
	"time"
)

// TestCounterShowsLostConnections: it says at once that none is left, and takes time to come back.
func TestCounterShowsLostConnections(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	p := st.open(1280, 800)
	p.Sees("#link-state", "(1)")
	p.Text(`(window.said = [], new MutationObserver(() => said.push(document.querySelector("#link-state").textContent))
		.observe(document.querySelector("#link-state"), { childList: true }), "")`)
	p.Click("#trouble summary")
	p.Click("[data-trouble=drop]")
	st.servers.Workspace.Await(t.Context(), func() bool { return st.servers.Workspace.Connections() == 0 })
	cut := time.Now()
	st.listen(func(m) m { return nil }) // at once, as the bot does
	if took := time.Since(cut); took < time.Second {
		t.Errorf("it was back after %v, which no one sees", took)
	}
	p.Holds(`said.join() === "No bot is connected,Bot connected (1)"`)
}
