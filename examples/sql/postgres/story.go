package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// How many messages are written, and before which of them process A is killed and started again.
const (
	written  = 45
	killedAt = 16
	backAt   = 36
)

// app is the other side, which the visitors write in.
type app struct {
	env  []string // of the processes
	mu   sync.Mutex
	got  map[string][]string // answers by visitor, each once: the receiver knows them by their ids
	from map[string]int      // by process
}

// tell tells the story.
func tell(ctx context.Context, dsn string) (err error) {
	secret, token := webhook.NewSecret(), channel.NewToken()
	a := &app{got: map[string][]string{}, from: map[string]int{}}
	hook, err := webhook.NewReceiver(webhook.ReceiverConfig{Secrets: []webhook.Secret{secret}, Handle: a.handle})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: hook, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	go func() { _ = server.Serve(listener) }()
	a.env = append(os.Environ(), dsnVariable+"="+dsn, hookVariable+"=http://"+listener.Addr().String(),
		secretVariable+"="+secret.Reveal(), tokenVariable+"="+token)

	processes := []*process{{name: "A"}, {name: "B"}}
	for _, p := range processes {
		if err := p.start(a.env); err != nil {
			return err
		}
		defer p.kill()
	}
	fmt.Println("Processes A and B work on one database. Three visitors write to either of them.")
	for n := 1; n <= written; n++ {
		switch n {
		case killedAt:
			fmt.Println("--- process A is killed: kill -9")
			processes[0].kill()
		case backAt:
			fmt.Println("--- process A is started again")
			if err := processes[0].start(a.env); err != nil {
				return err
			}
		}
		if err := send(ctx, processes, token, n); err != nil {
			return err
		}
	}
	return a.judge(ctx)
}

// visitor and text of a message.
func visitor(n int) string { return []string{"ann", "bob", "eve"}[n%3] }
func text(n int) string    { return fmt.Sprintf("message %d", n) }

// send sends a message to one process, or to the other if that does not answer.
func send(ctx context.Context, processes []*process, token string, n int) error {
	body, err := json.Marshal(channel.Inbound{
		Visitor: channel.Visitor{ID: channel.VisitorID(visitor(n))}, Message: messages.Message{ID: text(n), Text: text(n)},
	})
	if err != nil {
		return err
	}
	for try := n / 3; ctx.Err() == nil; try++ {
		p := processes[try%len(processes)]
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.addr+"/acme/messages", bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // it is down: the other one is not
		}
		_ = answer.Body.Close()
		if answer.StatusCode/100 == 2 {
			time.Sleep(40 * time.Millisecond)
			return nil
		}
	}
	return ctx.Err()
}

// handle takes an answer.
func (a *app) handle(_ context.Context, e webhook.Event) error {
	var data struct {
		Visitor string
		Message messages.Message
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return err
	}
	fmt.Printf("%s gets %q\n", data.Visitor, data.Message.Text)
	message, process, _ := strings.Cut(data.Message.Text, ": answer by process ")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got[data.Visitor] = append(a.got[data.Visitor], message)
	a.from[process]++
	return nil
}

// judge waits for the last answers and checks them. What the killed process had begun comes after ten seconds.
func (a *app) judge(ctx context.Context) error {
	for range 300 {
		a.mu.Lock()
		n := len(a.got["ann"]) + len(a.got["bob"]) + len(a.got["eve"])
		a.mu.Unlock()
		if n >= written || ctx.Err() != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	next := map[string]int{}
	for n := 1; n <= written; n++ {
		v := visitor(n)
		if i := next[v]; i >= len(a.got[v]) || a.got[v][i] != text(n) {
			return fmt.Errorf("%s was not answered once and in order: %q", v, a.got[v])
		}
		next[v]++
	}
	fmt.Printf("%d messages, %d answers: %d by A, %d by B; each once and in order.\n",
		written, a.from["A"]+a.from["B"], a.from["A"], a.from["B"])
	return nil
}

// process is one of the two.
type process struct {
	name, addr string
	cmd        *exec.Cmd
}

// start starts the process and waits until it listens.
func (p *process) start(env []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p.cmd = exec.Command(self)
	p.cmd.Env = append(env[:len(env):len(env)], "USHER_EXAMPLE_PROCESS="+p.name)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	p.addr = strings.TrimSpace(line)
	return err
}

// kill ends the process as a crash does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
