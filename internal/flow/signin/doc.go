// Package signin owns the one engine that signs users in, for the native API,
// for its admin twins, and for every page to come.
//
// A call is Start or Answer. Both find the client's flow or the session's
// challenge, run its step, and end in next: one pure function that says, from
// all that is known, which challenge follows or that the sign-in is finished.
// Only finish reaches tokens, and it is only reached through next.
//
// Between calls nothing is kept on the server: what has been achieved so far
// travels sealed in Session (or, for SRP, in SECRET_BLOCK), bound to type,
// pool, client, user and expiry. What may be used once leaves a row when it is
// used (store.Tx.Spend), in the same transaction as what it achieves.
//
// CUSTOM_AUTH is the exception: what the pool's functions say at each round is
// theirs, can be long and is not for the client, so the rounds and the secrets
// of a challenge wait in a sealed row, which the answer takes (judgeCustom).
// define asks how it goes on; that the functions vouch for a user is one of the
// proofs that next judges.
//
// Second factors are asked for by askFactor and judged by judgeFactor. What was
// sent for one is remembered as a keyed hash in Session; the step of an
// authenticator app's code is spent by the write that ends its challenge.
//
// USER_AUTH begins with a choice: choices says what a user can take, and take
// does it. Its codes are judged by takeOTP and its passkeys by takePasskey. An
// unknown user, where the client hides users, seems to have choices of its own,
// and its Sessions are as long as others'.
//
// Every way to prove a password or a passkey goes through prove, which owns the
// lock-out that judgeCustom and the judges of codes share:
// attempts on one user are judged one after the other, by whichever flow and
// alias they come, so that a burst of guesses gets no more answers than the
// counter allows.
package signin
