# Runs a Lambda handler file: it reads calls from standard input, a line each, and
# writes responses to standard output. Output of the handler goes to standard error.
import importlib.util
import json
import os
import sys
import time
import traceback

answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
calls = os.fdopen(os.dup(0), "r", encoding="utf-8")
os.dup2(2, 1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


class Context:
    def __init__(self, call):
        self.deadline = time.monotonic() + call["limit"] / 1000
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.invoked_function_arn = call["arn"]
        self.aws_request_id = call["callId"]
        self.client_context = None
        self.identity = None

    def get_remaining_time_in_millis(self):
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def describe(error):
    stack = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": stack}


def load(path):
    sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    for export in ("handler", "lambda_handler"):
        if hasattr(module, export):
            return getattr(module, export)
    raise AttributeError("Handler 'handler' missing on module '%s'" % name)


def send(call, **outcome):
    answers.write("\n" + json.dumps({"id": call["id"], **outcome}) + "\n")
    answers.flush()


handler = broken = None
try:
    handler = load(sys.argv[1])
except Exception as error:
    broken = error
    traceback.print_exc()

while line := calls.readline():
    call = json.loads(line)
    if broken is not None:
        send(call, error=describe(broken), last=True)
        sys.exit(1)
    try:
        result = handler(call["event"], Context(call))
        answer = {"result": result}
        json.dumps(answer, allow_nan=False)
    except Exception as error:
        traceback.print_exc()
        answer = {"error": describe(error)}
    sys.stdout.flush()
    send(call, **answer)
