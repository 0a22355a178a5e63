import sys

calls = 0


def lambda_handler(event, context):
    global calls
    calls += 1
    print("call", calls, "of", event["userName"])
    print("to standard error", file=sys.stderr)
    if event["userName"] == "thrown":
        raise ValueError("Not today")
    if event["userName"] == "exits":
        import os
        os._exit(3)
    event["response"]["autoConfirmUser"] = event["request"]["userAttributes"]["email"].endswith("@example.com")
    event["response"]["calls"] = calls
    if event["userName"] == "context":
        event["response"]["context"] = [context.invoked_function_arn, context.function_name, context.get_remaining_time_in_millis() > 0]
    return event
