//go:build !race

// The race detector knows nothing of the memory of SQLite, which these tests reach into.

package journal_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// TestRefusedForAFailedSyncStaysRefused has one sync of a commit fail after the other, once or from then on.
// What was refused is not there when the bot goes on, nor after a kill: people were told that it was not
// taken.
func TestRefusedForAFailedSyncStaysRefused(t *testing.T) {
	for name, opts := range map[string]journal.SQLiteOptions{"full": {}, "process": {Relaxed: true}} {
		for _, lasting := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, lasting %v", name, lasting), func(t *testing.T) {
				failing := failSyncs(t)
				for first := int64(1); ; first++ {
					path := statePath(t)
					j, err := journal.OpenSQLite(t.Context(), path, opts)
					if err != nil {
						t.Fatal(err)
					}
					if err := j.Append(t.Context(), accepted("a")); err != nil {
						t.Fatal(err)
					}
					failing.from(first, lasting)
					err = j.Append(t.Context(), accepted("b"), accepted("c"))
					killed := crashed(t, path, "-journal")
					failing.from(0, false)
					if err == nil {
						_ = j.Close()
						if first < 3 {
							t.Errorf("a commit has %d syncs: nothing to see here", first-1)
						}
						return
					}
					if remedy.Of(err) != remedy.StateFailing {
						t.Errorf("sync %d fails: %v, want %q", first, err, remedy.StateFailing.Wrong())
					}
					again := open(t, killed)
					if got := idsOf(t, again); got != "a" {
						t.Errorf("sync %d fails, and after a kill the file has %q, want a", first, got)
					}
					if err := j.Append(t.Context(), accepted("d")); err != nil {
						t.Errorf("after the disk has recovered: %v", err)
					}
					if got := idsOf(t, j); got != "a d" {
						t.Errorf("sync %d fails, and the bot goes on with %q, want a d", first, got)
					}
					_ = j.Close()
				}
			})
		}
	}
}

// TestDamagedRollbackJournal kills the bot at each step of a commit, and then changes one byte of the rollback
// journal or cuts it. All that was kept before is there at the next start, or the file is refused.
func TestDamagedRollbackJournal(t *testing.T) {
	const n = 90
	for name, commit := range map[string]func(j *journal.SQLite) error{
		"append": func(j *journal.SQLite) error { return j.Append(t.Context(), accepted("new")) },
		"append many": func(j *journal.SQLite) error {
			return j.Append(t.Context(), slices.Repeat([]invitation.Entry{accepted("new")}, 100)...)
		},
		"prune": func(j *journal.SQLite) error { _, err := j.Prune(t.Context(), noon.Add(time.Hour)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			s := failSyncs(t)
			path := statePath(t)
			j := open(t, path)
			want := map[string]int{}
			for i := range n {
				entries := []invitation.Entry{accepted(fmt.Sprintf("%08x", uint32(i+1)*2654435761))} // far apart, as real ones are
				if i%3 == 0 {
					entries = append(entries, invitation.Entry{Kind: invitation.KindFinished, At: noon, Invitation: entries[0].Invitation})
				} else {
					want[string(entries[0].Invitation)] = 1
				}
				if err := j.Append(t.Context(), entries...); err != nil {
					t.Fatal(err)
				}
			}
			var killed []string
			s.before = func() {
				if info, err := os.Stat(path + "-journal"); err == nil && info.Size() > 0 {
					killed = append(killed, crashed(t, path, "-journal"))
				}
			}
			if err := commit(j); err != nil {
				t.Fatal(err)
			}
			s.before = nil
			if len(killed) < 3 {
				t.Fatalf("%d kills left a rollback journal: nothing to see here", len(killed))
			}
			for n, from := range killed {
				if n%(len(killed)/3) > 0 {
					continue // the others show no more
				}
				if err := tryRead(t, crashed(t, from, "-journal"), want); err != nil {
					t.Errorf("step %d: %v", n, err)
				}
				sound, err := os.ReadFile(from + "-journal")
				if err != nil {
					t.Fatal(err)
				}
				for at := 0; at < len(sound); at += 1 + at/2 {
					flipped := slices.Clone(sound)
					flipped[at] ^= 1 << (at % 8)
					for what, damaged := range map[string][]byte{"changed": flipped, "cut": sound[:at]} {
						path := crashed(t, from)
						write(t, path+"-journal", damaged)
						if err := tryRead(t, path, want); err != nil && remedy.Of(err) == "" {
							t.Errorf("step %d, byte %d of %d %s: %v", n, at, len(sound), what, err)
						}
					}
				}
			}
		})
	}
}

