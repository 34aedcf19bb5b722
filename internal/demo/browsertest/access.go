package browsertest

import (
	"context"
	"slices"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// operable are the roles of what people work with, which must have a name.
var operable = []string{
	"button", "link", "textbox", "combobox", "checkbox", "radio", "tab", "menuitem", "menuitemradio", "option",
	"dialog", "menu", "radiogroup", "spinbutton", "Date", "InputTime", "ComboBoxSelect", "DisclosureTriangle",
}

// Nameless returns the roles of what can be worked with and has no name for those who do not
// see it, as the browser tells them.
func (p *Page) Nameless() []string {
	p.t.Helper()
	type value struct {
		Value any `json:"value"`
	}
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name value
		}
	}
	p.do("read the accessibility tree", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return t.Call(ctx, "Accessibility.getFullAXTree", struct{}{}, &tree)
	}))
	var roles []string
	for _, node := range tree.Nodes {
		role, _ := node.Role.Value.(string)
		if name, _ := node.Name.Value.(string); !node.Ignored && name == "" && slices.Contains(operable, role) {
			roles = append(roles, role)
		}
	}
	return roles
}

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
