// A custom e-mail sender as in the developer guide; it does not depend on
// Lifeguard. It records the messages that it would send.
import {appendFile} from 'node:fs/promises';
import {KmsKeyringNode, buildClient, CommitmentPolicy} from '@aws-crypto/client-node';

const {decrypt} = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({generatorKeyId: process.env.KEY_ID, keyIds: [process.env.KEY_ARN]});

export const handler = async (event) => {
  let code = null;
  let context = null;
  if (event.request.code) {
    const {plaintext, messageHeader} = await decrypt(keyring, Buffer.from(event.request.code, 'base64'));
    code = Buffer.from(plaintext).toString('utf-8');
    context = {...messageHeader.encryptionContext};
  }
  await appendFile(process.env.SENT_FILE, JSON.stringify({
    source: event.triggerSource, type: event.request.type, user: event.userName, client: event.callerContext.clientId,
    pool: event.userPoolId, attributes: event.request.userAttributes, metadata: event.request.clientMetadata,
    response: event.response ?? null, code, context,
  }) + '\n');
};
