// Written for AWS: nothing in it knows where it runs.
export const handler = async (event) => {
  if (event.request.clientMetadata?.invite !== "7") throw new Error("You are not invited");
  event.response.autoConfirmUser = true;
  event.response.autoVerifyEmail = event.request.userAttributes.email?.endsWith("@example.com") ?? false;
  return event;
};
