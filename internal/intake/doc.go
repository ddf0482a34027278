// Package intake is how the HTTP handlers of this module take requests in from senders that they do not know yet: it
// bounds the time and the memory that such a sender costs.
//
// A handler calls [Begin] before anything else, and [Refuse] before it writes a fault to a sender that it does not know
// or whose body it did not read. It reads the body with [Budget.Read].
//
// # HTTP/1 and HTTP/2
//
// Deadlines are set by [http.ResponseController]. On HTTP/1 they hold for the connection, on HTTP/2 for the stream. A
// refusal closes a connection of HTTP/1. On HTTP/2, where a proxy may carry many senders over one connection, net/http
// resets the stream alone; how long a connection without streams stays is IdleTimeout's to say. A ResponseWriter that
// has no deadlines and does not unwrap to one that has (http.TimeoutHandler's) leaves all times to the host's server.
package intake
