package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// defaults is the channel as it is before an administrator has changed anything: a visitor goes to the person who
// served them last; else to Ann and Bob in turns; if neither answers, to the support team.
func defaults(endpoint string) channel.Settings {
	return channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support",
		Webhook: webhook.Endpoint{URL: endpoint, Secrets: []webhook.Secret{webhook.NewSecret()}},
		Tokens:  []string{channel.NewToken()},
		Routing: routing.Sticky{
			Wait: 20 * time.Second,
			Then: routing.Alternative{
				routing.Group{
					ID: "front-desk", Method: routing.RoundRobin,
					Members: []routing.Destination{routing.Staff("ann"), routing.Staff("bob")},
				},
				routing.Team("support"),
			},
		},
		Messages:  messages.Settings{DisplayName: messages.FirstName},
		OfferWait: 30 * time.Second, MaxWait: time.Minute, AwayEvery: 10 * time.Minute,
		Sends: []string{channel.SendTyping, channel.SendEnquiry},
	}
}

// kept is the file that keeps the settings. Their JSON holds neither secrets nor tokens; a host keeps those where it
// keeps its other secrets. Here they stand beside it, in a file that only its owner can read.
type kept struct {
	Settings channel.Settings `json:"settings"`
	Secrets  []string         `json:"secrets"`
	Tokens   []string         `json:"tokens"`
}

// load reads the settings, or makes them if there is no file yet. The address of this program's own endpoint is
// another after each start.
func load(file, endpoint string) (channel.Settings, error) {
	s := defaults(endpoint)
	if file == "" {
		return s, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, store(file, s)
	}
	if err != nil {
		return s, err
	}
	k := kept{}
	if err := json.Unmarshal(data, &k); err != nil {
		return s, fmt.Errorf("%s: %w", file, err)
	}
	s = k.Settings
	s.Webhook.URL, s.Tokens, s.Webhook.Secrets = endpoint, k.Tokens, nil
	for _, text := range k.Secrets {
		secret, err := webhook.ParseSecret(text)
		if err != nil {
			return s, fmt.Errorf("%s: %w", file, err)
		}
		s.Webhook.Secrets = append(s.Webhook.Secrets, secret)
	}
	return s, s.Validate()
}

// store writes the settings: first beside the file, then in its place, so that it is never half written.
func store(file string, s channel.Settings) error {
	if file == "" {
		return nil
	}
	k := kept{Settings: s, Tokens: s.Tokens}
	for _, secret := range s.Webhook.Secrets {
		k.Secrets = append(k.Secrets, secret.Reveal())
	}
	data, err := json.MarshalIndent(k, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".settings-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // when it has not become the file
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
