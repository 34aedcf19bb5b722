package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser starts headless Chromium. Without one the test is skipped, save where everything
// must run.
func browser(t *testing.T, width, height int) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("Chromium is missing, and nothing is skipped here")
		}
		t.Skip("this test plays the demo in a browser: install Chromium (Debian: apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-gpu", true),
		// The portal's frame is of another origin. In one process with the page the test can enter it.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("disable-features", "IsolateOrigins,site-per-process,Translate"),
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(60*time.Second))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// play is a browser on the demo's page.
type play struct {
	t     *testing.T
	ctx   context.Context
	shots int
}

func (p *play) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.shot("failed")
		p.t.Fatalf("%s: %v", what, err)
	}
}

// until waits for an attempt to succeed; it is tried again every so often.
func (p *play) until(what string, try func() (bool, error)) {
	p.t.Helper()
	late := time.After(30 * time.Second)
	for {
		done, err := try()
		if done {
			return
		}
		select {
		case <-late:
			p.shot("failed")
			p.t.Fatalf("this did not come to be: %s (%v)", what, err)
		case <-p.ctx.Done():
			p.t.Fatalf("%s: %v", what, p.ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// holds waits until an expression is true on the page.
func (p *play) holds(what, expression string) {
	p.t.Helper()
	p.until(what, func() (bool, error) { return chromedp.Run(p.ctx, chromedp.Evaluate[bool](expression)) })
}

// sees waits until an element's text holds the words.
func (p *play) sees(selector, words string) {
	p.t.Helper()
	p.holds(selector+" says "+words,
		fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%q))`, selector, words))
}

// click waits for such an element and clicks the last one.
func (p *play) click(selector string) {
	p.t.Helper()
	p.holds("click "+selector, fmt.Sprintf(
		`(() => { const all = document.querySelectorAll(%q); if (!all.length) return false; all[all.length - 1].click(); return true; })()`, selector))
}

func (p *play) actAs(id string) {
	p.t.Helper()
	p.holds("act as "+id, fmt.Sprintf(
		`(() => { const s = document.querySelector("#act-as"); s.value = %q; s.dispatchEvent(new Event("change")); return s.value === %q; })()`, id, id))
}

// types types a line and presses Enter.
func (p *play) types(line string) {
	p.t.Helper()
	p.do("type "+line, chromedp.SendKeys("#composer", line+"\r"))
}

// inPortal waits until an expression holds in the portal's page, and then runs a script there.
func (p *play) inPortal(expression, script string) {
	p.t.Helper()
	p.until(expression, func() (done bool, err error) {
		err = chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			done, err = enterFrame(ctx, t, expression, script)
			return err
		}))
		return done, err
	})
}

// enterFrame evaluates in the page's frame, in a world of its own that sees its document.
func enterFrame(ctx context.Context, t *chromedp.Target, expression, script string) (bool, error) {
	var tree struct {
		FrameTree struct {
			ChildFrames []struct {
				Frame struct {
					ID string `json:"id"`
				} `json:"frame"`
			} `json:"childFrames"`
		} `json:"frameTree"`
	}
	if err := t.Call(ctx, "Page.getFrameTree", struct{}{}, &tree); err != nil {
		return false, err
	}
	if len(tree.FrameTree.ChildFrames) == 0 {
		return false, errors.New("the page has no frame")
	}
	var world struct {
		ID int `json:"executionContextId"`
	}
	frame := map[string]any{"frameId": tree.FrameTree.ChildFrames[0].Frame.ID}
	if err := t.Call(ctx, "Page.createIsolatedWorld", frame, &world); err != nil {
		return false, err
	}
	var result struct {
		Result struct {
			Value any `json:"value"`
		} `json:"result"`
	}
	in := map[string]any{"expression": expression, "contextId": world.ID, "returnByValue": true}
	if err := t.Call(ctx, "Runtime.evaluate", in, &result); err != nil || result.Result.Value != true {
		return false, err
	}
	in["expression"] = script
	return true, t.Call(ctx, "Runtime.evaluate", in, &result)
}

// shot keeps a picture of the page where DEMO_SHOTS says.
func (p *play) shot(name string) {
	dir := os.Getenv("DEMO_SHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture: %v", err)
		return
	}
	p.shots++
	file := fmt.Sprintf("%s-%02d-%s.png", strings.ReplaceAll(p.t.Name(), "/", "-"), p.shots, name)
	if err := os.WriteFile(filepath.Join(dir, file), picture, 0o600); err != nil {
		p.t.Log(err)
	}
}

// dark makes the browser prefer dark pages.
func (p *play) dark() {
	p.t.Helper()
	p.do("prefer dark", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		prefer := map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}}
		return t.Call(ctx, "Emulation.setEmulatedMedia", prefer, nil)
	}))
}
