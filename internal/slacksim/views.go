package slacksim

import (
	"encoding/json"
	"maps"
	"slices"
)

const (
	viewMax    = 250_000 // bytes of a view (docs/facts/slack.md, "Web API methods")
	stackedMax = 3       // modals over one another
)

// View is a modal that someone sees, or the app's Home.
type View struct {
	ID              string
	CallbackID      string
	PrivateMetadata string
	Raw             json.RawMessage // as views.open returns it
	// Errors are what stands under the inputs, by block id.
	Errors map[string]string
	// Trouble is set when the app did not answer a submission, or not in a way that Slack
	// understands: "We had some trouble connecting. Try again?"
	Trouble bool
}

// Views returns the modals that someone has open, the visible one last.
func (w *Workspace) Views(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	views := make([]View, 0, len(w.stacks[user]))
	for _, v := range w.stacks[user] {
		views = append(views, v.shown())
	}
	return views
}

// Home returns the app's Home as someone sees it, and whether there is one.
func (w *Workspace) Home(user string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v := w.homes[user]; v != nil {
		return v.shown(), true
	}
	return View{}, false
}

// view is a modal or a Home as the workspace keeps it.
type view struct {
	id, user, hash string
	root, previous string
	content        object // what the app gave, checked
	state          object // values by block and action id
	errors         map[string]string
	trouble        bool
	suggested      map[string][]any // what the app has suggested so far, by block and action id
}

func (v *view) shown() View {
	callback, _ := v.content["callback_id"].(string)
	metadata, _ := v.content["private_metadata"].(string)
	return View{v.id, callback, metadata, encode(v.json()), maps.Clone(v.errors), v.trouble}
}

// blocks returns the view's blocks.
func (v *view) blocks() []object {
	blocks, _ := v.content["blocks"].([]object)
	return blocks
}

// json returns the view as the Web API and the payloads show it.
func (v *view) json() object {
	shown := object{
		"private_metadata": "", "callback_id": "", "external_id": "", "close": nil, "submit": nil,
		"clear_on_close": false, "notify_on_close": false,
		"title": object{"type": "plain_text", "text": "View Title", "emoji": true},
	}
	maps.Copy(shown, v.content)
	shown["id"], shown["team_id"], shown["app_id"], shown["bot_id"] = v.id, teamID, appID, botID
	shown["app_installed_team_id"], shown["hash"] = teamID, v.hash
	shown["state"] = object{"values": v.state}
	shown["root_view_id"], shown["previous_view_id"] = v.root, nil
	if v.previous != "" {
		shown["previous_view_id"] = v.previous
	}
	return shown
}

// fill gives the view new content. What was filled in stays where block and action keep
// their ids (docs/facts/slack.md, "view_submission and view_closed").
func (v *view) fill(content object) {
	v.content, v.hash, v.errors, v.trouble = content, newHash(), nil, false
	kept := object{}
	for _, in := range inputsOf(v.blocks()) {
		if old, ok := v.state[in.block].(object); ok && old[in.action] != nil {
			kept[in.block] = object{in.action: old[in.action]}
		}
	}
	v.state = kept
}

// readView checks a view that the app gives. Its errors are those of docs/facts/slack.md, "Web API
// methods".
func readView(raw rawJSON, kind string) (object, error) {
	if len(raw) == 0 {
		return nil, missing("view")
	}
	if len(raw) > viewMax {
		return nil, refuse("view_too_large")
	}
	content, wrong := checkView(raw)
	if len(wrong) == 0 && content["type"] != kind {
		wrong = problems{{"/type", "must be " + kind}}
	}
	for i := range wrong {
		wrong[i].pointer = "/view" + wrong[i].pointer
	}
	if len(wrong) > 0 {
		return nil, &refusal{code: "invalid_arguments", more: object{"response_metadata": wrong.metadata()}}
	}
	return content, nil
}

func (w *Workspace) newView(user string, content object) *view {
	v := &view{id: w.newID("V"), user: user}
	v.fill(content)
	v.root = v.id
	return v
}

