// Package messages is what a channel's two sides say to each other: the content of a message, the
// name that visitors see, and the welcome, away and closing messages that are sent by themselves.
package messages
