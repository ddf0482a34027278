package channel_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Example is the README's code: a host that connects one channel, and one visit.
func Example() {
	ctx, mux := context.Background(), http.NewServeMux()
	secret, token := webhook.NewSecret(), channel.NewToken()
	webhooks, err := webhook.NewClient(webhook.Config{Transport: &source{}})
	if err != nil {
		panic(err)
	}
	// README
	roster := routing.NewRoster(nil)
	roster.Set("ann", routing.Active, 0)
	hub, err := channel.NewHub(channel.HubConfig{
		Presence: roster,
		Webhooks: webhooks, // leave it out in production
		Notify: func(ctx context.Context, e channel.Event) error {
			fmt.Println(e.Type, e.Destinations) // show it to your staff
			return nil
		},
	})
	if err != nil {
		panic(err)
	}
	acme, err := hub.Connect(ctx, channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support",
		Webhook:  webhook.Endpoint{URL: "https://acme.example/usher", Secrets: []webhook.Secret{secret}},
		Tokens:   []string{token},
		Routing:  routing.Alternative{routing.Staff("ann"), routing.Team("support")},
		Messages: messages.Settings{DisplayName: messages.FirstName},
	})
	if err != nil {
		panic(err)
	}
	mux.Handle("/in/", http.StripPrefix("/in", hub.Handler())) // the source posts to /in/acme/messages
	// and then: go hub.Run(ctx). Here, RunDue does what is due, and Receive stands for the source's post.
	visit, err := acme.Receive(ctx, channel.Inbound{
		Visitor: channel.Visitor{ID: "zoe"}, Message: messages.Message{ID: "1", Text: "Is my parcel on its way?"},
	})
	if err != nil {
		panic(err)
	}
	_ = hub.RunDue(ctx)
	ann := channel.Staff{ID: "ann", Person: messages.Person{FirstName: "Ann"}}
	_, err = acme.Reply(ctx, visit.Enquiry, ann, messages.Text("It left this morning.")) // accepts it as well
	_ = hub.RunDue(ctx)
	// README
	if err != nil {
		panic(err)
	}
	// Output:
	// enquiry.opened []
	// message.received []
	// enquiry.offered [staff ann]
	// message.sent []
	// enquiry.accepted []
	// message.sent []
}

// TestREADME: the code in the README is the example above.
func TestREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("example_readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(file), "\n\t// README\n")
	if len(parts) < 3 {
		t.Fatal("no marked code")
	}
	code := strings.ReplaceAll("\t"+strings.TrimPrefix(parts[1], "\t"), "\n\t", "\n")
	if !strings.Contains(string(readme), "```go\n"+strings.TrimPrefix(code, "\t")+"\n```") {
		t.Errorf("README.md does not hold the example's code:\n%s", code)
	}
}