// openView shows a modal in place of all that are open.
func (w *Workspace) openView(user string, content object) *view {
	v := w.newView(user, content)
	w.stacks[user] = []*view{v}
	w.notify()
	return v
}

// pushView shows a modal over the others.
func (w *Workspace) pushView(user string, content object) (*view, error) {
	stack := w.stacks[user]
	if len(stack) >= stackedMax {
		return nil, refuse("push_limit_reached")
	}
	v := w.newView(user, content)
	if len(stack) > 0 {
		below := stack[len(stack)-1]
		v.root, v.previous = below.root, below.id
	}
	w.stacks[user] = append(stack, v)
	w.notify()
	return v, nil
}

// modal returns an open modal, or nil.
func (w *Workspace) modal(user, id string) *view {
	i := slices.IndexFunc(w.stacks[user], func(v *view) bool { return v.id == id })
	if i < 0 {
		return nil
	}
	return w.stacks[user][i]
}

// closeView takes a modal away, with those over it.
func (w *Workspace) closeView(v *view) {
	stack := w.stacks[v.user]
	if i := slices.Index(stack, v); i >= 0 {
		w.stacks[v.user] = stack[:i:i]
		w.notify()
	}
}

func (w *Workspace) viewsOpen(c *call) (object, error) {
	return w.withTrigger(c, func(t *trigger, content object) (*view, error) {
		return w.openView(t.user, content), nil
	})
}

func (w *Workspace) viewsPush(c *call) (object, error) {
	return w.withTrigger(c, func(t *trigger, content object) (*view, error) {
		if !t.inModal {
			return nil, refuse("invalid_trigger_id")
		}
		return w.pushView(t.user, content)
	})
}

// withTrigger shows a view to the person whose trigger it is. A view that is not valid does not
// use the trigger up.
func (w *Workspace) withTrigger(c *call, show func(*trigger, object) (*view, error)) (object, error) {
	if !c.has("trigger_id") {
		return nil, missing("trigger_id")
	}
	content, err := readView(c.json("view"), "modal")
	if err != nil {
		return nil, err
	}
	if external, _ := content["external_id"].(string); external != "" && w.byExternalID(external) != nil {
		return nil, refuse("duplicate_external_id")
	}
	t, err := w.pull(c.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	v, err := show(t, content)
	if err != nil {
		return nil, err
	}
	return object{"view": v.json()}, nil
}

func (w *Workspace) byExternalID(id string) *view {
	for _, stack := range w.stacks {
		for _, v := range stack {
			if v.content["external_id"] == id {
				return v
			}
		}
	}
	return nil
}

func (w *Workspace) viewsUpdate(c *call) (object, error) {
	var v *view
	switch {
	case c.has("view_id"):
		for user := range w.stacks {
			if found := w.modal(user, c.str("view_id")); found != nil {
				v = found
			}
		}
	case c.has("external_id"):
		v = w.byExternalID(c.str("external_id"))
	default:
		return nil, missing("view_id")
	}
	if v == nil {
		return nil, refuse("not_found")
	}
	content, err := readView(c.json("view"), "modal")
	if err != nil {
		return nil, err
	}
	if c.has("hash") && c.str("hash") != v.hash {
		return nil, refuse("hash_conflict")
	}
	v.fill(content)
	w.notify()
	return object{"view": v.json()}, nil
}

func (w *Workspace) viewsPublish(c *call) (object, error) {
	user := w.users[c.str("user_id")]
	switch {
	case !c.has("user_id"):
		return nil, missing("user_id")
	case user == nil:
		return nil, refuse("user_not_found")
	case !w.homeTab:
		return nil, refuse("not_enabled")
	}
	content, err := readView(c.json("view"), "home")
	if err != nil {
		return nil, err
	}
	v := w.homes[user.ID]
	if v == nil {
		v = w.newView(user.ID, content)
		w.homes[user.ID] = v
	} else {
		if c.has("hash") && c.str("hash") != v.hash {
			return nil, refuse("hash_conflict")
		}
		v.fill(content)
	}
	w.notify()
	return object{"view": v.json()}, nil
}
