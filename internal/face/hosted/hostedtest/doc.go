// Package hostedtest is a world for tests of the OAuth face and the pages: two
// pools with clients and users on a real store, and a browser without scripts.
package hostedtest
