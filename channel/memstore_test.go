package channel_test

import (
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/storetest"
)

func TestMemStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) conversation.Store { return channel.NewMemStore() })
}

// TestMemStorePacked keeps one conversation of a shard unpacked, so that nearly every use unpacks one.
func TestMemStorePacked(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) conversation.Store { return channel.NewMemStoreKeeping(1) })
}
