package apicheck_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	faults "github.com/pb33f/libopenapi-validator/errors"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"github.com/pb33f/libopenapi/orderedmap"
)

// description is docs/openapi.yaml, ready to be held against traffic.
type description struct {
	incoming, outgoing *v3.Document
	in, out            validator.Validator // what is not described is a fault
	answers            validator.Validator // of a source, which may say what it likes beside
}

// parse reads an OpenAPI document. The validators only know paths, so that webhooks are read a second time as if
// each were a path with its name.
func parse(text []byte) (*description, error) {
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	whole, problems := validator.NewValidator(doc)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if ok, problems := whole.ValidateDocument(); !ok {
		return nil, fmt.Errorf("it is not OpenAPI 3.1: %s", reasons(problems))
	}
	var models [5]*v3.Document // one for each validator, and two to look into
	for i := range models {
		if models[i], err = model(text); err != nil {
			return nil, err
		}
		if i < 2 {
			continue
		}
		hooks := orderedmap.New[string, *v3.PathItem]()
		for name, item := range models[i].Webhooks.FromOldest() {
			hooks.Set("/"+name, item)
		}
		models[i].Paths.PathItems = hooks
	}
	options := []config.Option{config.WithFormatAssertions(), config.WithStandardBodyDecoders()}
	strict := append(slices.Clone(options), config.WithStrictMode(), config.WithStrictIgnorePaths(free...))
	return &description{
		incoming: models[0], in: validator.NewValidatorFromV3Model(models[1], strict...),
		outgoing: models[2], out: validator.NewValidatorFromV3Model(models[3], strict...),
		answers: validator.NewValidatorFromV3Model(models[4], options...),
	}, nil
}

// free are the objects whose members have any name.
var free = []string{"$.body.visitor.attributes.*", "$.body.**.metadata.*"}

func model(text []byte) (*v3.Document, error) {
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	m, err := doc.BuildV3Model()
	if err != nil {
		return nil, err
	}
	return &m.Model, nil
}

// check says in which ways the exchange is not as described.
func (d *description) check(x exchange) []string {
	var found []string
	finding := func(format string, args ...any) {
		found = append(found, fmt.Sprintf("%s (%s %s): ", x.name, x.method, x.path)+fmt.Sprintf(format, args...))
	}
	v, answers, doc := d.in, d.in, d.incoming
	if x.hook != "" {
		v, answers, doc = d.out, d.answers, d.outgoing
	}
	method, path := described(doc, x)
	ok, problems := v.ValidateHttpRequestSync(x.request(x.method, x.path))
	switch {
	case x.hook != "" && !ok:
		finding("what was posted is not as described: %s %s", reasons(problems), x.body)
	case x.status/100 == 2 && !ok && x.exempt != lenient:
		finding("%d, but the description forbids it: %s", x.status, reasons(problems))
	case x.status == http.StatusBadRequest && x.hook == "" && ok && x.exempt != beyond:
		finding("%d, but the description allows it: %s", x.status, x.answer)
	}
	answer := x.response()
	ok, problems = answers.ValidateHttpResponse(x.request(method, path), answer)
	_ = answer.Body.Close()
	if !ok {
		finding("the answer %d is not as described: %s", x.status, reasons(problems))
	}
	if x.status >= 400 && x.hook == "" && !strings.HasPrefix(x.answerHeader.Get("Content-Type"), "application/problem+json") {
		finding("the answer %d is no problem+json", x.status)
	}
	return found
}

// described is where an answer is described: other methods at the path's POST, other paths at a message's.
func described(doc *v3.Document, x exchange) (method, path string) {
	method, path = x.method, x.path
	_, item := find(doc, path)
	if item == nil {
		path = "/any/messages"
		_, item = find(doc, path)
	}
	if item != nil && item.GetOperations().GetOrZero(strings.ToLower(method)) == nil {
		method = http.MethodPost
		if item.Post == nil {
			method = http.MethodPatch
		}
	}
	return method, path
}

// find returns the path that is described, and what is described there.
func find(doc *v3.Document, path string) (string, *v3.PathItem) {
	segments := strings.Split(path, "/")
	for template, item := range doc.Paths.PathItems.FromOldest() {
		parts := strings.Split(template, "/")
		same := len(parts) == len(segments) && !slices.Contains(segments[1:], "")
		for i := 0; same && i < len(parts); i++ {
			same = parts[i] == segments[i] || strings.HasPrefix(parts[i], "{")
		}
		if same {
			return template, item
		}
	}
	return "", nil
}

func (x *exchange) request(method, path string) *http.Request {
	r, err := http.NewRequest(method, "http://127.0.0.1"+path, bytes.NewReader(x.body))
	if err != nil {
		panic(err) // it was sent once
	}
	r.Header = x.header.Clone()
	return r
}

func (x *exchange) response() *http.Response {
	return &http.Response{StatusCode: x.status, Header: x.answerHeader.Clone(), Body: io.NopCloser(bytes.NewReader(x.answer))}
}

func reasons(problems []*faults.ValidationError) string {
	var all []string
	for _, p := range problems {
		if len(p.SchemaValidationErrors) == 0 {
			all = append(all, p.Message+": "+p.Reason)
		}
		for _, s := range p.SchemaValidationErrors {
			all = append(all, strings.Join(s.InstancePath, ".")+" "+s.Reason+" ("+s.KeywordLocation+")")
		}
	}
	return strings.Join(all, "; ")
}
