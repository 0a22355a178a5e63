// amazon-cognito-identity-js, with promises in place of its callbacks.
import identity from 'amazon-cognito-identity-js';
import {endpoint} from './world.mjs';

const {AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool} = identity;

// store is a new storage for the tokens of one user.
export function store() {
  const items = new Map();
  return {
    setItem: (key, value) => items.set(key, value),
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => items.delete(key),
    clear: () => items.clear(),
  };
}

export function userPool({userPoolId, clientId}, Storage = store()) {
  return new CognitoUserPool({UserPoolId: userPoolId, ClientId: clientId, endpoint, Storage});
}

export function userOf(pool, Username, Storage = store()) {
  return new CognitoUser({Username, Pool: pool, Storage});
}

// promised calls a method that takes (error, result) last.
export function promised(object, method, ...args) {
  return new Promise((resolve, reject) => {
    object[method](...args, (err, result) => (err ? reject(err) : resolve(result)));
  });
}

// settled calls a method that takes an object of callbacks last.
export function settled(object, method, ...args) {
  return new Promise((resolve, reject) => {
    object[method](...args, {
      onSuccess: resolve,
      onFailure: reject,
      inputVerificationCode: (data) => resolve({inputVerificationCode: data}),
      newPasswordRequired: (attributes, required) => resolve({newPasswordRequired: {attributes, required}}),
      customChallenge: (parameters) => resolve({customChallenge: parameters}),
    });
  });
}

export function signUp(pool, username, password, attributes) {
  const list = Object.entries(attributes).map(([Name, Value]) => new CognitoUserAttribute({Name, Value}));
  return promised(pool, 'signUp', username, password, list, null);
}

export function signIn(user, Username, Password) {
  return settled(user, 'authenticateUser', new AuthenticationDetails({Username, Password}));
}
