package apicheck_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// sameFields compares the types that requests are read into, and answers written from, with their schemas: a field
// that is new in the code is described, or this fails. (What is only posted has no exported type: there the traffic
// tells.)
func sameFields(t *testing.T, d *description) {
	t.Helper()
	for schema, value := range map[string]any{
		"Inbound": channel.Inbound{}, "Visitor": channel.Visitor{}, "Accepted": channel.Accepted{}, "Receipt": channel.Receipt{},
		"Message": messages.Message{}, "MessageToVisitor": messages.Message{}, "Attachment": messages.Attachment{},
		"Location": messages.Location{}, "Choice": messages.Choice{},
	} {
		want := fields(reflect.TypeOf(value))
		got := slices.Sorted(d.incoming.Components.Schemas.GetOrZero(schema).Schema().Properties.KeysFromOldest())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-code +description):\n%s", schema, diff)
		}
	}
}

// fields are the names that a struct has in JSON.
func fields(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			names = append(names, fields(f.Type)...)
		case f.IsExported() && name != "-":
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
