// Package openapi is a source as somebody would write it with what oapi-codegen makes of docs/openapi.yaml. It is only
// compiled, by run.sh, after the generated package was made: where the description leaves a generator without a type,
// this does not compile.
package openapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/usherchat/usher/internal/tools/openapi/generated"
)

// say brings a visitor's message in, and returns the id that the backend gave it.
func say(ctx context.Context, backend, token, visitor, id, text string) (generated.MessageID, error) {
	client, err := generated.NewClientWithResponses(backend, generated.WithRequestEditorFn(
		func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		}))
	if err != nil {
		return "", err
	}
	kind := generated.Image
	answer, err := client.PostMessageWithResponse(ctx, "acme", generated.Inbound{
		Visitor: generated.Visitor{Id: visitor},
		Message: generated.Message{
			Id: id, Text: &text,
			Attachments: &[]generated.Attachment{{Kind: &kind, Url: "https://app.example.com/parcel.png"}},
		},
	})
	switch {
	case err != nil:
		return "", err
	case answer.JSON202 != nil:
		return answer.JSON202.Message, nil
	case answer.JSON200 != nil:
		return answer.JSON200.Message, nil
	case answer.ApplicationproblemJSON400 != nil:
		return "", fmt.Errorf("refused: %s", answer.ApplicationproblemJSON400.Detail)
	}
	return "", fmt.Errorf("status %d", answer.StatusCode())
}

// hear shows a post to the visitor, and makes the receipt for it.
func hear(post generated.MessagePost, show func(visitor, text string)) generated.Receipt {
	if text := post.Data.Message.Text; text != nil && post.Data.Author.Kind != generated.AuthorKindAuto {
		show(post.Data.Visitor, *text)
	}
	return generated.Receipt{Message: post.Data.Message.Id, Status: generated.Delivered}
}

var _, _ = say, hear
