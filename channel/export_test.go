package channel

// NewMemStoreKeeping is NewMemStore with n conversations of each shard left unpacked.
func NewMemStoreKeeping(n int) *MemStore { return newMemStore(n) }
