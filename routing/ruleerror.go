package routing

import (
	"errors"
	"fmt"
	"strings"
)

// RuleError is one thing that is wrong with a rule, and where. [New] and [ParseRule] report all of them joined: the
// error unwraps to a list of *RuleError.
type RuleError struct {
	Path string // "then.conditions[0].then.shares"; "" is the outermost rule itself
	Text string
}

// Error returns "path: text".
func (f *RuleError) Error() string {
	if f.Path == "" {
		return f.Text
	}
	return f.Path + ": " + f.Text
}

// faults collects what is wrong with a rule.
type faults []error

func (f *faults) add(path, format string, args ...any) {
	*f = append(*f, &RuleError{Path: path, Text: fmt.Sprintf(format, args...)})
}

func (f *faults) join() error { return errors.Join(*f...) }

// join puts a rule's path before the path of a part of it.
func join(path, part string) string {
	switch {
	case path == "":
		return part
	case part == "" || strings.HasPrefix(part, "["):
		return path + part
	}
	return path + "." + part
}

func indexed(path, list string, i int) string {
	return fmt.Sprintf("%s[%d]", join(path, list), i)
}
