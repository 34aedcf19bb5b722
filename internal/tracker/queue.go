package tracker

import (
	"container/heap"
	"time"
)

// queue says which invitation is to be looked at next, and when. An invitation is worked
// on by one worker at a time. It holds ids only: there is no goroutine and no timer per
// invitation. The tracker's mutex guards it.
type queue struct {
	ready []ID
	// held are the invitations that are ready or being worked on; true asks for another
	// look afterwards.
	held map[ID]bool
	due  dueHeap
	dues map[ID]time.Time // the earliest time of each id in due
	// wake has room for one signal: something is ready, or due earlier than before.
	wake chan struct{}
}

func newQueue() queue {
	return queue{held: map[ID]bool{}, dues: map[ID]time.Time{}, wake: make(chan struct{}, 1)}
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// add asks for a look at the invitation as soon as possible.
func (q *queue) add(id ID) {
	if _, held := q.held[id]; held {
		q.held[id] = true
		return
	}
	q.held[id] = false
	q.ready = append(q.ready, id)
	q.signal()
}

// addAt asks for a look at the time at, unless an earlier one is asked for already.
func (q *queue) addAt(id ID, at time.Time) {
	if known, ok := q.dues[id]; ok && !at.Before(known) {
		return
	}
	q.dues[id] = at
	heap.Push(&q.due, dueItem{at, id})
	q.signal()
}

// take returns the next ready invitation; the caller works on it until release.
func (q *queue) take(now time.Time) (ID, bool) {
	for len(q.due) > 0 && !now.Before(q.due[0].at) {
		item := heap.Pop(&q.due).(dueItem)
		if q.dues[item.id].Equal(item.at) {
			delete(q.dues, item.id)
			q.add(item.id)
		}
	}
	if len(q.ready) == 0 {
		return "", false
	}
	id := q.ready[0]
	q.ready = q.ready[1:]
	q.held[id] = false
	return id, true
}

// release gives the invitation back, for another look if one was asked for meanwhile.
func (q *queue) release(id ID) {
	again := q.held[id]
	delete(q.held, id)
	if again {
		q.add(id)
	}
	q.signal()
}

// drop forgets when the invitation was to be looked at.
func (q *queue) drop(id ID) { delete(q.dues, id) }

// next returns when the next look is due; ok is false when none is.
func (q *queue) next() (at time.Time, ok bool) {
	if len(q.due) == 0 {
		return time.Time{}, false
	}
	return q.due[0].at, true
}

type dueItem struct {
	at time.Time
	id ID
}

type dueHeap []dueItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueItem)) }
func (h *dueHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
