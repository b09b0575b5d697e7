//! What can go wrong on the way to AWS, told apart by AWS's error codes.

use std::{error::Error as StdError, fmt};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// An operation on AWS that failed: which, on what, and why.
#[derive(Debug)]
pub struct Error {
    action: &'static str,
    object: String,
    cause: Cause,
}

/// Why an operation failed.
#[derive(Debug)]
pub enum Cause {
    /// The service refused or failed.
    Service {
        /// AWS's error code, such as `DBClusterNotFoundFault`.
        code: String,
        /// What the service said.
        message: String,
        /// The id to give to AWS support.
        request_id: Option<String>,
    },
    /// There are no credentials, or they cannot be used.
    Credentials(String),
    /// No Region is configured.
    NoRegion,
    /// The service could not be reached.
    Network(String),
    /// The answer or the secret was not what AWS documents.
    Malformed(String),
    /// The practitioner interrupted the run.
    Cancelled,
    /// The time was up; the last failure, when there was one.
    TimedOut(Option<Box<Error>>),
}

impl Error {
    pub(super) fn new(action: &'static str, object: impl Into<String>, cause: Cause) -> Self {
        Self {
            action,
            object: object.into(),
            cause,
        }
    }

    pub(super) fn from_sdk<E>(
        action: &'static str,
        object: &str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let cause = match error {
            SdkError::ServiceError(context) => {
                let metadata = context.err().meta();
                Cause::Service {
                    code: metadata.code().unwrap_or("Unknown").to_owned(),
                    message: metadata.message().unwrap_or("no message").to_owned(),
                    request_id: context
                        .raw()
                        .headers()
                        .get("x-amzn-requestid")
                        .map(str::to_owned),
                }
            }
            other => match credentials_error(other) {
                Some(text) => Cause::Credentials(text),
                None => Cause::Network(chain(other)),
            },
        };
        Self::new(action, object, cause)
    }

    /// Why it failed.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// The IAM action, such as `rds:DescribeDBClusters`.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// What it was done to.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// AWS's error code.
    pub fn code(&self) -> Option<&str> {
        match &self.cause {
            Cause::Service { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self.code(),
            Some(
                "DBClusterNotFoundFault"
                    | "DBClusterNotFound"
                    | "DBInstanceNotFound"
                    | "DBParameterGroupNotFound"
                    | "DBClusterParameterGroupNotFound"
                    | "ResourceNotFoundException"
            )
        )
    }

    /// Whether the caller may not do it.
    pub fn is_access_denied(&self) -> bool {
        matches!(
            self.code(),
            Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation")
        )
    }

    /// Whether the credentials are to blame, not what they were used for.
    pub fn is_credentials(&self) -> bool {
        matches!(self.cause, Cause::Credentials(_))
            || matches!(
                self.code(),
                Some(
                    "ExpiredToken"
                        | "ExpiredTokenException"
                        | "InvalidClientTokenId"
                        | "UnrecognizedClientException"
                        | "SignatureDoesNotMatch"
                )
            )
    }

    /// Whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        match &self.cause {
            Cause::Network(_) => true,
            Cause::Service { code, message, .. } => match code.as_str() {
                "Throttling"
                | "ThrottlingException"
                | "ThrottledException"
                | "RequestThrottled"
                | "RequestThrottledException"
                | "RequestLimitExceeded"
                | "TooManyRequestsException"
                | "SlowDown"
                | "PriorRequestNotComplete"
                | "RequestTimeout"
                | "RequestTimeoutException"
                | "InternalFailure"
                | "InternalError"
                | "InternalServiceError"
                | "ServiceUnavailable"
                | "Unknown" => true,
                // The code alone also says that a group is in use, which no wait mends.
                "InvalidDBParameterGroupState" => message.contains("has pending changes"),
                _ => false,
            },
            _ => false,
        }
    }
}

/// The text of the credentials provider's error inside another.
fn credentials_error(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut current = Some(error);
    while let Some(error) = current {
        if error.is::<CredentialsError>() {
            return Some(chain(error));
        }
        current = error.source();
    }
    None
}

/// An error and what caused it, in one line.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut current = error.source();
    while let Some(source) = current {
        let more = source.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        current = source.source();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}: ", self.action, self.object)?;
        match &self.cause {
            Cause::Service {
                code,
                message,
                request_id,
            } => {
                write!(f, "{code}: {message}")?;
                match request_id {
                    Some(id) => write!(f, " (request id {id})"),
                    None => Ok(()),
                }
            }
            Cause::Credentials(text) => write!(f, "no usable AWS credentials: {text}"),
            Cause::NoRegion => f.write_str("no AWS Region is configured"),
            Cause::Network(text) => write!(f, "AWS could not be reached: {text}"),
            Cause::Malformed(text) => write!(f, "unexpected answer: {text}"),
            Cause::Cancelled => f.write_str("interrupted"),
            Cause::TimedOut(None) => f.write_str("timed out"),
            Cause::TimedOut(Some(last)) => write!(f, "timed out; the last failure was: {last}"),
        }
    }
}

impl StdError for Error {}
