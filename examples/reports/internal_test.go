package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOutput compares a day with the files in testdata, which are what the commands in the package comment print.
// They change when the library decides otherwise, or when the day does.
func TestOutput(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file  string
		asCSV bool
	}{
		{"testdata/day.txt", false},
		{"testdata/day.csv", true},
		{"testdata/day.txt", false}, // and again: nothing is left to chance
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := run(t.Context(), &got, tt.asCSV); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("the day was another (-want +got):\n%s", diff)
			}
		})
	}
}
