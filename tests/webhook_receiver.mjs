// A receiver of webhooks as its authors write one with the package from npm. Prints its port, then a line of JSON for each
// call: whether the package takes the signature, and the message.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [packages, secret] = process.argv.slice(2);
const { Webhook } = createRequire(packages)("standardwebhooks");
const webhook = new Webhook(secret);

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    let told;
    try {
      const message = webhook.verify(Buffer.concat(parts).toString("utf8"), request.headers);
      told = { verified: true, id: request.headers["webhook-id"], message };
    } catch (error) {
      told = { verified: false, why: String(error) };
    }
    response.writeHead(told.verified ? 204 : 401).end();
    console.log(JSON.stringify(told));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
