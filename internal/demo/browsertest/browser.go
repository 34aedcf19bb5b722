// Package browsertest drives the demo's page in headless Chromium, for tests. It waits by
// asking the page again and again, never for a fixed time. It must not know what is on the
// page: selectors come from the tests.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	// patience is how long a Page waits for something to come true.
	patience = 30 * time.Second
	// again is how long it waits between two looks.
	again = 30 * time.Millisecond
	// life ends a browser whose test hangs.
	life = 2 * time.Minute
)

// Page is one browser with one page. Its methods end the test when they fail.
type Page struct {
	t             testing.TB
	ctx           context.Context
	width, height int
	shots         int
}

// Start starts Chromium with a window of width by height pixels; the test's end ends it.
// Where there is no Chromium the test is skipped, or fails if CI is set in the environment.
func Start(t testing.TB, width, height int) *Page {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(find(t)), chromedp.NoSandbox, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-gpu", true),
		// A frame of another origin is entered only in one process with the page.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("disable-features", "IsolateOrigins,site-per-process,Translate"),
		chromedp.UserDataDir(t.TempDir()), chromedp.Env("TMPDIR="+t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := context.WithTimeout(context.Background(), life)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return newPage(ctx, t, width, height)
}

// Tab opens another tab in the same browser, of the same size.
func (p *Page) Tab() *Page {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	return newPage(ctx, p.t, p.width, p.height)
}

func newPage(ctx context.Context, t testing.TB, width, height int) *Page {
	t.Helper()
	p := &Page{t: t, ctx: ctx, width: width, height: height}
	p.do("set the size", chromedp.EmulateViewport(int64(width), int64(height)))
	p.Dark(false)
	p.call("watch for errors", "Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": watch})
	t.Cleanup(func() {
		if wrong := p.Text(`(window.wentWrong ?? []).join("; ")`); wrong != "" {
			t.Errorf("on the page: %s", wrong)
		}
	})
	return p
}

// watch notes what goes wrong on a page: errors, and what its own policy refused.
const watch = `window.wentWrong = [];
addEventListener("error", (e) => wentWrong.push(e.message + " at " + e.filename + ":" + e.lineno));
addEventListener("unhandledrejection", (e) => wentWrong.push("" + (e.reason?.stack ?? e.reason)));
addEventListener("securitypolicyviolation", (e) => wentWrong.push("refused: " + e.violatedDirective + " " + e.blockedURI));`

// call calls a method of the browser's protocol.
func (p *Page) call(what, method string, arguments any) {
	p.t.Helper()
	p.do(what, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return t.Call(ctx, method, arguments, nil)
	}))
}

func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("Chromium is missing, and nothing is skipped here")
	}
	t.Skip("this test needs a browser: install Chromium (Debian: apt-get install chromium)")
	return ""
}

func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.fail("%s: %v", what, err)
	}
}

func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	p.Shot("failed")
	p.t.Fatalf(format, args...)
}

// Open goes to an address.
func (p *Page) Open(url string) {
	p.t.Helper()
	p.do("open "+url, chromedp.Navigate(url))
}

// Until waits until try says so. What it says is tried again until then.
func (p *Page) Until(what string, try func() (bool, error)) {
	p.t.Helper()
	late := time.After(patience)
	for {
		done, err := try()
		if done {
			return
		}
		select {
		case <-late:
			p.fail("this did not come to be: %s (%v)", what, err)
		case <-p.ctx.Done():
			p.t.Fatalf("%s: %v", what, p.ctx.Err())
		case <-time.After(again):
		}
	}
}

// Holds waits until a JavaScript expression is true on the page.
func (p *Page) Holds(expression string) {
	p.t.Helper()
	p.Until(expression, func() (bool, error) { return chromedp.Run(p.ctx, chromedp.Evaluate[bool](expression)) })
}

// Text evaluates a JavaScript expression that gives a string.
func (p *Page) Text(expression string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		p.fail("%s: %v", expression, err)
	}
	return text
}

// Sees waits until one of the elements that show has the words in its text.
func (p *Page) Sees(selector, words string) {
	p.t.Helper()
	p.Holds(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.checkVisibility() && e.textContent.includes(%q))`, selector, words))
}

// Gone waits until none of the elements shows.
func (p *Page) Gone(selector string) {
	p.t.Helper()
	p.Holds(fmt.Sprintf(`![...document.querySelectorAll(%q)].some((e) => e.checkVisibility())`, selector))
}

// Click waits for an element to show and clicks it, the last one if there are several.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Holds(fmt.Sprintf(`(() => {
		const e = [...document.querySelectorAll(%q)].filter((e) => e.checkVisibility() && !e.disabled).at(-1);
		e?.click();
		return !!e;
	})()`, selector))
}

// Tap clicks in the middle of an element that shows, as a mouse does.
func (p *Page) Tap(selector string) {
	p.t.Helper()
	at := p.Text(fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e?.scrollIntoView({ block: "nearest" });
		const r = e?.getBoundingClientRect();
		return r ? Math.round(r.x + r.width / 2) + " " + Math.round(r.y + r.height / 2) : "0 0";
	})()`, selector))
	var x, y int
	if _, err := fmt.Sscan(at, &x, &y); err != nil || x == 0 {
		p.fail("%s is nowhere: %v", selector, err)
	}
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		p.call("tap "+selector, "Input.dispatchMouseEvent", map[string]any{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})
	}
}

// Choose selects an option of a list by its value.
func (p *Page) Choose(selector, value string) {
	p.t.Helper()
	p.Holds(fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		if (!e || ![...e.options].some((o) => o.value === %q)) return false;
		e.value = %q;
		e.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`, selector, value, value))
}

// Type types into an element. "\r" is the Enter key.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.do("type "+text, chromedp.SendKeys(selector, text))
}

// Press presses keys, such as kb.Escape, where the focus is.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press a key", chromedp.KeyEvent(keys))
}

// Focused waits until the focus is on an element that matches.
func (p *Page) Focused(selector string) {
	p.t.Helper()
	p.Holds(fmt.Sprintf(`!!document.activeElement?.matches(%q)`, selector))
}

// Reach presses Tab until the focus is on an element that matches.
func (p *Page) Reach(selector string) {
	p.t.Helper()
	p.Until("the Tab key reaches "+selector, func() (bool, error) {
		p.Press(kb.Tab)
		return chromedp.Run(p.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`!!document.activeElement?.matches(%q)`, selector)))
	})
}

// Dark reports whether the browser prefers dark pages. It never likes motion, which pictures
// would catch half-way.
func (p *Page) Dark(on bool) {
	p.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	p.call("prefer "+scheme, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"},
	}})
}

// Picture returns the page as a PNG.
func (p *Page) Picture() ([]byte, error) { return chromedp.Run(p.ctx, chromedp.CaptureScreenshot()) }

// Shot keeps a picture of the page in the directory that DEMO_SHOTS names, if any.
func (p *Page) Shot(name string) {
	dir := os.Getenv("DEMO_SHOTS")
	if dir == "" {
		return
	}
	picture, err := p.Picture()
	if err != nil {
		p.t.Logf("no picture: %v", err)
		return
	}
	p.shots++
	file := fmt.Sprintf("%s-%02d-%s.png", strings.ReplaceAll(p.t.Name(), "/", "-"), p.shots, name)
	root, err := os.OpenRoot(dir)
	if err == nil {
		err = root.WriteFile(file, picture, 0o600)
		_ = root.Close()
	}
	if err != nil {
		p.t.Log(err)
	}
}
