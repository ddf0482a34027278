package webhooktest

import (
	"net"
	"sync"
)

// A muteListener takes connections and never says a word on them.
type muteListener struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func (l *muteListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.conns = append(l.conns, conn)
		l.mu.Unlock()
	}
}

func (l *muteListener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.conns {
		_ = conn.Close() // the client may have gone
	}
	l.conns = nil
	return err
}
