package userpool

import (
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Feature is a feature that some tiers lack. Name is its name in the service's
// error texts, Tier the lowest tier that has it. Source: guide page
// cognito-sign-in-feature-plans.
type Feature struct{ Name, Tier string }

// The features beyond LITE.
var (
	PasswordlessSignIn     = Feature{"Passwordless Sign-In", TierEssentials}
	ChoiceBasedSignIn      = Feature{"Choice-Based Sign-In", TierEssentials}
	RefreshRotation        = Feature{"Refresh Token Rotation", TierEssentials}
	EmailMfaFeature        = Feature{"Email MFA", TierEssentials}
	PasswordHistory        = Feature{"Password History", TierEssentials}
	PasskeyConfiguration   = Feature{"WebAuthn Configuration", TierEssentials}
	StepUpAuthentication   = Feature{"Step-Up Authentication", TierEssentials}
	DynamicRegistration    = Feature{"Dynamic Client Registration", TierEssentials}
	SessionTracking        = Feature{"User Session Tracking", TierEssentials}
	MultiRegionReplication = Feature{"Multi-Region Replication", TierEssentials}
	ManagedLogin           = Feature{"Managed Login", TierEssentials}
	ThreatProtection       = Feature{"Threat Protection", TierPlus}
	AuthEventExport        = Feature{"User Activity Log Export", TierPlus}
)

// tokenCustomization is the feature of a version of the event.
func tokenCustomization(version string) Feature {
	return Feature{"Token Customization with Pre-Token Generation Lambda " + version, TierEssentials}
}

// tierOrder lists the tiers, the cheapest first.
var tierOrder = []string{TierLite, TierEssentials, TierPlus}

// Features returns the features beyond LITE that the pool's settings use.
func (s *PoolSettings) Features() (used []Feature) {
	add := func(f Feature, uses bool) {
		if uses {
			used = append(used, f)
		}
	}
	passwordless := func(f string) bool { return f != "PASSWORD" }
	add(PasswordlessSignIn, slices.ContainsFunc(s.AllowedFirstAuthFactors, passwordless))
	if t := s.LambdaConfig.PreTokenGenerationConfig; t != nil {
		add(tokenCustomization(t.LambdaVersion), t.LambdaVersion != "V1_0")
	}
	history := s.PasswordPolicy.PasswordHistorySize
	add(PasswordHistory, history != nil && *history > 0)
	add(StepUpAuthentication, s.AcrConfiguration != nil)
	add(DynamicRegistration, s.DcrConfiguration.Enabled())
	add(SessionTracking, s.SessionConfig().Tracking)
	add(MultiRegionReplication, len(s.Replicas) > 0)
	add(ThreatProtection, s.ThreatProtection())
	return append(append(used, s.MfaFeatures()...), s.LogFeatures()...)
}

// MfaFeatures returns the features of the pool's MFA configuration.
func (s *PoolSettings) MfaFeatures() (used []Feature) {
	if s.EmailMfa != nil {
		used = append(used, EmailMfaFeature)
	}
	if s.WebAuthn != nil {
		used = append(used, PasskeyConfiguration)
	}
	return used
}

// LogFeatures returns the features of the pool's log delivery.
func (s *PoolSettings) LogFeatures() (used []Feature) {
	for _, c := range s.LogDelivery {
		if c.EventSource == AuthEvents {
			used = append(used, AuthEventExport)
		}
	}
	return used
}

// Features returns the features beyond LITE that the client's settings use.
func (s *ClientSettings) Features() (used []Feature) {
	if slices.Contains(s.ExplicitAuthFlows, "ALLOW_USER_AUTH") {
		used = append(used, ChoiceBasedSignIn)
	}
	if s.RefreshTokenRotation != nil && s.RefreshTokenRotation.Feature == "ENABLED" {
		used = append(used, RefreshRotation)
	}
	return used
}

// RequireTier refuses features that the pool's tier lacks.
func (p *Pool) RequireTier(features ...Feature) error {
	var lacking []string
	for _, f := range features {
		beyond := slices.Index(tierOrder, f.Tier) > slices.Index(tierOrder, p.Tier)
		if beyond && !slices.Contains(lacking, f.Name) {
			lacking = append(lacking, f.Name)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return fault.Newf(fault.FeatureUnavailableInTier,
		"The following features need to be disabled for the %s pricing tier configured: %s",
		p.Tier, strings.Join(lacking, ", "))
}

// TierGating reports whether tiers are enforced. See docs/divergences PC-2.
type TierGating bool

// Require calls Pool.RequireTier if tiers are enforced.
func (g TierGating) Require(p *Pool, features ...Feature) error {
	if !g {
		return nil
	}
	return p.RequireTier(features...)
}
