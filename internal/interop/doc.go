// Package interop holds tests against implementations by others.
//
// package.json names the official Standard Webhooks package for Node.js; the
// tests install it with npm into a directory of their own and talk to it over
// HTTP on the loopback, in both directions. Without node and npm they are
// skipped, except where CI=true: there that is a failure.
package interop
