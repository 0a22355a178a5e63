package dev

import (
	"encoding/json"
	"net/http"
)

// kmsRequest has the parameters of both KMS operations below.
type kmsRequest struct {
	CiphertextBlob    []byte
	EncryptionContext map[string]string
	KeyID             string `json:"KeyId"`
}

// kmsResponse is the response of both.
type kmsResponse struct {
	KeyID          string `json:"KeyId"`
	Plaintext      []byte
	CiphertextBlob []byte `json:",omitempty"`
	Algorithm      string `json:"EncryptionAlgorithm,omitempty"`
}

const maxKMSRequest = 64 << 10

// kms implements the part of KMS that a custom sender needs to decrypt codes:
// Decrypt, and GenerateDataKey to try out encryption. Any signature is
// accepted.
func (f *Face) kms(w http.ResponseWriter, r *http.Request) {
	var q kmsRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxKMSRequest)).Decode(&q); err != nil {
		kmsRefuse(w, "SerializationException", "the body is not JSON of KMS")
		return
	}
	switch target := r.Header.Get("X-Amz-Target"); target {
	case "TrentService.Decrypt":
		plain, arn, err := f.Keys.Decrypt(q.CiphertextBlob, q.EncryptionContext)
		switch {
		case err != nil:
			kmsRefuse(w, "InvalidCiphertextException", "")
		case q.KeyID != "" && f.Keys.ARN(q.KeyID) != arn:
			kmsRefuse(w, "IncorrectKeyException",
				"The key ID in the request does not identify a CMK that can perform this operation.")
		default:
			kmsAnswer(w, http.StatusOK, kmsResponse{KeyID: arn, Plaintext: plain, Algorithm: "SYMMETRIC_DEFAULT"})
		}
	case "TrentService.GenerateDataKey":
		k, err := f.Keys.GenerateDataKey(r.Context(), q.KeyID, q.EncryptionContext)
		if err != nil {
			kmsRefuse(w, "KMSInternalException", err.Error())
			return
		}
		kmsAnswer(w, http.StatusOK, kmsResponse{KeyID: k.KeyARN, Plaintext: k.Plaintext, CiphertextBlob: k.Wrapped})
	default:
		kmsRefuse(w, "UnsupportedOperationException", "of KMS there are Decrypt and GenerateDataKey here")
	}
}

func kmsRefuse(w http.ResponseWriter, code, message string) {
	kmsAnswer(w, http.StatusBadRequest, map[string]string{"__type": code, "message": message})
}

func kmsAnswer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
