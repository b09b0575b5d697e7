//! The fault that a call runs into.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Response, header},
};
use futures::{StreamExt, stream};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{
    Service,
    error::ApiError,
    faults::{Call, FaultKind},
    form::Form,
    listener::Breaker,
    secrets_manager, sts,
};
use crate::model::{account::Account, parameter_group::GroupKind};

/// The arguments that name what an action of RDS is about.
const IDENTIFIERS: [&str; 5] = [
    "DBClusterIdentifier",
    "DBInstanceIdentifier",
    "DBClusterParameterGroupName",
    "DBParameterGroupName",
    "ResourceName",
];

/// The part of a request to Secrets Manager that names the secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    secret_id: String,
}

/// What a fault leaves of a call.
#[derive(Debug)]
pub struct Faulted {
    /// What is asked for then; or why it is refused.
    pub form: Result<Form, ApiError>,
    /// How the answer arrives.
    pub arrival: Arrival,
}

/// How an answer arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At once and whole.
    Whole,
    /// Half of it, then the connection ends.
    Half,
    /// Whole, but so much later.
    Late(Duration),
}

/// Runs a call into the fault that is due for it, if any.
pub fn run_into(
    service: &Service,
    action: &str,
    form: Form,
    body: &[u8],
    breaker: &Breaker,
) -> Faulted {
    let object = object(action, &form, body);
    let fault = service.faults.take(Call {
        action,
        object: object.as_deref(),
        has_marker: form.get("Marker").is_some(),
    });
    let Some(fault) = fault else {
        return Faulted {
            form: Ok(form),
            arrival: Arrival::Whole,
        };
    };
    let arrival = match fault.fault {
        FaultKind::Truncate => Arrival::Half,
        FaultKind::Delay => Arrival::Late(fault.delay()),
        _ => Arrival::Whole,
    };
    let form = match fault.fault {
        FaultKind::KmsDenied => Err(ApiError::kms_denied()),
        FaultKind::DecryptionFailure => Err(ApiError::decryption_failure()),
        FaultKind::Throttle => Err(ApiError::throttling()),
        FaultKind::InternalError => Err(ApiError::internal_failure()),
        FaultKind::ServiceUnavailable => Err(ApiError::service_unavailable()),
        FaultKind::ExpiredToken => Err(ApiError::expired_token()),
        FaultKind::AccessDenied => Err(service
            .account
            .with(|account| denied(account, action, object.as_deref()))),
        FaultKind::Reset => {
            breaker.break_connection();
            // Nobody will read this.
            Err(ApiError::internal_failure())
        }
        FaultKind::EmptyPage => Ok(form.for_an_empty_page()),
        FaultKind::IgnoreFilters => Ok(form.without_filters()),
        FaultKind::Truncate | FaultKind::Delay => Ok(form),
    };
    Faulted { form, arrival }
}

impl Arrival {
    /// Lets an answer arrive in this way; a late one comes at once when the token is cancelled.
    pub async fn of(self, response: Response<Body>, stopped: &CancellationToken) -> Response<Body> {
        match self {
            Self::Whole => response,
            Self::Half => truncate(response).await,
            Self::Late(delay) => {
                tokio::select! {
                    () = tokio::time::sleep(delay) => {}
                    () = stopped.cancelled() => {}
                }
                response
            }
        }
    }
}

/// The answer with the second half of its body missing: what was announced does not come.
async fn truncate(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    // Ready only when the first half is on its way.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    let body = stream::iter([Ok::<Bytes, std::io::Error>(half)]).chain(end);
    Response::from_parts(parts, Body::from_stream(body))
}

/// What a call names.
fn object(action: &str, form: &Form, body: &[u8]) -> Option<String> {
    if action == secrets_manager::ACTION {
        let named: Named = serde_json::from_slice(body).ok()?;
        return Some(named.secret_id);
    }
    IDENTIFIERS
        .iter()
        .find_map(|name| form.get(name))
        .map(str::to_owned)
}

/// A refusal in the words of IAM.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
fn denied(account: &Account, action: &str, object: Option<&str>) -> ApiError {
    let user = sts::user_arn(account);
    let object = object.unwrap_or("*");
    let (service, resource) = match action {
        action if sts::ACTIONS.contains(&action) => ("sts", "*".to_owned()),
        secrets_manager::ACTION => ("secretsmanager", object.to_owned()),
        _ if object.starts_with("arn:") => ("rds", object.to_owned()),
        _ => ("rds", account.arn(resource_type(action), object)),
    };
    ApiError::forbidden(
        "AccessDenied",
        format!(
            "User: {user} is not authorized to perform: {service}:{action} on resource: {resource} because no \
             identity-based policy allows the {service}:{action} action"
        ),
    )
}

/// What ARNs call the thing that an action of RDS is about.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html>
fn resource_type(action: &str) -> &'static str {
    let is_about_groups = action.contains("Parameter");
    match (is_about_groups, action.contains("DBCluster")) {
        (true, true) => GroupKind::Cluster.resource_type(),
        (true, false) => GroupKind::Instance.resource_type(),
        (false, true) => "cluster",
        (false, false) => "db",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_is_what_the_call_names() {
        let form = Form::parse(b"Action=X&DBParameterGroupName=g");
        assert_eq!(object("X", &form, b"").as_deref(), Some("g"));
        let nothing = Form::default();
        let secret = object("GetSecretValue", &nothing, br#"{"SecretId": "arn"}"#);
        assert_eq!(secret.as_deref(), Some("arn"));
        assert_eq!(object("DescribeDBClusters", &nothing, b""), None);
    }
}
