package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"

	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// rollbackMagic begins each header of a rollback journal (https://sqlite.org/fileformat2.html#the_rollback_journal).
const rollbackMagic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"

// rollbackHeader is what is read of a header, in bytes.
const rollbackHeader = 28

var errRollback = errors.New("the rollback journal beside it, which a crash has left, is not as it was written")

// checkRollback returns an error when the rollback journal beside the file is damaged or cut. SQLite takes the
// first record that is not sound for the end of the journal, and undoes only a part of the commit that a crash
// has cut short.
func checkRollback(path string) error {
	rest, err := os.ReadFile(path + "-journal") //nolint:gosec // beside a file that the operator names
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return inSystemsWords(err)
	}
	damaged := remedy.Explain(remedy.StateDamaged, errRollback)
	for sector, size := 0, 0; len(rest) > 0; {
		if len(bytes.Trim(rest[:min(len(rest), 12)], "\x00")) == 0 {
			return nil // from here on it was not synced, and nothing in the file was changed for it
		}
		if len(rest) < rollbackHeader || string(rest[:8]) != rollbackMagic {
			return damaged
		}
		count, nonce := binary.BigEndian.Uint32(rest[8:]), binary.BigEndian.Uint32(rest[12:])
		if size == 0 { // the first header holds for all
			sector, size = int(binary.BigEndian.Uint32(rest[20:])), int(binary.BigEndian.Uint32(rest[24:]))+8
		}
		if count == math.MaxUint32 {
			return nil // nothing syncs this one, and its end can't be told
		}
		records := min(int(count), len(rest))
		if sector < 32 || sector > 65536 || size < 512+8 || size > 65536+8 || records == 0 || sector+records*size > len(rest) {
			return damaged
		}
		for record := range slices.Chunk(rest[sector:sector+records*size], size) {
			if rollbackSum(nonce, record[4:size-4]) != binary.BigEndian.Uint32(record[size-4:]) {
				return damaged
			}
		}
		end := (sector + records*size + sector - 1) / sector * sector
		rest = rest[min(end, len(rest)):]
	}
	return nil
}

// rollbackSum is SQLite's checksum of a page in a rollback journal.
func rollbackSum(sum uint32, page []byte) uint32 {
	for i := len(page) - 200; i > 0; i -= 200 {
		sum += uint32(page[i])
	}
	return sum
}
