package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profiled runs fn and writes profiles to the folder: name.cpu, and name.allocs less name.allocs0 (pprof -base).
func profiled(folder, name string, fn func() error) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := allocations(filepath.Join(folder, name+".allocs0")); err != nil {
		return err
	}
	cpu, err := os.Create(filepath.Join(folder, name+".cpu"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cpu.Close()) }()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	err = fn()
	pprof.StopCPUProfile()
	return errors.Join(err, allocations(filepath.Join(folder, name+".allocs")))
}

func allocations(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}

func heapProfile(folder, name string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}
