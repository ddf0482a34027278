// An endpoint of a few lines, with the defaults of Node.js: a connection that is
// kept is closed when nothing came on it for five seconds, of late for six.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(204).end());
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

process.stdin.resume(); // ends with the test
process.stdin.on("end", () => process.exit());
