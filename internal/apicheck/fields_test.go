package apicheck_test

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
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

// sameNumbers looks for the defaults that the description tells in words.
func sameNumbers(t *testing.T, text string) {
	t.Helper()
	client, err := webhook.NewClient(webhook.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var delays []string
	for _, d := range client.Retry().Delays {
		unit := strings.NewReplacer("h0m0s", " h", "m0s", " min", "s", " s")
		delays = append(delays, unit.Replace(d.String()))
	}
	last := len(delays) - 1
	text = strings.Join(strings.Fields(text), " ")
	for _, want := range []string{
		strings.Join(delays[:last], ", ") + " and " + delays[last] + " later by default, for three days at most",
		fmt.Sprintf("%s a second for a channel with bursts of %s,", number(channel.DefaultChannelRate), number(channel.DefaultChannelBurst)),
		fmt.Sprintf("%s a second for a visitor with bursts of %s.", number(channel.DefaultVisitorRate), number(channel.DefaultVisitorBurst)),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the description does not say %q", want)
		}
	}
	if age := client.Retry().MaxAge; age != 3*24*time.Hour {
		t.Errorf("events age %s, the description says three days", age)
	}
}

// number writes thousands apart.
func number[N ~int | ~float64](n N) string {
	if n < 1000 {
		return strconv.Itoa(int(n))
	}
	return fmt.Sprintf("%d %03d", int(n)/1000, int(n)%1000)
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
