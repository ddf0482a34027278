package channel_test

import (
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/storetest"
)

func TestMemStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) channel.Store { return channel.NewMemStore() })
}
