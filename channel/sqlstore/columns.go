package sqlstore

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// The rows that changes write. Each type is the one list of its table's columns: the JSON name of a field is the
// column's name, its type is the column's type, and every statement that writes the table is made from it. A new
// column is a field here, what it holds in rows.go, and a migration.

// conversationRow is a row of the table conversations.
type conversationRow struct {
	ID          string  `json:"id"`
	Version     int64   `json:"version"`
	Channel     string  `json:"channel"`
	Enquiry     *string `json:"enquiry,omitempty"`
	NextRoute   *int64  `json:"next_route,omitempty"`
	NextWait    *int64  `json:"next_wait,omitempty"`
	NextNotify  *int64  `json:"next_notify,omitempty"`
	NextDeliver *int64  `json:"next_deliver,omitempty"`
	NextChannel *int64  `json:"next_channel,omitempty"`
	Head        string  `json:"-" lines:"head"`

	// Was is not a column: it is the version that the change began with.
	Was int64 `json:"was"`
}

func (r *conversationRow) values() []any {
	return []any{
		r.ID, r.Version, r.Channel, r.Enquiry, r.NextRoute, r.NextWait, r.NextNotify, r.NextDeliver, r.NextChannel,
		r.Head, r.Was,
	}
}

// recordRow is a row of the table records.
type recordRow struct {
	Conversation string  `json:"conversation"`
	Seq          int64   `json:"seq"`
	Once         *string `json:"once,omitempty"`
	Enquiry      *string `json:"enquiry,omitempty"`
	Notify       bool    `json:"notify"`
	Deliver      bool    `json:"deliver"`
	Doc          string  `json:"-" lines:"doc"`
}

func (r *recordRow) values() []any {
	return []any{r.Conversation, r.Seq, r.Once, r.Enquiry, r.Notify, r.Deliver, r.Doc}
}

// enquiryRow is a row of the table enquiries.
type enquiryRow struct {
	ID           string `json:"id"`
	Conversation string `json:"conversation"`
	Channel      string `json:"channel"`
	Number       int64  `json:"number"`
	Visitor      string `json:"visitor"`
	Status       string `json:"status"`
	Staff        string `json:"staff"`
	OpenedAt     int64  `json:"opened_at"`
	AcceptedAt   *int64 `json:"accepted_at,omitempty"`
	FirstReplyAt *int64 `json:"first_reply_at,omitempty"`
	MissedAt     *int64 `json:"missed_at,omitempty"`
	ClosedAt     *int64 `json:"closed_at,omitempty"`
	FollowUp     bool   `json:"follow_up"`
	FirstSeq     int64  `json:"first_seq"`
	Doc          string `json:"-" lines:"doc"`
}

func (r *enquiryRow) values() []any {
	return []any{
		r.ID, r.Conversation, r.Channel, r.Number, r.Visitor, r.Status, r.Staff, r.OpenedAt, r.AcceptedAt, r.FirstReplyAt,
		r.MissedAt, r.ClosedAt, r.FollowUp, r.FirstSeq, r.Doc,
	}
}

// columns are those of a row type. Reflection reads them once, when the program starts.
type columns []column

type column struct{ name, kind string }

// lines is the kind of a column of documents.
const lines = "lines"

var (
	conversationColumns = columnsOf[conversationRow]()
	recordColumns       = columnsOf[recordRow]()
	enquiryColumns      = columnsOf[enquiryRow]()

	// What may change in a row that exists.
	changedHead    = conversationColumns.without("id", "channel", "was")
	changedRecord  = recordColumns.without("conversation", "seq", "once")
	changedEnquiry = enquiryColumns.without("id", "conversation", "channel", "first_seq")
)

// from names the columns of a table or of rows(…) in a statement.
func from(name string) func(string) string {
	return func(col string) string { return name + "." + col }
}

func columnsOf[Row any]() (list columns) {
	kinds := map[reflect.Kind]string{reflect.String: "text", reflect.Int64: "bigint", reflect.Bool: "boolean"}
	for f := range reflect.TypeFor[Row]().Fields() {
		of := f.Type
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if name := f.Tag.Get("lines"); name != "" {
			list = append(list, column{name, lines})
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		list = append(list, column{name, kinds[of.Kind()]})
	}
	return list
}

// without leaves columns out.
func (c columns) without(names ...string) columns {
	return slices.DeleteFunc(slices.Clone(c), func(col column) bool { return slices.Contains(names, col.name) })
}

// names writes the columns: "id, version".
func (c columns) names() string { return c.join(func(col column) string { return col.name }) }

// list writes what of says of each column: "k.id, k.version".
func (c columns) list(of func(string) string) string {
	return c.join(func(col column) string { return of(col.name) })
}

// set writes what an UPDATE sets: "version = k.version, …".
func (c columns) set(of func(string) string) string {
	return c.join(func(col column) string { return col.name + " = " + of(col.name) })
}

// value is the parameter of a column in a statement that is given the values of a row.
func (c columns) value(name string) string {
	return fmt.Sprint("$", 1+slices.IndexFunc(c, func(col column) bool { return col.name == name }))
}

// insert is the statement that adds a row of values.
func (c columns) insert(table string) string {
	return `INSERT INTO {` + table + `} (` + c.names() + `) VALUES (` + c.list(c.value) + `)`
}

// rows writes the rows of two parameters, as [names.sql] understands it: "rows($1, $2 doc: id text, seq bigint, …)".
func (c columns) rows(first int) string {
	of := slices.IndexFunc(c, func(col column) bool { return col.kind == lines })
	members := c.without(c[of].name).join(func(col column) string { return col.name + " " + col.kind })
	return fmt.Sprintf("rows($%d, $%d %s: %s)", first, first+1, c[of].name, members)
}

func (c columns) join(text func(column) string) string {
	all := make([]string, len(c))
	for i, col := range c {
		all[i] = text(col)
	}
	return strings.Join(all, ", ")
}

// onSaved replaces an enquiry that is in the table already.
var onSaved = ` ON CONFLICT (id) DO UPDATE SET ` + changedEnquiry.set(from("excluded"))
