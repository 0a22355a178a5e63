// What an app's page has of Amplify, for the tests to call.
import {Amplify} from 'aws-amplify';
import {
  associateWebAuthnCredential, confirmSignIn, deleteWebAuthnCredential, fetchAuthSession, listWebAuthnCredentials, signIn, signOut,
} from 'aws-amplify/auth';

globalThis.app = {Amplify, associateWebAuthnCredential, confirmSignIn, deleteWebAuthnCredential, fetchAuthSession, listWebAuthnCredentials, signIn, signOut};
