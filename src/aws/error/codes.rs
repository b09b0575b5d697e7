//! AWS's error codes by what they mean. Some services and versions of their API spell one in two ways.

/// The object is not there.
pub(super) const NOT_FOUND: &[&str] = &[
    "DBClusterNotFoundFault",
    "DBClusterNotFound",
    "DBInstanceNotFound",
    "DBInstanceNotFoundFault",
    "DBParameterGroupNotFound",
    "DBParameterGroupNotFoundFault",
    "DBClusterParameterGroupNotFound",
    "DBClusterParameterGroupNotFoundFault",
    "ResourceNotFoundException",
];

/// The caller may not do it.
pub(super) const ACCESS_DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "NotAuthorized",
];

/// The KMS key of a secret does not decrypt it: it is disabled, deleted, or not the caller's to use.
pub(super) const KMS_FAILED: &[&str] = &["DecryptionFailure", "DecryptionFailureException"];

/// The credentials are to blame, not what they were used for.
pub(super) const CREDENTIALS: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "AuthFailure",
    "OptInRequired",
];

/// Temporary credentials have expired.
pub(super) const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// The time in the signature is not AWS's.
const TIME: &[&str] = &[
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
];

/// Whether a refusal is one of the time in the signature.
pub(super) fn is_about_time(code: &str, message: &str) -> bool {
    // Most services have the code of a wrong key for it.
    TIME.contains(&code)
        || message.contains("Signature expired")
        || message.contains("Signature not yet current")
}

/// AWS asks for fewer calls. The list is that of the AWS SDKs:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
pub(super) const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    "HTTP 429",
];

/// The service failed, and may not a moment later.
pub(super) const FAILED: &[&str] = &[
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalFailure",
    "InternalError",
    "InternalServiceError",
    "ServiceUnavailable",
    "TransactionInProgressException",
];

/// A parameter group takes no change, since another one is under way.
pub(in crate::aws) const GROUP_BUSY: &[&str] = &[
    "InvalidDBParameterGroupState",
    "InvalidDBParameterGroupStateFault",
];

/// The role is not there, or does not trust whoever assumes it.
pub(super) const ROLE_DENIED: &[&str] = &["AccessDenied"];

/// A web identity token has expired.
pub(super) const TOKEN_EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException"];

/// A web identity token is not accepted, or its issuer cannot be asked.
pub(super) const TOKEN_REJECTED: &[&str] = &[
    "InvalidIdentityToken",
    "IDPRejectedClaim",
    "IDPCommunicationError",
];

/// What was asked of STS is not in the form that it takes.
pub(super) const INVALID_ARGUMENT: &[&str] = &["ValidationError"];

/// A session policy or the tags of a session are malformed or too large.
pub(super) const INVALID_POLICY: &[&str] = &["MalformedPolicyDocument", "PackedPolicyTooLarge"];
