package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
)

// errConflicted says that another process has changed the same, and that the transaction has to be made again.
var errConflicted = errors.New("sqlstore: another process changed the same")

// sqlState is what the errors of PostgreSQL's drivers have in common.
type sqlState interface {
	error
	SQLState() string
}

// conflicted reports whether a transaction conflicted with another one: it recorded nothing, and may be made again.
func conflicted(err error) bool {
	if errors.Is(err, errConflicted) {
		return true
	}
	state, ok := errors.AsType[sqlState](err)
	return ok && (state.SQLState() == "40001" || state.SQLState() == "40P01") // serialization failure, deadlock
}

// busy reports whether another process holds SQLite's write lock. The drivers have no type for it in common.
func busy(err error) bool {
	text := err.Error()
	return strings.Contains(text, "SQLITE_BUSY") || strings.Contains(text, "database is locked")
}

// ofStatement reports whether what was written is at fault, and not the database or the connection. Then the changes
// of a batch are recorded one by one, so that only the faulty one fails.
func ofStatement(err error) bool {
	if state, ok := errors.AsType[sqlState](err); ok {
		class, _, _ := strings.Cut(state.SQLState()+"  ", "  ")
		return !strings.HasPrefix(class, "08") && !strings.HasPrefix(class, "53") &&
			!strings.HasPrefix(class, "57") && !strings.HasPrefix(class, "58")
	}
	var network net.Error
	return !busy(err) && !errors.Is(err, driver.ErrBadConn) && !errors.Is(err, sql.ErrConnDone) && !errors.Is(err, io.EOF) &&
		!errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, context.Canceled) &&
		!errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &network) //nolint:forbidigo // an interface
}
