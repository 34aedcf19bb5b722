package tracker

import (
	"cmp"
	"container/heap"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// batch is how many addresses one request of the portal looks up (docs/facts/docspace.md,
	// "Finding users").
	batch = 50
	// reconcileEvery is how often an address without an account is looked up: a scan does not
	// show an account that changed its address, or an invitation by email that was accepted.
	reconcileEvery = time.Hour
	// youth is how long after their last move an account's owner is expected to confirm the
	// address any moment.
	youth = 10 * time.Minute
)

// calendar says which pending addresses are to be looked up at the portal, and when
// (docs/adr/0006). The tracker's mutex guards it.
type calendar struct {
	heaps [classes]appointments
	all   map[string]*appointment
}

// class is how eagerly an address is looked up.
type class int

const (
	young     class = iota // an account that came to be lately: at every sweep
	known                  // an older account that is not active
	strangers              // no account
	classes
)

// appointment is one address and when it is due.
type appointment struct {
	address string
	due     time.Time
	class   class
	index   int // in its heap
}

func newCalendar() calendar { return calendar{all: map[string]*appointment{}} }

// set makes the address due at the time.
func (c *calendar) set(address string, due time.Time, in class) {
	c.drop(address)
	a := &appointment{address: address, due: due, class: in}
	c.all[address] = a
	heap.Push(&c.heaps[in], a)
}

// drop forgets the address.
func (c *calendar) drop(address string) {
	if a, ok := c.all[address]; ok {
		heap.Remove(&c.heaps[a.class], a.index)
		delete(c.all, address)
	}
}

// take removes and returns up to n addresses of the class, the earliest first: those that are
// due, or with ahead also those that will be.
func (c *calendar) take(from class, n int, now time.Time, ahead bool) []string {
	h := &c.heaps[from]
	var taken []string
	for len(taken) < n && len(*h) > 0 && (ahead || !now.Before((*h)[0].due)) {
		a := heap.Pop(h).(*appointment)
		delete(c.all, a.address)
		taken = append(taken, a.address)
	}
	return taken
}

// toLookUp takes off the calendar what is to be looked up now: every address that is new,
// every young account, and of older accounts and of strangers as many of those due as fill a
// request each. A request that has room takes accounts ahead of their time, and there is one as
// long as there are accounts: few are all looked up at every sweep.
func (t *Tracker) toLookUp(now time.Time) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opts.naive {
		return slices.Sorted(maps.Keys(t.mem.pending))
	}
	c := &t.sweeps.calendar
	var addresses []string
	chosen := map[string]bool{}
	for _, address := range t.mem.fresh {
		if _, pending := t.mem.pending[address]; pending && !chosen[address] {
			chosen[address] = true
			c.drop(address)
			addresses = append(addresses, address)
		}
	}
	t.mem.fresh = nil
	add := func(from class, n int, ahead bool) {
		for _, address := range c.take(from, n, now, ahead) {
			if _, pending := t.mem.pending[address]; pending {
				addresses = append(addresses, address)
			}
		}
	}
	room := func() int { return (batch - len(addresses)%batch) % batch } // in the last request
	add(young, len(c.heaps[young]), false)
	add(known, cmp.Or(room(), batch), false)
	if t.sweeps.unsound {
		add(strangers, len(c.heaps[strangers]), true)
	} else {
		add(strangers, cmp.Or(room(), batch), false)
	}
	if ahead := room(); ahead > 0 || len(addresses) == 0 {
		add(young, cmp.Or(ahead, batch), true)
		add(known, cmp.Or(room(), batch-len(addresses)), true)
	}
	return addresses
}

// appoint sets when the addresses, which were just looked at, are due again.
func (t *Tracker) appoint(addresses []string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweeps.answered = now
	for _, address := range addresses {
		if _, pending := t.mem.pending[address]; pending {
			in, age := t.mem.classOf(address, now)
			t.sweeps.calendar.set(address, now.Add(interval(t.opts.Poll, in, age)), in)
		}
	}
}

// postpone puts back addresses whose look-up failed.
func (t *Tracker) postpone(addresses []string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, address := range addresses {
		if _, pending := t.mem.pending[address]; pending {
			in, _ := t.mem.classOf(address, now)
			t.sweeps.calendar.set(address, now, in)
		}
	}
}

// classOf tells how eagerly an address is to be looked up, and how long ago its owner moved.
func (m *memory) classOf(address string, now time.Time) (in class, age time.Duration) {
	var moved time.Time
	for _, r := range m.pending[address] {
		v := m.invitee(r)
		if v == nil || v.Member.ID == "" {
			continue
		}
		for _, at := range []time.Time{v.Since, v.Member.Registered} {
			if at.After(moved) {
				moved = at
			}
		}
	}
	switch age = now.Sub(moved); {
	case moved.IsZero():
		return strangers, 0
	case age < youth:
		return young, age
	}
	return known, age
}

// interval is how long after a look an address is due again.
func interval(poll time.Duration, in class, age time.Duration) time.Duration {
	switch {
	case in == strangers:
		return reconcileEvery
	case in == young:
		return poll
	case age < time.Hour:
		return max(poll, time.Minute)
	case age < 6*time.Hour:
		return max(poll, 5*time.Minute)
	case age < 24*time.Hour:
		return max(poll, 15*time.Minute)
	}
	return max(poll, time.Hour)
}

// resume fills the calendar after a restart. Someone who was pending for a while was looked up by
// the process before this one; what they did meanwhile is for the first scan to show. Those
// without an account come up again over the hour.
func (t *Tracker) resume(now time.Time) {
	t.mem.fresh = nil
	lately := t.mem.latest.Add(-youth)
	for address, refs := range t.mem.pending {
		fresh := false
		for _, r := range refs {
			v := t.mem.invitee(r)
			fresh = fresh || v != nil && v.Since.After(lately)
		}
		if fresh {
			t.mem.fresh = append(t.mem.fresh, address)
			continue
		}
		in, _ := t.mem.classOf(address, now)
		due := now
		if in == strangers {
			due = now.Add(rand.N(reconcileEvery))
		}
		t.sweeps.calendar.set(address, due, in)
	}
}

// appointments is a heap, the earliest first.
type appointments []*appointment

func (h appointments) Len() int           { return len(h) }
func (h appointments) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h appointments) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop are for package heap.
func (h *appointments) Push(x any) {
	a := x.(*appointment)
	a.index = len(*h)
	*h = append(*h, a)
}

// Pop returns the last one.
func (h *appointments) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = nil
	*h = (*h)[:len(*h)-1]
	return last
}
