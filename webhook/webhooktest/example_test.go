package webhooktest_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// exampleT stands for the *testing.T that an example has not.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (t *exampleT) Helper()                   {}
func (t *exampleT) Cleanup(f func())          { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) Errorf(f string, a ...any) { fmt.Printf(f+"\n", a...) }
func (t *exampleT) Fatal(a ...any)            { panic(fmt.Sprint(a...)) }
func (t *exampleT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func (t *exampleT) end() {
	for _, f := range t.cleanups {
		f()
	}
}

// An endpoint that is down twice gets the event on the third attempt, once.
func ExampleStart() {
	t := new(exampleT) // in a test: its own t
	defer t.end()

	endpoint := webhooktest.Start(t, webhooktest.Config{Secrets: []webhook.Secret{webhook.NewSecret()}})
	endpoint.Script(webhooktest.ResetBeforeHeader(), webhooktest.Status(http.StatusBadGateway))

	config := endpoint.Client()
	config.Retry.Delays = []time.Duration{time.Millisecond, time.Millisecond}
	client, err := webhook.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Deliver(context.Background(), endpoint.Webhook(), webhook.Event{ID: "msg_1", Type: "message"})
	fmt.Println(resp.Status, resp.Attempts, err)

	endpoint.AssertOnce(t, "msg_1")
	endpoint.AssertSigned(t)
	for _, r := range endpoint.Requests() {
		fmt.Println(r.ID, r.Step, r.Status)
	}
	// Output:
	// 204 3 <nil>
	// msg_1 reset_before_header 0
	// msg_1 status 502
	// msg_1 ok 204
}
