// Package oauth is the face for OAuth 2.0 and OpenID Connect clients:
// authorize, pushed requests, token, device authorization, userInfo, introspect,
// revoke and logout, at the root of the server, and the documents of a pool: its keys and the discovery document, whose
// lists are made from the tables of grant and response types. Sources: RFC
// 6749, 6750, 7009, 7636, 7662, 8414, 8628, 8707, 9126, 9207, 9700, OpenID Connect Core, and
// the guide's page managed-login-endpoints and those next to it.
//
// Parse reads an authorization request, once for every page that carries it: in
// its address as the client sent it, or sealed if it was pushed or is that of a
// device. The request ends in Grant or Refuse. Only this package decides whether an
// error is sent to the client by a redirect, or shown to the user because
// client or redirect_uri cannot be trusted. The pages in between are the
// responsibility of face/hosted, which imports this package. The browser's
// session is here, because authorize reads it and logout ends it; the pages
// around a logout are in face/hosted, which serves its path.
//
// Decisions about tokens and users are in the flows. One table, describe, turns
// a fault into an OAuth error.
package oauth
