// Sends what stdin lists, one JSON object {"id","body","age"} a line, signed by the
// official package, and prints the status of each answer.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

const signer = new Webhook(process.env.SECRET);

for await (const line of createInterface({ input: process.stdin })) {
  const { id, body, age } = JSON.parse(line);
  const at = new Date(Date.now() - age * 1000);
  const response = await fetch(process.env.URL_TO_POST, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": signer.sign(id, at, body),
    },
  });
  await response.arrayBuffer();
  console.log(response.status);
}
