package channel

import (
	"fmt"
	"log/slog"
)

// What is printed of settings, channels and hubs tells which they are. Tokens, secrets and headers do not come out
// under any verb, nor through slog, JSON or gob.

// String returns the id, the names, and the origin of the endpoint.
func (s Settings) String() string {
	return fmt.Sprintf("channel.Settings{ID: %q, Source: %q, Name: %q, Webhook: %s, Tokens: %d}",
		s.ID, s.Source, s.Name, s.Webhook, len(s.Tokens))
}

// Format implements [fmt.Formatter] with String, whatever the verb.
func (s Settings) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue implements [slog.LogValuer] with the id, the names, and the origin of the endpoint.
func (s Settings) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", s.ID), slog.String("source", s.Source), slog.String("name", s.Name),
		slog.String("webhook", s.Webhook.String()), slog.Int("tokens", len(s.Tokens)))
}

// GobEncode implements [encoding/gob.GobEncoder] with the JSON form.
func (s Settings) GobEncode() ([]byte, error) { return s.MarshalJSON() }

// GobDecode implements [encoding/gob.GobDecoder]; what JSON does not hold keeps what s has.
func (s *Settings) GobDecode(data []byte) error { return s.UnmarshalJSON(data) }

// String returns the channel's id.
func (c *Channel) String() string { return "channel.Channel(" + c.id + ")" }

// Format implements [fmt.Formatter] with String, whatever the verb: what is inside changes while it is looked at.
func (c *Channel) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue implements [slog.LogValuer] with the channel's id.
func (c *Channel) LogValue() slog.Value { return slog.StringValue(c.id) }

// MarshalJSON implements [encoding/json.Marshaler] with the channel's settings, without what is secret in them.
func (c *Channel) MarshalJSON() ([]byte, error) { return c.settings.Load().MarshalJSON() }

// Format implements [fmt.Formatter] with the type alone, whatever the verb.
func (h *Hub) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("channel.Hub")) }

// LogValue implements [slog.LogValuer] with the type alone.
func (h *Hub) LogValue() slog.Value { return slog.StringValue("channel.Hub") }

// Format implements [fmt.Formatter] with the type alone, whatever the verb: what it holds is the host's.
func (c HubConfig) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("channel.HubConfig")) }

// LogValue implements [slog.LogValuer] with the type alone.
func (c HubConfig) LogValue() slog.Value { return slog.StringValue("channel.HubConfig") }
