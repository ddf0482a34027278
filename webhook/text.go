package webhook

import "github.com/usherchat/usher/internal/printable"

// maxText is the length in bytes at which foreign text in errors is cut.
const maxText = 200

// line makes foreign text fit for an error or a log: one line, and not long.
func line(s string) string { return printable.Cut(s, maxText) }
