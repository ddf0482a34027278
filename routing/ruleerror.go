package routing

import (
	"errors"
	"fmt"
	"strings"
)

// RuleError is one thing that is wrong with a rule, and where. [New] and [ParseRule] report all of them joined: the
// error unwraps to a list of *RuleError, of a hundred at most.
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

// maxFaults is how many faults of a rule an error names.
const maxFaults = 100

// faults collects what is wrong with a rule.
type faults struct {
	kept  []error // the first maxFaults
	count int
}

func (f *faults) add(path, format string, args ...any) {
	if f.count++; f.count <= maxFaults {
		f.kept = append(f.kept, &RuleError{Path: path, Text: fmt.Sprintf(format, args...)})
	}
}

// join returns nil if there are none.
func (f *faults) join() error {
	if f.count > maxFaults {
		return errors.Join(append(f.kept, &RuleError{Text: fmt.Sprintf("%d more faults", f.count-maxFaults)})...)
	}
	return errors.Join(f.kept...)
}

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
