// A source as somebody would write it with what openapi-typescript makes of docs/openapi.yaml. It is only compiled, by
// run.sh: where the description leaves a generator without a type, this does not compile.
import type { components, operations } from "./generated/wire";

type Schemas = components["schemas"];
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** say is the body that brings a visitor's message in. */
export function say(visitor: string, id: string, text: string): Schemas["Inbound"] {
	return { visitor: { id: visitor }, message: { id, text, attachments: [{ kind: "image", url: "https://app.example.com/parcel.png" }] } };
}

/** hear shows a post to the visitor, and makes the receipt for it. */
export function hear(post: Schemas["MessagePost"], show: (visitor: string, text: string) => void): Schemas["Receipt"] {
	const { visitor, message, author } = post.data;
	if (message.text !== undefined && author.kind !== "auto") {
		show(visitor, message.text);
	}
	return { message: message.id, status: "delivered" };
}

// What has few values has these, and not any.
export const exact: [
	Same<NonNullable<Schemas["Attachment"]["kind"]>, "image" | "audio" | "video" | "file" | "sticker">,
	Same<Schemas["Author"]["kind"], "staff" | "bot" | "auto">,
	Same<Schemas["Receipt"]["status"], "delivered" | "read" | "failed">,
	Same<Schemas["EnquiryPost"]["data"]["state"], "opened" | "accepted" | "closed">,
	Same<Schemas["MessagePost"]["type"], "message">,
	Same<Schemas["Message"]["text"], string | undefined>,
	Same<operations["postMessage"]["responses"][202]["content"]["application/json"], Schemas["Accepted"]>,
] = [true, true, true, true, true, true, true];
