package channel_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/time/rate"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

func benchChannel(b *testing.B, notify func(context.Context, channel.Event) error) (*channel.Hub, *channel.Channel) {
	b.Helper()
	client, err := webhook.NewClient(webhook.Config{Transport: &source{}, Rate: rate.Inf, MaxInFlight: 1000})
	if err != nil {
		b.Fatal(err)
	}
	h, err := channel.NewHub(channel.HubConfig{Webhooks: client, Notify: notify})
	if err != nil {
		b.Fatal(err)
	}
	ch, err := h.Connect(b.Context(), channel.Settings{
		ID: "c", Source: "App", Name: "Support",
		Webhook: webhook.Endpoint{URL: "https://example.com/hook", Secrets: []webhook.Secret{webhook.NewSecret()}},
		Routing: routing.Staff("ann"), VisitorRate: -1, ChannelRate: -1,
		Messages: messages.Settings{Welcome: messages.AutoReply{Off: true}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return h, ch
}

// BenchmarkReceive records messages of live conversations; nobody works on them.
func BenchmarkReceive(b *testing.B) {
	_, ch := benchChannel(b, func(context.Context, channel.Event) error { return nil })
	b.ReportAllocs()
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			_, err := ch.Receive(b.Context(), channel.Inbound{
				Visitor: channel.Visitor{ID: channel.VisitorID("v" + strconv.FormatInt(i%1000, 10))},
				Message: messages.Message{ID: strconv.FormatInt(i, 10), Text: "Is my parcel on its way?"},
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkCycle is a message received, told to the host, replied to, posted, and told again.
func BenchmarkCycle(b *testing.B) {
	var ch *channel.Channel
	var done sync.WaitGroup
	room := make(chan struct{}, 64)
	ann := channel.Staff{ID: "ann"}
	h, ch := benchChannel(b, func(ctx context.Context, e channel.Event) error {
		switch e.Type {
		case channel.MessageReceived:
			_, err := ch.Reply(ctx, e.Enquiry.ID, ann, messages.Message{ID: "r" + e.Message.ID, Text: "It is."})
			return err
		case channel.MessageSent:
			<-room
			done.Done()
		}
		return nil
	})
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	b.ReportAllocs()
	var n atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			room <- struct{}{}
			done.Add(1)
			_, err := ch.Receive(ctx, channel.Inbound{
				Visitor: channel.Visitor{ID: channel.VisitorID("v" + strconv.FormatInt(i%1000, 10))},
				Message: messages.Message{ID: strconv.FormatInt(i, 10), Text: "Is my parcel on its way?"},
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	done.Wait()
	cancel()
	running.Wait()
}
