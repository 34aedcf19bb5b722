package tracker

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Remembered tells all that the tracker remembers and that decides what it will do, in words
// that can be compared. What has only not been cleared away yet is left out.
func Remembered(t *Tracker) map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, now, told := t.mem, time.Now(), map[string]string{}
	for id, inv := range m.invitations {
		told["invitation "+string(id)] = words(*inv)
	}
	for key, id := range m.keys {
		if m.invitations[id] != nil || m.spentLately(key, now) {
			told["key "+key] = string(id)
		}
	}
	for address, refs := range m.pending {
		var names []string
		for _, r := range refs {
			names = append(names, fmt.Sprint(r))
		}
		slices.Sort(names)
		told["pending "+address] = fmt.Sprint(names)
	}
	for member, id := range m.welcomes {
		if m.invitations[id] == nil && !m.welcomedLately(member, now) {
			continue
		}
		told["welcomes "+string(member)] = string(id)
	}
	for who, times := range m.admitted {
		if times = recent(times, now); len(times) > 0 {
			told["admitted "+string(who)] = fmt.Sprint(len(times))
		}
	}
	if denied := m.welcomeDenied; !denied.IsZero() && now.Sub(denied) < welcomePause {
		told["denied"] = denied.Round(0).String()
	}
	for channel, room := range m.rooms {
		told["room "+string(channel)] = string(room.ID)
	}
	told["waiting"] = fmt.Sprint(t.waiting)
	return told
}

func (m *memory) welcomedLately(member invitation.MemberID, now time.Time) bool {
	return slices.ContainsFunc(m.spent, func(s spentInvitation) bool {
		return now.Sub(s.at) < keyLife && slices.Contains(s.welcomed, member)
	})
}

func (m *memory) spentLately(key string, now time.Time) bool {
	return slices.ContainsFunc(m.spent, func(s spentInvitation) bool {
		return now.Sub(s.at) < keyLife && slices.Contains(s.keys, key)
	})
}

// monotonic is what the clock of the process adds to a time; a journal does not keep it.
var monotonic = regexp.MustCompile(` m=[+-][0-9.]+`)

func words(inv invitation.Invitation) string {
	inv.Hurried = false
	return monotonic.ReplaceAllString(fmt.Sprintf("%+v", inv), "")
}

// Doubts lists the effects that were begun and are not known to have taken place, of invitations whose channel
// can be posted to.
func Doubts(t *Tracker) (doubts []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, inv := range t.mem.invitations {
		if _, parked := t.parked[inv.Card.Channel]; parked {
			continue
		}
		for _, b := range inv.Begun {
			doubts = append(doubts, fmt.Sprint(id, " ", b.Effect, " ", b.Invitee, b.Group))
		}
	}
	return doubts
}

// LeftOut lists the people who were named and have yet to hear of their invitation, one way or another.
func LeftOut(t *Tracker) (people []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, inv := range t.mem.invitations {
		for _, s := range inv.Owed(time.Now(), t.opts.Policy) {
			if slices.Contains([]invitation.StepKind{
				invitation.StepHandOver, invitation.StepDeliver, invitation.StepEmail, invitation.StepResend, invitation.StepShare, invitation.StepNotShared, invitation.StepNotLinked,
			}, s.Kind) {
				people = append(people, fmt.Sprint(id, " ", s.Kind, " ", s.Invitee))
			}
		}
	}
	return people
}

// Leftovers counts what is still held when nothing is owed to anybody any more.
func Leftovers(t *Tracker) map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := map[string]int{
		"invitations": len(t.mem.invitations), "pending": len(t.mem.pending),
		"waiting": t.waiting.all + len(t.waiting.of), "admitting": len(t.admitting), "accepting": len(t.accepting),
		"dues": len(t.queue.dues), "held": len(t.queue.held), "ready": len(t.queue.ready), "notes": len(t.notes.queue) + len(t.notes.sent),
	}
	for _, id := range t.mem.welcomes {
		if t.mem.invitations[id] != nil || len(t.mem.spent) == 0 {
			counts["welcomes"]++
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}
