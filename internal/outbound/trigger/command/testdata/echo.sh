#!/bin/sh
# Returns only a response for each call.
while read -r line; do
  id=$(printf '%s' "$line" | sed 's/^{"id":"\([0-9]*\)".*/\1/')
  echo "a line that is not a response"
  printf '{"id":"%s","result":{"response":{"autoConfirmUser":true}}}\n' "$id"
done
