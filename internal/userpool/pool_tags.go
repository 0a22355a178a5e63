package userpool

import (
	"maps"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

const maxTags = 50

// tagText matches the keys and values that AWS allows. The API model checks
// their lengths.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// CheckTags refuses too many tags, a reserved key, and an invalid character.
// kind is the kind of the fault, which differs by operation. Source: guide page
// cognito-user-pools-tagging.
func CheckTags(tags map[string]string, kind fault.Kind) error {
	if len(tags) > maxTags {
		return fault.Newf(kind, "A user pool can have at most %d tags.", maxTags)
	}
	for key, value := range tags {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return fault.New(kind, "Tag keys that begin with aws: are reserved.")
		}
		if !tagText.MatchString(key) || !tagText.MatchString(value) {
			return fault.New(kind, "Tags can have letters, digits, spaces and the characters _ . : / = + - @ only.")
		}
	}
	return nil
}

func tagRules(s *PoolSettings) error { return CheckTags(s.Tags, fault.UserPoolTagging) }

// Tag adds tags, or replaces those with the same keys.
func (s *PoolSettings) Tag(tags map[string]string) error {
	merged := maps.Clone(s.Tags)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, tags)
	if err := CheckTags(merged, fault.InvalidParameter); err != nil {
		return err
	}
	s.Tags = merged
	return nil
}

// Untag removes tags. Unknown keys are ignored.
func (s *PoolSettings) Untag(keys []string) {
	left := maps.Clone(s.Tags)
	for _, key := range keys {
		delete(left, key)
	}
	s.Tags = left
}

var poolARN = regexp.MustCompile(`^arn:[\w-]+:cognito-idp:([\w-]+):(\d{12}):userpool/([\w-]+_[0-9a-zA-Z]+)$`)

// ParseARN splits a pool's ARN. Any other text is fault.InvalidParameter,
// because only pools have tags.
func ParseARN(arn string) (region, account, poolID string, err error) {
	m := poolARN.FindStringSubmatch(arn)
	if m == nil {
		return "", "", "", fault.Invalid("%s is not the ARN of a user pool.", arn)
	}
	return m[1], m[2], m[3], nil
}
