package journal

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// faulty is a way to the disk (a VFS, as SQLite calls it) that hands everything on to the
// usual one, and lets the test fail the n-th write or sync from now on. All tests of the
// package share it, so they do not run beside each other.
var faulty struct {
	once        sync.Once
	write, sync atomic.Int32 // the result code with which the call fails; 0: it does not
	after       atomic.Int64 // how many calls of the failing kind still succeed
	keep        []any        // Go functions that only SQLite's memory points to
	methods     map[uintptr]uintptr
	realWrite   map[uintptr]uintptr
	realSync    map[uintptr]uintptr
	syncs       atomic.Int64 // how many there were
	guard       sync.Mutex
}

type (
	openFunc  = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, flagsOut uintptr) int32
	writeFunc = func(tls *libc.TLS, file, data uintptr, n int32, offset sqlite3.Tsqlite3_int64) int32
	syncFunc  = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// at is what lies at an address of SQLite's memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// pointer gives SQLite a Go function; function takes one of SQLite's.
func pointer[F any](f F) uintptr {
	faulty.keep = append(faulty.keep, f)
	return *(*uintptr)(unsafe.Pointer(&f))
}

func function[F any](address uintptr) F {
	return *(*F)(unsafe.Pointer(&address))
}

func registerFaulty() {
	tls := libc.NewTLS()
	usual := sqlite3.Xsqlite3_vfs_find(tls, 0)
	address := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	vfs := at[sqlite3.Tsqlite3_vfs](address)
	*vfs = *at[sqlite3.Tsqlite3_vfs](usual)
	name, err := libc.CString("faulty")
	if err != nil {
		panic(err)
	}
	vfs.FzName, vfs.FpNext = name, 0
	faulty.methods, faulty.realWrite, faulty.realSync = map[uintptr]uintptr{}, map[uintptr]uintptr{}, map[uintptr]uintptr{}
	open := function[openFunc](at[sqlite3.Tsqlite3_vfs](usual).FxOpen)
	vfs.FxOpen = pointer(func(tls *libc.TLS, _, name, file uintptr, flags int32, flagsOut uintptr) int32 {
		code := open(tls, usual, name, file, flags, flagsOut)
		if opened := at[sqlite3.Tsqlite3_file](file); code == sqlite3.SQLITE_OK && opened.FpMethods != 0 {
			opened.FpMethods = withFaults(tls, opened.FpMethods)
		}
		return code
	})
	if sqlite3.Xsqlite3_vfs_register(tls, address, 0) != sqlite3.SQLITE_OK {
		panic("no faulty disk")
	}
}

// withFaults returns a file's methods with writes and syncs that can fail.
func withFaults(tls *libc.TLS, usual uintptr) uintptr {
	faulty.guard.Lock()
	defer faulty.guard.Unlock()
	if known, ok := faulty.methods[usual]; ok {
		return known
	}
	address := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
	methods := at[sqlite3.Tsqlite3_io_methods](address)
	*methods = *at[sqlite3.Tsqlite3_io_methods](usual)
	write, sync := function[writeFunc](methods.FxWrite), function[syncFunc](methods.FxSync)
	methods.FxWrite = pointer(func(tls *libc.TLS, file, data uintptr, n int32, offset sqlite3.Tsqlite3_int64) int32 {
		if code := fails(&faulty.write); code != 0 {
			if n > 1 { // a disk that fills up takes a part
				_ = write(tls, file, data, n/2, offset)
			}
			return code
		}
		return write(tls, file, data, n, offset)
	})
	methods.FxSync = pointer(func(tls *libc.TLS, file uintptr, flags int32) int32 {
		faulty.syncs.Add(1)
		if code := fails(&faulty.sync); code != 0 {
			return code
		}
		return sync(tls, file, flags)
	})
	faulty.methods[usual] = address
	return address
}

func fails(kind *atomic.Int32) int32 {
	code := kind.Load()
	if code == 0 || faulty.after.Add(-1) >= 0 {
		return 0
	}
	return code
}

func heal() {
	faulty.write.Store(0)
	faulty.sync.Store(0)
}

func numbered(n int) tracker.Entry {
	return tracker.Entry{
		Kind: tracker.KindShown, At: time.Unix(1_790_000_000, 0), Invitation: tracker.ID(fmt.Sprintf("i%d", n)), Revision: n,
		Link: strings.Repeat("x", 3000), // some pages an append
	}
}

