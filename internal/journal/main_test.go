package journal_test

import (
	"os"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
)

func TestMain(m *testing.M) { os.Exit(journaltest.Main(m)) }
