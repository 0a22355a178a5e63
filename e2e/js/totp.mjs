// An authenticator app: RFC 6238 with SHA-1, six digits, steps of 30 seconds.
import {createHmac} from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function decode(secret) {
  let bits = '';
  for (const letter of secret) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
}

// App returns codes that the server accepts one after the other without waiting:
// the current one, then the next, which is accepted 30 seconds early.
export class App {
  constructor(secret) {
    this.key = decode(secret);
  }

  code() {
    const now = Math.floor(Date.now() / 30_000);
    this.step = this.step >= now ? this.step + 1 : now;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.step));
    const mac = createHmac('sha1', this.key).update(counter).digest();
    const at = mac.at(-1) & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }
}
