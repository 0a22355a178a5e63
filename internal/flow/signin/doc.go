// Package signin owns the engine that signs users in: for the native API, for
// its admin operations and for the pages.
//
// A call is Start or Answer. Both look up the client's flow or the Session's
// challenge, run its step, and end in next: one pure function that decides, from
// the whole state, which challenge follows or that the sign-in is complete. Only
// finish issues tokens, and only next leads to finish.
//
// The server keeps no state between calls. The progress travels sealed in
// Session (or, for SRP, in SECRET_BLOCK), bound to type, pool, client, user and
// expiry. A value that may be used once leaves a row when it is consumed
// (store.Tx.Spend), in the same transaction as its effect.
//
// CUSTOM_AUTH is the exception. The rounds and the private parameters of a
// challenge come from the pool's functions, can be long and must not reach the
// client. They are stored in a sealed row, which the answer consumes
// (verifyCustom). define calls DefineAuthChallenge for what follows; if that
// issues tokens, this is one of the proofs that next accepts.
//
// promptFactor sends the challenge of a second factor, requireFactor verifies
// the answer. The Session holds a keyed hash of a code that was sent. The time
// step of a code of an authenticator app is consumed by the write that ends the
// challenge.
//
// USER_AUTH begins with a choice: choices lists the available challenges, and
// choose starts one. redeemOTP verifies codes, redeemPasskey passkeys. If the
// client hides users, an unknown user has decoy choices, and its Sessions have
// the same length as others.
//
// Every password and every passkey is verified by requireProof, which owns the
// lock-out that verifyCustom and requireCode share. Attempts on one user run
// one after the other, whatever flow and alias they use, so that a burst of
// guesses gets no more results than the lock-out allows.
package signin
