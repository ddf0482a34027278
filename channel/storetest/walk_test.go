package storetest_test

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// fields returns the paths of all exported fields below a type, "Visitor.Person.FirstName", but not below skip.
func fields(of reflect.Type, skip ...reflect.Type) []string {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Array {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() || slices.Contains(skip, of) {
		return nil
	}
	var paths []string
	for f := range of.Fields() {
		if !f.IsExported() {
			continue
		}
		paths = append(paths, f.Name)
		for _, below := range fields(f.Type, skip...) {
			paths = append(paths, f.Name+"."+below)
		}
	}
	return paths
}

// copied returns a copy of v that shares nothing with it, each value in it changed by fn after what it holds.
// path is where it stands.
func copied[T any](v T, fn func(path string, v reflect.Value)) T {
	value := reflect.ValueOf(&v).Elem()
	walk("", value, fn)
	return v
}

func walk(path string, v reflect.Value, fn func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			v.Set(fresh)
			walk(path, fresh.Elem(), fn)
		}
	case reflect.Slice:
		if v.Len() > 0 {
			v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v))
		}
		for i := range v.Len() {
			walk(path, v.Index(i), fn)
		}
		fn(path, v)
		return
	case reflect.Array:
		for i := range v.Len() {
			walk(path, v.Index(i), fn)
		}
		return
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			break
		}
		for f := range v.Type().Fields() {
			if f.IsExported() {
				walk(join(path, f.Name), v.FieldByIndex(f.Index), fn)
			}
		}
	case reflect.Map:
		if m, ok := reflect.TypeAssert[map[string]string](v); ok {
			v.Set(reflect.ValueOf(maps.Clone(m)))
		}
	default:
	}
	fn(path, v)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// without returns a copy of v whose field at path is zero, everywhere.
func without[T any](v T, path string) T {
	return copied(v, func(at string, v reflect.Value) {
		if at == path {
			v.SetZero()
		}
	})
}

// texts returns a copy of v whose texts are changed by fn.
func texts[T any](v T, fn func(string) string) T {
	return copied(v, func(_ string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(fn(v.String()))
		case reflect.Map:
			for _, key := range v.MapKeys() {
				value := reflect.ValueOf(fn(v.MapIndex(key).String()))
				v.SetMapIndex(key, reflect.Value{})
				v.SetMapIndex(reflect.ValueOf(fn(key.String())), value)
			}
		default:
		}
	})
}

// numbers returns a copy of v whose integers are changed by fn.
func numbers[T any](v T, fn func(int64) int64) T {
	return copied(v, func(_ string, v reflect.Value) {
		if v.CanInt() {
			v.SetInt(fn(v.Int()))
		}
	})
}

// instants returns a copy of v whose times are changed by fn.
func instants[T any](v T, fn func(time.Time) time.Time) T {
	return copied(v, func(_ string, v reflect.Value) {
		if t, ok := reflect.TypeAssert[time.Time](v); ok {
			v.Set(reflect.ValueOf(fn(t)))
		}
	})
}
