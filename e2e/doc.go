// Package e2e owns the tests that stand outside: they build the lifeguard
// binary, start it as a process, and use it through the clients that people
// have: the AWS SDK for Go, the AWS CLI, amazon-cognito-identity-js, Amplify,
// aws-jwt-verify and go-oidc. What passes here works for those who come from
// Amazon Cognito.
//
// Every suite runs on the embedded store. Where LIFEGUARD_TEST_POSTGRES names
// a PostgreSQL server (a postgres:// URL whose user may create databases) it
// runs there too; LIFEGUARD_TEST_REQUIRE_POSTGRES=1 makes a missing one an
// error. psql, aws, node and chromium are found on PATH; `npm ci` in this
// directory brings the JavaScript clients and what drives the browser.
//
// The package is a module of its own so that the server's module does not
// depend on its clients. It refuses to import the server's packages: whatever
// it knows of them it has from the outside.
package e2e
