package userpool

import "testing"

// Credentials in a callback URL are misleading and end up in logs.
func TestCallbackWithCredentials(t *testing.T) {
	for text, good := range map[string]bool{
		"https://app.example.com/cb": true, "https://user@app.example.com/cb": false,
		"https://user:password@app.example.com/cb": false, "http://u:p@localhost/": false, "myapp://u@done": false,
		"myapp://done": true,
	} {
		if err := checkCallback(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
