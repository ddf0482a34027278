package channel_test
import ("testing";"context";"fmt";"time"; "runtime"
	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages")
func TestDbg(t *testing.T) {
	heap := func() uint64 { runtime.GC(); runtime.GC(); var m runtime.MemStats; runtime.ReadMemStats(&m); return m.HeapAlloc }
	st := channel.NewMemStore()
	_ = st
	b := testing.B{}; _ = b
	var ch *channel.Channel
	h, ch := benchChannelStore(t, st, func(ctx context.Context, e channel.Event) error {
		if e.Type == channel.EnquiryOffered {
			if _, err := ch.Reply(ctx, e.Enquiry.ID, channel.Staff{ID:"ann"}, messages.Message{Text: "It left our warehouse this morning."}); err != nil { return err }
			return ch.Close(ctx, e.Enquiry.ID, channel.Staff{ID:"ann"})
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { _ = h.Run(ctx); close(done) }()
	base := heap()
	const N = 5000
	for i := range N {
		_, _ = ch.Receive(ctx, channel.Inbound{Visitor: channel.Visitor{ID: channel.VisitorID(fmt.Sprintf("visitor-%08d", i)), Person: messages.Person{FirstName: "Zoe"}}, Message: messages.Message{ID: fmt.Sprint(i), Text: "Is my parcel on its way?"}})
	}
	for range 60 { time.Sleep(time.Second/4); n:=0; for range h.Enquiries(ctx, channel.Query{Status: []channel.Status{channel.Opened, channel.Handling}, Limit: 1}) { n++ }; if n==0 { break } }
	time.Sleep(time.Second)
	t.Log(channel.Dump(st), (heap()-base)/N)
	cancel(); <-done
	t.Log(channel.Dump(st), (heap()-base)/N)
	runtime.KeepAlive(h)
	runtime.KeepAlive(st)
}
