package slacksim

import "fmt"

// view returns a modal that someone has open, or their Home, and whether it is a modal.
func (w *Workspace) view(user, id string) (v *view, modal bool) {
	if v = w.modal(user, id); v != nil {
		return v, true
	}
	if home := w.homes[user]; home != nil && home.id == id {
		return home, false
	}
	return nil, false
}

// Fill has someone fill in a view, or the Home, without submitting it: values are as for
// Submit. Payloads tell of them from then on. Slack tells no one, and checks nothing.
func (w *Workspace) Fill(user, viewID string, values map[string]map[string]any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, _ := w.view(user, viewID)
	if v == nil {
		return &DeliveryError{"view_not_found", viewID}
	}
	state, _, err := fillIn(v, values)
	if err != nil {
		return &DeliveryError{"invalid_input", err.Error()}
	}
	v.state = state
	return nil
}

// choose returns an element as a payload shows it after someone chose something in it, in a view unless v is nil. The
// value is what a view's state keeps of that; nothing is kept of buttons and overflow menus.
func choose(v *view, element object, chosen []string) (shown, value object, err error) {
	in := input{element: element}
	in.action, _ = element["action_id"].(string)
	in.block, _ = element["block_id"].(string)
	if v != nil {
		in.offered = v.offers(in)
	}
	if in.field() == "" {
		if len(chosen) > 0 {
			err = fmt.Errorf("in a %s nothing can be chosen", in.kind())
		}
		return element, nil, err
	}
	if value, err = in.value(chosen); err != nil {
		return nil, nil, err
	}
	shown = with(element, in.field(), value[in.field()])
	delete(shown, "options")
	delete(shown, "option_groups")
	if in.kind() == overflow {
		value = nil
	}
	return shown, value, nil
}

// keep puts the value of a choice into a state.
func keep(state, action, value object) {
	if value == nil {
		return
	}
	block, _ := action["block_id"].(string)
	id, _ := action["action_id"].(string)
	values, _ := state[block].(object)
	if values == nil {
		values = object{}
		state[block] = values
	}
	values[id] = value
}
