// The functions of a custom sign-in, as in the developer guide; they do not
// depend on Lifeguard. A password is verified first if the client sends SRP_A;
// then every user answers a captcha and names a mascot.
const hasResult = (challengeName, challengeResult) => (round) =>
  round.challengeName === challengeName && round.challengeResult === challengeResult;

function define({request: {session}, response}) {
  response.issueTokens = false;
  response.failAuthentication = false;
  if (session.some(hasResult('PASSWORD_VERIFIER', false))) {
    response.failAuthentication = true;
  } else if (session.length === 1 && session[0].challengeName === 'SRP_A') {
    response.challengeName = 'PASSWORD_VERIFIER';
  } else if (session.filter(hasResult('CUSTOM_CHALLENGE', true)).length === 2) {
    response.issueTokens = true;
  } else {
    response.challengeName = 'CUSTOM_CHALLENGE';
  }
}

function create({request: {session}, response}) {
  const captcha = !session.some(hasResult('CUSTOM_CHALLENGE', true));
  response.publicChallengeParameters = captcha
    ? {captchaUrl: 'url/123.jpg'}
    : {securityQuestion: 'Who is your favorite team mascot?'};
  response.privateChallengeParameters = {answer: captcha ? '5' : 'Peccy'};
  response.challengeMetadata = captcha ? 'CAPTCHA' : 'QUESTION';
}

function verify({request, response}) {
  // The answer is correct only with the app's metadata.
  response.answerCorrect = request.challengeAnswer === request.privateChallengeParameters.answer
    && request.clientMetadata?.app === 'e2e';
}

const functions = {
  DefineAuthChallenge_Authentication: define,
  CreateAuthChallenge_Authentication: create,
  VerifyAuthChallengeResponse_Authentication: verify,
};

export const handler = async (event) => {
  functions[event.triggerSource](event);
  return event;
};
