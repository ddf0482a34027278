package memstore_test

import (
	"testing"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
	"github.com/usherchat/usher/channel/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) conversation.Store { return memstore.New() })
}
