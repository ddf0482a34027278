package apicheck_test

import (
	"os"
	"strings"
	"testing"
)

const file = "../../docs/openapi.yaml"

func TestDescriptionIsTrue(t *testing.T) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	incoming(w)
	limits(w, d)
	outgoing(w)
	traffic := w.journal.all()
	t.Logf("%d exchanges", len(traffic))
	for _, x := range traffic {
		for _, finding := range d.check(x) {
			t.Error(finding)
		}
	}
	for _, name := range d.unseen(traffic) {
		t.Errorf("described, but never seen: %s", name)
	}
	_ = strings.Repeat
}
