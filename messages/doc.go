// Package messages is what the two sides of a channel say to each other: the content of a message, the
// name that visitors see, and the welcome, away and closing messages that are sent by themselves.
//
// # Concepts
//
// A [Message] is plain data: a text, attachments, a place, quick replies. [Message.Validate] tells all that
// is wrong with one that came from outside, and [Message.PlainText] says it in one text for sources that
// show nothing else.
//
// A [Person] has a name, and [DisplayName] says how much of it visitors see. Names come from anywhere and
// are shown to strangers, so [DisplayName.Format] takes out what is not seen or would move the text around
// it, and keeps what people in any script need to write their name.
//
// A [Template] is a text with names in braces, such as "Hello {visitor|there}!". An administrator may write
// one: it calls nothing, never loops, and its values are never parsed again.
//
// [Settings] hold what an administrator decides, and are stored as JSON. [New] turns them into [Replies], which
// find the text in the visitor's language and render it. Where there is no text of the host's, the library
// has its own welcome and away texts, polite ones, in more than fifteen languages ([DefaultWelcome],
// [DefaultAway]).
//
// # Lifecycle
//
// Settings are read once, by New; changed settings need new Replies. Nothing here starts a goroutine, reads
// a clock or does I/O: the time of writing is an argument ([Vars]). When a reply is due, and how often, is
// decided by package channel.
//
// # Errors
//
// A joined error tells all faults at once, each with the path of its field as JSON names it:
//
//	attachments[2].url: must start with https:// or http://
//	welcome.texts[de]: character 7: unknown name "nme"; known are …
//
// Where a template is at fault, [errors.AsType] finds a [*SyntaxError] with the position. Faults of a Message
// quote nothing of it but the keys of its metadata.
//
// # Concurrency
//
// Templates and Replies are immutable and safe for concurrent use. Messages, Persons and Settings are
// values; a copy shares their maps and slices, which nothing here writes to.
package messages
