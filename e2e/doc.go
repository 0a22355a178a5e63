// Package e2e has the end-to-end tests: they build the lifeguard binary, start it
// as a process, and use it through clients of Amazon Cognito: the AWS SDK for Go,
// the AWS CLI, amazon-cognito-identity-js, Amplify, aws-jwt-verify and go-oidc.
//
// Every suite runs on the embedded store. If LIFEGUARD_TEST_POSTGRES names
// a PostgreSQL server (a postgres:// URL whose user may create databases), it
// runs there too; LIFEGUARD_TEST_REQUIRE_POSTGRES=1 makes a missing one an
// error. psql, aws, node and chromium must be on PATH; `npm ci` in this directory
// installs the JavaScript clients and the driver of the browser.
//
// It is a separate module so that the server's module does not depend on its
// clients. It does not import the server's packages.
package e2e
