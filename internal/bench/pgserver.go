package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pgServer is a PostgreSQL server in a temporary folder, with the durability that a server has by default.
type pgServer struct {
	bin, dir string
	port     int
	owner    *syscall.Credential // nil = ours
}

// errNoPostgres says why a section is left out.
var errNoPostgres = errors.New("PostgreSQL is not installed (Debian: postgresql-15)")

// startPostgres makes a cluster and starts it on loopback.
func startPostgres() (*pgServer, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return nil, errNoPostgres
	}
	dir, err := os.MkdirTemp("", "usher-bench-pg")
	if err != nil {
		return nil, err
	}
	s := &pgServer{bin: filepath.Dir(slices.Max(found)), dir: dir}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *pgServer) start() error {
	if err := s.own(); err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	if err := s.run("initdb", "-D", data, "-U", "usher", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	options := fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1 -c shared_buffers=512MB -c max_connections=200 -c max_wal_size=4GB",
		s.port, s.dir)
	return s.run("pg_ctl", "-D", data, "-l", filepath.Join(s.dir, "log"), "-w", "-t", "60", "-o", options, "start")
}

// own gives the folder to the user postgres if we are root, as whom PostgreSQL does not run.
func (s *pgServer) own() error {
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err1 := strconv.ParseUint(who.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(who.Gid, 10, 32)
	s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return errors.Join(err1, err2, os.Chown(s.dir, int(uid), int(gid)))
}

func (s *pgServer) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	if program == "pg_ctl" { // the server keeps what it is given open
		return cmd.Run()
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return nil
}

func (s *pgServer) dsn(database string) string {
	return fmt.Sprintf("postgres://usher@127.0.0.1:%d/%s", s.port, database)
}

// stop stops the server and removes what it had.
func (s *pgServer) stop() error {
	err := s.run("pg_ctl", "-D", filepath.Join(s.dir, "data"), "-m", "immediate", "-w", "-t", strconv.Itoa(int(time.Minute/time.Second)), "stop")
	return errors.Join(err, os.RemoveAll(s.dir))
}

// processor is the time that the processors have spent on the server's processes.
func (s *pgServer) processor() time.Duration {
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	postmaster, _, _ := strings.Cut(string(text), "\n")
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	const ticks = 100 // a second, on Linux
	var total int64
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// pid (name) state ppid … utime (14th) stime (15th); a name may hold anything, so what is read begins after it
		f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(f) < 13 || f[1] != postmaster {
			continue
		}
		inUser, _ := strconv.ParseInt(f[11], 10, 64)
		inSystem, _ := strconv.ParseInt(f[12], 10, 64)
		total += inUser + inSystem
	}
	return time.Duration(total) * time.Second / ticks
}
