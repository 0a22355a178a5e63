// Package oauth is the face that OAuth 2.0 and OpenID Connect clients see:
// authorize, token, userInfo, revoke and logout, at the root of the server, and
// the documents below a pool's id: its keys and the discovery document, whose
// lists are made from the tables of grant and response types.
// Sources: RFC 6749, 6750, 7009, 7636, 9207, 9700, OpenID Connect Core, and the
// guide's page managed-login-endpoints and those beside it.
//
// An authorization request is read by Parse, once for every page that carries
// it, and ends in Grant or Refuse. What a client may learn by a redirect, and
// what only the user may see because client or redirect_uri cannot be believed,
// is decided here and nowhere else. Which pages are shown meanwhile is the
// affair of whoever imports this package: face/hosted. The browser's session
// lives here, because authorize asks for it and logout ends it.
//
// What is decided about tokens and users stays in the flows; a fault becomes an
// error of OAuth in one table, describe.
package oauth
