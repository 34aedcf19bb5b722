package browsertest

import "github.com/chromedp/chromedp/kb"

// Unreached presses Tab many times and returns what shows, can be worked with, and did not
// get the focus, or got one that cannot be seen.
func (p *Page) Unreached(within string) string {
	p.t.Helper()
	p.Text(`(() => {
		window.unreached = new Set([...document.querySelectorAll("` + within + ` :is(button, a[href], input, select, textarea, summary)")]
			.filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility()));
		window.faint = [];
		document.addEventListener("focusin", (e) => {
			unreached.delete(e.target);
			if (getComputedStyle(e.target).outlineStyle === "none") faint.push(e.target);
		});
		return "";
	})()`)
	for range 15 {
		for range 6 {
			p.Press(kb.Tab)
		}
		if p.Text(`String(unreached.size)`) == "0" {
			break
		}
	}
	return p.Text(`[...unreached, ...faint].map((e) => e.outerHTML.slice(0, 120)).join("; ")`)
}
