//! What the AWS side answers when it refuses: code, HTTP status and text.

use axum::http::StatusCode;

use crate::model;

/// A refused call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The code as AWS Query writes it.
    pub code: &'static str,
    /// The HTTP status as AWS Query sends it.
    pub status: StatusCode,
    /// The text.
    pub message: String,
}

impl ApiError {
    /// A refusal with a given status.
    pub fn new(code: &'static str, status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            code,
            status,
            message: message.into(),
        }
    }

    /// A refusal of a bad request, status 400.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, StatusCode::BAD_REQUEST, message)
    }

    /// A refusal of the caller, status 403.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, StatusCode::FORBIDDEN, message)
    }

    /// A value that cannot be right.
    pub fn invalid_value(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterValue", message)
    }

    /// Parameters that exclude each other or make no sense together.
    pub fn invalid_combination(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterCombination", message)
    }

    /// A required parameter that was not sent.
    pub fn missing(parameter: &str) -> Self {
        Self::bad_request(
            "MissingParameter",
            format!("The request must contain the parameter {parameter}."),
        )
    }

    /// Nothing here answers to this action.
    pub fn unknown_action(action: &str, version: &str) -> Self {
        Self::bad_request(
            "InvalidAction",
            format!("Could not find operation {action} for version {version}"),
        )
    }

    /// Too many calls.
    pub fn throttling() -> Self {
        Self::bad_request("Throttling", "Rate exceeded")
    }

    /// The session of the credentials has ended.
    pub fn expired_token() -> Self {
        Self::forbidden(
            "ExpiredToken",
            "The security token included in the request is expired",
        )
    }

    /// The caller may not decrypt with the KMS key of a secret.
    pub fn kms_denied() -> Self {
        Self::bad_request("AccessDenied", "Access to KMS is not allowed")
    }

    /// The KMS key of a secret cannot be used.
    pub fn decryption_failure() -> Self {
        Self::bad_request(
            "DecryptionFailure",
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
        )
    }

    /// Something broke on the far side.
    pub fn internal_failure() -> Self {
        Self::new(
            "InternalFailure",
            StatusCode::INTERNAL_SERVER_ERROR,
            "An internal error has occurred. Please try your query again at a later time.",
        )
    }

    /// Nobody is there to answer.
    pub fn service_unavailable() -> Self {
        Self::new(
            "ServiceUnavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            "The request has failed due to a temporary failure of the server.",
        )
    }

    /// Whether the caller is to blame.
    pub fn is_sender(&self) -> bool {
        !self.status.is_server_error()
    }

    /// The code as services with JSON 1.1 write it. Their status is 400 unless they broke.
    pub fn json_code(&self) -> &'static str {
        match self.code {
            "AccessDenied" => "AccessDeniedException",
            "ExpiredToken" => "ExpiredTokenException",
            "IncompleteSignature" => "IncompleteSignatureException",
            "InternalFailure" => "InternalServiceError",
            "InvalidAction" => "UnknownOperationException",
            "InvalidClientTokenId" => "UnrecognizedClientException",
            "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
            "ServiceUnavailable" => "ServiceUnavailableException",
            "SignatureDoesNotMatch" => "InvalidSignatureException",
            "Throttling" => "ThrottlingException",
            other => other,
        }
    }

    /// The status as services with JSON 1.1 send it.
    pub fn json_status(&self) -> StatusCode {
        if self.is_sender() {
            StatusCode::BAD_REQUEST
        } else {
            self.status
        }
    }
}

impl From<model::Error> for ApiError {
    fn from(error: model::Error) -> Self {
        use model::Error as E;
        let message = error.to_string();
        let not_found = |code| Self::new(code, StatusCode::NOT_FOUND, message.clone());
        match error {
            E::ParameterGroupNotFound(..) => not_found("DBParameterGroupNotFound"),
            E::ClusterParameterGroupNotFound(_) => not_found("DBClusterParameterGroupNotFound"),
            E::ClusterNotFound(_) => not_found("DBClusterNotFoundFault"),
            E::InstanceNotFound(_) => not_found("DBInstanceNotFound"),
            E::DefaultGroupDeleted(_) | E::GroupInUse(_) | E::PendingChanges(_) => {
                Self::bad_request("InvalidDBParameterGroupState", message)
            }
            E::GroupExists(_) => Self::bad_request("DBParameterGroupAlreadyExists", message),
            E::GroupQuota(..) => Self::bad_request("DBParameterGroupQuotaExceeded", message),
            E::DefaultGroupModified
            | E::ForeignArn
            | E::GroupName(_)
            | E::NoArn(_)
            | E::UnknownFamily(_)
            | E::UnknownParameter(_)
            | E::NotModifiable(_)
            | E::ValueNotAllowed { .. } => Self::invalid_value(message),
            E::WrongFamily { .. }
            | E::ImmediateStatic
            | E::TooManyParameters(_)
            | E::NoModifications
            | E::MemberModified { .. } => Self::invalid_combination(message),
            E::SnapshotNotFound(_) => not_found("DBClusterSnapshotNotFoundFault"),
            E::ClusterState { .. }
            | E::ClusterReboot(_)
            | E::NoBlueGreenDeployment(_)
            | E::NotStopped { .. } => Self::bad_request("InvalidDBClusterStateFault", message),
            E::InstanceState(_) | E::InstanceReboot(_) | E::NoStandby(_) => {
                Self::bad_request("InvalidDBInstanceState", message)
            }
        }
    }
}
