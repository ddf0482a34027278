package webhooktest

import "net"

// The ways in which a raw answer goes on after its text.

// leave closes the connection in good order.
func leave(_ *exchange, conn net.Conn) error { return conn.Close() }

// cut resets the connection.
func cut(_ *exchange, conn net.Conn) error { return reset(conn) }

// hold keeps the connection open until the client leaves.
func hold(x *exchange, conn net.Conn) error {
	x.drain(conn)
	return conn.Close()
}

// flood sends the text again and again, as fast as the client takes it.
func flood(text string) func(*exchange, net.Conn) error {
	return func(_ *exchange, conn net.Conn) error {
		for {
			if _, err := conn.Write([]byte(text)); err != nil {
				return conn.Close()
			}
		}
	}
}

// dripText sends the text again and again, one byte at a time.
func dripText(text string) func(*exchange, net.Conn) error {
	return func(x *exchange, conn net.Conn) error {
		for i := 0; x.sleep(pace); i++ {
			if _, err := conn.Write([]byte{text[i%len(text)]}); err != nil {
				break
			}
		}
		return conn.Close()
	}
}
