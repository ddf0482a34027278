// Package webhook sends and receives signed webhooks.
package webhook
