package userpool

import "github.com/lifeguard-auth/lifeguard/internal/fault"

// SessionConfiguration is a pool's session tracking. Source: API reference
// SetUserPoolSessionConfiguration.
type SessionConfiguration struct {
	Tracking   bool
	MaxPerUser int32 // token sessions of one user, over all clients
}

// The defaults.
const (
	defaultSessionsPerUser   = 20
	defaultSSOSessionMinutes = 60
)

// SessionConfig returns the pool's session tracking, set or default.
func (s *PoolSettings) SessionConfig() SessionConfiguration {
	if s.Sessions == nil {
		return SessionConfiguration{MaxPerUser: defaultSessionsPerUser}
	}
	return *s.Sessions
}

// SSOSessionValidity is how long after an authentication the client reuses a
// managed-login session, in minutes; 0 means never.
func (s *ClientSettings) SSOSessionValidity() int32 {
	if s.SSOSessionMinutes == nil {
		return defaultSSOSessionMinutes
	}
	return *s.SSOSessionMinutes
}

// SetSSOSession sets the minutes; the pool must track sessions.
func (s *ClientSettings) SetSSOSession(p *Pool, minutes int32) error {
	if !p.SessionConfig().Tracking {
		return fault.Invalid("User session tracking is not enabled for user pool %s.", p.ID)
	}
	s.SSOSessionMinutes = &minutes
	return nil
}
