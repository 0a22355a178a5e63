// A server of Lambda's Invoke API, as emulators are: it runs the handler file
// that it is given and knows nothing of ours. It prints its port.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(process.argv[2]).href);

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const path = decodeURIComponent(request.url);
  if (request.method !== "POST" || !/^\/2015-03-31\/functions\/arn:aws:lambda:[^/]+\/invocations$/.test(path)) {
    response.writeHead(404, { "X-Amzn-ErrorType": "ResourceNotFoundException" });
    return response.end(JSON.stringify({ Type: "User", Message: "Function not found: " + path }));
  }
  if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")) {
    response.writeHead(403, { "X-Amzn-ErrorType": "MissingAuthenticationTokenException" });
    return response.end("{}");
  }
  try {
    const result = await handler(JSON.parse(Buffer.concat(chunks)), { awsRequestId: "1" });
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(result));
  } catch (error) {
    response.writeHead(200, { "X-Amz-Function-Error": "Unhandled" });
    response.end(JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] }));
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
