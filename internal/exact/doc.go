// Package exact reads JSON that comes from outside, to the letter: what two readers could understand differently is
// refused, so that two visitors never become one.
//
// A body is one JSON value in UTF-8 (RFC 8259 §8.1), nested at most [MaxDepth] deep, with nothing behind it. No
// object has a name twice, whatever it is called and however it is escaped, and no string has half of a surrogate
// pair, which has no form in UTF-8. encoding/json takes the last of two names, any case of them, and puts U+FFFD in
// the place of what is not Unicode. Names count by their bytes after unescaping; those that nobody asks for are
// ignored, but have to be exact too. A byte-order mark before the value is ignored, as RFC 8259 allows.
//
// The body is read twice: once to find it exact, without making anything of it, then by a [Reader] that takes what is
// asked for. Memory grows with the names of the objects that are open at once.
//
// Faults start with the path of what is wrong, such as "message.attachments[2].size: …". They quote names, never
// values.
package exact
