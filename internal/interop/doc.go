// Package interop holds tests against implementations by others.
//
// package.json names the official Standard Webhooks package for Node.js and two
// renderers of Markdown, commonmark.js (the reference) and markdown-it; the
// tests install them with npm into a directory of their own. They talk to the
// first over HTTP on the loopback, in both directions, and have the others show
// what goes out as Markdown. Without node and npm they are skipped, except where
// CI=true: there that is a failure.
package interop
