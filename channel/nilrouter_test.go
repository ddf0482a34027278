package channel_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// A Router that is nil within its interface is none: it is refused when the channel is connected, not found out when a
// visitor waits.
func TestNilRouter(t *testing.T) {
	t.Parallel()
	for _, none := range []routing.Router{(*routing.Plan)(nil), routing.RouterFunc(nil), (*nilRouter)(nil)} {
		s := channel.Settings{Router: none}
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "Settings.Router: ") {
			t.Errorf("%T: %v", none, err)
		}
	}
}

type nilRouter struct{}

func (*nilRouter) Route(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
	return routing.Decision{}, http.ErrNotSupported
}
