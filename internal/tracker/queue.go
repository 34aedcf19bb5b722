package tracker

import (
	"container/heap"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// queue says which invitation is to be looked at next, and when. An invitation is worked
// on by one worker at a time. Inviters take turns, so that no one waits behind all that
// someone else has asked for. It holds ids only: there is no goroutine and no timer per
// invitation. The tracker's mutex guards it.
type queue struct {
	ready map[invitation.ChatUser][]invitation.ID
	turns []invitation.ChatUser // the inviters of what is ready, each once
	// held are the invitations that are ready or being worked on.
	held map[invitation.ID]hold
	due  dueHeap
	dues map[invitation.ID]time.Time // the earliest time of each id in due
	// wake has room for one signal: something is ready, or due earlier than before.
	wake chan struct{}
}

func newQueue() queue {
	return queue{ready: map[invitation.ChatUser][]invitation.ID{}, held: map[invitation.ID]hold{}, dues: map[invitation.ID]time.Time{}, wake: make(chan struct{}, 1)}
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// add asks for a look at the inviter's invitation as soon as possible.
func (q *queue) add(id invitation.ID, inviter invitation.ChatUser) {
	if _, held := q.held[id]; held {
		q.held[id] = hold{inviter, true}
		return
	}
	q.held[id] = hold{inviter, false}
	if len(q.ready[inviter]) == 0 {
		q.turns = append(q.turns, inviter)
	}
	q.ready[inviter] = append(q.ready[inviter], id)
	q.signal()
}

// addAt asks for a look at the time at, unless an earlier one is asked for already.
func (q *queue) addAt(id invitation.ID, inviter invitation.ChatUser, at time.Time) {
	if known, ok := q.dues[id]; ok && !at.Before(known) {
		return
	}
	q.dues[id] = at
	heap.Push(&q.due, dueItem{at, id, inviter})
	q.signal()
}

// take returns the next ready invitation; the caller works on it until release.
func (q *queue) take(now time.Time) (invitation.ID, bool) {
	for len(q.due) > 0 && !now.Before(q.due[0].at) {
		item := heap.Pop(&q.due).(dueItem)
		if q.dues[item.id].Equal(item.at) {
			delete(q.dues, item.id)
			q.add(item.id, item.inviter)
		}
	}
	if len(q.turns) == 0 {
		return "", false
	}
	inviter := q.turns[0]
	q.turns = q.turns[1:]
	id := q.ready[inviter][0]
	if rest := q.ready[inviter][1:]; len(rest) > 0 {
		q.ready[inviter] = rest
		q.turns = append(q.turns, inviter)
	} else {
		delete(q.ready, inviter)
	}
	q.held[id] = hold{inviter, false}
	return id, true
}

// release gives the invitation back, for another look if one was asked for meanwhile.
func (q *queue) release(id invitation.ID) {
	held := q.held[id]
	delete(q.held, id)
	if held.again {
		q.add(id, held.inviter)
	}
	q.signal()
}

// drop forgets when the invitation was to be looked at.
func (q *queue) drop(id invitation.ID) { delete(q.dues, id) }

// next returns when the next look is due; ok is false when none is.
func (q *queue) next() (at time.Time, ok bool) {
	if len(q.due) == 0 {
		return time.Time{}, false
	}
	return q.due[0].at, true
}

// hold says whose an invitation is that is being worked on, and whether another look at it was
// asked for meanwhile.
type hold struct {
	inviter invitation.ChatUser
	again   bool
}

type dueItem struct {
	at      time.Time
	id      invitation.ID
	inviter invitation.ChatUser
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
