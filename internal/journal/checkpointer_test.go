package journal

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// The side file must not grow for as long as the bot runs.
func TestSideFileBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state.db")
		j, err := OpenSQLite(t.Context(), path, SQLiteOptions{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = j.Close() }()
		add := func(n int) {
			for range n {
				if err := j.Append(t.Context(), tracker.Entry{Kind: tracker.KindTold, At: time.Now(), Invitation: "a"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		size := func() int64 {
			info, err := os.Stat(path + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			return info.Size()
		}
		add(checkpointAfter / 4)
		quarter := size()
		add(checkpointAfter)
		synctest.Wait() // until what was due has been copied
		full := size()
		if full < 3*quarter {
			t.Fatalf("a side file of %d bytes after a quarter, of %d in the end: nothing to see here", quarter, full)
		}
		add(checkpointAfter / 4)
		if now := size(); now != full {
			t.Errorf("the side file grew from %d to %d bytes although all of it was copied", full, now)
		}

		// What the copying left over is copied before the next commit.
		j.tidy.behind.Store(true)
		add(1)
		if j.tidy.behind.Load() {
			t.Error("a rest was left where it was")
		}
		grown := size()
		add(checkpointAfter / 8)
		if now := size(); now != grown {
			t.Errorf("the side file grew from %d to %d bytes although its rest was copied", grown, now)
		}
	})
}
