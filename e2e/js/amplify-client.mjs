// Amplify, configured for a pool of the server.
import {Amplify} from 'aws-amplify';
import {endpoint} from './world.mjs';

export function configure({userPoolId, clientId}, loginWith = {username: true}) {
  Amplify.configure({
    Auth: {Cognito: {userPoolId, userPoolClientId: clientId, userPoolEndpoint: endpoint, loginWith}},
  });
}
