package journal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Export writes every entry that is kept at state, a path or a postgres:// address, as a line of JSON, and
// returns how many there are. No bot may run on it. Nothing is written unless everything could be read.
func Export(ctx context.Context, state string, w io.Writer) (n int, err error) {
	if !IsPostgres(state) {
		if _, err := os.Stat(state); err != nil {
			return 0, err
		}
	}
	j, err := openState(ctx, state)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	if err := j.Replay(ctx, everything, func(e invitation.Entry) error {
		n++
		return encoder.Encode(&e)
	}); err != nil {
		return 0, err
	}
	_, err = lines.WriteTo(w)
	return n, err
}

// Import keeps what [Export] wrote at state, where nothing may be kept yet and no bot may run: all of
// it or nothing. The error names the line that cannot be taken.
func Import(ctx context.Context, state string, r io.Reader) (n int, err error) {
	entries, err := readLines(r)
	if err != nil {
		return 0, err
	}
	j, err := openState(ctx, state)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if err := j.Replay(ctx, everything, func(invitation.Entry) error { return errNotEmpty }); err != nil {
		return 0, err
	}
	return len(entries), j.Append(ctx, entries...)
}

var (
	errAtWork   = errors.New("a bot is at work on this database: stop every bot first")
	errNotEmpty = errors.New("something is kept there already: give an empty place")
	errNothing  = errors.New("there is nothing to import")
	errCutShort = errors.New("it is cut short")

	// everything is a time before which no invitation has finished.
	everything = time.Unix(0, 0)
)

// readLines reads entries, one a line.
func readLines(r io.Reader) (entries []invitation.Entry, err error) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		e := invitation.Entry{}
		if errors.Is(err, io.EOF) {
			err = errCutShort
		}
		if err == nil {
			e, err = readLine(line)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(entries)+1, err)
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, errNothing
	}
	return entries, nil
}

// readLine refuses what this version would not write again, such as a field of a newer one.
func readLine(line []byte) (e invitation.Entry, err error) {
	if !json.Valid(line) {
		return e, errors.New("it is no JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(&e); err == nil && !e.Whole() {
		err = errNoEntry
	}
	return e, err
}

// closable is a journal that is opened to be exported or imported.
type closable interface {
	tracker.Journal
	io.Closer
}

func openState(ctx context.Context, state string) (closable, error) {
	if !IsPostgres(state) {
		return OpenSQLite(ctx, state, SQLiteOptions{})
	}
	database, err := OpenPostgres(ctx, state, nil)
	if err != nil {
		return nil, err
	}
	switch leads, err := database.TryLead(ctx); {
	case err != nil:
		return nil, errors.Join(err, database.Close())
	case !leads:
		return nil, errors.Join(errAtWork, database.Close())
	}
	return database, nil
}
