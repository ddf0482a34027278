package intake

import (
	"math/bits"
	"sync"
)

// Sizes of the memory that bodies lie in.
const (
	free = 4 << 10 // what a body begins with
	kept = 1 << 20 // the largest that is used again
)

// pools hold memory for the next body, by size: the powers of two from free to kept. Without them a flood of large
// bodies costs as much again in garbage that waits to be collected.
var pools [9]sync.Pool

// pool is where memory of that size is kept, nil if it is not.
func pool(size int) *sync.Pool {
	if size < free || size > kept || size&(size-1) != 0 {
		return nil
	}
	return &pools[bits.Len(uint(size/free))-1]
}

func lend(size int) *[]byte {
	if p := pool(size); p != nil {
		if memory, ok := p.Get().(*[]byte); ok {
			return memory
		}
	}
	return new(make([]byte, size))
}

func takeBack(memory *[]byte) {
	if p := pool(len(*memory)); p != nil {
		p.Put(memory)
	}
}
