package browsertest

import (
	"context"
	"errors"

	"github.com/chromedp/chromedp"
)

// InFrame waits until an expression is true in the page's first frame, whatever its origin,
// and then runs a script there.
func (p *Page) InFrame(expression, script string) {
	p.t.Helper()
	p.Until("in the frame: "+expression, func() (done bool, err error) {
		err = chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			done, err = inFrame(ctx, t, expression, script)
			return err
		}))
		return done, err
	})
}

// inFrame evaluates in a world of its own, which shares the frame's document.
func inFrame(ctx context.Context, t *chromedp.Target, expression, script string) (bool, error) {
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
