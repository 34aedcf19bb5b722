package demo_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestEachTabKeepsItsPerson: two people side by side, also after a reload.
func TestEachTabKeepsItsPerson(t *testing.T) {
	st := newStage(t)
	st.listen(func(m) m { return nil })
	first := st.open(1280, 800)
	first.Choose("#act-as", bob)
	first.Sees("#act-about", "member")
	second := first.Tab()
	second.Open(st.url)
	second.Sees("#link-state", "connected")
	second.Holds(`document.querySelector("#act-as").value === "` + ann + `"`)
	second.Choose("#act-as", "U0DEMOZOE01")
	second.Sees("#act-about", "admin")
	first.Open(st.url)
	first.Sees("#link-state", "connected")
	first.Holds(`document.querySelector("#act-as").value === "` + bob + `"`)
}

// TestFocusStartsInTheComposer: one can type at once, and is not pulled back later.
func TestFocusStartsInTheComposer(t *testing.T) {
	st := newStage(t)
	p := st.open(1280, 800)
	p.Focused("#composer")
	p.Press(kb.Tab)
	st.post(general, "", "News")
	p.Sees(".message", "News")
	p.Holds(`!document.activeElement.matches("#composer")`)
}
