package intake_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// childEnv makes the test program a plain server of the subject that it names, in a process of its own, so that its
// memory is the server's alone.
const childEnv = "USHER_INTAKE_CHILD"

func TestMain(m *testing.M) {
	for _, s := range subjects {
		if os.Getenv(childEnv) == s.name {
			serve(s)
			return
		}
	}
	os.Exit(m.Run())
}

// serve serves without any time-out, and for each line of its input writes the bytes of memory that the process has
// resident. It ends with its input.
func serve(s subject) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	handler := s.make(main{}, 0, 0)
	fmt.Println(listener.Addr())
	go func() { panic(http.Serve(listener, handler)) }()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(resident())
	}
}

// main stands for a test in the child.
type main struct{ testing.TB }

func (main) Helper()                  {}
func (main) Context() context.Context { return context.Background() }
func (main) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }

// resident is what Linux says, elsewhere what the runtime has taken and not given back.
func resident() int64 {
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(statm)); len(fields) > 1 {
			if pages, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return pages * int64(os.Getpagesize())
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

// A child is a server in a process of its own.
type child struct {
	addr   string
	memory func() int64 // what is resident now
}

func start(t *testing.T, s subject) child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+s.name)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatal("the child said nothing")
	}
	return child{addr: lines.Text(), memory: func() int64 {
		if _, err := fmt.Fprintln(stdin); err != nil || !lines.Scan() {
			t.Error("the child is gone")
			return 0
		}
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Error(err)
		}
		return n
	}}
}
