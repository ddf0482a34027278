package sqlstore_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore"
)

// A row type has a field for each column that the migrations make, its values come in the order of the columns, and
// each holds something when everything that is stored has a value.
func TestColumns(t *testing.T) {
	t.Parallel()
	h, r, e := samples()
	rows, err := sqlstore.Rows(&h, &r, &e)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		columns := slices.DeleteFunc(slices.Clone(row.Columns), func(name string) bool { return slices.Contains(row.Extra, name) })
		if diff := cmp.Diff(sqlstore.Migrated(row.Table), columns); diff != "" {
			t.Errorf("columns of %s (-migrations +row type):\n%s", row.Table, diff)
		}
		fields, values := reflect.ValueOf(row.Filled).Elem(), row.Values()
		if len(values) != fields.NumField() {
			t.Fatalf("%s: %d values of %d fields", row.Table, len(values), fields.NumField())
		}
		for i, value := range values {
			field := fields.Type().Field(i).Name
			if !reflect.DeepEqual(value, fields.Field(i).Interface()) {
				t.Errorf("%s: value %d is %v, not that of %s", row.Table, i, value, field)
			}
			if fields.Field(i).IsZero() {
				t.Errorf("%s: %s holds nothing", row.Table, field)
			}
		}
	}
}

// samples have a value in every field that has a column.
func samples() (conversation.Head, conversation.Record, conversation.Enquiry) {
	at := func(n int64) time.Time { return time.Unix(1772442000, n) }
	e := conversation.Enquiry{
		ID: "e", Number: 1, Channel: "shop", Visitor: conversation.Visitor{ID: "v"}, Status: conversation.Closed,
		Staff: conversation.Staff{ID: "ann"}, OpenedAt: at(1), AcceptedAt: at(2), FirstReplyAt: at(3), MissedAt: at(4), ClosedAt: at(5), FollowUp: true,
	}
	h := conversation.Head{ID: "c", Channel: "shop", Enquiry: &e}
	for l := range h.Lane {
		h.Lane[l].Due = int64(l) + 1
	}
	return h, conversation.Record{Seq: 1, Once: "once", Enquiry: e.ID, Notify: true, Deliver: true}, e
}
