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
		for range 3 { // and so it goes on
			add(checkpointAfter)
			synctest.Wait()
		}
		if now := size(); now > 2*full {
			t.Errorf("the side file grew from %d to %d bytes", full, now)
		}
	})
}
