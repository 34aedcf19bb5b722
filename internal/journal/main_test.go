package journal_test

import (
	"os"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
