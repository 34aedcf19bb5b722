//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// freeSpace returns how much room there is for this user on the disk of a directory, in bytes.
func freeSpace(dir string) (free uint64, known bool) {
	var disk unix.Statfs_t
	if unix.Statfs(dir, &disk) != nil {
		return 0, false
	}
	return disk.Bavail * uint64(disk.Bsize), true //nolint:gosec // a block has no negative size
}
