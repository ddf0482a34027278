package sqlstore

import (
	"strconv"
	"strings"
)

// array writes an array as PostgreSQL reads it: a text, which every driver can pass.
//
// The format is that of https://www.postgresql.org/docs/14/arrays.html#ARRAYS-IO.
type array struct{ b []byte }

func (a *array) comma() {
	if len(a.b) == 0 {
		a.b = append(a.b, '{')
	} else {
		a.b = append(a.b, ',')
	}
}

func (a *array) text(s string) {
	a.comma()
	a.b = append(a.b, '"')
	for {
		i := strings.IndexAny(s, `"\`)
		if i < 0 {
			break
		}
		a.b = append(a.b, s[:i]...)
		a.b = append(a.b, '\\', s[i])
		s = s[i+1:]
	}
	a.b = append(a.b, s...)
	a.b = append(a.b, '"')
}

func (a *array) number(n int64) {
	a.comma()
	a.b = strconv.AppendInt(a.b, n, 10)
}

func (a *array) truth(v bool) {
	a.comma()
	a.b = strconv.AppendBool(a.b, v)
}

// any adds a string, an int64 or nil.
func (a *array) any(v any) {
	switch v := v.(type) {
	case string:
		a.text(v)
	case int64:
		a.number(v)
	default:
		a.comma()
		a.b = append(a.b, "NULL"...)
	}
}

func (a *array) String() string {
	if len(a.b) == 0 {
		return "{}"
	}
	return string(append(a.b, '}'))
}

// texts is an array of texts.
func texts(list []string) string {
	var a array
	for _, s := range list {
		a.text(s)
	}
	return a.String()
}

// arrays are the columns of several rows.
type arrays []array

// args appends the arrays as arguments of a statement.
func (a arrays) args(to []any) []any {
	for i := range a {
		to = append(to, a[i].String())
	}
	return to
}

// documentList is JSON documents, one a line, for string_to_array(…, E'\n'): there are no line breaks in them, and
// so nothing has to be escaped and understood again.
type documentList struct{ b []byte }

func (d *documentList) add(doc string) {
	if len(d.b) > 0 {
		d.b = append(d.b, '\n')
	}
	d.b = append(d.b, doc...)
}

func (d *documentList) String() string { return string(d.b) }
