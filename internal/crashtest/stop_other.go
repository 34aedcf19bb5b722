//go:build !unix

package crashtest

import "os"

var stopSignal, contSignal os.Signal
