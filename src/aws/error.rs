//! What can go wrong on the way to AWS, told apart by AWS's error codes.

pub(super) mod assumed_role;
pub(super) mod codes;
pub(super) mod process_failure;

use std::{error::Error as StdError, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_rds::operation::RequestId;
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{ConnectorError, SdkError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use self::process_failure::ProcessFailure;
use super::{ClockSkew, WrongAccount, http::Unanswered};
use crate::{
    causes::chain,
    scope::{Ended, tried},
};

/// The action that tells whose credentials these are, as IAM names it.
pub(super) const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";
/// The action that reads a secret, as IAM names it.
pub(super) const GET_SECRET_VALUE: &str = "secretsmanager:GetSecretValue";

/// An operation on AWS that failed: which, on what, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action} on {object}: {cause}")]
pub struct Error {
    action: &'static str,
    object: String,
    #[source]
    cause: Cause,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The service refused or failed.
    #[error("{code}: {message}{}", with_id(.request_id.as_deref()))]
    Service {
        /// AWS's error code, such as `DBClusterNotFoundFault`; `HTTP 503` where the answer has none.
        code: String,
        /// What the service said.
        message: String,
        /// The id to give to AWS support.
        request_id: Option<String>,
        /// The HTTP status.
        status: u16,
    },
    /// The service refused the time in the signature, since this machine's clock is off.
    #[error("{refusal}; this machine's clock is {skew}")]
    Clock {
        /// What the service said.
        refusal: Box<Self>,
        /// How far the clock is off.
        skew: ClockSkew,
    },
    /// There are no credentials, or they could not be obtained.
    #[error("no usable AWS credentials: {0}")]
    Credentials(String),
    /// The credentials are those of an account that may not be worked in.
    #[error(transparent)]
    WrongAccount(Box<WrongAccount>),
    /// No Region is configured.
    #[error("no AWS Region is configured")]
    NoRegion,
    /// The configuration cannot be used, such as an endpoint that is no URL.
    #[error("the configuration cannot be used: {0}")]
    Configuration(String),
    /// The service could not be reached, or gave no whole answer, or none in time.
    #[error("AWS could not be reached: {reason}{}", tried(*attempts, *within))]
    Network {
        /// What happened, with the endpoint where no answer came from it.
        reason: String,
        /// How often it was tried since AWS answered last.
        attempts: u32,
        /// How long that took.
        within: Duration,
    },
    /// The DB instance is a member of this DB cluster, which is then what publishes.
    #[error("the DB instance belongs to the DB cluster {0:?}")]
    InCluster(String),
    /// The answer was not what AWS documents.
    #[error("unexpected answer: {0}")]
    Malformed(String),
    /// The secret was read, and has no login in the form that RDS uses; why not, without its text.
    #[error("the secret cannot be used: {0}")]
    UnusableSecret(String),
    /// The practitioner interrupted the run.
    #[error("interrupted")]
    Cancelled,
    /// The time was up; with the last failure, when there was one.
    #[error("timed out{}", after(.0.as_deref()))]
    TimedOut(#[source] Option<Box<Error>>),
}

impl Error {
    pub(crate) fn new(action: &'static str, object: impl Into<String>, cause: Cause) -> Self {
        Self {
            action,
            object: object.into(),
            cause,
        }
    }

    /// That an operation ended in the midst of an action.
    pub fn ended(action: &'static str, object: impl Into<String>, ended: Ended) -> Self {
        Self::new(action, object, ended.into())
    }

    /// The same, found out about another object of the same kind of call.
    pub(super) fn about(self, object: &str) -> Self {
        match self.action {
            GET_CALLER_IDENTITY => self,
            _ => Self {
                object: object.to_owned(),
                ..self
            },
        }
    }

    /// With the failure before it, where the time was up.
    pub(super) fn after(mut self, failure: Option<Self>) -> Self {
        if let Cause::TimedOut(last @ None) = &mut self.cause {
            *last = failure.map(Box::new);
        }
        self
    }

    /// With how often and how long it was tried, where AWS could not be reached.
    pub(super) fn tried(mut self, times: u32, period: Duration) -> Self {
        if let Cause::Network {
            attempts, within, ..
        } = &mut self.cause
        {
            (*attempts, *within) = (times, period);
        }
        self
    }

    pub(super) fn from_sdk<E>(
        action: &'static str,
        object: &str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        // A role that could not be assumed failed on its own account.
        let role = match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => None,
            other => assumed_role::failure(other),
        };
        if let Some(error) = role {
            return error;
        }
        let cause = match error {
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let metadata = context.err().meta();
                let code = metadata
                    .code()
                    .map_or_else(|| format!("HTTP {status}"), str::to_owned);
                let message = metadata.message().unwrap_or("no message").to_owned();
                let request_id = metadata
                    .request_id()
                    .or_else(|| context.raw().headers().get("x-amzn-requestid"))
                    .map(str::to_owned);
                let skew = ClockSkew::of_answer(context.raw()).flatten();
                let skew = skew.filter(|_| codes::is_about_time(&code, &message));
                let refusal = Cause::Service {
                    code,
                    message,
                    request_id,
                    status,
                };
                match skew {
                    Some(skew) => Cause::Clock {
                        refusal: Box::new(refusal),
                        skew,
                    },
                    None => refusal,
                }
            }
            // An answer that was read is kept, whatever is wrong with it.
            SdkError::ResponseError(context) if context.raw().body().bytes().is_none() => {
                Cause::unreached(format!("the answer broke off: {}", chain(error)))
            }
            SdkError::ResponseError(context) if !context.raw().status().is_success() => {
                let status = context.raw().status().as_u16();
                Cause::Service {
                    code: format!("HTTP {status}"),
                    message: chain(error),
                    request_id: context
                        .raw()
                        .headers()
                        .get("x-amzn-requestid")
                        .map(str::to_owned),
                    status,
                }
            }
            SdkError::ResponseError(_) => Cause::Malformed(chain(error)),
            SdkError::TimeoutError(_) => Cause::unreached("no answer in time".to_owned()),
            other => match (find::<CredentialsError>(other), other) {
                (Some(error), _) => Cause::Credentials(no_credentials(error)),
                (None, SdkError::DispatchFailure(_)) => {
                    let unanswered = find::<Unanswered>(other).map(|error| chain(error));
                    let failed = || find::<ConnectorError>(other).map(|error| chain(error));
                    Cause::unreached(unanswered.or_else(failed).unwrap_or_else(|| chain(other)))
                }
                (None, _) => Cause::Configuration(chain(other)),
            },
        };
        Self::new(action, object, cause)
    }

    /// That credentials for an operation could not be obtained.
    pub(super) fn from_credentials(
        action: &'static str,
        object: &str,
        error: &CredentialsError,
    ) -> Self {
        assumed_role::failure(error)
            .unwrap_or_else(|| Self::new(action, object, Cause::Credentials(no_credentials(error))))
    }

    /// Why it failed.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// What was done, as IAM names it, such as `rds:DescribeDBClusters`: the permission that an
    /// access-denied error asks for.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// What it was done to: the name of the cluster, the group, the secret.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// AWS's error code, when the service answered.
    pub fn code(&self) -> Option<&str> {
        match self.answer() {
            Cause::Service { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The id to give to AWS support, when the service answered.
    pub fn request_id(&self) -> Option<&str> {
        match self.answer() {
            Cause::Service { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// The cause, or what the service said where that is one of the clock.
    fn answer(&self) -> &Cause {
        match &self.cause {
            Cause::Clock { refusal, .. } => refusal,
            cause => cause,
        }
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        self.has_code(codes::NOT_FOUND)
    }

    /// Whether the caller may not do it; [`Error::action`] is the permission that is missing. A role
    /// that the caller may not assume leaves it without credentials instead.
    pub fn is_access_denied(&self) -> bool {
        !self.is_assume_role() && self.has_code(codes::ACCESS_DENIED)
    }

    /// Whether it is about a secret of AWS Secrets Manager.
    pub fn is_about_secret(&self) -> bool {
        self.action == GET_SECRET_VALUE
    }

    /// Whether the caller may read the secret, but not with the KMS key that encrypts it.
    pub fn is_kms_denied(&self) -> bool {
        // The code of a missing permission is the same for the key as for the secret.
        let is_about_key =
            matches!(&self.cause, Cause::Service { message, .. } if message.contains("KMS"));
        self.is_about_secret()
            && (self.has_code(codes::KMS_FAILED)
                || (is_about_key && self.has_code(codes::ACCESS_DENIED)))
    }

    /// Whether the caller may not even ask whose credentials it has.
    pub fn is_identity_denied(&self) -> bool {
        self.action == GET_CALLER_IDENTITY && self.is_access_denied()
    }

    /// Whether the credentials are to blame, not what they were used for.
    pub fn is_credentials(&self) -> bool {
        if self.is_clock_skew() {
            return false;
        }
        matches!(self.cause, Cause::Credentials(_))
            || (self.is_assume_role() && self.code().is_some() && !self.is_transient())
            || self.has_code(codes::CREDENTIALS)
    }

    /// What the program of a profile did in place of giving credentials; `None` where it is not to blame.
    pub fn process_failure(&self) -> Option<ProcessFailure> {
        match &self.cause {
            Cause::Credentials(reason) => ProcessFailure::of(reason),
            Cause::TimedOut(Some(last)) => last.process_failure(),
            _ => None,
        }
    }

    /// Whether this machine's clock is to blame. The next call is signed by AWS's clock.
    pub fn is_clock_skew(&self) -> bool {
        matches!(self.cause, Cause::Clock { .. })
    }

    /// Whether temporary credentials have expired.
    pub fn is_expired(&self) -> bool {
        self.has_code(codes::EXPIRED)
    }

    /// Whether AWS asks for fewer calls.
    pub fn is_throttling(&self) -> bool {
        self.has_code(codes::THROTTLING)
    }

    /// Whether AWS could not be reached or gave no whole answer.
    pub fn is_network(&self) -> bool {
        matches!(self.cause, Cause::Network { .. })
    }

    /// Whether the operation's own limits ended it: the time was up, or the practitioner interrupted.
    pub fn is_ended(&self) -> bool {
        matches!(self.cause, Cause::Cancelled | Cause::TimedOut(_))
    }

    /// Whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        match &self.cause {
            Cause::Network { .. } => true,
            Cause::Service { status, .. } => {
                self.is_throttling()
                    || matches!(status, 429 | 500 | 502 | 503 | 504)
                    || self.has_code(codes::FAILED)
            }
            _ => false,
        }
    }

    /// Whether AWS answered with one of these codes.
    pub(super) fn has_code(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|code| codes.contains(&code))
    }
}

impl Cause {
    /// That one attempt did not reach AWS.
    pub(crate) fn unreached(reason: String) -> Self {
        Self::Network {
            reason,
            attempts: 1,
            within: Duration::ZERO,
        }
    }
}

impl From<Ended> for Cause {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Cancelled => Self::Cancelled,
            Ended::TimedOut(_) => Self::TimedOut(None),
        }
    }
}

/// Why credentials could not be obtained, without the SDK's own words for that they could not.
pub(super) fn no_credentials(error: &CredentialsError) -> String {
    error.source().map_or_else(|| chain(error), chain)
}

/// The first error of a type among an error and its causes.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        current = error.source();
    }
    None
}

/// The end of a message of a service.
fn with_id(request_id: Option<&str>) -> String {
    request_id.map_or_else(String::new, |id| format!(" (request id {id})"))
}

/// The end of a message that the time was up.
fn after(last: Option<&Error>) -> String {
    last.map_or_else(String::new, |last| {
        format!("; the last failure was: {}", last.cause)
    })
}
