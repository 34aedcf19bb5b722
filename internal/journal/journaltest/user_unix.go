//go:build unix

package journaltest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// immediateShutdown is PostgreSQL's word for it.
const immediateShutdown = syscall.SIGQUIT

// PostgreSQL refuses to run as root: then it runs as the user that its package made, or as no one.
func account() (uid, gid int, ok bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			uid, _ = strconv.Atoi(found.Uid)
			gid, _ = strconv.Atoi(found.Gid)
			return uid, gid, true
		}
	}
	return 0, 0, false
}

func giveAway(dir string) error {
	if uid, gid, ok := account(); ok {
		return os.Chown(dir, uid, gid)
	}
	return nil
}

// runUnprivileged has a command run as that user.
func runUnprivileged(cmd *exec.Cmd) {
	if uid, gid, ok := account(); ok {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}} //nolint:gosec // ids of the system
	}
}
