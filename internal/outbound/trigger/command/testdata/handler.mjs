// A handler as for AWS, without anything specific to this server.
export const handler = async (event, context) => {
  if (event.userName === "thrown") throw new Error("Not today");
  if (event.userName === "typed") throw new TypeError("wrong type");
  event.response.autoConfirmUser = event.request.userAttributes.email.endsWith("@example.com");
  if (event.userName === "context") {
    event.response.context = [context.invokedFunctionArn, context.functionName, context.getRemainingTimeInMillis() > 0];
  }
  return event;
};
