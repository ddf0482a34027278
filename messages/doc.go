// Package messages holds what the two sides of a channel say to each other: the content of a message, the name that
// visitors see, and the automatic welcome, away and closing messages.
//
// # Concepts
//
// A [Message] is plain data: a text, attachments, a place, quick replies. [Message.Validate] returns all faults of a
// message from outside. [Message.PlainText] puts the whole message into one text, for sources that show only text.
//
// A [Person] has a name, and [DisplayName] says how much of it visitors see. Names come from outside and are shown to
// strangers. So [DisplayName.Format] removes characters that are invisible or would move the text around them, and keeps
// those that people in any script need to write their name.
//
// A [Template] is a text with names in braces, such as "Hello {visitor|there}!". An administrator may write it: a
// template calls nothing, never loops, and its values are never parsed as templates.
//
// [Settings] hold the decisions of an administrator, and are stored as JSON. [New] makes [Replies] of them, which find
// the text in the visitor's language and render it. If the host gives no text, the library uses its own welcome and away
// texts, in 21 languages ([DefaultWelcome], [DefaultAway]).
//
// # Lifecycle
//
// New reads Settings once; when they change, make new Replies. Nothing here starts a goroutine, reads a clock or does
// I/O: the time is an argument ([Vars]). Package channel decides when an automatic message is sent, and how often.
//
// # Errors
//
// An error joins all faults, each with the path of its field as JSON names it:
//
//	attachments[2].url: must start with https:// or http://
//	welcome.texts[de]: character 7: unknown name "nme"; known are …
//
// If a template is at fault, [errors.AsType] finds a [*SyntaxError] with the position. Faults of a Message quote nothing
// of the message except the keys of its metadata.
//
// # Concurrency
//
// Templates and Replies are immutable and safe for concurrent use. Messages, Persons and Settings are values: a copy
// shares their maps and slices, and nothing in this package writes to them.
package messages