// tryRead opens a file and returns an error when it cannot be read, or holds other invitations than these and
// the new one.
func tryRead(t *testing.T, path string, want map[string]int) error {
	j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
	if err != nil {
		return err
	}
	defer j.Close()
	got := map[string]int{}
	if err := j.Replay(t.Context(), noon.Add(time.Hour), func(e invitation.Entry) error { got[string(e.Invitation)]++; return nil }); err != nil {
		return err
	}
	if delete(got, "new"); !maps.Equal(got, want) {
		return fmt.Errorf("%d invitations are left, want %d", len(got), len(want))
	}
	return nil
}

// syncs are SQLite's calls of fsync.
type syncs struct {
	until, lasting atomic.Int64
	before         func() // is called before each write and sync, if it is set
}

// from has the n-th sync from now fail, or with lasting all from that one on; 0 stops that.
func (s *syncs) from(n int64, lasting bool) {
	s.lasting.Store(0)
	if lasting {
		s.lasting.Store(1)
	}
	s.until.Store(n)
}

func (s *syncs) step() {
	if s.before != nil {
		s.before()
	}
}

func (s *syncs) fails() bool {
	left := s.until.Load()
	if left == 0 {
		return false
	}
	if left > 1 {
		s.until.Store(left - 1)
		return false
	}
	s.until.Store(s.lasting.Load())
	return true
}

// failSyncs puts itself between SQLite and the system, for files that the test opens.
func failSyncs(t *testing.T) *syncs {
	t.Helper()
	tls := libc.NewTLS()
	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if system == 0 {
		t.Fatal("sqlite has no way to the system")
	}
	s := &syncs{}
	var mu sync.Mutex
	methods := map[uintptr]*sqlite3.Tsqlite3_io_methods{} // by the system's
	name, err := libc.CString("failing")
	if err != nil {
		t.Fatal(err)
	}
	vfs := new(*at[sqlite3.Tsqlite3_vfs](system))
	vfs.FzName = name
	open := *at[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](addressOf(&vfs.FxOpen))
	xOpen := func(tls *libc.TLS, _, path, file uintptr, flags int32, out uintptr) int32 {
		code := open(tls, system, path, file, flags, out)
		opened := at[sqlite3.Tsqlite3_file](file)
		if opened.FpMethods == 0 {
			return code
		}
		mu.Lock()
		defer mu.Unlock()
		mine := methods[opened.FpMethods]
		if mine == nil {
			mine = new(*at[sqlite3.Tsqlite3_io_methods](opened.FpMethods))
			doSync := *at[func(*libc.TLS, uintptr, int32) int32](addressOf(&mine.FxSync))
			doWrite := *at[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](addressOf(&mine.FxWrite))
			xWrite := func(tls *libc.TLS, file, from uintptr, n int32, to int64) int32 {
				s.step()
				return doWrite(tls, file, from, n, to)
			}
			mine.FxWrite = *at[uintptr](addressOf(&xWrite))
			xSync := func(tls *libc.TLS, file uintptr, flags int32) int32 {
				s.step()
				if s.fails() {
					return sqlite3.SQLITE_IOERR | 4<<8 // SQLITE_IOERR_FSYNC
				}
				return doSync(tls, file, flags)
			}
			mine.FxSync = *at[uintptr](addressOf(&xSync))
			keptAlive = append(keptAlive, &xWrite, &xSync)
			methods[opened.FpMethods] = mine
		}
		opened.FpMethods = addressOf(mine)
		return code
	}
	vfs.FxOpen = *at[uintptr](addressOf(&xOpen))
	keptAlive = append(keptAlive, &xOpen, vfs, methods)
	if code := sqlite3.Xsqlite3_vfs_register(tls, addressOf(vfs), 1); code != sqlite3.SQLITE_OK {
		t.Fatalf("register: %d", code)
	}
	t.Cleanup(func() {
		sqlite3.Xsqlite3_vfs_unregister(tls, addressOf(vfs))
		sqlite3.Xsqlite3_vfs_register(tls, system, 1)
		tls.Close()
	})
	return s
}

// keptAlive is what SQLite has the address of.
var keptAlive []any

// at returns what is at an address of SQLite's.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

func addressOf[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }
