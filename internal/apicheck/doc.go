// Package apicheck keeps docs/openapi.yaml true: its test has a real hub talk to a source over HTTP on loopback, in
// every way that the description tells of, and holds what went over the wire against the description.
//
// It fails when the hub answers or posts what is not described (a status, a header, a member, a form), when it accepts
// what the description forbids or refuses what it allows, and when something is described that was never seen. It is
// a module of its own because validating OpenAPI takes a library.
//
//	go test -C internal/apicheck ./...
package apicheck
