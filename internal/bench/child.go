package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Some measurements need processes of their own: to have a heap of their own, or to be several over one database.
// The program starts itself with -child and a job; then each line on its standard input asks for a round, and each
// line on its standard output answers.

// job is what a child does.
type job struct {
	Name    string // in jobs
	N       int    // how many conversations
	Store   string // "" = memory, "sqlite", "postgres"
	DSN     string // a file, or where the server is
	Channel string // whose messages
}

// jobs prepare and return what a round does.
var jobs = map[string]func(ctx context.Context, j job) (prepared, error){
	"growth":  growthJob,
	"process": processJob,
}

// prepared is what a child can do now, and what it found out on the way.
type prepared struct {
	round func(d time.Duration) (sample, error)
	floor func(d time.Duration) (sample, error) // nil if there is none
	info  info
}

type info struct {
	Each     float64       // bytes of a conversation
	Planting time.Duration // of all of them
	Overview time.Duration // the newest fifty enquiries
	Floor    bool          // there is one
}

// child is a process that does a job.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	info  info
	ready bool
}

type childAnswer struct {
	Sample sample
	Info   info
	Err    string
}

// newChild starts a child; it prepares while others do.
func newChild(ctx context.Context, j job) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	what, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, self, "-child", string(what))}
	c.cmd.Stderr = os.Stderr
	in, err1 := c.cmd.StdinPipe()
	out, err2 := c.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	c.in, c.out = in, bufio.NewScanner(out)
	return c, c.cmd.Start()
}

// answer reads a line of the child.
func (c *child) answer() (sample, error) {
	if !c.out.Scan() {
		return sample{}, errors.Join(errors.New("a child process ended"), c.out.Err())
	}
	var a childAnswer
	if err := json.Unmarshal(c.out.Bytes(), &a); err != nil {
		return sample{}, fmt.Errorf("a child process said %q: %w", c.out.Text(), err)
	}
	if a.Err != "" {
		return sample{}, errors.New("child: " + a.Err)
	}
	if !c.ready {
		c.ready, c.info = true, a.Info
	}
	return a.Sample, nil
}

// prepare waits until the child can begin.
func (c *child) prepare() error {
	if c.ready {
		return nil
	}
	_, err := c.answer()
	return err
}

// begin asks for a round; answer ends it.
func (c *child) begin(d time.Duration) error { return c.ask(d.String()) }

func (c *child) ask(line string) error {
	if err := c.prepare(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.in, line)
	return err
}

// round asks for a round and waits for it.
func (c *child) round(d time.Duration) (sample, error) {
	if err := c.begin(d); err != nil {
		return sample{}, err
	}
	return c.answer()
}

// floorRound is a round of the floor.
func (c *child) floorRound(d time.Duration) (sample, error) {
	if err := c.ask(floorWord + d.String()); err != nil {
		return sample{}, err
	}
	return c.answer()
}

const floorWord = "floor "

// end ends the process.
func (c *child) end() error { return errors.Join(c.in.Close(), c.cmd.Wait()) }

// beChild is the child's side.
func beChild(ctx context.Context, what string) error {
	var j job
	if err := json.Unmarshal([]byte(what), &j); err != nil {
		return err
	}
	prepare, ok := jobs[j.Name]
	if !ok {
		return fmt.Errorf("no job %q", j.Name)
	}
	answer := json.NewEncoder(os.Stdout)
	p, err := prepare(ctx, j)
	if err != nil {
		return answer.Encode(childAnswer{Err: err.Error()})
	}
	if err := answer.Encode(childAnswer{Info: p.info}); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		line, floor := strings.CutPrefix(lines.Text(), floorWord)
		d, err := time.ParseDuration(line)
		if err != nil {
			return err
		}
		round := p.round
		if floor {
			round = p.floor
		}
		var a childAnswer
		if a.Sample, err = round(d); err != nil {
			a.Err = err.Error()
		}
		if err := answer.Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}
