package main

import (
	"net/http"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/usherchat/usher/webhook"
)

// reference verifies with the reference library of Standard Webhooks.
func reference(secret webhook.Secret) (func(body []byte, h http.Header) error, error) {
	hook, err := standardwebhooks.NewWebhook(secret.Reveal())
	if err != nil {
		return nil, err
	}
	return hook.Verify, nil
}
