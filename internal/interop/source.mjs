// A source as its owner would write it with the official package: it verifies
// every request, echoes challenges and answers events with 204.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const verifier = new Webhook(process.env.SECRET);

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    let event;
    try {
      event = verifier.verify(Buffer.concat(chunks).toString(), request.headers);
    } catch (error) {
      response.writeHead(401, { "x-error": error.message }).end();
      return;
    }
    if (event.type === "challenge") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ challenge: event.challenge }));
      return;
    }
    const digest = createHash("sha256").update(event.data.text).digest("hex");
    response.writeHead(204, { "x-text-sha256": digest }).end();
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

process.stdin.resume(); // ends with the test
process.stdin.on("end", () => process.exit(0));
