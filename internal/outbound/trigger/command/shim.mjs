// Runs a Lambda handler file: it reads calls from standard input, a line each, and
// writes responses to standard output. Output of the handler goes to standard error.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { types } from "node:util";

const send = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

let call = null; // the running one

function finish(id, outcome) {
  if (call === null || call.id !== id) return; // a second response
  call = null;
  process.stdin.ref();
  let text;
  try {
    text = JSON.stringify({ id, ...outcome });
  } catch (error) {
    const errorMessage = "Unable to stringify response body as json: " + error.message;
    text = JSON.stringify({ id, error: { errorType: "Runtime.MarshalError", errorMessage } });
  }
  send("\n" + text + "\n");
}

function describe(error) {
  if (types.isNativeError(error) || (error && error.message !== undefined && error.name !== undefined)) {
    return { errorType: String(error.name), errorMessage: String(error.message), trace: String(error.stack ?? "").split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// Uncaught errors end the process after the response is written.
function die(error) {
  process.exitCode = 1;
  const id = call?.id;
  if (id === undefined) process.exit(1);
  call = null;
  send("\n" + JSON.stringify({ id, error: describe(error), last: true }) + "\n", () => process.exit(1));
}
process.on("uncaughtException", die);
process.on("unhandledRejection", (reason) => {
  const error = new Error(String(reason));
  error.name = "Runtime.UnhandledPromiseRejection";
  die(error);
});
// A handler that is not async and does not call back has finished.
process.on("beforeExit", () => call && finish(call.id, { result: null }));

let handler, broken;
try {
  const module = await import(pathToFileURL(process.argv[1]).href);
  handler = module.handler ?? module.default?.handler;
  if (typeof handler !== "function") {
    broken = new Error(`${process.argv[1]}: handler is undefined or not exported`);
    broken.name = "Runtime.HandlerNotFound";
  }
} catch (error) {
  broken = error;
  console.error(error);
}

function serve({ id, event, arn, callId, limit }) {
  const deadline = Date.now() + limit;
  call = { id };
  if (broken) return die(broken);
  const done = (error, result) =>
    error !== null && error !== undefined ? finish(id, { error: describe(error) }) : finish(id, { result: result ?? null });
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: arn,
    awsRequestId: callId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done,
    succeed: (result) => done(null, result),
    fail: (error) => done(error ?? new Error("handled")),
  };
  process.stdin.unref();
  try {
    const returned = handler(event, context, done);
    if (typeof returned?.then === "function") {
      returned.then((result) => done(null, result), (error) => finish(id, { error: describe(error) }));
    }
  } catch (error) {
    finish(id, { error: describe(error) });
  }
}

createInterface({ input: process.stdin }).on("line", (line) => serve(JSON.parse(line))).on("close", () => process.exit());
