//go:build unix

package crashtest

import (
	"os"
	"syscall"
)

var stopSignal, contSignal os.Signal = syscall.SIGSTOP, syscall.SIGCONT