// TestDiskTrouble fails the n-th write or sync of the store, for every n that an Append
// gets to. What was refused is not there afterwards, what was kept is, and the store goes on
// when the disk does.
func TestDiskTrouble(t *testing.T) {
	faulty.once.Do(registerFaulty)
	for name, tt := range map[string]struct {
		kind *atomic.Int32
		code int32
		says string
	}{
		"disk full":        {&faulty.write, sqlite3.SQLITE_FULL, "disk is full"},
		"write error":      {&faulty.write, sqlite3.SQLITE_IOERR_WRITE, "disk fails"},
		"sync error":       {&faulty.sync, sqlite3.SQLITE_IOERR_FSYNC, "disk fails"},
		"no space at sync": {&faulty.sync, sqlite3.SQLITE_FULL, "disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			refused := 0
			for after := range int64(12) {
				for _, size := range []int{2, 40} { // one statement, and many
					if diskTrouble(t, tt.kind, tt.code, after, size, tt.says) {
						refused++
					}
				}
			}
			if refused == 0 {
				t.Error("no call failed; was the faulty disk in use?")
			}
		})
	}
}

// diskTrouble tells whether an append of so many entries was refused.
func diskTrouble(t *testing.T, kind *atomic.Int32, code int32, after int64, size int, says string) bool {
	t.Helper()
	defer heal()
	path := filepath.Join(t.TempDir(), "state.db")
	j, err := OpenSQLite(t.Context(), path, SQLiteOptions{vfs: "faulty"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	var kept []int
	try := func(n int) bool {
		err := j.Append(t.Context(), slices.Repeat([]tracker.Entry{numbered(n)}, size)...)
		if err == nil {
			kept = append(kept, slices.Repeat([]int{n}, size)...)
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("after %d calls: %v, want an error that says %q", after, err, says)
		}
		return err == nil
	}
	try(1)
	faulty.after.Store(after)
	kind.Store(code)
	second, third := try(2), try(3)
	check(t, copyOf(t, path), kept, size) // the machine dies now
	heal()
	if !try(4) {
		t.Errorf("after %d calls: the disk is well, and the store is not", after)
	}
	check(t, copyOf(t, path), kept, size)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, path, kept, size)
	return !second || !third
}

// copyOf copies the file with its log, as a crash would leave them.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		from, err := os.Open(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		into, err := os.Create(to + suffix)
		if err == nil {
			_, err = io.Copy(into, from)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _ = from.Close(), into.Close()
	}
	return to
}

// check reads the file and compares. A refused append may be there when the sync alone had
// failed and the machine died at once: the log had it in full. It is never there in part.
func check(t *testing.T, path string, kept []int, size int) {
	t.Helper()
	j, err := OpenSQLite(t.Context(), path, SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	var there []int
	if err := j.Replay(t.Context(), time.Time{}.AddDate(1, 0, 0), func(e tracker.Entry) error {
		there = append(there, e.Revision)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if faulty.sync.Load() != 0 && len(there) > len(kept) && len(there)%size == 0 {
		there = there[:len(kept)]
	}
	if !slices.Equal(there, kept) {
		t.Errorf("the file has the entries %v, want %v", there, kept)
	}
}

// TestOneSyncACommit: an append is safe from a loss of power when it returns, for one sync;
// relaxed, it costs none.
func TestOneSyncACommit(t *testing.T) {
	faulty.once.Do(registerFaulty)
	for name, tt := range map[string]struct {
		opts SQLiteOptions
		want int64
	}{
		"full":    {SQLiteOptions{vfs: "faulty"}, 10},
		"relaxed": {SQLiteOptions{vfs: "faulty", Relaxed: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "state.db"), tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = j.Close() }()
			if err := j.Append(t.Context(), numbered(0)); err != nil { // the first makes the log
				t.Fatal(err)
			}
			before := faulty.syncs.Load()
			for i := range 10 {
				if err := j.Append(t.Context(), numbered(i), numbered(i)); err != nil {
					t.Fatal(err)
				}
			}
			if n := faulty.syncs.Load() - before; n != tt.want {
				t.Errorf("ten appends took %d syncs, want %d", n, tt.want)
			}
		})
	}
}

// TestProbeFindsOutWhatAnAppendWould: it writes and syncs as a commit does, and keeps nothing.
func TestProbeFindsOutWhatAnAppendWould(t *testing.T) {
	faulty.once.Do(registerFaulty)
	defer heal()
	path := filepath.Join(t.TempDir(), "state.db")
	j, err := OpenSQLite(t.Context(), path, SQLiteOptions{vfs: "faulty"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	if err := j.Append(t.Context(), numbered(1)); err != nil {
		t.Fatal(err)
	}
	for says, failing := range map[string]struct {
		kind *atomic.Int32
		code int32
	}{
		"disk is full": {&faulty.write, sqlite3.SQLITE_FULL},
		"disk fails":   {&faulty.sync, sqlite3.SQLITE_IOERR_FSYNC},
	} {
		if err := j.Probe(t.Context()); err != nil {
			t.Errorf("a sound disk: %v", err)
		}
		faulty.after.Store(0)
		failing.kind.Store(failing.code)
		if err := j.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("probe: %v, want an error that says %q", err, says)
		}
		heal()
	}
	if err := j.Append(t.Context(), numbered(2)); err != nil {
		t.Errorf("after the probes: %v", err)
	}
	check(t, copyOf(t, path), []int{1, 2}, 1)
}
