// The parts of Amplify that an app's page uses, for the tests to call.
import {Amplify} from 'aws-amplify';
import {
  associateWebAuthnCredential, confirmSignIn, deleteWebAuthnCredential, fetchAuthSession,
  listWebAuthnCredentials, signIn, signInWithRedirect, signOut,
} from 'aws-amplify/auth';

globalThis.app = {
  Amplify, associateWebAuthnCredential, confirmSignIn, deleteWebAuthnCredential, fetchAuthSession,
  listWebAuthnCredentials, signIn, signInWithRedirect, signOut,
};
